"""Transfers of sums, products and norms over an unknown number of entries, one at least."""

from __future__ import annotations

import math
from math import inf

from stabcheck.ops.interval import Interval
from stabcheck.ops.ranges.arithmetic import add, multiply
from stabcheck.ops.ranges.order import maximum
from stabcheck.ops.ranges.rounding import above


def total(x: Interval, **_attributes: object) -> Interval:
    """A sum."""
    lower = x.lower if x.lower >= 0 else -inf
    upper = x.upper if x.upper <= 0 else inf
    return Interval(lower, upper, x.excludes_zero and (lower >= 0 or upper <= 0))


def product(x: Interval, **_attributes: object) -> Interval:
    """A product."""
    if x.lower >= 0:
        lower = x.lower if x.lower >= 1 else 0.0
        return Interval(lower, x.upper if x.upper <= 1 else inf, x.excludes_zero)
    size = max(-x.lower, x.upper)
    return Interval(-size, size, x.excludes_zero) if size <= 1 else Interval(nonzero=x.excludes_zero)


def dot(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """A sum of products."""
    return total(multiply(x, y))


def norm(x: Interval, **_attributes: object) -> Interval:
    """A norm."""
    return Interval(0.0, inf, x.excludes_zero)


def extent(x: Interval, **_attributes: object) -> Interval:
    """The largest entry less the smallest."""
    width = x.upper - x.lower
    return Interval(0.0, above(width) if math.isfinite(width) else inf)


def spread(x: Interval, *, ddof: object = 0, **_attributes: object) -> Interval:
    """A standard deviation: at most half the width, if it is that of the sample (ddof = 0)."""
    half = above(x.upper - x.lower) / 2
    return Interval(0.0, above(half) if math.isfinite(half) and ddof == 0 else inf)


def variance(x: Interval, **attributes: object) -> Interval:
    """A variance: the square of a standard deviation."""
    deviation = spread(x, **attributes).upper
    return Interval(0.0, above(deviation * deviation))


def logaddexp(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """log(e^x + e^y): above both, and at most log 2 above the larger."""
    larger = maximum(x, y)
    return Interval(larger.lower, add(larger, Interval(0.0, above(math.log(2.0)))).upper)


def log_total(x: Interval, **_attributes: object) -> Interval:
    """A sum of exponentials, its logarithm."""
    return Interval(x.lower, inf)
