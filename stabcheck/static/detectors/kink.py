"""A gradient check of a function at its kink."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._checks import checks
from stabcheck.static.detectors._values import is_op
from stabcheck.static.graph import Apply, Reference, Sequence, Value, scalar, strip, walk
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module
from stabcheck.static.names import spellings

_KINKED = frozenset({"relu", "abs", "relu6", "leaky_relu", "sign", "hard_sigmoid"})


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Relu and abs themselves, at inputs that hold an exact zero."""
    for check in checks(module):
        function = strip(check.function)
        if not isinstance(function, Reference) or not _is_kinked(function.name):
            continue
        if any(_holds_zero(value) for value in check.inputs):
            yield Hit(check.call.span, check.site, check.call)


def _is_kinked(name: str) -> bool:
    return any(spelling.operation in _KINKED for spelling in spellings(name))


def _holds_zero(value: Value) -> bool:
    """An array of zeros, or a literal with a zero in it."""
    node = strip(value)
    if not isinstance(node, Apply) or node.op != "asarray":
        return is_op(node, "zeros", "zeros_like")
    data = strip(node.operands[0])
    return isinstance(data, Sequence) and any(scalar(each) == 0 for each in walk(data))
