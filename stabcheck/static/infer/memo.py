"""Evaluation over the graph: every node once, without recursion, operands first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from stabcheck.static.graph import COMPOSED, Call, Constant, Symbol, Value

T = TypeVar("T")


def below(node: Value) -> tuple[Value, ...]:
    """What a fact about `node` may rest on.

    Its operands, what a followed call returns, what a loop draws from.
    """
    below = COMPOSED.get(node.__class__)
    if below is None:
        return (node.source,) if isinstance(node, Symbol) and node.source is not None else ()
    if isinstance(node, Call) and node.result is not None:
        return (node.result, *below(node))
    return below(node)


class Memo(Generic[T]):
    """One kind of fact, found by `transfer` for a node from those of the nodes below it, and kept.

    The nodes are kept with their facts: a guard may ask about a node that it made up, and a later one could
    get the same id.
    """

    __slots__ = ("_known", "_transfer")

    def __init__(self, transfer: Callable[[Value], T]) -> None:
        self._transfer = transfer
        self._known: dict[int, tuple[Value, T]] = {}

    def __call__(self, value: Value) -> T:
        """The fact about `value`; the first time, about everything below it."""
        known = self._known
        found = known.get(id(value))
        if found is not None:
            return found[1]
        stack = [value]
        while stack:
            node = stack.pop()
            if id(node) in known:
                continue
            if node.__class__ is not Constant:
                missing = [each for each in below(node) if id(each) not in known]
                if missing:
                    stack.append(node)
                    stack += missing
                    continue
            known[id(node)] = (node, self._transfer(node))
        return known[id(value)][1]
