"""Arithmetic: the operators, and elementwise functions made of the four rules."""

from __future__ import annotations

from functools import reduce

from stabcheck.ops import ranges
from stabcheck.ops.row import row

ROWS = (
    row(
        "add(x, y)",
        "elementwise",
        """
        operator.add
        numpy.add
        tensorflow.add tensorflow.math.add tensorflow.nn.bias_add(x=value, y=bias, data_format, name)
        -keras.backend.bias_add(x, y=bias, data_format)
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
        tensorflow.scalar_mul(x=scalar, y=x, name) tensorflow.math.scalar_mul(x=scalar, y=x, name)
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
        "reciprocal(x)",
        "elementwise",
        """
        numpy.reciprocal
        tensorflow.math.reciprocal -tensorflow.reciprocal -tensorflow.inv
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
        range=ranges.floor_divide,
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
        partials=(lambda xp, r, x, y: 1.0, lambda xp, r, x, y: -xp.trunc(xp.divide(x, y))),
        range=ranges.fmod,
        runtime="Mod TruncateMod fmod",
    ),
    row(
        "add_n(xs)",
        "reduction",
        "tensorflow.add_n(xs=inputs, name) tensorflow.math.add_n(xs=inputs, name) "
        "tensorflow.math.accumulate_n(xs=inputs, shape, tensor_dtype, name) "
        "-tensorflow.accumulate_n(xs=inputs, shape, tensor_dtype, name)",
        compute=lambda xp, xs: reduce(xp.add, xs),
        range=lambda xs, **_: ranges.total(xs),
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
