"""One eager run of a TensorFlow function, noted operation by operation, so that it can be run again.

Noting costs a tenth of the run; tracing a graph of the function takes thirty times as long as the run. A
graph would refuse functions whose Python looks at numbers that depend on the arguments (`if loss > 1:`), and
so does this: such a run says nothing of another point.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from types import FunctionType, ModuleType
from typing import Any

from tensorflow.python.eager import record as tape_record
from tensorflow.python.framework import op_callbacks, ops

from stabcheck.dynamic.adapters import names_in
from stabcheck.dynamic.trace.tensorflow_kernels import opaque, repeatable

READ = "ReadVariableOp"
ASSIGN = "AssignVariableOp"
# What these give depends on the shapes of their operands alone, which are the same at every point.
SHAPES = frozenset({"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike"})
# They read tensors through a buffer, unseen, so that a decision of theirs would be unseen, too.
ARRAY_LIBRARIES = frozenset({"numpy", "scipy", "jax", "torch", "pandas", "sklearn"})


class UnrepeatableError(Exception):
    """The run does not tell what the function does at other points."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the run; inputs and outputs are slots of it."""

    name: str
    attributes: tuple[Any, ...]  # names and values in turn
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(slots=True)
class EagerRun:
    """The operations between the arguments and the result; what depends on no argument is a constant.

    Attributes
    ----------
    shapes
        of the tensor in each slot; the leaves come first.
    constants
        the tensors in the slots that depend on no argument.
    result
        the slot of the result.
    operands
        the shapes of the inputs of every operation that ran, those left out here included.
    custom
        whether a gradient was written by hand somewhere in the run.
    """

    shapes: list[tuple[int, ...]] = field(default_factory=list)
    dtypes: list[Any] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    constants: dict[int, Any] = field(default_factory=dict)
    result: int = -1
    operands: list[tuple[tuple[int, ...], ...]] = field(default_factory=list)
    custom: bool = False

    @property
    def bytes(self) -> int:
        """Memory of one point: what all its slots but the constants take."""
        slots = enumerate(zip(self.shapes, self.dtypes, strict=True))
        return sum(prod(shape) * dtype.size for slot, (shape, dtype) in slots if slot not in self.constants)


def eager_run(
    evaluate: Callable[[Sequence[Any]], Any],
    leaves: Sequence[Any],
    varied: Sequence[bool],
    handles: Collection[int],
) -> tuple[EagerRun, Any]:
    """Run `evaluate(leaves)` and note it; the run, and the tensor that is its result.

    Parameters
    ----------
    evaluate
        maps one tensor a leaf to one tensor.
    leaves
        the point; they take the first slots.
    varied
        which of the leaves are arguments; the others are held.
    handles
        identities of the handles of variables, to each of which `evaluate` assigns a leaf before it is read.

    Raises
    ------
    UnrepeatableError
        if the run holds random numbers, state, compiled functions, or numbers that Python looked at.
    """
    noting = _Noting(leaves, varied, handles)
    with noting.watching():
        result = evaluate(leaves)
    return noting.finished(result), result


def looks_in_arrays(objects: Iterable[Any]) -> bool:
    """Whether a function among the objects that were reached calls a library that can look into tensors."""
    return any(_of_array_library(item) or _imports_one(item) for item in objects)


def _of_array_library(item: Any) -> bool:
    if isinstance(item, ModuleType):
        return item.__name__.partition(".")[0] in ARRAY_LIBRARIES
    return callable(item) and str(getattr(item, "__module__", "")).partition(".")[0] in ARRAY_LIBRARIES


def _imports_one(item: Any) -> bool:
    return isinstance(item, FunctionType) and any(name in ARRAY_LIBRARIES for name in names_in(item.__code__))


class _Noting:
    """What is known of a run while it runs."""

    def __init__(self, leaves: Sequence[Any], varied: Sequence[bool], handles: Collection[int]) -> None:
        self.run = EagerRun()
        self._handles = handles
        self._held: dict[int, int] = {}  # identity of a variable's handle -> slot of what it holds
        self._slots: dict[int, int] = {}  # identity of a tensor -> slot
        self._seen: list[Any] = []  # the tensor in each slot
        self._refused: str | None = None
        slots = [self._slot(leaf) for leaf in leaves]
        self._varied = {slot for slot, free in zip(slots, varied, strict=True) if free}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note the operations of this thread, custom gradients, and numbers that leave TensorFlow."""
        record, numpy = tape_record.record_operation, ops._EagerTensorBase._numpy

        def noted(*args: Any, **kwargs: Any) -> Any:
            self.run.custom = True
            return record(*args, **kwargs)

        def looked_at(tensor: Any) -> Any:
            if self._slots.get(tensor._id) in self._varied:
                self._refused = "Python looks at a number that depends on the arguments"
            return numpy(tensor)

        op_callbacks.add_op_callback(self._callback)
        tape_record.record_operation, ops._EagerTensorBase._numpy = noted, looked_at
        try:
            yield
        finally:
            tape_record.record_operation, ops._EagerTensorBase._numpy = record, numpy
            op_callbacks.remove_op_callback(self._callback)

    def finished(self, result: Any) -> EagerRun:
        """The run, with only those operations that the result needs."""
        if self._refused is not None:
            raise UnrepeatableError(self._refused)
        self.run.result = self._slots.get(result._id, -1)
        if self.run.result not in self._varied:
            raise UnrepeatableError("the result depends on no argument, as far as the run shows")
        needed, kept = {self.run.result}, []
        for operation in reversed(self.run.operations):
            if needed.intersection(operation.outputs):
                kept.append(operation)
                needed.update(operation.inputs)
        self.run.operations = kept[::-1]
        self.run.constants = {
            slot: tensor for slot, tensor in enumerate(self._seen) if slot in needed - self._varied
        }
        return self.run

    def _callback(
        self,
        operation: Any,
        inputs: Any,
        attributes: Any,
        outputs: Any,
        op_name: Any = None,
        graph: Any = None,
    ) -> None:
        name = operation.decode() if isinstance(operation, bytes) else operation
        if graph is not None:
            self._refused = "a graph is built"
        elif name == READ:
            held = self._held.get(inputs[0]._id)
            if held is not None:
                self._slots[outputs[0]._id] = held
        elif name == ASSIGN:
            handle = inputs[0]._id
            if handle not in self._handles or handle in self._held:
                self._refused = "it assigns to a variable"
            else:
                self._held[handle] = self._slot(inputs[1])
        elif not repeatable(name) or opaque(name):
            self._refused = f"{name} has state, or calls what is not seen"
        else:
            self._note(name, attributes, inputs, outputs)

    def _note(self, name: str, attributes: Any, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        self.run.operands.append(tuple(tensor._shape_tuple() for tensor in inputs))
        if name in SHAPES or not any(self._slots.get(tensor._id) in self._varied for tensor in inputs):
            return
        places = tuple(self._slot(tensor) for tensor in inputs)
        results = tuple(self._slot(tensor) for tensor in outputs)
        self._varied.update(results)
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        given = tuple(part for pair in pairs if pair[1] is not None for part in pair)
        self.run.operations.append(Operation(name, given, places, results))

    def _slot(self, tensor: Any) -> int:
        if tensor._id not in self._slots:
            self._slots[tensor._id] = len(self.run.shapes)
            self.run.shapes.append(tensor._shape_tuple())
            self.run.dtypes.append(tensor.dtype)
            self._seen.append(tensor)
        return self._slots[tensor._id]
