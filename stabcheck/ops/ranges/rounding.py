"""Ends of intervals in double precision: rounded outward, but not where they are exact.

Widening an exact end would cost what guards ask for: 1 − [0, 1] is [0, 1], log of [0, 1] is at most 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from math import inf

Real = Callable[[float], float]


def below(x: float) -> float:
    """The next smaller double: a lower bound for what was rounded to `x`."""
    return math.nextafter(x, -inf)


def above(x: float) -> float:
    """The next larger double."""
    return math.nextafter(x, inf)


def total(a: float, b: float, outward: Real) -> float:
    """An end of a + b; opposite infinities are resolved outward."""
    result = a + b
    if math.isnan(result):
        return outward(0.0) * inf
    if math.isinf(result):
        return result if math.isinf(a) or math.isinf(b) else _beyond_largest(result, outward)
    return result if math.fsum((a, b, -result)) == 0.0 else outward(result)


def product(a: float, b: float, outward: Real) -> float:
    """An end of a·b; 0·∞ is 0, for an infinite end is never reached."""
    if a == 0.0 or b == 0.0:
        return 0.0
    result = a * b
    if math.isinf(result):
        return result if math.isinf(a) or math.isinf(b) else _beyond_largest(result, outward)
    return result if is_product(a, b, result) else outward(result)


def is_product(a: float, b: float, result: float) -> bool:
    """a·b is exactly `result`; all are finite."""
    (n, d), (m, e), (p, q) = a.as_integer_ratio(), b.as_integer_ratio(), result.as_integer_ratio()
    return n * m * q == p * d * e


def _beyond_largest(overflowed: float, outward: Real) -> float:
    """A finite number too large for a double: an infinite end if that is outward, else the largest double."""
    return overflowed if outward(0.0) * overflowed > 0 else math.nextafter(overflowed, 0.0)
