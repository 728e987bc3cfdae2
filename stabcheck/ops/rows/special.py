"""Special functions: error functions, gamma and beta functions, and relatives made to avoid cancellation."""

from __future__ import annotations

import math
from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_NEGATIVE, NON_POSITIVE, POSITIVE, SYMMETRIC_UNIT, Interval
from stabcheck.ops.row import row


def _bell(xp: Any, x: Any) -> Any:
    """2/√π · e^−x², the derivative of erf."""
    return 2.0 / xp.sqrt(xp.pi) * xp.exp(-xp.square(x))


def _betaln(xp: Any, x: Any, y: Any) -> Any:
    return xp.gammaln(x) + xp.gammaln(y) - xp.gammaln(xp.add(x, y))


def _exprel(xp: Any, x: Any) -> Any:
    x = xp.asarray(x)
    away = xp.where(xp.equal(x, 0.0), 1.0, x)
    return xp.where(xp.equal(x, 0.0), 1.0, xp.expm1(x) / away)


def _exprel_slope(xp: Any, r: Any, x: Any) -> Any:
    x = xp.asarray(x)
    away = xp.where(xp.equal(x, 0.0), 1.0, x)
    return xp.where(xp.equal(x, 0.0), 0.5, (xp.exp(x) - r) / away)


def _log1mexp(xp: Any, x: Any) -> Any:
    """log(1 − e^−x); Mächler, "Accurately computing log(1 − exp(−|a|))" (2012): by expm1 below log 2."""
    x = xp.asarray(x)
    return xp.where(xp.less(x, math.log(2.0)), xp.log(-xp.expm1(-x)), xp.log1p(-xp.exp(-x)))


def _entropy(xp: Any, x: Any) -> Any:
    x = xp.asarray(x)
    away = xp.where(xp.equal(x, 0.0), 1.0, x)
    return xp.where(xp.less(x, 0.0), -math.inf, -x * xp.log(away))


def _relative_entropy(xp: Any, x: Any, y: Any) -> Any:
    x = xp.asarray(x)
    ratio = xp.where(xp.equal(x, 0.0), 1.0, xp.divide(x, y))
    return xp.where(xp.equal(x, 0.0), 0.0, x * xp.log(ratio))


