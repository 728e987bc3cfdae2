"""Transfers of what compares, limits, rounds and picks values."""

from __future__ import annotations

import math
from math import inf

from stabcheck.ops.interval import REAL, Interval, point
from stabcheck.ops.ranges.arithmetic import ZERO, add, magnitude, negate
from stabcheck.ops.ranges.rounding import above, below

# keras.config.epsilon() unless it is set.
KERAS_EPSILON = Interval(below(1e-7), above(1e-7))


def same(x: Interval, *_others: Interval, **_attributes: object) -> Interval:
    """The values of the first operand, moved or picked."""
    return x


def average(x: Interval, *_others: Interval, **_attributes: object) -> Interval:
    """Means of the values of `x`: of numbers of both signs, none of them 0, it can be 0."""
    return Interval(x.lower, x.upper, x.nonzero and not x.lower < 0 < x.upper)


def hull(first: Interval, *others: Interval, **_attributes: object) -> Interval:
    """The values of all operands."""
    for other in others:
        first = first.hull(other)
    return first


def with_zero(x: Interval, **_attributes: object) -> Interval:
    """The operand's values, and zeros filled in."""
    return Interval(min(x.lower, 0.0), max(x.upper, 0.0))


def maximum(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """The larger of x and y."""
    lower = max(x.lower, y.lower)
    return Interval(lower, max(x.upper, y.upper), lower > 0 or (x.excludes_zero and y.excludes_zero))


def minimum(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """The smaller of x and y."""
    return negate(maximum(negate(x), negate(y)))


def sign(x: Interval, **_attributes: object) -> Interval:
    """−1, 0 or 1."""
    return Interval(
        -1.0 if x.lower < 0 else 0.0 if 0.0 in x else 1.0,
        1.0 if x.upper > 0 else 0.0 if 0.0 in x else -1.0,
        x.excludes_zero,
    )


def copysign(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """|x| with the sign of y."""
    size = magnitude(x)
    if y.lower > 0:
        return size
    return negate(size) if y.upper < 0 else size.hull(negate(size))


def rounded(x: Interval, *, decimals: object = 0, **_attributes: object) -> Interval:
    """The nearest number of so many decimals."""
    if not isinstance(decimals, int) or decimals < 0:
        return REAL
    if decimals > 0:
        return add(x, Interval(-1.0, 1.0))
    return Interval(_nearest(x.lower), _nearest(x.upper))


def _nearest(x: float) -> float:
    return x if math.isinf(x) else float(round(x))


def limit(known: object) -> Interval:
    """An attribute: a number, an interval, or anything else if it is not known."""
    if isinstance(known, Interval):
        return known
    if isinstance(known, int | float) and not math.isnan(known):
        return point(float(known))
    return REAL


def clip(x: Interval, *, lower: object = None, upper: object = None, **_attributes: object) -> Interval:
    """min(max(x, lower), upper); a limit is None if absent, else as `limit` takes it."""
    if lower is not None:
        x = maximum(x, limit(lower))
    return x if upper is None else minimum(x, limit(upper))


def between(
    *_operands: Interval, lower: object = 0.0, upper: object = 1.0, **_attributes: object
) -> Interval:
    """From an attribute `lower` to an attribute `upper`; the reals if one is not known."""
    return limit(lower).hull(limit(upper))


def value(*, value: object = None, **_attributes: object) -> Interval:
    """The attribute `value`, where it is a number or its interval is known."""
    return limit(value)


def cast(x: Interval, *, dtype: object = None, **_attributes: object) -> Interval:
    """The same values; whole numbers towards zero, and 0 or 1, where the dtype asks for them."""
    name = str(dtype).rpartition(".")[2].strip("'>")
    if name.startswith("uint"):
        return Interval(0.0, inf)
    if name.startswith("int") or name == "long":
        return Interval(_whole(x.lower), _whole(x.upper))
    if name.startswith("bool"):
        return Interval(0.0, 1.0, x.excludes_zero) if x != ZERO else ZERO
    return x


def _whole(x: float) -> float:
    return x if math.isinf(x) else float(math.trunc(x))


def without_nan(x: Interval, *, nan: object = 0.0, **_attributes: object) -> Interval:
    """The same values, and what stands for NaN."""
    return x.hull(limit(nan))
