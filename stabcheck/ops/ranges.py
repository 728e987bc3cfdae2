"""Interval transfers: what is known of an operation's result from what is known of its operands.

Sound for real arithmetic: the result of the real function on members of the operands' intervals is a member of the
result's interval. Ends are computed in double precision and widened by an ulp unless they are exact, so that bounds
that guards ask for (log of [0, 1] is at most 0) stay what they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from math import inf

from stabcheck.ops.interval import NON_NEGATIVE, REAL, Interval

Real = Callable[[float], float]
Transfer = Callable[..., Interval]


def below(x: float) -> float:
    """The next smaller double: a lower bound for what was rounded to `x`."""
    return math.nextafter(x, -inf)


def above(x: float) -> float:
    """The next larger double."""
    return math.nextafter(x, inf)


def always(interval: Interval) -> Transfer:
    """The same result whatever the operands are: the codomain."""

    def transfer(*_operands: Interval, **_attributes: object) -> Interval:
        return interval

    return transfer


def same(x: Interval, *_others: Interval, **_attributes: object) -> Interval:
    """The values of the first operand, moved or picked."""
    return x


def hull(first: Interval, *others: Interval, **_attributes: object) -> Interval:
    """The values of all operands."""
    for other in others:
        first = first.hull(other)
    return first


def _limit(function: Real, x: float) -> float:
    """`function(x)`, infinite where it is too large for a double; NaN where it is not real."""
    try:
        return function(x)
    except OverflowError:
        return inf
    except ValueError:
        return math.nan


def increasing(function: Real, codomain: Interval = REAL, *, domain: Interval = REAL, exact: float = 0.0) -> Transfer:
    """The transfer of an increasing `function`.

    `codomain` bounds the result (and says whether it is never zero), `domain` cuts the operand, `exact` is the
    argument at which the function's value is rational, so that the double is not widened.
    """

    def transfer(x: Interval, **_attributes: object) -> Interval:
        lower, upper = max(x.lower, domain.lower), min(x.upper, domain.upper)
        if lower > upper:
            return codomain
        low, high = _limit(function, lower), _limit(function, upper)
        low = codomain.lower if math.isnan(low) else low if lower == exact or math.isinf(low) else below(below(low))
        high = codomain.upper if math.isnan(high) else high if upper == exact else above(above(high))
        if low == inf:  # the true value is beyond the largest double
            low = math.nextafter(inf, 0.0)
        if high == -inf:
            high = math.nextafter(-inf, 0.0)
        low, high = max(low, codomain.lower), min(high, codomain.upper)
        return Interval(min(low, high), high, codomain.nonzero or (function(exact) == 0.0 and _misses(x, exact)))

    return transfer


def _misses(x: Interval, point: float) -> bool:
    """`point` is known not to be in `x`."""
    return x.excludes_zero if point == 0.0 else point < x.lower or point > x.upper


def decreasing(function: Real, codomain: Interval = REAL, *, domain: Interval = REAL, exact: float = 0.0) -> Transfer:
    """The transfer of a decreasing `function`, as `increasing`."""
    rising = increasing(lambda x: -function(x), negate(codomain), domain=domain, exact=exact)

    def transfer(x: Interval, **attributes: object) -> Interval:
        return negate(rising(x, **attributes))

    return transfer


def even(transfer: Transfer) -> Transfer:
    """The transfer of a function of |x|, from that of the function on x >= 0."""

    def of_magnitude(x: Interval, **attributes: object) -> Interval:
        return transfer(magnitude(x), **attributes)

    return of_magnitude


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


def _sum(a: float, b: float, outward: Callable[[float], float]) -> float:
    """An end of a + b; opposite infinities are resolved outward."""
    total = a + b
    if math.isnan(total):
        return outward(math.copysign(inf, outward(0.0)))
    if math.isinf(total) or (total - a == b and total - b == a):
        return total if math.isinf(a) or math.isinf(b) or math.isfinite(total) else outward(total)
    return outward(total)


def add(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """x + y."""
    lower, upper = _sum(x.lower, y.lower, below), _sum(x.upper, y.upper, above)
    apart = (x.lower >= 0 and y.lower >= 0) or (x.upper <= 0 and y.upper <= 0)
    return Interval(lower, upper, apart and (x.excludes_zero or y.excludes_zero))


def subtract(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """x − y, the operands unrelated."""
    return add(x, negate(y))


def _product(a: float, b: float) -> tuple[float, bool]:
    """A product of ends, and whether it is exact; 0·∞ is 0, for an infinite end is never reached."""
    if a == 0.0 or b == 0.0:
        return 0.0, True
    product = a * b
    if math.isinf(product):
        return product, math.isinf(a) or math.isinf(b)
    small = abs(a) < 2.0**26 and abs(b) < 2.0**26 and a.is_integer() and b.is_integer()
    return product, small or abs(a) == 1.0 or abs(b) == 1.0


def multiply(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """x·y, the operands unrelated."""
    products = [_product(a, b) for a in (x.lower, x.upper) for b in (y.lower, y.upper)]
    lower, upper = min(products), max(products)
    return Interval(
        lower[0] if lower[1] else min(below(lower[0]), lower[0]) if lower[0] != 0 else -5e-324,
        upper[0] if upper[1] else above(upper[0]) if upper[0] != 0 else 5e-324,
        x.excludes_zero and y.excludes_zero,
    )


def square(x: Interval, **_attributes: object) -> Interval:
    """x², which is not multiply(x, x): both factors are the same."""
    size = magnitude(x)
    return multiply(size, size).meet(NON_NEGATIVE)


def reciprocal(x: Interval, **_attributes: object) -> Interval:
    """1/x, where x is not zero."""
    if x.lower < 0 < x.upper or x.lower == x.upper == 0:
        return Interval(nonzero=True)
    lower = -inf if x.upper == 0 else 0.0 if math.isinf(x.upper) else 1.0 / x.upper
    upper = inf if x.lower == 0 else 0.0 if math.isinf(x.lower) else 1.0 / x.lower
    lower = lower if _exact_reciprocal(x.upper, lower) else below(lower) if lower else 0.0
    upper = upper if _exact_reciprocal(x.lower, upper) else above(upper) if upper else 0.0
    return Interval(lower, upper, nonzero=True)


def _exact_reciprocal(x: float, result: float) -> bool:
    return math.isinf(x) or math.isinf(result) or abs(math.frexp(x)[0]) == 0.5


def divide(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """x/y, where y is not zero."""
    quotient = multiply(x, reciprocal(y))
    return Interval(quotient.lower, quotient.upper, x.excludes_zero)


def maximum(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """The larger of x and y."""
    lower = max(x.lower, y.lower)
    return Interval(lower, max(x.upper, y.upper), lower > 0 or (x.excludes_zero and y.excludes_zero))


def minimum(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """The smaller of x and y."""
    return negate(maximum(negate(x), negate(y)))


def bound(known: object, default: float) -> Interval:
    """An attribute that is a number, an interval, or not given (then the limit is not there: `default`)."""
    if isinstance(known, Interval):
        return known
    if isinstance(known, int | float) and not math.isnan(known):
        return Interval(float(known), float(known))
    return Interval(*sorted((default, math.nextafter(default, 0.0)))) if known is None else REAL


def clip(x: Interval, *, lower: object = None, upper: object = None, **_attributes: object) -> Interval:
    """min(max(x, lower), upper); a limit is a number, an `Interval`, None if absent, anything else if not known."""
    if lower is not None:
        x = maximum(x, bound(lower, -inf))
    if upper is not None:
        x = minimum(x, bound(upper, inf))
    return x


def power(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """x**y, where it is real."""
    if y.lower == y.upper and math.isfinite(y.lower):
        return _constant_power(x, y.lower)
    if x.lower >= 0:
        return _positive_power(x, y)
    return REAL


def _constant_power(x: Interval, exponent: float) -> Interval:
    if exponent == 0.0:
        return Interval(1.0, 1.0)
    if exponent < 0.0:
        return reciprocal(_constant_power(x, -exponent))
    size = _monotone_power(magnitude(x), exponent)
    if x.lower >= 0 or not exponent.is_integer():
        return _monotone_power(Interval(max(x.lower, 0.0), max(x.upper, 0.0), x.nonzero), exponent)
    if exponent % 2 == 0:
        return size
    positive = _monotone_power(Interval(0.0, max(x.upper, 0.0)), exponent)
    negative = _monotone_power(Interval(0.0, -x.lower), exponent)
    if x.upper < 0:
        return negate(size)
    return Interval(-negative.upper, positive.upper, x.nonzero)


def _monotone_power(x: Interval, exponent: float) -> Interval:
    if exponent == 1.0:
        return x
    transfer = increasing(lambda a: a**exponent, NON_NEGATIVE)
    result = transfer(x)
    lower = 1.0 if x.lower == 1.0 else result.lower
    upper = 1.0 if x.upper == 1.0 else _integer_power(x.upper, exponent, result.upper)
    return Interval(min(lower, upper), upper, x.excludes_zero)


def _integer_power(base: float, exponent: float, otherwise: float) -> float:
    """An exact end for whole numbers: [-3, 3]**2 is [0, 9], not an ulp more."""
    if math.isfinite(base) and base.is_integer() and exponent.is_integer() and exponent < 64 and base < 2**26:
        value = int(base) ** int(exponent)
        if value < 2**53:
            return float(value)
    return otherwise


def _positive_power(x: Interval, y: Interval) -> Interval:
    """e^(y·log x) for a base that is not negative."""
    corners = []
    for exponent in (y.lower, y.upper):
        if math.isinf(exponent):
            limits = [Interval(0.0, 1.0) if base <= 1.0 else Interval(1.0, inf) for base in (x.lower, x.upper)]
            flipped = [Interval(1.0, inf) if limit.upper == 1.0 else Interval(0.0, 1.0) for limit in limits]
            corners += flipped if exponent < 0 else limits
        else:
            corners.append(_constant_power(x, exponent))
    joined = hull(*corners)
    return Interval(joined.lower, joined.upper, x.excludes_zero)


def total(x: Interval, **_attributes: object) -> Interval:
    """A sum of an unknown number of entries, one at least."""
    lower = x.lower if x.lower >= 0 else -inf
    upper = x.upper if x.upper <= 0 else inf
    return Interval(lower, upper, lower >= 0 and x.excludes_zero or upper <= 0 and x.excludes_zero)


def product(x: Interval, **_attributes: object) -> Interval:
    """A product of an unknown number of entries, one at least."""
    if x.lower >= 0:
        return Interval(
            x.lower if x.lower >= 1 else 0.0, max(x.upper, 0.0) if x.upper <= 1 else inf, x.excludes_zero
        )
    if x.lower >= -1 and x.upper <= 1:
        return Interval(-1.0, 1.0, x.excludes_zero)
    return Interval(nonzero=x.excludes_zero)


def spread(x: Interval, *, ddof: object = 0, **_attributes: object) -> Interval:
    """A standard deviation: at most half the width, if it is that of the sample."""
    width = x.upper - x.lower
    return Interval(0.0, above(width / 2) if math.isfinite(width) and ddof == 0 else inf)




ZERO = Interval(0.0, 0.0)


def sign(x: Interval, **_attributes: object) -> Interval:
    """−1, 0 or 1."""
    return Interval(
        -1.0 if x.lower < 0 else 0.0 if 0.0 in x else 1.0,
        1.0 if x.upper > 0 else 0.0 if 0.0 in x else -1.0,
        x.excludes_zero,
    )


def divide_no_nan(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """x/y, and 0 where y is 0."""
    quotient = divide(x, y)
    return quotient if y.excludes_zero else quotient.hull(ZERO)


def remainder(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """x mod y, of the divisor's sign."""
    return Interval(min(y.lower, 0.0), max(y.upper, 0.0))


