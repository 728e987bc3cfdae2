"""Activation functions of neural networks that are not elementary functions under another name."""

from __future__ import annotations

import math
from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import SYMMETRIC_UNIT, UNIT, Interval
from stabcheck.ops.row import row
from stabcheck.ops.rows.exponential import sigmoid
from stabcheck.ops.rows.normal import density

# Klambauer et al., "Self-Normalizing Neural Networks" (2017), section 3: λ and α of the fixed point (0, 1).
_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.6732632423543772


def _elu(xp: Any, x: Any, alpha: float = 1.0) -> Any:
    return xp.where(xp.greater(x, 0.0), x, alpha * xp.expm1(xp.minimum(x, 0.0)))


def _elu_slope(xp: Any, r: Any, x: Any, alpha: float = 1.0) -> Any:
    return xp.where(xp.greater(x, 0.0), 1.0, alpha * xp.exp(xp.minimum(x, 0.0)))


def _selu(xp: Any, x: Any) -> Any:
    return xp.asarray(_SELU_SCALE) * _elu(xp, x, _SELU_ALPHA)


def _gelu(xp: Any, x: Any, approximate: Any = False) -> Any:
    x = xp.asarray(x)
    if approximate in (True, "tanh"):
        return 0.5 * x * (1.0 + xp.tanh(xp.sqrt(2.0 / xp.pi) * (x + 0.044715 * x * x * x)))
    return x * xp.ndtr(x)


def _gelu_slope(xp: Any, r: Any, x: Any, approximate: Any = False) -> Any:
    x = xp.asarray(x)
    if approximate in (True, "tanh"):
        scale = xp.sqrt(2.0 / xp.pi)
        t = xp.tanh(scale * (x + 0.044715 * x * x * x))
        return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * scale * (1.0 + 3 * 0.044715 * x * x)
    return xp.ndtr(x) + x * density(xp, x)


def _silu_slope(xp: Any, r: Any, x: Any) -> Any:
    s = sigmoid(xp, x)
    return s + xp.asarray(x) * s * sigmoid(xp, -xp.asarray(x))


def _mish_slope(xp: Any, r: Any, x: Any) -> Any:
    t = xp.tanh(xp.logaddexp(0.0, x))
    return t + xp.asarray(x) * (1.0 - t * t) * sigmoid(xp, x)


def _leaky(xp: Any, x: Any, slope: float) -> Any:
    return xp.where(xp.greater(x, 0.0), x, slope * xp.asarray(x))