ROWS = (
    row(
        "erf(x)",
        "elementwise",
        """
        math.erf
        scipy.special.erf
        tensorflow.math.erf -tensorflow.erf
        keras.ops.erf
        jax.scipy.special.erf jax.lax.erf
        torch.erf torch.special.erf torch:.erf torch:.erf_
        """,
        compute=lambda xp, x: xp.erf(x),
        partials=(lambda xp, r, x: _bell(xp, x),),
        range=ranges.increasing(math.erf, SYMMETRIC_UNIT),
        runtime="Erf",
    ),
    row(
        "erfc(x)",
        "elementwise",
        """
        math.erfc
        scipy.special.erfc
        tensorflow.math.erfc -tensorflow.erfc
        jax.scipy.special.erfc jax.lax.erfc
        torch.erfc torch.special.erfc torch:.erfc torch:.erfc_
        """,
        compute=lambda xp, x: xp.erfc(x),
        partials=(lambda xp, r, x: -_bell(xp, x),),
        range=ranges.decreasing(math.erfc, Interval(0.0, 2.0, nonzero=True)),
        runtime="Erfc",
    ),
    row(
        "erfinv(x)",
        "elementwise",
        """
        scipy.special.erfinv
        tensorflow.math.erfinv
        keras.ops.erfinv
        jax.scipy.special.erfinv jax.lax.erf_inv
        torch.erfinv torch.special.erfinv torch:.erfinv
        """,
        compute=lambda xp, x: xp.erfinv(x),
        partials=(lambda xp, r, x: xp.sqrt(xp.pi) / 2.0 * xp.exp(xp.square(r)),),
        range=ranges.sign_preserving,
        domain=(SYMMETRIC_UNIT,),
        runtime="Erfinv",
    ),
    row(
        "gamma(x)",
        "elementwise",
        "math.gamma scipy.special.gamma jax.scipy.special.gamma",
        compute=lambda xp, x: xp.gamma(x),
        partials=(lambda xp, r, x: r * xp.digamma(x),),
        range=lambda x, **_: Interval(0.8856 if x.lower >= 0 else -math.inf, math.inf, nonzero=True),
    ),
    row(
        "gammaln(x)",
        "elementwise",
        """
        math.lgamma
        scipy.special.gammaln
        tensorflow.math.lgamma -tensorflow.lgamma
        jax.scipy.special.gammaln jax.lax.lgamma
        torch.lgamma torch.special.gammaln torch:.lgamma torch:.lgamma_
        """,
        compute=lambda xp, x: xp.gammaln(x),
        partials=(lambda xp, r, x: xp.digamma(x),),
        range=ranges.always(Interval(-0.1215, math.inf)),
        domain=(NON_NEGATIVE,),
        runtime="Lgamma",
    ),
    row(
        "digamma(x)",
        "elementwise",
        """
        scipy.special.digamma scipy.special.psi
        tensorflow.math.digamma -tensorflow.digamma
        jax.scipy.special.digamma jax.lax.digamma
        torch.digamma torch.special.digamma torch.special.psi torch:.digamma
        """,
        compute=lambda xp, x: xp.digamma(x),
        partials=(lambda xp, r, x: xp.trigamma(x),),
        runtime="Digamma",
    ),
    row(
        "betaln(x, y)",
        "elementwise",
        "scipy.special.betaln jax.scipy.special.betaln",
        compute=_betaln,
        partials=(
            lambda xp, r, x, y: xp.digamma(x) - xp.digamma(xp.add(x, y)),
            lambda xp, r, x, y: xp.digamma(y) - xp.digamma(xp.add(x, y)),
        ),
        domain=(POSITIVE, POSITIVE),
        commutative=True,
    ),
    row(
        "beta(x, y)",
        "elementwise",
        "scipy.special.beta jax.scipy.special.beta",
        compute=lambda xp, x, y: xp.exp(_betaln(xp, x, y)),
        partials=(
            lambda xp, r, x, y: r * (xp.digamma(x) - xp.digamma(xp.add(x, y))),
            lambda xp, r, x, y: r * (xp.digamma(y) - xp.digamma(xp.add(x, y))),
        ),
        range=ranges.always(POSITIVE),
        domain=(POSITIVE, POSITIVE),
        commutative=True,
    ),
    row(
        "factorial(n)",
        "elementwise",
        "math.factorial scipy.special.factorial(n, exact) jax.scipy.special.factorial(n, exact)",
        compute=lambda xp, n: xp.gamma(xp.asarray(n) + 1.0),
        partials=(lambda xp, r, n: r * xp.digamma(xp.asarray(n) + 1.0),),
        range=ranges.always(POSITIVE),
        domain=(NON_NEGATIVE,),
    ),
    row(
        "comb(n, k)",
        "elementwise",
        "math.comb(n, k) scipy.special.comb(n=N, k, exact, repetition) scipy.special.binom",
        compute=lambda xp, n, k: (
            xp.gamma(xp.asarray(n) + 1.0)
            / (xp.gamma(xp.asarray(k) + 1.0) * xp.gamma(xp.asarray(n) - k + 1.0))
        ),
        range=ranges.always(NON_NEGATIVE),
        domain=(NON_NEGATIVE, NON_NEGATIVE),
    ),
    row(
        "exprel(x)",
        "elementwise",
        "scipy.special.exprel",
        compute=_exprel,
        partials=(_exprel_slope,),
        range=ranges.always(POSITIVE),
    ),
    row(
        "powm1(x, y)",
        "elementwise",
        "scipy.special.powm1",
        compute=lambda xp, x, y: xp.expm1(xp.multiply(y, xp.log(x))),
        partials=(
            lambda xp, r, x, y: xp.asarray(y) * xp.power(x, xp.asarray(y) - 1.0),
            lambda xp, r, x, y: (r + 1.0) * xp.log(x),
        ),
        range=ranges.always(Interval(-1.0, math.inf)),
        domain=(POSITIVE, Interval()),
    ),
    row(
        "log1mexp(x)",
        "elementwise",
        "jax.nn.log1mexp",
        compute=_log1mexp,
        partials=(lambda xp, r, x: 1 / xp.expm1(x),),
        range=ranges.always(NON_POSITIVE),
        domain=(NON_NEGATIVE,),
    ),
    row(
        "entr(x)",
        "elementwise",
        "scipy.special.entr jax.scipy.special.entr torch.special.entr",
        compute=_entropy,
        partials=(lambda xp, r, x: -xp.log(x) - 1.0,),
        range=ranges.always(Interval(-math.inf, 0.36788)),
        domain=(NON_NEGATIVE,),
    ),
    row(
        "rel_entr(x, y)",
        "elementwise",
        "scipy.special.rel_entr jax.scipy.special.rel_entr",
        compute=_relative_entropy,
        partials=(
            lambda xp, r, x, y: xp.log(xp.divide(x, y)) + 1.0,
            lambda xp, r, x, y: -xp.divide(x, y),
        ),
        domain=(NON_NEGATIVE, NON_NEGATIVE),
    ),
    row(
        "i0(x)",
        "elementwise",
        "numpy.i0 scipy.special.i0 jax.numpy.i0 jax.scipy.special.i0 torch.i0 torch.special.i0 torch:.i0 "
        "tensorflow.math.bessel_i0",
        compute=lambda xp, x: xp.bessel_i0(x),
        partials=(lambda xp, r, x: xp.bessel_i1(x),),
        range=ranges.always(Interval(1.0, math.inf)),
    ),
)