def floor(x: float) -> float:
    """The largest whole number not above x, infinities kept."""
    return x if math.isinf(x) else float(math.floor(x))


def ceil(x: float) -> float:
    """The smallest whole number not below x, infinities kept."""
    return x if math.isinf(x) else float(math.ceil(x))


def trunc(x: float) -> float:
    """The whole part of x, infinities kept."""
    return x if math.isinf(x) else float(math.trunc(x))


def stepwise(function: Real) -> Transfer:
    """The transfer of a step function that goes up, whose values are exact."""

    def transfer(x: Interval, **_attributes: object) -> Interval:
        return Interval(function(x.lower), function(x.upper))

    return transfer


def rounded(x: Interval, *, decimals: object = 0, **_attributes: object) -> Interval:
    """The nearest number of so many decimals."""
    if decimals == 0:
        return Interval(floor(x.lower + 0.5) if abs(x.lower) < 2**52 else x.lower, ceil(x.upper - 0.5) if abs(x.upper) < 2**52 else x.upper)
    return add(x, Interval(-1.0, 1.0)) if isinstance(decimals, int) and decimals > 0 else REAL


def copysign(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """|x| with the sign of y."""
    size = magnitude(x)
    if y.lower > 0:
        return size
    return negate(size) if y.upper < 0 else size.hull(negate(size))


def squared_difference(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """(x − y)²."""
    return square(subtract(x, y))


def square_root(x: Interval, **_attributes: object) -> Interval:
    """√x, where it is real; perfect squares are exact."""

    def root(end: float, outward: Real) -> float:
        value = math.sqrt(max(end, 0.0))
        return value if math.isinf(value) or value * value == end and value < 2**26 else outward(value)

    lower = max(root(x.lower, below), 0.0) if x.lower > 0 else 0.0
    return Interval(lower, root(x.upper, above) if x.upper > 0 else 0.0, x.excludes_zero)


def hypot(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """√(x² + y²)."""
    a, b = magnitude(x), magnitude(y)
    upper = math.hypot(a.upper, b.upper)
    lower = math.hypot(a.lower, b.lower)
    return Interval(max(below(below(lower)), 0.0), above(above(upper)), x.excludes_zero or y.excludes_zero)


def logistic(x: float) -> float:
    """1/(1 + e^−x)."""
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


def log_logistic(x: float) -> float:
    """−log(1 + e^−x)."""
    return min(x, 0.0) - math.log1p(math.exp(-abs(x)))


def logaddexp(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """log(e^x + e^y): above both, and at most log 2 above the larger."""
    larger = maximum(x, y)
    return Interval(larger.lower, add(larger, Interval(0.0, above(math.log(2.0)))).upper)


def variance(x: Interval, *, ddof: object = 0, **_attributes: object) -> Interval:
    """A variance: at most a quarter of the squared width, if it is that of the sample."""
    half = (x.upper - x.lower) / 2
    return Interval(0.0, above(above(half) * above(half)) if math.isfinite(half) and ddof == 0 else inf)


def log_total(x: Interval, **_attributes: object) -> Interval:
    """log Σ e^x over an unknown number of entries, one at least."""
    return Interval(x.lower, inf if x.upper > -inf else x.upper)


ONE = Interval(1.0, 1.0)


def dot(x: Interval, y: Interval, **_attributes: object) -> Interval:
    """A sum of an unknown number of products, one at least."""
    return total(multiply(x, y))


def norm(x: Interval, **_attributes: object) -> Interval:
    """A norm of an unknown number of entries, one at least."""
    return Interval(0.0, inf, x.excludes_zero)


def unbounded_sinh(x: float) -> float:
    """sinh, infinite with its sign where it is too large for a double."""
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(inf, x)


def scaled(factor: float) -> Transfer:
    """The transfer of a multiplication by a rounded constant."""
    return lambda x, **_: multiply(x, Interval(below(factor), above(factor)))


def sign_preserving(x: Interval, **_attributes: object) -> Interval:
    """An increasing function through the origin of which nothing else is used."""
    return Interval(0.0 if x.lower >= 0 else -inf, 0.0 if x.upper <= 0 else inf, x.excludes_zero)


def gamma(x: Interval, **_attributes: object) -> Interval:
    """Γ(x): above 0.8856 on the positive axis, never zero."""
    return Interval(0.8856 if x.lower >= 0 else -inf, inf, nonzero=True)


def extent(x: Interval, **_attributes: object) -> Interval:
    """The largest entry less the smallest."""
    width = x.upper - x.lower
    return Interval(0.0, above(width) if math.isfinite(width) else inf)


def between(*_operands: Interval, lower: object = 0.0, upper: object = 1.0, **_attributes: object) -> Interval:
    """From an attribute `lower` to an attribute `upper`, numbers or intervals; the reals if they are not known."""
    if lower is None or upper is None:
        return REAL
    return bound(lower, 0.0).hull(bound(upper, 1.0))


# keras.config.epsilon() unless it is set.
KERAS_EPSILON = Interval(below(1e-7), above(1e-7))


def value(*, value: object = None, **_attributes: object) -> Interval:
    """The attribute `value`, where it is a number or its interval is known."""
    return REAL if value is None else bound(value, 0.0)


def with_zero(x: Interval, **_attributes: object) -> Interval:
    """The operand's values, and zeros filled in."""
    return Interval(min(x.lower, 0.0), max(x.upper, 0.0))


def cast(x: Interval, *, dtype: object = None, **_attributes: object) -> Interval:
    """The same values; whole numbers towards zero, and 0 or 1, where the dtype asks for them."""
    name = str(dtype).rpartition(".")[2].strip("'>")
    if name.startswith("uint"):
        return Interval(0.0, inf)
    if name.startswith("int") or name == "long":
        return Interval(trunc(x.lower), trunc(x.upper))
    return Interval(0.0, 1.0) if name.startswith("bool") else x


def without_nan(x: Interval, *, nan: object = 0.0, **_attributes: object) -> Interval:
    """The same values, and what stands for NaN."""
    return x.hull(bound(nan, 0.0))
