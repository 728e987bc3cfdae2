"""Arithmetic: the operators, and elementwise functions of order and rounding."""

from __future__ import annotations

import math

from stabcheck.ops import ranges
from stabcheck.ops.row import row

ROWS = (
    row(
        "add(x, y)",
        "elementwise",
        """
        operator.add
        numpy.add
        tensorflow.add tensorflow.math.add
        keras.ops.add keras.layers.add
        jax.numpy.add jax.lax.add
        torch.add torch:.add torch:.add_
        """,
        compute=lambda xp, x, y: xp.add(x, y),
        partials=(lambda xp, r, x, y: 1.0, lambda xp, r, x, y: 1.0),
        range=ranges.add,
        commutative=True,
        runtime="Add AddV2 BiasAdd add",
    ),
    row(
        "subtract(x, y)",
        "elementwise",
        """
        operator.sub
        numpy.subtract
        tensorflow.subtract tensorflow.math.subtract -tensorflow.sub
        keras.ops.subtract
        jax.numpy.subtract jax.lax.sub
        torch.subtract torch.sub torch:.sub torch:.subtract torch:.sub_
        """,
        compute=lambda xp, x, y: xp.subtract(x, y),
        partials=(lambda xp, r, x, y: 1.0, lambda xp, r, x, y: -1.0),
        range=ranges.subtract,
        runtime="Sub subtract",
    ),
    row(
        "multiply(x, y)",
        "elementwise",
        """
        operator.mul
        numpy.multiply
        tensorflow.multiply tensorflow.math.multiply -tensorflow.mul
        keras.ops.multiply
        jax.numpy.multiply jax.lax.mul
        torch.multiply torch.mul torch:.mul torch:.multiply torch:.mul_
        """,
        compute=lambda xp, x, y: xp.multiply(x, y),
        partials=(lambda xp, r, x, y: y, lambda xp, r, x, y: x),
        range=ranges.multiply,
        commutative=True,
        runtime="Mul multiply",
    ),
    row(
        "divide(x, y)",
        "elementwise",
        """
        operator.truediv
        numpy.divide numpy.true_divide
        tensorflow.divide tensorflow.math.divide tensorflow.truediv tensorflow.math.truediv
        tensorflow.realdiv -tensorflow.div
        keras.ops.divide keras.ops.true_divide
        jax.numpy.divide jax.numpy.true_divide jax.lax.div
        torch.divide torch.div torch.true_divide torch:.div torch:.divide torch:.div_ torch:.true_divide
        """,
        compute=lambda xp, x, y: xp.divide(x, y),
        partials=(lambda xp, r, x, y: 1 / y, lambda xp, r, x, y: -r / y),
        range=ranges.divide,
        runtime="RealDiv Div divide true_divide",
    ),
    row(
        "negative(x)",
        "elementwise",
        """
        operator.neg
        numpy.negative
        tensorflow.negative tensorflow.math.negative -tensorflow.neg
        keras.ops.negative
        jax.numpy.negative jax.lax.neg
        torch.neg torch.negative torch:.neg torch:.negative torch:.neg_
        """,
        compute=lambda xp, x: xp.negative(x),
        partials=(lambda xp, r, x: -1.0,),
        range=ranges.negate,
        runtime="Neg negative",
    ),
    row(
        "power(x, y)",
        "elementwise",
        """
        operator.pow builtins.pow(x=base, y=exp)
        math.pow
        numpy.power numpy.float_power numpy.pow
        tensorflow.pow tensorflow.math.pow
        keras.ops.power -keras.backend.pow(x, y=a)
        jax.numpy.power jax.numpy.pow jax.numpy.float_power jax.lax.pow jax.lax.integer_pow
        torch.pow(x=input, y=exponent) torch.float_power(x=input, y=exponent) torch:.pow(y=exponent)
        torch:.pow_(y=exponent) torch:.float_power(y=exponent)
        """,
        compute=lambda xp, x, y: xp.power(x, y),
        partials=(
            lambda xp, r, x, y: xp.asarray(y) * xp.power(x, xp.asarray(y) - 1),
            lambda xp, r, x, y: r * xp.log(x),
        ),
        range=ranges.power,
        runtime="Pow power",
    ),
    row(
        "square(x)",
        "elementwise",
        """
        numpy.square
        tensorflow.square tensorflow.math.square
        keras.ops.square -keras.backend.square
        jax.numpy.square jax.lax.square
        torch.square torch:.square torch:.square_
        """,
        compute=lambda xp, x: xp.square(x),
        partials=(lambda xp, r, x: 2 * xp.asarray(x),),
        range=ranges.square,
        runtime="Square square",
    ),
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
        "reciprocal(x)",
        "elementwise",
        """
        numpy.reciprocal
        tensorflow.math.reciprocal
        keras.ops.reciprocal
        jax.numpy.reciprocal
        torch.reciprocal torch:.reciprocal torch:.reciprocal_
        """,
        compute=lambda xp, x: xp.divide(1.0, x),
        partials=(lambda xp, r, x: -r * r,),
        range=ranges.reciprocal,
        runtime="Reciprocal Inv reciprocal",
    ),
    row(
        "divide_no_nan(x, y)",
        "elementwise",
        """
        tensorflow.math.divide_no_nan -tensorflow.div_no_nan
        keras.ops.divide_no_nan
        """,
        compute=lambda xp, x, y: xp.where(
            xp.equal(y, 0.0), 0.0, xp.divide(x, xp.where(xp.equal(y, 0.0), 1.0, y))
        ),
        partials=(
            lambda xp, r, x, y: xp.where(xp.equal(y, 0.0), 0.0, 1 / xp.where(xp.equal(y, 0.0), 1.0, y)),
            lambda xp, r, x, y: xp.where(xp.equal(y, 0.0), 0.0, -r / xp.where(xp.equal(y, 0.0), 1.0, y)),
        ),
        range=ranges.divide_no_nan,
        runtime="DivNoNan",
    ),
    row(
        "multiply_no_nan(x, y)",
        "elementwise",
        "tensorflow.math.multiply_no_nan",
        compute=lambda xp, x, y: xp.where(xp.equal(y, 0.0), 0.0, xp.multiply(x, y)),
        partials=(lambda xp, r, x, y: y, lambda xp, r, x, y: x),
        range=ranges.multiply,
        runtime="MulNoNan",
    ),
    row(
        "floor_divide(x, y)",
        "elementwise",
        """
        operator.floordiv
        numpy.floor_divide
        tensorflow.math.floordiv -tensorflow.floordiv
        keras.ops.floor_divide
        jax.numpy.floor_divide
        torch.floor_divide torch:.floor_divide
        """,
        compute=lambda xp, x, y: xp.floor_divide(x, y),
        partials=(lambda xp, r, x, y: 0.0, lambda xp, r, x, y: 0.0),
        runtime="FloorDiv floor_divide",
    ),
    row(
        "remainder(x, y)",
        "elementwise",
        """
        operator.mod
        numpy.remainder numpy.mod
        tensorflow.math.floormod tensorflow.math.mod -tensorflow.mod
        keras.ops.mod
        jax.numpy.remainder jax.numpy.mod
        torch.remainder torch:.remainder
        """,
        compute=lambda xp, x, y: xp.remainder(x, y),
        partials=(lambda xp, r, x, y: 1.0, lambda xp, r, x, y: -xp.floor_divide(x, y)),
        range=ranges.remainder,
        runtime="FloorMod remainder mod",
    ),
    row(
        "fmod(x, y)",
        "elementwise",
        "math.fmod numpy.fmod jax.numpy.fmod jax.lax.rem torch.fmod torch:.fmod",
        compute=lambda xp, x, y: xp.fmod(x, y),
        partials=(lambda xp, r, x, y: 1.0, None),
        runtime="Mod TruncateMod fmod",
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
    row(
        "add_n(xs)",
        "reduction",
        "tensorflow.add_n(xs=inputs, name) tensorflow.math.add_n(xs=inputs, name)",
        runtime="AddN",
    ),
    row(
        "squared_difference(x, y)",
        "elementwise",
        "tensorflow.math.squared_difference -tensorflow.squared_difference",
        compute=lambda xp, x, y: xp.square(xp.subtract(x, y)),
        partials=(
            lambda xp, r, x, y: 2 * xp.subtract(x, y),
            lambda xp, r, x, y: 2 * xp.subtract(y, x),
        ),
        range=ranges.squared_difference,
        commutative=True,
        runtime="SquaredDifference",
    ),
    row(
        "hypot(x, y)",
        "elementwise",
        """
        math.hypot
        numpy.hypot
        keras.ops.hypot
        jax.numpy.hypot
        torch.hypot torch:.hypot
        """,
        compute=lambda xp, x, y: xp.hypot(x, y),
        partials=(lambda xp, r, x, y: xp.asarray(x) / r, lambda xp, r, x, y: xp.asarray(y) / r),
        range=ranges.hypot,
        commutative=True,
        runtime="hypot",
    ),
)
