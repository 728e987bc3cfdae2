"""What operands that share a part say of a result: x − max(x) <= 0, x·x >= 0, x/sum(x) in [0, 1].

An interval for each operand alone can't see these; they are the guards that expert code relies on most.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from stabcheck.ops.interval import NON_NEGATIVE, NON_POSITIVE, REAL, SYMMETRIC_UNIT, UNIT, Interval, point
from stabcheck.static.graph import Apply, Item, Value, scalar, strip
from stabcheck.static.identity import same
from stabcheck.static.infer.layout import runs_over, same_entries, source
from stabcheck.static.normal import own_exponent

_MOST_TERMS = 4  # levels of a sum

Known = Callable[[Value], Interval]


def relation(node: Apply, known: Known) -> Interval:
    """What holds of `node` because its operands are related; REAL if nothing does."""
    if len(node.operands) < 2:
        return REAL
    left, right = node.operands[0], node.operands[1]
    match node.op:
        case "multiply":
            return NON_NEGATIVE if same(left, right) else REAL
        case "subtract":
            return _difference(left, right)
        case "add":
            return _sum(left, right)
        case "divide":
            return _quotient(left, right, known)
        case "dot":
            return NON_NEGATIVE if same(left, right) or _is_transpose(left, right) else REAL
        case _:
            return REAL


def _is_transpose(left: Value, right: Value) -> bool:
    """`left` is `right` transposed; of a vector, whose dot product with itself this is."""
    node = strip(left)
    return isinstance(node, Apply) and node.op == "transpose" and same(node.operands[0], right)


def is_above(bound: Value, value: Value) -> bool:
    """`bound` >= `value`, entry by entry.

    Its maximum, its logsumexp, `maximum(value, y)`, its absolute value.
    """
    node = source(bound)
    if not isinstance(node, Apply) or not node.operands:
        return False
    if node.op == "maximum":
        return any(same(each, value) for each in node.operands[:2])
    if node.op in ("relu", "abs", "softplus"):
        return same(node.operands[0], value)
    if node.op in ("max", "logsumexp"):
        return runs_over(node.operands[0], value) and same_entries(value, bound)
    return False


def is_below(bound: Value, value: Value) -> bool:
    """`bound` <= `value`, entry by entry: its minimum, or `minimum(value, y)`."""
    node = source(bound)
    if not isinstance(node, Apply) or not node.operands:
        return False
    if node.op == "minimum":
        return any(same(each, value) for each in node.operands[:2])
    return node.op == "min" and runs_over(node.operands[0], value) and same_entries(value, bound)


def _difference(left: Value, right: Value) -> Interval:
    if same(left, right):
        return point(0.0)
    if is_above(right, left) or is_below(left, right) or _smaller_of_two(left, right):
        return NON_POSITIVE
    if is_below(right, left) or is_above(left, right):
        return NON_NEGATIVE
    a, b = source(left), source(right)
    if (
        isinstance(a, Apply)
        and isinstance(b, Apply)
        and a.operands
        and b.operands
        and (a.op, b.op) == ("max", "min")
    ):
        whole = "axis" not in a.attributes and "axis" not in b.attributes
        if same(a.operands[0], b.operands[0]) and (whole or _same_axis(a, b)):
            return NON_NEGATIVE
    return REAL


def _smaller_of_two(left: Value, right: Value) -> bool:
    """`left` is the smaller, `right` the larger of the same two values."""
    a, b = source(left), source(right)
    if not isinstance(a, Apply) or not isinstance(b, Apply) or (a.op, b.op) != ("minimum", "maximum"):
        return False
    (x, y), (u, v) = a.operands[:2], b.operands[:2]
    return (same(x, u) and same(y, v)) or (same(x, v) and same(y, u))


def _same_axis(a: Apply, b: Apply) -> bool:
    first, second = a.attributes.get("axis"), b.attributes.get("axis")
    return first is not None and second is not None and same(first, second)


def _sum(left: Value, right: Value) -> Interval:
    """X + |x|, and x + (−max(x))."""
    for a, b in ((left, right), (right, left)):
        node = strip(b)
        if isinstance(node, Apply) and node.op == "abs" and same(node.operands[0], a):
            return NON_NEGATIVE
        if isinstance(node, Apply) and node.op == "negative" and is_above(node.operands[0], a):
            return NON_POSITIVE
    return REAL


def _quotient(left: Value, right: Value, known: Known) -> Interval:
    if same(left, right):
        return point(1.0)
    below = source(right)
    if not isinstance(below, Apply) or not below.operands:
        return REAL
    if _is_length(below, left, known):
        return SYMMETRIC_UNIT
    numerator = known(left)
    aligned = runs_over(below.operands[0], left) and same_entries(left, right)
    if below.op in ("sum", "max") and aligned and numerator.lower >= 0:
        return Interval(0.0, 1.0, numerator.excludes_zero)
    if below.op == "norm" and aligned:
        return SYMMETRIC_UNIT if _bounding_order(below) else REAL
    if below.op == "add" and numerator.lower >= 0:
        # x / (x + y) with both non-negative.
        for a, b in ((0, 1), (1, 0)):
            if same(below.operands[a], left) and known(below.operands[b]).lower >= 0:
                return UNIT
    larger = below.op == "maximum" and any(
        is_above(each, left) or same(each, left) for each in below.operands[:2]
    )
    return UNIT if larger and numerator.lower >= 0 else REAL


def _is_length(node: Apply, part: Value, known: Known) -> bool:
    """`sqrt(part**2 + …)`, `sqrt(sum(x**2))` of an entry of x, or `hypot(part, …)`.

    Rounding is monotone, so that it is never below `|part|`.
    """
    if node.op == "hypot":
        return any(same(each, part) for each in node.operands)
    if own_exponent(node) != 0.5:
        return False
    bare = source(part)
    if isinstance(bare, Apply) and bare.op == "abs":
        bare = bare.operands[0]
    if isinstance(bare, Apply) and bare.op == "multiply":  # `y * sin(c)` is not longer than y
        for factor, other in (bare.operands, bare.operands[::-1]):
            bounded = known(other)
            if bounded.lower >= -1 and bounded.upper <= 1 and _is_length(node, factor, known):
                return True
    total = source(node.operands[0])
    if isinstance(total, Apply) and total.op == "sum" and isinstance(bare, Item):
        return _is_square_of(total.operands[0], bare.base)
    terms = _terms(node.operands[0], _MOST_TERMS)
    squares = [each for each in terms if _is_square_of(each, bare)]
    return bool(squares) and all(known(each).lower >= 0 for each in terms)


def _terms(value: Value, depth: int) -> list[Value]:
    node = source(value)
    if depth and isinstance(node, Apply) and node.op == "add":
        return [term for each in node.operands for term in _terms(each, depth - 1)]
    return [value]


def _is_square_of(value: Value, part: Value) -> bool:
    node = source(value)
    if not isinstance(node, Apply):
        return False
    squared = own_exponent(node) == 2.0 or (node.op == "multiply" and same(*node.operands))
    return squared and same(node.operands[0], part)


def _bounding_order(norm: Apply) -> bool:
    """Orders for which no entry is larger than the norm: 2 (the default), 1, inf."""
    order = norm.attributes.get("ord")
    if order is None:
        return True
    number = scalar(order)
    return number is not None and (number >= 1 or number == inf) and len(norm.operands) == 1