ROWS = (
    row(
        "elu(x; alpha:1.0)",
        "elementwise",
        """
        tensorflow.nn.elu(x=features, name)
        keras.ops.elu(x, alpha) keras.activations.elu(x, alpha) -keras.backend.elu(x, alpha)
        jax.nn.elu(x, alpha)
        torch.nn.functional.elu(x=input, alpha, inplace)
        """,
        compute=_elu,
        partials=(_elu_slope,),
        range=lambda x, *, alpha=1.0, **_: (
            ranges.add(ranges.maximum(x, ranges.ZERO), Interval(min(-abs(alpha), 0.0), 0.0))
            if isinstance(alpha, float | int)
            else Interval()
        ),
        runtime="Elu",
    ),
    row(
        "selu(x)",
        "elementwise",
        """
        tensorflow.nn.selu(x=features, name)
        keras.ops.selu keras.activations.selu
        jax.nn.selu
        torch.selu torch.nn.functional.selu(x=input, inplace)
        """,
        compute=_selu,
        partials=(lambda xp, r, x: _SELU_SCALE * _elu_slope(xp, r, x, _SELU_ALPHA),),
        range=ranges.always(Interval(-1.7581, math.inf)),
        runtime="Selu",
    ),
    row(
        "gelu(x; approximate:False)",
        "elementwise",
        """
        tensorflow.nn.gelu(x=features, approximate, name)
        keras.ops.gelu(x, approximate:True) keras.activations.gelu(x, approximate)
        jax.nn.gelu(x, approximate:True)
        torch.nn.functional.gelu(x=input, approximate)
        """,
        compute=_gelu,
        partials=(_gelu_slope,),
        range=ranges.always(Interval(-0.171, math.inf)),
    ),
    row(
        "silu(x)",
        "elementwise",
        """
        tensorflow.nn.silu(x=features, beta) tensorflow.nn.swish(x=features, beta)
        keras.ops.silu keras.ops.swish keras.activations.silu keras.activations.swish
        jax.nn.silu jax.nn.swish
        torch.nn.functional.silu(x=input, inplace)
        """,
        compute=lambda xp, x: xp.asarray(x) * sigmoid(xp, x),
        partials=(_silu_slope,),
        range=ranges.always(Interval(-0.2785, math.inf)),
    ),
    row(
        "mish(x)",
        "elementwise",
        "keras.activations.mish jax.nn.mish torch.nn.functional.mish(x=input, inplace)",
        compute=lambda xp, x: xp.asarray(x) * xp.tanh(xp.logaddexp(0.0, x)),
        partials=(_mish_slope,),
        range=ranges.always(Interval(-0.309, math.inf)),
    ),
    row(
        "leaky_relu(x; negative_slope:0.01)",
        "elementwise",
        """
        tensorflow.nn.leaky_relu(x=features, negative_slope=alpha:0.2, name)
        keras.ops.leaky_relu(x, negative_slope:0.2) keras.activations.leaky_relu(x, negative_slope:0.2)
        jax.nn.leaky_relu(x, negative_slope)
        torch.nn.functional.leaky_relu(x=input, negative_slope, inplace)
        """,
        compute=lambda xp, x, negative_slope=0.01: _leaky(xp, x, negative_slope),
        partials=(lambda xp, r, x, negative_slope=0.01: xp.where(xp.greater(x, 0.0), 1.0, negative_slope),),
        range=lambda x, *, negative_slope=0.01, **_: (
            ranges.sign_preserving(x)
            if isinstance(negative_slope, float | int) and negative_slope > 0
            else Interval()
        ),
        runtime="LeakyRelu",
    ),
    row(
        "hard_sigmoid(x)",
        "elementwise",
        """
        keras.ops.hard_sigmoid keras.activations.hard_sigmoid -keras.backend.hard_sigmoid
        jax.nn.hard_sigmoid
        torch.nn.functional.hardsigmoid(x=input, inplace)
        """,
        compute=lambda xp, x: xp.clip(xp.asarray(x) / 6.0 + 0.5, 0.0, 1.0),
        partials=(lambda xp, r, x: xp.where(xp.within(x, -3.0, 3.0), 1.0, 0.0) / 6.0,),
        range=ranges.always(UNIT),
    ),
    row(
        "softsign(x)",
        "elementwise",
        """
        tensorflow.nn.softsign(x=features, name) tensorflow.math.softsign(x=features, name)
        keras.ops.softsign keras.activations.softsign -keras.backend.softsign
        jax.nn.soft_sign
        torch.nn.functional.softsign
        """,
        compute=lambda xp, x: xp.asarray(x) / (1.0 + xp.absolute(x)),
        partials=(lambda xp, r, x: 1 / xp.square(1.0 + xp.absolute(x)),),
        range=ranges.always(SYMMETRIC_UNIT),
        runtime="Softsign",
    ),
    row(
        "relu6(x)",
        "elementwise",
        """
        tensorflow.nn.relu6(x=features, name)
        keras.ops.relu6 keras.activations.relu6
        jax.nn.relu6
        torch.nn.functional.relu6(x=input, inplace)
        """,
        compute=lambda xp, x: xp.clip(x, 0.0, 6.0),
        partials=(lambda xp, r, x: xp.where(xp.greater(x, 0.0) & xp.less(x, 6.0), 1.0, 0.0),),
        range=lambda x, **_: ranges.clip(x, lower=0.0, upper=6.0),
        runtime="Relu6",
    ),
    row(
        "relu(x)",
        "elementwise",
        """
        tensorflow.nn.relu(x=features, name)
        keras.ops.relu(x) keras.activations.relu(x, negative_slope, max_value, threshold)
        -keras.backend.relu(x, alpha, max_value, threshold)
        jax.nn.relu
        torch.relu torch.nn.functional.relu(x=input, inplace) torch:.relu torch:.relu_
        """,
        compute=lambda xp, x: xp.maximum(x, 0.0),
        partials=(lambda xp, r, x: xp.where(xp.greater(x, 0.0), 1.0, 0.0),),
        pullback=lambda xp, g, r, x: (xp.where(xp.greater(x, 0.0), g, 0.0),),
        range=lambda x, **_: ranges.maximum(x, ranges.ZERO),
        runtime="Relu",
    ),
)
