"""Exponentials and logarithms, and the functions that are made of them to stay accurate."""

from __future__ import annotations

import math
from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_NEGATIVE, POSITIVE, SYMMETRIC_UNIT, UNIT, Interval
from stabcheck.ops.row import row

_ABOVE_MINUS_ONE = Interval(-1.0, math.inf)
_OPEN_UNIT = Interval(0.0, 1.0, nonzero=True)
_LOG = ranges.increasing(math.log, domain=NON_NEGATIVE, exact=1.0)
_LOG1P = ranges.increasing(math.log1p, domain=_ABOVE_MINUS_ONE)

ROWS = (
    row(
        "exp(x)",
        "elementwise",
        """
        math.exp cmath.exp
        numpy.exp
        tensorflow.exp tensorflow.math.exp
        keras.ops.exp -keras.backend.exp keras.activations.exponential
        jax.numpy.exp jax.lax.exp
        torch.exp torch:.exp torch:.exp_
        """,
        compute=lambda xp, x: xp.exp(x),
        partials=(lambda xp, r, x: r,),
        range=ranges.increasing(math.exp, POSITIVE),
        runtime="Exp exp",
    ),
    row(
        "exp2(x)",
        "elementwise",
        """
        math.exp2
        numpy.exp2
        scipy.special.exp2
        keras.ops.exp2
        jax.numpy.exp2 jax.lax.exp2
        torch.exp2 torch.special.exp2 torch:.exp2
        """,
        compute=lambda xp, x: xp.exp2(x),
        partials=(lambda xp, r, x: r * xp.log(2.0),),
        range=ranges.increasing(math.exp2, POSITIVE),
        runtime="exp2",
    ),
    row(
        "expm1(x)",
        "elementwise",
        """
        math.expm1
        numpy.expm1
        scipy.special.expm1
        tensorflow.math.expm1 -tensorflow.expm1
        keras.ops.expm1
        jax.numpy.expm1 jax.lax.expm1
        torch.expm1 torch.special.expm1 torch:.expm1 torch:.expm1_
        """,
        compute=lambda xp, x: xp.expm1(x),
        partials=(lambda xp, r, x: r + 1.0,),
        range=ranges.increasing(math.expm1, _ABOVE_MINUS_ONE),
        runtime="Expm1 expm1",
    ),
    row(
        "log(x)",
        "elementwise",
        """
        math.log cmath.log
        numpy.log
        tensorflow.math.log -tensorflow.log
        keras.ops.log -keras.backend.log
        jax.numpy.log jax.lax.log
        torch.log torch:.log torch:.log_
        """,
        compute=lambda xp, x: xp.log(x),
        partials=(lambda xp, r, x: 1 / xp.asarray(x),),
        range=_LOG,
        domain=(NON_NEGATIVE,),
        runtime="Log log",
    ),
    row(
        "log2(x)",
        "elementwise",
        "math.log2 numpy.log2 keras.ops.log2 jax.numpy.log2 torch.log2 torch:.log2",
        compute=lambda xp, x: xp.log2(x),
        partials=(lambda xp, r, x: 1 / (xp.asarray(x) * xp.log(2.0)),),
        range=ranges.increasing(math.log2, domain=NON_NEGATIVE, exact=1.0),
        domain=(NON_NEGATIVE,),
        runtime="log2",
    ),
    row(
        "log10(x)",
        "elementwise",
        "math.log10 cmath.log10 numpy.log10 keras.ops.log10 jax.numpy.log10 torch.log10 torch:.log10",
        compute=lambda xp, x: xp.log10(x),
        partials=(lambda xp, r, x: 1 / (xp.asarray(x) * xp.log(10.0)),),
        range=ranges.increasing(math.log10, domain=NON_NEGATIVE, exact=1.0),
        domain=(NON_NEGATIVE,),
        runtime="log10",
    ),
    row(
        "log1p(x)",
        "elementwise",
        """
        math.log1p
        numpy.log1p
        scipy.special.log1p
        tensorflow.math.log1p -tensorflow.log1p
        keras.ops.log1p
        jax.numpy.log1p jax.lax.log1p
        torch.log1p torch.special.log1p torch:.log1p torch:.log1p_
        """,
        compute=lambda xp, x: xp.log1p(x),
        partials=(lambda xp, r, x: 1 / (1.0 + xp.asarray(x)),),
        range=_LOG1P,
        domain=(_ABOVE_MINUS_ONE,),
        runtime="Log1p log1p",
    ),
    row(
        "sqrt(x)",
        "elementwise",
        """
        math.sqrt cmath.sqrt
        numpy.sqrt
        tensorflow.sqrt tensorflow.math.sqrt
        keras.ops.sqrt -keras.backend.sqrt
        jax.numpy.sqrt jax.lax.sqrt
        torch.sqrt torch:.sqrt torch:.sqrt_
        """,
        compute=lambda xp, x: xp.sqrt(x),
        partials=(lambda xp, r, x: 0.5 / r,),
        range=ranges.square_root,
        domain=(NON_NEGATIVE,),
        runtime="Sqrt sqrt",
    ),
    row(
        "rsqrt(x)",
        "elementwise",
        """
        tensorflow.math.rsqrt -tensorflow.rsqrt
        keras.ops.rsqrt
        jax.lax.rsqrt
        torch.rsqrt torch:.rsqrt torch:.rsqrt_
        """,
        compute=lambda xp, x: 1 / xp.sqrt(x),
        partials=(lambda xp, r, x: -0.5 * r * r * r,),
        range=lambda x, **_: ranges.reciprocal(ranges.square_root(x)),
        domain=(POSITIVE,),
        runtime="Rsqrt",
    ),
    row(
        "cbrt(x)",
        "elementwise",
        "math.cbrt numpy.cbrt scipy.special.cbrt keras.ops.cbrt jax.numpy.cbrt jax.lax.cbrt",
        compute=lambda xp, x: xp.cbrt(x),
        partials=(lambda xp, r, x: 1 / (3.0 * r * r),),
        range=ranges.increasing(math.cbrt),
        runtime="cbrt",
    ),
    row(
        "logaddexp(x, y)",
        "elementwise",
        """
        numpy.logaddexp
        keras.ops.logaddexp
        jax.numpy.logaddexp
        torch.logaddexp torch:.logaddexp
        """,
        compute=lambda xp, x, y: xp.logaddexp(x, y),
        partials=(
            lambda xp, r, x, y: xp.exp(xp.asarray(x) - r),
            lambda xp, r, x, y: xp.exp(xp.asarray(y) - r),
        ),
        range=ranges.logaddexp,
        commutative=True,
        runtime="logaddexp",
    ),
    row(
        "sigmoid(x)",
        "elementwise",
        """
        scipy.special.expit
        tensorflow.sigmoid tensorflow.math.sigmoid tensorflow.nn.sigmoid
        keras.ops.sigmoid keras.activations.sigmoid -keras.backend.sigmoid
        jax.nn.sigmoid jax.scipy.special.expit jax.lax.logistic
        torch.sigmoid torch.special.expit torch.nn.functional.sigmoid torch:.sigmoid torch:.sigmoid_
        """,
        compute=lambda xp, x: 1.0 * sigmoid(xp, x),
        partials=(lambda xp, r, x: r * sigmoid(xp, -xp.asarray(x)),),
        range=ranges.increasing(ranges.logistic, _OPEN_UNIT),
        runtime="Sigmoid",
    ),
    row(
        "log_sigmoid(x)",
        "elementwise",
        """
        scipy.special.log_expit
        tensorflow.math.log_sigmoid -tensorflow.log_sigmoid
        keras.ops.log_sigmoid keras.activations.log_sigmoid
        jax.nn.log_sigmoid
        torch.nn.functional.logsigmoid
        """,
        compute=lambda xp, x: -xp.logaddexp(0.0, -xp.asarray(x)),
        partials=(lambda xp, r, x: sigmoid(xp, -xp.asarray(x)),),
        range=ranges.increasing(ranges.log_logistic, Interval(-math.inf, 0.0, nonzero=True), exact=math.nan),
        composed="-logaddexp(0, -x)",
    ),
    row(
        "softplus(x)",
        "elementwise",
        """
        tensorflow.math.softplus(x=features, name) tensorflow.nn.softplus(x=features, name)
        keras.ops.softplus keras.activations.softplus -keras.backend.softplus
        jax.nn.softplus
        torch.nn.functional.softplus(x=input, beta, threshold)
        """,
        compute=lambda xp, x: xp.logaddexp(0.0, x),
        partials=(lambda xp, r, x: sigmoid(xp, x),),
        range=ranges.increasing(lambda x: -ranges.log_logistic(-x), POSITIVE, exact=math.nan),
        runtime="Softplus",
        composed="logaddexp(0, x)",
    ),
    row(
        "logit(x; eps)",
        "elementwise",
        """
        scipy.special.logit(x)
        jax.scipy.special.logit(x)
        torch.logit(x=input, eps) torch.special.logit(x=input, eps) torch:.logit(eps) torch:.logit_(eps)
        """,
        compute=lambda xp, x, eps=None: logit(xp, x if eps is None else xp.clip(x, eps, 1.0 - eps)),
        partials=(lambda xp, r, x, eps=None: 1 / (xp.asarray(x) * (1.0 - xp.asarray(x))),),
        range=lambda x, **_: Interval(
            0.0 if x.lower >= 0.5 else -math.inf, 0.0 if x.upper <= 0.5 else math.inf
        ),
        domain=(UNIT,),
    ),
    row(
        "tanh(x)",
        "elementwise",
        """
        math.tanh cmath.tanh
        numpy.tanh
        tensorflow.tanh tensorflow.math.tanh tensorflow.nn.tanh
        keras.ops.tanh keras.activations.tanh -keras.backend.tanh
        jax.numpy.tanh jax.nn.tanh jax.lax.tanh
        torch.tanh torch.nn.functional.tanh torch:.tanh torch:.tanh_
        """,
        compute=lambda xp, x: xp.tanh(x),
        partials=(lambda xp, r, x: 1.0 - r * r,),
        range=ranges.increasing(math.tanh, SYMMETRIC_UNIT),
        runtime="Tanh tanh",
    ),
    row(
        "xlogy(x, y)",
        "elementwise",
        """
        scipy.special.xlogy
        tensorflow.math.xlogy
        jax.scipy.special.xlogy
        torch.xlogy torch.special.xlogy torch:.xlogy
        """,
        compute=lambda xp, x, y: xp.where(xp.equal(x, 0.0), 0.0, xp.multiply(x, xp.log(y))),
        partials=(lambda xp, r, x, y: xp.log(y), lambda xp, r, x, y: xp.divide(x, y)),
        range=lambda x, y, **_: ranges.multiply(x, _LOG(y)).hull(ranges.ZERO),
        runtime="Xlogy",
        domain=(Interval(), NON_NEGATIVE),
    ),
    row(
        "xlog1py(x, y)",
        "elementwise",
        """
        scipy.special.xlog1py
        tensorflow.math.xlog1py
        jax.scipy.special.xlog1py
        torch.special.xlog1py
        """,
        compute=lambda xp, x, y: xp.where(xp.equal(x, 0.0), 0.0, xp.multiply(x, xp.log1p(y))),
        partials=(lambda xp, r, x, y: xp.log1p(y), lambda xp, r, x, y: xp.divide(x, xp.add(1.0, y))),
        range=lambda x, y, **_: ranges.multiply(x, _LOG1P(y)).hull(ranges.ZERO),
        runtime="Xlog1py",
        domain=(Interval(), _ABOVE_MINUS_ONE),
    ),
)


def sigmoid(xp: Any, x: Any) -> Any:
    """1/(1 + e^−x), by e^x where x is negative so that nothing overflows."""
    decay = xp.exp(-xp.absolute(x))
    return xp.where(xp.greater_equal(x, 0.0), 1.0, decay) / (1.0 + decay)


def logit(xp: Any, p: Any) -> Any:
    """log(p/(1 − p))."""
    return xp.log(xp.divide(p, xp.subtract(1.0, p)))
