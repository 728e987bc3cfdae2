"""Transfers of the four rules, powers and roots; operands are unrelated to each other."""

from __future__ import annotations

import math
from math import inf

from stabcheck.ops.interval import NON_NEGATIVE, REAL, Interval, point
from stabcheck.ops.ranges.monotone import Transfer, increasing, stepwise
from stabcheck.ops.ranges.rounding import above, below, is_product, product, total

ZERO = point(0.0)
ONE = point(1.0)


def negate(x: Interval, **_attributes: object) -> Interval:
    """−x."""
    return Interval(-x.upper, -x.lower, x.nonzero)


def magnitude(x: Interval, **_attributes: object) -> Interval:
    """|x|."""
    if x.lower >= 0:
        return x
    if x.upper <= 0:
        return negate(x)
    return Interval(0.0, max(-x.lower, x.upper), x.nonzero)


def even(transfer: Transfer) -> Transfer:
    """The transfer of a function of |x|, from that of the function on x >= 0."""

    def of_magnitude(x: Interval, **attributes: object) -> Interval:
        return transfer(magnitude(x), **attributes)

    return of_magnitude


def add(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """The sum x + y."""
    same_sign = (x.lower >= 0 and y.lower >= 0) or (x.upper <= 0 and y.upper <= 0)
    return Interval(
        total(x.lower, y.lower, below),
        total(x.upper, y.upper, above),
        same_sign and (x.excludes_zero or y.excludes_zero),
    )


def subtract(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """The difference x − y."""
    return add(x, negate(y))


def multiply(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """x·y."""
    corners = [(a, b) for a in (x.lower, x.upper) for b in (y.lower, y.upper)]
    return Interval(
        min(product(a, b, below) for a, b in corners),
        max(product(a, b, above) for a, b in corners),
        x.excludes_zero and y.excludes_zero,
    )


def square(x: Interval, **_attributes: object) -> Interval:
    """x², which is not multiply(x, x): both factors are the same."""
    size = magnitude(x)
    return multiply(size, size).meet(NON_NEGATIVE)


def squared_difference(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """(x − y)²."""
    return square(subtract(x, y))


def reciprocal(x: Interval, **_attributes: object) -> Interval:
    """1/x, where x is not zero."""
    if x.lower < 0 < x.upper or x.lower == x.upper == 0:
        return Interval(nonzero=True)

    def end(at: float, at_zero: float, outward: float) -> float:
        if at == 0.0:
            return at_zero
        if math.isinf(at):
            return 0.0
        try:
            value = 1.0 / at
        except OverflowError:
            value = math.copysign(inf, at)
        if math.isinf(value):
            return value if value == outward else math.nextafter(value, 0.0)
        return value if is_product(at, value, 1.0) else math.nextafter(value, outward)

    return Interval(end(x.upper, -inf, -inf), end(x.lower, inf, inf), nonzero=True)


def divide(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """x/y, where y is not zero."""
    quotient = multiply(x, reciprocal(y))
    return Interval(quotient.lower, quotient.upper, x.excludes_zero)


def divide_no_nan(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """x/y, and 0 where y is 0."""
    quotient = divide(x, y)
    return quotient if y.excludes_zero else quotient.hull(ZERO)


def remainder(_x: Interval, y: Interval, **_attributes: object) -> Interval:
    """The remainder x mod y, of the divisor's sign."""
    return Interval(min(y.lower, 0.0), max(y.upper, 0.0))


def floor_divide(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """⌊x/y⌋, where y is not zero."""
    return stepwise(math.floor)(divide(x, y))


def fmod(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """The remainder of the dividend's sign, less than the divisor."""
    size = magnitude(y).upper
    return Interval(max(min(x.lower, 0.0), -size), min(max(x.upper, 0.0), size))


def scaled(factor: float) -> Transfer:
    """The transfer of a multiplication by a rounded constant."""

    def transfer(x: Interval, **_attributes: object) -> Interval:
        return multiply(x, Interval(below(factor), above(factor)))

    return transfer


def square_root(x: Interval, **_attributes: object) -> Interval:
    """√x, where it is real; the roots of perfect squares are exact."""

    def root(end: float, outward: float) -> float:
        value = math.sqrt(max(end, 0.0))
        exact = math.isinf(value) or is_product(value, value, max(end, 0.0))
        return value if exact else math.nextafter(value, outward)

    return Interval(root(x.lower, -inf), root(x.upper, inf), x.excludes_zero)


def hypot(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """√(x² + y²)."""
    a, b = magnitude(x), magnitude(y)
    lower, upper = math.hypot(a.lower, b.lower), math.hypot(a.upper, b.upper)
    return Interval(
        max(below(below(lower)), a.lower, b.lower),
        above(above(upper)) if a.upper and b.upper else upper,
        x.excludes_zero or y.excludes_zero,
    )


def power(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """x**y, where it is real."""
    if y.lower == y.upper:
        return _constant_power(x, float(y.lower))
    if x.lower >= 0:
        return _positive_power(x, y)
    return REAL


def _constant_power(x: Interval, exponent: float) -> Interval:
    if exponent == 0.0:
        return ONE
    if exponent < 0.0:
        return reciprocal(_constant_power(x, -exponent))
    if x.lower >= 0 or not exponent.is_integer():
        return _rising_power(Interval(max(x.lower, 0.0), max(x.upper, 0.0), x.excludes_zero), exponent)
    if exponent % 2 == 0:
        return _rising_power(magnitude(x), exponent)
    highest = _rising_power(Interval(0.0, max(x.upper, 0.0)), exponent).upper
    lowest = _rising_power(Interval(0.0, -x.lower), exponent).upper
    if x.upper < 0:
        return negate(_rising_power(negate(x), exponent))
    return Interval(-lowest, highest, x.excludes_zero)


def _rising_power(x: Interval, exponent: float) -> Interval:
    """x**exponent of x >= 0 and exponent > 0: increasing."""
    if exponent == 1.0:
        return x
    if exponent == 2.0:
        return square(x)
    widened = increasing(lambda a: a**exponent, NON_NEGATIVE)(x)
    lower, upper = _whole_power(x.lower, exponent), _whole_power(x.upper, exponent)
    return Interval(
        widened.lower if lower is None else lower,
        widened.upper if upper is None else upper,
        x.excludes_zero,
    )


def _whole_power(base: float, exponent: float) -> float | None:
    """A power of whole numbers, where a double holds it; 1 to any power."""
    if base == 1.0:
        return 1.0
    if math.isinf(base) or not float(base).is_integer() or not exponent.is_integer() or exponent > 53:
        return None
    value = int(base) ** int(exponent)
    return float(value) if value <= 2**53 else None


def _positive_power(x: Interval, y: Interval) -> Interval:
    """x**y of x >= 0 for an exponent that varies: at its least or largest on either side of x = 1."""
    joined: Interval | None = None
    for exponent in (y.lower, y.upper):
        corner = _limit_power(x, exponent) if math.isinf(exponent) else _constant_power(x, exponent)
        joined = corner if joined is None else joined.hull(corner)
    assert joined is not None
    return Interval(joined.lower, joined.upper, x.excludes_zero)


def _limit_power(x: Interval, exponent: float) -> Interval:
    """What x**exponent comes to for exponents without bound."""
    grows = x.upper > 1 if exponent > 0 else x.lower < 1
    shrinks = x.lower < 1 if exponent > 0 else x.upper > 1
    return Interval(0.0 if shrinks else 1.0, inf if grows else 1.0)
