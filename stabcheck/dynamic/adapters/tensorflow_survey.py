"""What the graph of a function shows without running it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from stabcheck.dynamic.trace.broadcast import accidental


def shapes_meet(graph: Any) -> bool:
    """Whether no two operands can have been broadcast by accident, as far as the graph shows it all.

    It does not show what nested functions and custom gradients do, nor shapes that are known at run time.
    """
    return derived(graph) and not any(_questionable(operation) for operation in graph.get_operations())


def operands_meet(operands: Iterable[Sequence[tuple[int, ...]]]) -> bool:
    """The same of the operands of operations that have run, none of which were nested."""
    return not any(len(shapes) == 2 and accidental(*shapes) for shapes in operands)


def derived(graph: Any) -> bool:
    """Whether TensorFlow derives all of the gradient: nothing in the graph can hide a custom one."""
    return not graph._functions and not any(
        operation.type == "IdentityN"  # what a custom gradient is tied to
        for operation in graph.get_operations()
    )


def _questionable(operation: Any) -> bool:
    shapes = [tensor.shape for tensor in operation.inputs]
    if not all(shape.is_fully_defined() for shape in shapes):
        return True
    return len(shapes) == 2 and accidental(*map(tuple, shapes))
