"""Circular and hyperbolic functions, and their inverses."""

from __future__ import annotations

import math
from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import REAL, SYMMETRIC_UNIT, Interval
from stabcheck.ops.row import row

_AT_LEAST_ONE = Interval(1.0, math.inf)
_HALF_TURN = Interval(-ranges.above(math.pi), ranges.above(math.pi))
_QUARTER = ranges.above(math.pi / 2)


def _sinc_slope(xp: Any, r: Any, x: Any) -> Any:
    """(cos πx − sinc x)/x, whose limit at 0 is 0."""
    x = xp.asarray(x)
    away = xp.where(xp.equal(x, 0.0), 1.0, x)
    return xp.where(xp.equal(x, 0.0), 0.0, (xp.cos(xp.pi * x) - r) / away)


ROWS = (
    row(
        "sin(x)",
        "elementwise",
        """
        math.sin cmath.sin
        numpy.sin
        tensorflow.sin tensorflow.math.sin
        keras.ops.sin -keras.backend.sin
        jax.numpy.sin jax.lax.sin
        torch.sin torch:.sin torch:.sin_
        """,
        compute=lambda xp, x: xp.sin(x),
        partials=(lambda xp, r, x: xp.cos(x),),
        range=ranges.always(SYMMETRIC_UNIT),
        runtime="Sin sin",
    ),
    row(
        "cos(x)",
        "elementwise",
        """
        math.cos cmath.cos
        numpy.cos
        tensorflow.cos tensorflow.math.cos
        keras.ops.cos -keras.backend.cos
        jax.numpy.cos jax.lax.cos
        torch.cos torch:.cos torch:.cos_
        """,
        compute=lambda xp, x: xp.cos(x),
        partials=(lambda xp, r, x: -xp.sin(x),),
        range=ranges.always(SYMMETRIC_UNIT),
        runtime="Cos cos",
    ),
    row(
        "tan(x)",
        "elementwise",
        """
        math.tan cmath.tan
        numpy.tan
        tensorflow.tan tensorflow.math.tan
        keras.ops.tan
        jax.numpy.tan jax.lax.tan
        torch.tan torch:.tan torch:.tan_
        """,
        compute=lambda xp, x: xp.tan(x),
        partials=(lambda xp, r, x: 1.0 + r * r,),
        range=ranges.always(REAL),
        runtime="Tan tan",
    ),
    row(
        "arcsin(x)",
        "elementwise",
        """
        math.asin cmath.asin
        numpy.arcsin numpy.asin
        tensorflow.asin tensorflow.math.asin
        keras.ops.arcsin
        jax.numpy.arcsin jax.numpy.asin jax.lax.asin
        torch.asin torch.arcsin torch:.asin torch:.arcsin
        """,
        compute=lambda xp, x: xp.arcsin(x),
        partials=(lambda xp, r, x: 1 / xp.sqrt(1.0 - xp.square(x)),),
        range=ranges.increasing(math.asin, Interval(-_QUARTER, _QUARTER), domain=SYMMETRIC_UNIT),
        domain=(SYMMETRIC_UNIT,),
        runtime="Asin arcsin",
    ),
    row(
        "arccos(x)",
        "elementwise",
        """
        math.acos cmath.acos
        numpy.arccos numpy.acos
        tensorflow.acos tensorflow.math.acos
        keras.ops.arccos
        jax.numpy.arccos jax.numpy.acos jax.lax.acos
        torch.acos torch.arccos torch:.acos torch:.arccos
        """,
        compute=lambda xp, x: xp.arccos(x),
        partials=(lambda xp, r, x: -1 / xp.sqrt(1.0 - xp.square(x)),),
        range=ranges.decreasing(
            math.acos, Interval(0.0, ranges.above(math.pi)), domain=SYMMETRIC_UNIT, exact=1.0
        ),
        domain=(SYMMETRIC_UNIT,),
        runtime="Acos arccos",
    ),
    row(
        "arctan(x)",
        "elementwise",
        """
        math.atan cmath.atan
        numpy.arctan numpy.atan
        tensorflow.atan tensorflow.math.atan
        keras.ops.arctan
        jax.numpy.arctan jax.numpy.atan jax.lax.atan
        torch.atan torch.arctan torch:.atan torch:.arctan
        """,
        compute=lambda xp, x: xp.arctan(x),
        partials=(lambda xp, r, x: 1 / (1.0 + xp.square(x)),),
        range=ranges.increasing(math.atan, Interval(-_QUARTER, _QUARTER)),
        runtime="Atan arctan",
    ),
    row(
        "arctan2(y, x)",
        "elementwise",
        """
        math.atan2(y, x)
        numpy.arctan2 numpy.atan2
        tensorflow.atan2(y, x, name) tensorflow.math.atan2(y, x, name)
        keras.ops.arctan2
        jax.numpy.arctan2 jax.numpy.atan2 jax.lax.atan2
        torch.atan2 torch.arctan2 torch:.atan2 torch:.arctan2
        """,
        compute=lambda xp, y, x: xp.arctan2(y, x),
        partials=(
            lambda xp, r, y, x: xp.asarray(x) / (xp.square(x) + xp.square(y)),
            lambda xp, r, y, x: -xp.asarray(y) / (xp.square(x) + xp.square(y)),
        ),
        range=ranges.always(_HALF_TURN),
        runtime="Atan2 arctan2",
    ),
    row(
        "sinh(x)",
        "elementwise",
        """
        math.sinh cmath.sinh
        numpy.sinh
        tensorflow.sinh tensorflow.math.sinh
        keras.ops.sinh
        jax.numpy.sinh jax.lax.sinh
        torch.sinh torch:.sinh torch:.sinh_
        """,
        compute=lambda xp, x: xp.sinh(x),
        partials=(lambda xp, r, x: xp.cosh(x),),
        range=ranges.increasing(ranges.sinh),
        runtime="Sinh sinh",
    ),
    row(
        "cosh(x)",
        "elementwise",
        """
        math.cosh cmath.cosh
        numpy.cosh
        tensorflow.cosh tensorflow.math.cosh
        keras.ops.cosh
        jax.numpy.cosh jax.lax.cosh
        torch.cosh torch:.cosh torch:.cosh_
        """,
        compute=lambda xp, x: xp.cosh(x),
        partials=(lambda xp, r, x: xp.sinh(x),),
        range=ranges.even(ranges.increasing(math.cosh, _AT_LEAST_ONE)),
        runtime="Cosh cosh",
    ),
    row(
        "arcsinh(x)",
        "elementwise",
        """
        math.asinh cmath.asinh
        numpy.arcsinh numpy.asinh
        tensorflow.asinh tensorflow.math.asinh
        keras.ops.arcsinh
        jax.numpy.arcsinh jax.numpy.asinh jax.lax.asinh
        torch.asinh torch.arcsinh torch:.asinh torch:.arcsinh
        """,
        compute=lambda xp, x: xp.arcsinh(x),
        partials=(lambda xp, r, x: 1 / xp.hypot(x, 1.0),),
        range=ranges.increasing(math.asinh),
        runtime="Asinh arcsinh",
    ),
    row(
        "arccosh(x)",
        "elementwise",
        """
        math.acosh cmath.acosh
        numpy.arccosh numpy.acosh
        tensorflow.acosh tensorflow.math.acosh
        keras.ops.arccosh
        jax.numpy.arccosh jax.numpy.acosh jax.lax.acosh
        torch.acosh torch.arccosh torch:.acosh torch:.arccosh
        """,
        compute=lambda xp, x: xp.arccosh(x),
        partials=(lambda xp, r, x: 1 / xp.sqrt(xp.square(x) - 1.0),),
        range=ranges.increasing(math.acosh, Interval(0.0, math.inf), domain=_AT_LEAST_ONE, exact=1.0),
        domain=(_AT_LEAST_ONE,),
        runtime="Acosh arccosh",
    ),
    row(
        "arctanh(x)",
        "elementwise",
        """
        math.atanh cmath.atanh
        numpy.arctanh numpy.atanh
        tensorflow.atanh tensorflow.math.atanh
        keras.ops.arctanh
        jax.numpy.arctanh jax.numpy.atanh jax.lax.atanh
        torch.atanh torch.arctanh torch:.atanh torch:.arctanh
        """,
        compute=lambda xp, x: xp.arctanh(x),
        partials=(lambda xp, r, x: 1 / (1.0 - xp.square(x)),),
        range=ranges.increasing(math.atanh, domain=SYMMETRIC_UNIT),
        domain=(SYMMETRIC_UNIT,),
        runtime="Atanh arctanh",
    ),
    row(
        "sinc(x)",
        "elementwise",
        "numpy.sinc keras.ops.sinc jax.numpy.sinc torch.sinc torch.special.sinc torch:.sinc",
        compute=lambda xp, x: xp.sinc(x),
        partials=(_sinc_slope,),
        range=ranges.always(Interval(-0.2173, 1.0)),
        runtime="sinc",
    ),
    row(
        "cosm1(x)",
        "elementwise",
        "scipy.special.cosm1",
        compute=lambda xp, x: -2 * xp.square(xp.sin(xp.asarray(x) / 2)),
        partials=(lambda xp, r, x: -xp.sin(x),),
        range=ranges.always(Interval(-2.0, 0.0)),
    ),
    row(
        "deg2rad(x)",
        "elementwise",
        """
        math.radians
        numpy.deg2rad numpy.radians
        keras.ops.deg2rad
        jax.numpy.deg2rad jax.numpy.radians
        torch.deg2rad torch:.deg2rad
        """,
        compute=lambda xp, x: xp.asarray(x) * (xp.pi / 180.0),
        partials=(lambda xp, r, x: xp.pi / 180.0,),
        range=ranges.scaled(math.pi / 180),
        runtime="deg2rad radians",
    ),
    row(
        "rad2deg(x)",
        "elementwise",
        """
        math.degrees
        numpy.rad2deg numpy.degrees
        jax.numpy.rad2deg jax.numpy.degrees
        torch.rad2deg torch:.rad2deg
        """,
        compute=lambda xp, x: xp.asarray(x) * (180.0 / xp.pi),
        partials=(lambda xp, r, x: 180.0 / xp.pi,),
        range=ranges.scaled(180 / math.pi),
        runtime="rad2deg degrees",
    ),
)
