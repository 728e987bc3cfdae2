"""Order, sign and rounding: elementwise functions whose values are operands or whole numbers."""

from __future__ import annotations

import math

from stabcheck.ops import ranges
from stabcheck.ops.row import row

ROWS = (
    row(
        "abs(x)",
        "elementwise",
        """
        builtins.abs operator.abs
        math.fabs
        numpy.abs numpy.absolute numpy.fabs
        tensorflow.abs tensorflow.math.abs
        keras.ops.abs keras.ops.absolute -keras.backend.abs
        jax.numpy.abs jax.numpy.absolute jax.numpy.fabs jax.lax.abs
        torch.abs torch.absolute torch:.abs torch:.absolute torch:.abs_
        """,
        compute=lambda xp, x: xp.absolute(x),
        partials=(lambda xp, r, x: xp.sign(x),),
        range=ranges.magnitude,
        runtime="Abs absolute fabs",
    ),
    row(
        "sign(x)",
        "elementwise",
        """
        numpy.sign
        tensorflow.sign tensorflow.math.sign
        keras.ops.sign -keras.backend.sign
        jax.numpy.sign jax.lax.sign
        torch.sign torch.sgn torch:.sign torch:.sgn torch:.sign_
        """,
        compute=lambda xp, x: xp.sign(x),
        partials=(lambda xp, r, x: 0.0,),
        range=ranges.sign,
        runtime="Sign sign",
    ),
    row(
        "maximum(x, y)",
        "elementwise",
        """
        numpy.maximum numpy.fmax
        tensorflow.maximum tensorflow.math.maximum
        keras.ops.maximum -keras.backend.maximum keras.layers.maximum
        jax.numpy.maximum jax.numpy.fmax jax.lax.max
        torch.maximum torch.fmax torch.max(x=input, y=other) torch:.maximum torch:.fmax torch:.max(y=other)
        builtins.max(x=a, y=b)
        """,
        compute=lambda xp, x, y: xp.maximum(x, y),
        partials=(
            lambda xp, r, x, y: xp.where(xp.greater_equal(x, y), 1.0, 0.0),
            lambda xp, r, x, y: xp.where(xp.greater_equal(x, y), 0.0, 1.0),
        ),
        pullback=lambda xp, g, r, x, y: (
            xp.where(xp.greater_equal(x, y), g, 0.0),
            xp.where(xp.greater_equal(x, y), 0.0, g),
        ),
        range=ranges.maximum,
        commutative=True,
        runtime="Maximum maximum fmax",
    ),
    row(
        "minimum(x, y)",
        "elementwise",
        """
        numpy.minimum numpy.fmin
        tensorflow.minimum tensorflow.math.minimum
        keras.ops.minimum -keras.backend.minimum keras.layers.minimum
        jax.numpy.minimum jax.numpy.fmin jax.lax.min
        torch.minimum torch.fmin torch.min(x=input, y=other) torch:.minimum torch:.fmin torch:.min(y=other)
        builtins.min(x=a, y=b)
        """,
        compute=lambda xp, x, y: xp.minimum(x, y),
        partials=(
            lambda xp, r, x, y: xp.where(xp.less_equal(x, y), 1.0, 0.0),
            lambda xp, r, x, y: xp.where(xp.less_equal(x, y), 0.0, 1.0),
        ),
        pullback=lambda xp, g, r, x, y: (
            xp.where(xp.less_equal(x, y), g, 0.0),
            xp.where(xp.less_equal(x, y), 0.0, g),
        ),
        range=ranges.minimum,
        commutative=True,
        runtime="Minimum minimum fmin",
    ),
    row(
        "clip(x; lower, upper)",
        "elementwise",
        """
        numpy.clip(x=a, lower=a_min, upper=a_max, lower=min, upper=max, out) numpy:.clip(lower=min,
        upper=max, out)
        tensorflow.clip_by_value(x=t, lower=clip_value_min, upper=clip_value_max, name)
        keras.ops.clip(x, lower=x_min, upper=x_max) -keras.backend.clip(x, lower=min_value, upper=max_value)
        jax.numpy.clip(x=arr, lower=min, upper=max) jax:.clip(lower=min, upper=max) jax.lax.clamp(lower=min,
        x, upper=max)
        torch.clamp(x=input, lower=min, upper=max) torch.clip(x=input, lower=min, upper=max)
        torch.clamp_min(x=input, lower=min) torch.clamp_max(x=input, upper=max) torch:.clamp(lower=min,
        upper=max) torch:.clip(lower=min, upper=max) torch:.clamp_(lower=min, upper=max)
        torch:.clamp_min(lower=min) torch:.clamp_max(upper=max) torch:.clamp_min_(lower=min)
        torch:.clamp_max_(upper=max)
        """,
        compute=lambda xp, x, lower=None, upper=None: xp.clip(x, lower, upper),
        partials=(lambda xp, r, x, lower=None, upper=None: xp.where(xp.within(x, lower, upper), 1.0, 0.0),),
        pullback=lambda xp, g, r, x, lower=None, upper=None: (xp.where(xp.within(x, lower, upper), g, 0.0),),
        range=ranges.clip,
        runtime="ClipByValue clip",
    ),
    row(
        "floor(x)",
        "elementwise",
        """
        math.floor
        numpy.floor
        tensorflow.floor tensorflow.math.floor
        keras.ops.floor
        jax.numpy.floor jax.lax.floor
        torch.floor torch:.floor torch:.floor_
        """,
        compute=lambda xp, x: xp.floor(x),
        partials=(lambda xp, r, x: 0.0,),
        range=ranges.stepwise(math.floor),
        runtime="Floor floor",
    ),
    row(
        "ceil(x)",
        "elementwise",
        """
        math.ceil
        numpy.ceil
        tensorflow.math.ceil -tensorflow.ceil
        keras.ops.ceil
        jax.numpy.ceil jax.lax.ceil
        torch.ceil torch:.ceil torch:.ceil_
        """,
        compute=lambda xp, x: xp.ceil(x),
        partials=(lambda xp, r, x: 0.0,),
        range=ranges.stepwise(math.ceil),
        runtime="Ceil ceil",
    ),
    row(
        "round(x; decimals:0)",
        "elementwise",
        """
        builtins.round(x=number, decimals=ndigits)
        numpy.round(x=a, decimals, out) numpy.around(x=a, decimals, out) numpy.rint(x)
        numpy:.round(decimals, out)
        tensorflow.round(x, name) tensorflow.math.round(x, name) tensorflow.math.rint(x, name)
        keras.ops.round(x, decimals) -keras.backend.round(x)
        jax.numpy.round(x=a, decimals, out) jax.numpy.rint(x) jax.lax.round(x) jax:.round(decimals, out)
        torch.round(x=input, decimals) torch:.round(decimals) torch:.round_()
        """,
        compute=lambda xp, x, decimals=0: xp.rint(xp.asarray(x) * 10.0**decimals) / 10.0**decimals,
        partials=(lambda xp, r, x, decimals=0: 0.0,),
        range=ranges.rounded,
        runtime="Round Rint rint round",
    ),
    row(
        "trunc(x)",
        "elementwise",
        """
        math.trunc
        numpy.trunc numpy.fix
        keras.ops.trunc
        jax.numpy.trunc jax.numpy.fix
        torch.trunc torch.fix torch:.trunc torch:.fix
        """,
        compute=lambda xp, x: xp.trunc(x),
        partials=(lambda xp, r, x: 0.0,),
        range=ranges.stepwise(math.trunc),
        runtime="trunc",
    ),
    row(
        "copysign(x, y)",
        "elementwise",
        "math.copysign numpy.copysign jax.numpy.copysign torch.copysign torch:.copysign",
        compute=lambda xp, x, y: xp.copysign(x, y),
        partials=(lambda xp, r, x, y: xp.sign(x) * xp.sign(r), lambda xp, r, x, y: 0.0),
        range=ranges.copysign,
        runtime="copysign",
    ),
)
