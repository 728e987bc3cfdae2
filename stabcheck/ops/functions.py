"""The elementwise functions in exact arithmetic, with IEEE 754's results at poles and outside the domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Beyond this, e^x is taken for 0 or infinity: its digits would cost more than anyone waits for.
_LARGEST_EXPONENT = 1e15
# Beyond this, e^(−x²) is.
_LARGEST_GAUSSIAN = 1e7
# Beyond this many binary digits before the point, a trigonometric function's argument is not reduced.
_LARGEST_ANGLE_BITS = 20_000


def unary(ctx: Any) -> dict[str, Callable[[Any], Any]]:
    """The functions of one number of the mpmath context `ctx`, by NumPy's or SciPy's name."""
    tests: dict[str, Callable[[Any], Any]] = {
        "isnan": lambda x: bool(ctx.isnan(x)),
        "isfinite": lambda x: bool(ctx.isfinite(x)),
        "isinf": lambda x: bool(ctx.isinf(x)),
        "logical_not": lambda x: not x,
    }
    return tests | _rounding(ctx) | _exponential(ctx) | _trigonometric(ctx) | _special(ctx)


def binary(ctx: Any) -> dict[str, Callable[[Any, Any], Any]]:
    """The functions of two numbers, by NumPy's name."""
    return _arithmetic(ctx) | _comparisons()


def _real(ctx: Any, function: Callable[..., Any], *, pole: Any = None) -> Callable[[Any], Any]:
    """`function`, with NaN for complex results, and `pole` (NaN by default) where mpmath finds one."""
    at_pole = ctx.nan if pole is None else pole

    def evaluate(x: Any) -> Any:
        if ctx.isnan(x):
            return ctx.nan
        try:
            result = function(x)
        except (ValueError, ZeroDivisionError):
            return at_pole
        return result if isinstance(result, ctx.mpf) else ctx.nan

    return evaluate


