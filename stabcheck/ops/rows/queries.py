"""Queries: truth values, counts, sizes and positions; exact, and without gradient."""

from __future__ import annotations

from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_NEGATIVE, UNIT
from stabcheck.ops.operation import Operation
from stabcheck.ops.row import row

_TRUTH = ranges.always(UNIT)
_COUNT = ranges.always(NON_NEGATIVE)


def _comparison(name: str, tensorflow: str, torch: str, operator: str, runtime: str) -> Operation:
    """A comparison: NumPy, Keras and JAX call it by its canonical name."""
    short = f"torch.{torch} torch:.{torch}"
    long = "" if name == torch else f" torch.{name} torch:.{name}"
    return row(
        f"{name}(x, y)",
        "query",
        f"""
        operator.{operator} numpy.{name} tensorflow.{tensorflow} tensorflow.math.{tensorflow} keras.ops.{name}
        -keras.backend.{tensorflow} jax.numpy.{name} jax.lax.{operator} {short}{long}
        """,
        compute=lambda xp, x, y: getattr(xp, name)(x, y),
        range=_TRUTH,
        commutative=operator in ("eq", "ne"),
        runtime=runtime,
    )


def _logical(name: str, runtime: str) -> Operation:
    short = name.removeprefix("logical_")
    tensorflow = "" if name == "logical_xor" else f"tensorflow.{name}"
    return row(
        f"{name}(x, y)",
        "query",
        f"""
        operator.{short}_ numpy.{name} numpy.bitwise_{short} {tensorflow}
        tensorflow.math.{name} keras.ops.{name} jax.numpy.{name} torch.{name} torch:.{name}
        """.replace("operator.xor_", "operator.xor"),
        compute=lambda xp, x, y: getattr(xp, name)(x, y),
        range=_TRUTH,
        commutative=True,
        runtime=runtime,
    )


def _test(name: str, tensorflow: str, runtime: str) -> Operation:
    """A test of each entry: the same name everywhere but in TensorFlow."""
    return row(
        f"{name}(x)",
        "query",
        f"math.{name} numpy.{name} {tensorflow} keras.ops.{name} jax.numpy.{name} torch.{name} torch:.{name}",
        compute=lambda xp, x: getattr(xp, name)(x),
        range=_TRUTH,
        runtime=runtime,
    )


