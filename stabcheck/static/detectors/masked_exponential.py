"""An exponential times a mask that is 0 where the exponential overflows: inf * 0."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Value, scalar
from stabcheck.static.hit import Hit
from stabcheck.static.identity import number
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module
from stabcheck.static.normal import DEEPEST, term

_HELD = 80.0
_BELOW = frozenset({"less", "less_equal"})
_ABOVE = frozenset({"greater", "greater_equal"})


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`alpha * exp(x) * (x <= 0)`, and with `exp(x) - 1`."""
    for site, node in operations(module, "multiply"):
        sides = list(map(source, node.operands))
        for mask, rest in (sides, sides[::-1]):
            exponent = _overflowing(rest, facts)
            if exponent is None or not _is_mask(mask, exponent):
                continue
            yield Hit(node.span, site, node, bindings={"x": term(exponent).value})
            break


def _overflowing(product: Value, facts: Facts, depth: int = DEEPEST) -> Value | None:
    """The exponent of a factor `exp(x)` or `exp(x) - 1` that can overflow."""
    node = source(product)
    if not isinstance(node, Apply):
        return None
    if node.op in ("exp", "expm1"):
        exponent = node.operands[0]
        return exponent if facts.interval(exponent).upper > _HELD and scalar(exponent) is None else None
    if depth and node.op in ("multiply", "subtract"):
        found = (_overflowing(each, facts, depth - 1) for each in node.operands)
        return next((each for each in found if each is not None), None)
    return None


def _is_mask(value: Value, exponent: Value) -> bool:
    """`x <= 0` of the x whose exponential grows where the mask is 0."""
    node = source(value)
    if not isinstance(node, Apply) or node.op not in _BELOW | _ABOVE:
        return False
    left, right = node.operands
    grown = term(exponent)
    for side, bound, ops in ((left, right, _BELOW), (right, left, _ABOVE)):
        if number(source(side)) != number(source(grown.value)) or scalar(bound) is None:
            continue
        return (node.op in ops) == (grown.coefficient > 0)
    return False