def _rounding(ctx: Any) -> dict[str, Callable[[Any], Any]]:
    def whole(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def evaluate(x: Any) -> Any:
            return function(x) if ctx.isfinite(x) else x

        return evaluate

    def sign(x: Any) -> Any:
        return x if ctx.isnan(x) else ctx.mpf((x > 0) - (x < 0))

    return {
        "absolute": abs,
        "negative": lambda x: -x,
        "positive": lambda x: x,
        "sign": sign,
        "floor": whole(ctx.floor),
        "ceil": whole(ctx.ceil),
        "rint": whole(ctx.nint),
        "trunc": whole(lambda x: ctx.floor(x) if x >= 0 else ctx.ceil(x)),
        "square": lambda x: x * x,
        "reciprocal": lambda x: 1 / x,
    }


def _exponential(ctx: Any) -> dict[str, Callable[[Any], Any]]:
    def bounded(function: Callable[[Any], Any], low: Any, high: Any) -> Callable[[Any], Any]:
        """`function`, but its limits where e^±x is beyond reach."""

        def evaluate(x: Any) -> Any:
            if x > _LARGEST_EXPONENT:
                return ctx.mpf(high)
            if x < -_LARGEST_EXPONENT:
                return ctx.mpf(low)
            return function(x)

        return evaluate

    inf = ctx.inf
    ln2, ln10 = ctx.ln2, ctx.ln10
    log = _real(ctx, ctx.log, pole=-inf)
    return {
        "exp": bounded(ctx.exp, 0, inf),
        "exp2": bounded(lambda x: ctx.exp(x * ln2), 0, inf),
        "expm1": bounded(ctx.expm1, -1, inf),
        "log": log,
        "log2": lambda x: log(x) / ln2,
        "log10": lambda x: log(x) / ln10,
        "log1p": _real(ctx, ctx.log1p, pole=-inf),
        "sqrt": _real(ctx, ctx.sqrt),
        "cbrt": lambda x: ctx.cbrt(x) if x >= 0 else -ctx.cbrt(-x) if x < 0 else x,
        "sinh": bounded(ctx.sinh, -inf, inf),
        "cosh": bounded(ctx.cosh, inf, inf),
        "tanh": bounded(ctx.tanh, -1, 1),
        "arcsinh": _real(ctx, ctx.asinh),
        "arccosh": _real(ctx, ctx.acosh),
        "arctanh": _real(ctx, ctx.atanh),
    }


def _trigonometric(ctx: Any) -> dict[str, Callable[[Any], Any]]:
    def reduced(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def evaluate(x: Any) -> Any:
            if not ctx.isfinite(x) or (x != 0 and ctx.mag(x) > _LARGEST_ANGLE_BITS):
                return ctx.nan
            return function(x)

        return evaluate

    return {
        "sin": reduced(ctx.sin),
        "cos": reduced(ctx.cos),
        "tan": reduced(ctx.tan),
        "sinc": reduced(ctx.sincpi),
        "arcsin": _real(ctx, ctx.asin),
        "arccos": _real(ctx, ctx.acos),
        "arctan": _real(ctx, ctx.atan),
    }


def _special(ctx: Any) -> dict[str, Callable[[Any], Any]]:
    def erfc(x: Any) -> Any:
        if abs(x) > _LARGEST_GAUSSIAN:
            return ctx.zero if x > 0 else ctx.mpf(2)
        return ctx.erfc(x)

    def ndtr(x: Any) -> Any:
        return erfc(-x / ctx.sqrt(2)) / 2

    def erfinv(x: Any) -> Any:
        if abs(x) == 1:
            return x * ctx.inf
        return ctx.erfinv(x) if abs(x) < 1 else ctx.nan

    def gammaln(x: Any) -> Any:
        """The logarithm of |Γ(x)|, as SciPy and the frameworks define it."""
        return ctx.loggamma(x) if x > 0 else ctx.log(abs(ctx.gamma(x)))

    def log_ndtr(x: Any) -> Any:
        """Far below, by the asymptotic series of the tail; its next term is 105/x⁸."""
        if x > -_LARGEST_GAUSSIAN:
            return ctx.log(ndtr(x))
        series = 1 / x**2 * (-1 + 1 / x**2 * (3 - 15 / x**2))
        return -x * x / 2 - ctx.log(-x) - ctx.log(2 * ctx.pi) / 2 + ctx.log1p(series)

    return {
        "erf": _real(ctx, lambda x: ctx.erf(x) if abs(x) < _LARGEST_GAUSSIAN else ctx.sign(x)),
        "erfc": _real(ctx, erfc),
        "erfinv": _real(ctx, erfinv),
        "ndtr": _real(ctx, ndtr),
        "log_ndtr": _real(ctx, log_ndtr),
        "ndtri": _real(ctx, lambda p: ctx.sqrt(2) * erfinv(2 * p - 1)),
        "gamma": _real(ctx, ctx.gamma),
        "gammaln": _real(ctx, gammaln, pole=ctx.inf),
        "digamma": _real(ctx, ctx.digamma),
        "trigamma": _real(ctx, lambda x: ctx.psi(1, x), pole=ctx.inf),
        "bessel_i0": _real(ctx, lambda x: ctx.besseli(0, x)),
        "bessel_i1": _real(ctx, lambda x: ctx.besseli(1, x)),
    }


def _arithmetic(ctx: Any) -> dict[str, Callable[[Any, Any], Any]]:
    def maximum(x: Any, y: Any) -> Any:
        return x if ctx.isnan(x) or x >= y else y

    def minimum(x: Any, y: Any) -> Any:
        return x if ctx.isnan(x) or x <= y else y

    def power(x: Any, y: Any) -> Any:
        if y == 0 or x == 1:
            return ctx.one
        if x > 0 and abs(y * ctx.log(x)) > _LARGEST_EXPONENT:
            return ctx.inf if (y > 0) == (x > 1) else ctx.zero
        return x**y

    def floor_divide(x: Any, y: Any) -> Any:
        quotient = x / y
        return ctx.floor(quotient) if ctx.isfinite(quotient) else quotient

    def left_over(x: Any, y: Any, towards_zero: bool) -> Any:
        """What is left of x after a whole multiple of y, with as many digits as the quotient has."""
        if not ctx.isfinite(x) or y == 0 or ctx.isnan(y):
            return ctx.nan
        if x == 0 or ctx.isinf(y):
            return x if towards_zero or x == 0 or (x > 0) == (y > 0) else y
        spread = ctx.mag(x) - ctx.mag(y)
        if spread > _LARGEST_ANGLE_BITS:
            return ctx.nan
        with ctx.workprec(ctx.prec + max(spread, 0) + 64):
            quotient = x / y
            whole = ctx.ceil(quotient) if towards_zero and quotient < 0 else ctx.floor(quotient)
            return x - y * whole

    def remainder(x: Any, y: Any) -> Any:
        """The sign is the divisor's, as in Python and NumPy."""
        return left_over(x, y, towards_zero=False)

    def fmod(x: Any, y: Any) -> Any:
        """The sign is the dividend's, as in C."""
        return left_over(x, y, towards_zero=True)

    def logaddexp(x: Any, y: Any) -> Any:
        high, low = maximum(x, y), minimum(x, y)
        if not ctx.isfinite(high):
            return high
        return high + ctx.log1p(ctx.exp(max(low - high, -_LARGEST_EXPONENT)))

    return {
        "add": lambda x, y: x + y,
        "subtract": lambda x, y: x - y,
        "multiply": lambda x, y: x * y,
        "divide": lambda x, y: x / y,
        "power": power,
        "maximum": maximum,
        "minimum": minimum,
        "floor_divide": floor_divide,
        "remainder": remainder,
        "fmod": fmod,
        "arctan2": lambda y, x: ctx.nan if ctx.isnan(x) or ctx.isnan(y) else ctx.atan2(y, x),
        "hypot": lambda x, y: ctx.sqrt(x * x + y * y),
        "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x),
        "logaddexp": logaddexp,
    }


def _comparisons() -> dict[str, Callable[[Any, Any], Any]]:
    return {
        "equal": lambda x, y: bool(x == y),
        "not_equal": lambda x, y: bool(x != y),
        "less": lambda x, y: bool(x < y),
        "less_equal": lambda x, y: bool(x <= y),
        "greater": lambda x, y: bool(x > y),
        "greater_equal": lambda x, y: bool(x >= y),
        "logical_and": lambda x, y: bool(x) and bool(y),
        "logical_or": lambda x, y: bool(x) or bool(y),
        "logical_xor": lambda x, y: bool(x) != bool(y),
    }