def _isclose(xp: Any, x: Any, y: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """|x − y| <= atol + rtol·|y|."""
    close = xp.less_equal(xp.absolute(xp.subtract(x, y)), atol + rtol * xp.absolute(y)) | xp.equal(x, y)
    return close | (xp.isnan(x) & xp.isnan(y)) if equal_nan else close


ROWS = (
    _comparison("equal", "equal", "eq", "eq", "Equal equal"),
    _comparison("not_equal", "not_equal", "ne", "ne", "NotEqual not_equal"),
    _comparison("less", "less", "lt", "lt", "Less less"),
    _comparison("less_equal", "less_equal", "le", "le", "LessEqual less_equal"),
    _comparison("greater", "greater", "gt", "gt", "Greater greater"),
    _comparison("greater_equal", "greater_equal", "ge", "ge", "GreaterEqual greater_equal"),
    _logical("logical_and", "LogicalAnd logical_and bitwise_and"),
    _logical("logical_or", "LogicalOr logical_or bitwise_or"),
    _logical("logical_xor", "logical_xor bitwise_xor"),
    row(
        "logical_not(x)",
        "query",
        """
        operator.invert operator.not_
        numpy.logical_not numpy.invert numpy.bitwise_not
        tensorflow.logical_not tensorflow.math.logical_not
        keras.ops.logical_not
        jax.numpy.logical_not jax.numpy.invert
        torch.logical_not torch.bitwise_not torch:.logical_not torch:.bitwise_not
        """,
        compute=lambda xp, x: xp.logical_not(x),
        range=_TRUTH,
        runtime="LogicalNot logical_not invert",
    ),
    _test("isnan", "tensorflow.math.is_nan -tensorflow.is_nan", "IsNan isnan"),
    _test("isinf", "tensorflow.math.is_inf -tensorflow.is_inf", "IsInf isinf"),
    _test("isfinite", "tensorflow.math.is_finite -tensorflow.is_finite", "IsFinite isfinite"),
    row(
        "isclose(x, y; rtol:1e-5, atol:1e-8, equal_nan:False)",
        "query",
        """
        math.isclose(x=a, y=b, rtol=rel_tol:1e-9, atol=abs_tol:0.0)
        numpy.isclose(x=a, y=b, rtol, atol, equal_nan)
        keras.ops.isclose(x=x1, y=x2, rtol, atol, equal_nan)
        jax.numpy.isclose(x=a, y=b, rtol, atol, equal_nan)
        torch.isclose(x=input, y=other, rtol, atol, equal_nan) torch:.isclose(y=other, rtol, atol,
        equal_nan)
        """,
        compute=_isclose,
        range=_TRUTH,
        runtime="ApproximateEqual isclose",
    ),
    row(
        "allclose(x, y; rtol:1e-5, atol:1e-8, equal_nan:False)",
        "query",
        """
        numpy.allclose(x=a, y=b, rtol, atol, equal_nan)
        jax.numpy.allclose(x=a, y=b, rtol, atol, equal_nan)
        torch.allclose(x=input, y=other, rtol, atol, equal_nan) torch:.allclose(y=other, rtol, atol,
        equal_nan)
        """,
        compute=lambda xp, x, y, **attributes: xp.all(_isclose(xp, x, y, **attributes)),
        range=_TRUTH,
        runtime="allclose",
    ),
    row(
        "any(x; axis, keepdims:False)",
        "query",
        """
        builtins.any(x=iterable)
        numpy.any(x=a, axis, out, keepdims) numpy:.any(axis, out, keepdims)
        tensorflow.reduce_any(x=input_tensor, axis, keepdims, name)
        tensorflow.math.reduce_any(x=input_tensor, axis, keepdims, name)
        keras.ops.any(x, axis, keepdims) -keras.backend.any(x, axis, keepdims)
        jax.numpy.any(x=a, axis, out, keepdims) jax:.any(axis, out, keepdims)
        torch.any(x=input, axis=dim, keepdims=keepdim) torch:.any(axis=dim, keepdims=keepdim)
        """,
        compute=lambda xp, x, axis=None, keepdims=False: xp.any(x, axis, keepdims),
        range=_TRUTH,
        runtime="Any any",
    ),
    row(
        "all(x; axis, keepdims:False)",
        "query",
        """
        builtins.all(x=iterable)
        numpy.all(x=a, axis, out, keepdims) numpy:.all(axis, out, keepdims)
        tensorflow.reduce_all(x=input_tensor, axis, keepdims, name)
        tensorflow.math.reduce_all(x=input_tensor, axis, keepdims, name)
        keras.ops.all(x, axis, keepdims) -keras.backend.all(x, axis, keepdims)
        jax.numpy.all(x=a, axis, out, keepdims) jax:.all(axis, out, keepdims)
        torch.all(x=input, axis=dim, keepdims=keepdim) torch:.all(axis=dim, keepdims=keepdim)
        """,
        compute=lambda xp, x, axis=None, keepdims=False: xp.all(x, axis, keepdims),
        range=_TRUTH,
        runtime="All all",
    ),
    row(
        "argmax(x; axis, keepdims:False)",
        "query",
        """
        numpy.argmax(x=a, axis, out, keepdims) numpy:.argmax(axis, out, keepdims)
        tensorflow.argmax(x=input, axis:0, output_type, name) tensorflow.math.argmax(x=input, axis:0,
        output_type, name) -tensorflow.arg_max(x=input, axis=dimension)
        keras.ops.argmax(x, axis, keepdims) -keras.backend.argmax(x, axis:-1)
        jax.numpy.argmax(x=a, axis, out, keepdims) jax:.argmax(axis, out, keepdims)
        torch.argmax(x=input, axis=dim, keepdims=keepdim) torch:.argmax(axis=dim, keepdims=keepdim)
        """,
        compute=lambda xp, x, axis=None, keepdims=False: xp.argmax(x, axis, keepdims),
        range=_COUNT,
        runtime="ArgMax argmax",
    ),
    row(
        "argmin(x; axis, keepdims:False)",
        "query",
        """
        numpy.argmin(x=a, axis, out, keepdims) numpy:.argmin(axis, out, keepdims)
        tensorflow.argmin(x=input, axis:0, output_type, name) tensorflow.math.argmin(x=input, axis:0,
        output_type, name)
        keras.ops.argmin(x, axis, keepdims) -keras.backend.argmin(x, axis:-1)
        jax.numpy.argmin(x=a, axis, out, keepdims) jax:.argmin(axis, out, keepdims)
        torch.argmin(x=input, axis=dim, keepdims=keepdim) torch:.argmin(axis=dim, keepdims=keepdim)
        """,
        compute=lambda xp, x, axis=None, keepdims=False: xp.argmax(-xp.asarray(x), axis, keepdims),
        range=_COUNT,
        runtime="ArgMin argmin",
    ),
    row(
        "argsort(x; axis:-1)",
        "query",
        """
        numpy.argsort(x=a, axis) numpy:.argsort(axis)
        tensorflow.argsort(x=values, axis, direction, stable, name)
        keras.ops.argsort(x, axis)
        jax.numpy.argsort(x=a, axis)
        torch.argsort(x=input, axis=dim) torch:.argsort(axis=dim)
        """,
        range=_COUNT,
        runtime="argsort",
    ),
    row(
        "shape(x)",
        "query",
        """
        numpy.shape(x=a)
        tensorflow.shape(x=input, out_type, name)
        keras.ops.shape(x) -keras.backend.shape(x) -keras.backend.int_shape(x)
        jax.numpy.shape(x=a)
        tensorflow:.get_shape
        torch,numpy,jax,tensorflow:.shape
        """,
        range=_COUNT,
        runtime="Shape shape",
    ),
    row(
        "size(x; axis)",
        "query",
        """
        numpy.size(x=a, axis)
        tensorflow.size(x=input, out_type, name)
        keras.ops.size(x)
        jax.numpy.size(x=a, axis)
        torch.numel(x=input) torch:.numel torch:.nelement torch:.size(axis=dim)
        numpy,jax:.size
        """,
        range=_COUNT,
        runtime="Size size",
    ),
    row(
        "ndim(x)",
        "query",
        """
        numpy.ndim(x=a)
        tensorflow.rank(x=input, name)
        keras.ops.ndim(x) -keras.backend.ndim(x)
        jax.numpy.ndim(x=a)
        numpy,jax,torch,tensorflow:.ndim
        torch:.dim
        """,
        range=_COUNT,
        runtime="Rank ndim",
    ),
)
