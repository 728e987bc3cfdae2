"""Transfers made from functions of one number: monotone, even, stepwise."""

from __future__ import annotations

import math
from collections.abc import Callable
from math import inf, nan

from stabcheck.ops.interval import REAL, Interval
from stabcheck.ops.ranges.rounding import Real

_LARGEST = math.nextafter(inf, 0.0)

Transfer = Callable[..., Interval]


def always(interval: Interval) -> Transfer:
    """The same result whatever the operands are: the codomain."""

    def transfer(*_operands: Interval, **_attributes: object) -> Interval:
        return interval

    return transfer


def increasing(
    function: Real, codomain: Interval = REAL, *, domain: Interval = REAL, exact: float = 0.0
) -> Transfer:
    """The transfer of an increasing `function`.

    Parameters
    ----------
    function
        its value to four ulps; OverflowError and ValueError as the module math raises them.
    codomain
        bounds the result, and says whether it is never zero.
    domain
        cuts the operand.
    exact
        the argument at which the function's value is a double, which is then not widened; NaN if there is
        none.
    """
    passes_zero = not math.isnan(exact) and function(exact) == 0.0

    def transfer(x: Interval, **_attributes: object) -> Interval:
        lower, upper = max(x.lower, domain.lower), min(x.upper, domain.upper)
        if lower > upper:
            return codomain
        low, high = _value(function, lower), _value(function, upper)
        if math.isnan(low) or low < codomain.lower:
            low = codomain.lower
        elif lower != exact and math.isfinite(lower):
            low = max(_widened(low, -inf), codomain.lower)
        if math.isnan(high) or high > codomain.upper:
            high = codomain.upper
        elif upper != exact and math.isfinite(upper):
            high = min(_widened(high, inf), codomain.upper)
        low, high = min(low, _LARGEST), max(high, -_LARGEST)  # the value is finite, if too large for a double
        return Interval(low, high, codomain.nonzero or (passes_zero and _misses(x, exact)))

    return transfer


def _widened(x: float, outward: float) -> float:
    """`x`, four ulps further out at least."""
    if math.isinf(x):
        return x
    return math.nextafter(x + math.copysign(abs(x) * 2.0**-50, outward), outward)


def _value(function: Real, x: float) -> float:
    """`function(x)`; infinite where it is too large for a double, NaN where it is not real."""
    try:
        return function(x)
    except OverflowError:
        return inf
    except ValueError:
        return nan


def _misses(x: Interval, point: float) -> bool:
    """`point` is known not to be in `x`."""
    return x.excludes_zero if point == 0.0 else point < x.lower or point > x.upper


def decreasing(
    function: Real, codomain: Interval = REAL, *, domain: Interval = REAL, exact: float = 0.0
) -> Transfer:
    """The transfer of a decreasing `function`, as `increasing`."""
    rising = increasing(
        lambda x: -function(x),
        Interval(-codomain.upper, -codomain.lower, codomain.nonzero),
        domain=domain,
        exact=exact,
    )

    def transfer(x: Interval, **attributes: object) -> Interval:
        mirrored = rising(x, **attributes)
        return Interval(-mirrored.upper, -mirrored.lower, mirrored.nonzero)

    return transfer


def stepwise(function: Real) -> Transfer:
    """The transfer of a step function that goes up, whose values are exact; infinite ends stay."""

    def at(x: float) -> float:
        return x if math.isinf(x) else float(function(x))

    def transfer(x: Interval, **_attributes: object) -> Interval:
        return Interval(at(x.lower), at(x.upper))

    return transfer


def sign_preserving(x: Interval, **_attributes: object) -> Interval:
    """An increasing function through the origin of which nothing else is used."""
    return Interval(0.0 if x.lower >= 0 else -inf, 0.0 if x.upper <= 0 else inf, x.excludes_zero)


def sinh(x: float) -> float:
    """The hyperbolic sine, infinite with its sign where it is too large for a double."""
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(inf, x)


def logistic(x: float) -> float:
    """1/(1 + e^−x)."""
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


def log_logistic(x: float) -> float:
    """−log(1 + e^−x)."""
    return min(x, 0.0) - math.log1p(math.exp(-abs(x)))


def normal_cdf(x: Interval, **_attributes: object) -> Interval:
    """The standard normal distribution function, of which only the side of the mean is used."""
    return Interval(0.5 if x.lower >= 0 else 0.0, 0.5 if x.upper <= 0 else 1.0, nonzero=True)
