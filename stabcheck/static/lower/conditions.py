"""What a condition says of the names in it, where it holds and where it does not."""

from __future__ import annotations

from math import inf

from stabcheck.ops import Interval
from stabcheck.static.graph import Apply, Assume, Call, Constant, Value, scalar, strip
from stabcheck.static.identity import same
from stabcheck.static.lower.frame import Frame
from stabcheck.static.lower.scope import unassume

_OPPOSITE = {
    "less": "greater_equal",
    "less_equal": "greater",
    "greater": "less_equal",
    "greater_equal": "less",
    "equal": "not_equal",
    "not_equal": "equal",
}
COMPARISONS = frozenset(_OPPOSITE)
_SWAPPED = {
    "less": "greater",
    "less_equal": "greater_equal",
    "greater": "less",
    "greater_equal": "less_equal",
    "equal": "equal",
    "not_equal": "not_equal",
}
_LARGEST = 1e300  # beyond it, and for infinities and NaN, a comparison is not worth an interval
_MASKS = frozenset({"logical_and", "logical_or", "isfinite", "isnan", "isinf"})
_LOGICAL = frozenset({"logical_and", "logical_or", "logical_not", "isfinite", "isnan", "isinf", "any", "all"})


def is_condition(value: Value) -> bool:
    """Whether `value` is a truth value: a comparison, or a combination of them."""
    value = strip(value)
    if isinstance(value, Apply):
        return value.op in _OPPOSITE or value.op in _LOGICAL
    if isinstance(value, Constant):
        return isinstance(value.value, bool)
    return isinstance(value, Call) and (value.function or "").startswith("operator.")


def bounds(condition: Value, holds: bool) -> list[tuple[Value, Interval]]:
    """What follows for the values in a condition from its holding, or not: `x > 0` puts x in (0, inf).

    Of an array, `all(x > 0)` that holds and `any(x <= 0)` that does not say it of every entry.
    """
    found: list[tuple[Value, Interval]] = []
    stack = [(condition, holds)]
    while stack:
        value, truth = stack.pop()
        value = strip(value)
        if not isinstance(value, Apply) or not value.operands:
            continue
        if value.op == "logical_not":
            stack.append((value.operands[0], not truth))
        elif (value.op == "logical_and" and truth) or (value.op == "logical_or" and not truth):
            stack.extend((each, truth) for each in value.operands)
        elif (value.op == "all" and truth) or (value.op == "any" and not truth):
            if is_condition(value.operands[0]):
                stack.append((value.operands[0], truth))
        elif value.op in _OPPOSITE and len(value.operands) == 2:
            op = value.op if truth else _OPPOSITE[value.op]
            left, right = value.operands
            found.extend(_bound(left, op, right))
            found.extend(_bound(right, _SWAPPED[op], left))
    return found


def _bound(value: Value, op: str, other: Value) -> list[tuple[Value, Interval]]:
    interval = interval_of(op, _level(other))
    if interval is None or isinstance(strip(value), Constant):
        return []
    found = [(value, interval)]
    inner = strip(value)
    # |x| > c > 0 and x*x > 0 exclude zero of x; |x| < c bounds it on both sides.
    if isinstance(inner, Apply) and inner.op in ("abs", "square", "norm") and len(inner.operands) >= 1:
        if interval.excludes_zero and inner.op != "norm":
            found.append((inner.operands[0], Interval(nonzero=True)))
        if inner.op == "abs" and interval.upper < inf:
            found.append((inner.operands[0], Interval(-interval.upper, interval.upper)))
    return found


def _level(value: Value) -> float | None:
    """The number that every entry of `value` is: a constant, or an array of zeros or ones."""
    inner = strip(value)
    if isinstance(inner, Apply) and inner.op in ("zeros", "zeros_like"):
        return 0.0
    if isinstance(inner, Apply) and inner.op in ("ones", "ones_like"):
        return 1.0
    return scalar(value)


def interval_of(op: str, c: float | None) -> Interval | None:
    """The numbers that compare with `c` as `op` says; None if that says nothing."""
    if c is None or not abs(c) < _LARGEST:
        return None
    c = float(c)
    match op:
        case "less" | "less_equal":
            return Interval(-inf, c, nonzero=op == "less" and c == 0)
        case "greater" | "greater_equal":
            return Interval(c, inf, nonzero=op == "greater" and c == 0)
        case "equal":
            return Interval(c, c)
        case _:
            return Interval(nonzero=True) if c == 0 else None


def assume(frame: Frame, condition: Value, holds: bool) -> None:
    """From here on the names of the scope are known to satisfy the condition, or to violate it."""
    if not is_condition(condition):
        return
    scope = frame.scope
    for value, interval in bounds(condition, holds):
        base = unassume(value)
        for name, held in [(name, held) for name, held in scope.names.items() if unassume(held) is base]:
            scope.set(name, Assume(held.place, held, interval))


def selected(base: Value, mask: Value) -> Interval | None:
    """What `base[mask]` is known to satisfy because the mask compares `base` itself."""
    for value, interval in bounds(mask, True):
        if same(value, base):
            return interval
    return None


def is_mask(index: Value) -> bool:
    """Whether an index selects entries by a condition; `~i` of an integer does not."""
    inner = strip(index)
    while isinstance(inner, Apply) and inner.op == "logical_not" and inner.operands:
        inner = strip(inner.operands[0])
    return isinstance(inner, Apply) and (inner.op in _OPPOSITE or inner.op in _MASKS)
