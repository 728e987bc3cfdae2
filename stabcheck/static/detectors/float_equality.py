"""A computed float compared for equality with a decimal fraction that binary floating point does not hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice
from math import isfinite, pi

from stabcheck.ops import OPERATIONS
from stabcheck.static.card import Card
from stabcheck.static.detectors._literals import is_dyadic
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Value, scalar, strip, walk
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

_ANGLES = frozenset({"arccos", "arcsin", "arctan", "arctan2", "angle"})
_MOST_NODES = 20
_EXACT = frozenset({"abs", "negative", "maximum", "minimum", "clip", "sign", "round", "floor", "ceil"})


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`a + b == 0.3`."""
    asserted = {
        line
        for each in module.tree.body
        if isinstance(each, ast.Assert)
        for line in range(each.lineno, (each.end_lineno or each.lineno) + 1)
    }  # by the module itself, which could not be imported if it did not hold
    for site, node in operations(module, "equal", "not_equal"):
        if len(node.operands) != 2 or node.span.line in asserted:
            continue
        for value, other in (node.operands, node.operands[::-1]):
            decimal = scalar(other)
            if not isinstance(decimal, float) or not isfinite(decimal):
                continue
            if not is_dyadic(decimal) and _computed(value) and not _is_limit(value, decimal):
                yield Hit(node.span, site, node, message=f"a computed float equals {decimal:g} only by luck")


def _is_limit(value: Value, decimal: float) -> bool:
    """Pi of an angle: `acos(-1) == pi` holds, and is asked for to tell the ends of the circle."""
    turns = 2 * decimal / pi
    if abs(turns - round(turns)) > 1e-12 or not turns:
        return False
    return any(isinstance(node, Apply) and node.op in _ANGLES for node in islice(walk(value), _MOST_NODES))


def _computed(value: Value) -> bool:
    """Whether rounding had a hand in the value."""
    node = strip(value)
    if not isinstance(node, Apply) or node.op in _EXACT:
        return False
    row = OPERATIONS.get(node.op)
    return row is not None and row.kind in ("elementwise", "reduction", "contraction")
