"""Products and norms: sums over shared axes."""

from __future__ import annotations

from math import inf
from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_NEGATIVE
from stabcheck.ops.row import row


def _matmul(xp: Any, x: Any, y: Any, transpose_x: bool = False, transpose_y: bool = False, **_: Any) -> Any:
    return xp.matmul(xp.swapped(x) if transpose_x else x, xp.swapped(y) if transpose_y else y)


def _matmul_back(
    xp: Any, g: Any, r: Any, x: Any, y: Any, transpose_x: bool = False, transpose_y: bool = False, **_: Any
) -> tuple[Any, Any]:
    """Vectors are made matrices first; broadcast stacks of matrices are summed back."""
    left = xp.swapped(x) if transpose_x else xp.asarray(x)
    right = xp.swapped(y) if transpose_y else xp.asarray(y)
    rows = xp.expand_dims(left, 0) if len(xp.shape(left)) == 1 else left
    columns = xp.expand_dims(right, -1) if len(xp.shape(right)) == 1 else right
    g = xp.asarray(g)
    if len(xp.shape(left)) == 1:
        g = xp.expand_dims(g, -1 if len(xp.shape(right)) == 1 else -2)
    if len(xp.shape(right)) == 1:
        g = xp.expand_dims(g, -1)
    to_left = xp.reshape(xp.sum_to(xp.matmul(g, xp.swapped(columns)), xp.shape(rows)), xp.shape(left))
    to_right = xp.reshape(xp.sum_to(xp.matmul(xp.swapped(rows), g), xp.shape(columns)), xp.shape(right))
    return xp.swapped(to_left) if transpose_x else to_left, xp.swapped(to_right) if transpose_y else to_right


def _dot(xp: Any, x: Any, y: Any) -> Any:
    """`numpy.dot`: a product with numbers, a matrix product with arrays of two axes at most."""
    return xp.multiply(x, y) if xp.shape(x) == () or xp.shape(y) == () else xp.matmul(x, y)


def _dot_back(xp: Any, g: Any, r: Any, x: Any, y: Any) -> tuple[Any, Any]:
    if xp.shape(x) == () or xp.shape(y) == ():
        return xp.sum_to(xp.multiply(g, y), xp.shape(x)), xp.sum_to(xp.multiply(g, x), xp.shape(y))
    return _matmul_back(xp, g, r, x, y)


def _norm(xp: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    """A vector norm; the Frobenius norm of matrices. Other matrix norms are not a formula."""
    if ord in (None, 2, "euclidean", "fro"):
        return xp.sqrt(xp.sum(xp.square(x), axis, keepdims))
    size = xp.absolute(x)
    if ord == 1:
        return xp.sum(size, axis, keepdims)
    if ord == inf:
        return xp.max(size, axis, keepdims)
    if ord == -inf:
        return xp.min(size, axis, keepdims)
    return xp.power(xp.sum(xp.power(size, ord), axis, keepdims), 1.0 / ord)


def _norm_back(
    xp: Any, g: Any, r: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, **_: Any
) -> tuple[Any]:
    """Of the Euclidean norm, x/‖x‖: NaN at zero."""
    shape = xp.shape(x)
    g, r = xp.expand(g, shape, axis, keepdims), xp.expand(r, shape, axis, keepdims)
    if ord in (None, 2, "euclidean", "fro"):
        return (g * (xp.asarray(x) / r),)
    size = xp.absolute(x)
    if ord in (inf, -inf):
        return (g * xp.sign(x) * xp.where(xp.equal(size, r), 1.0, 0.0),)
    return (g * xp.sign(x) * xp.power(size / r, float(ord) - 1.0),)


def _trace(xp: Any, x: Any) -> Any:
    return xp.sum(xp.diagonal(x), -1)


def _outer(xp: Any, x: Any, y: Any) -> Any:
    return xp.multiply(xp.expand_dims(x, -1), xp.expand_dims(y, 0))


def _outer_back(xp: Any, g: Any, r: Any, x: Any, y: Any) -> tuple[Any, Any]:
    return xp.matmul(g, y), xp.matmul(xp.swapped(g), x)


def _cross(xp: Any, x: Any, y: Any, **_: Any) -> Any:
    """Of vectors of three components along the last axis."""
    a, b = xp.asarray(x), xp.asarray(y)
    return xp.roll(a, -1) * xp.roll(b, -2) - xp.roll(a, -2) * xp.roll(b, -1)


ROWS = (
    row(
        "matmul(x, y; transpose_x:False, transpose_y:False)",
        "contraction",
        """
        operator.matmul
        numpy.matmul
        tensorflow.matmul(x=a, y=b, transpose_x=transpose_a, transpose_y=transpose_b)
        tensorflow.linalg.matmul(x=a, y=b, transpose_x=transpose_a, transpose_y=transpose_b)
        keras.ops.matmul(x=x1, y=x2)
        -tensorflow.batch_matmul(x, y, transpose_x=adj_x, transpose_y=adj_y)
        jax.numpy.matmul(x=a, y=b)
        torch.matmul torch.mm(x=input, y=mat2) torch.bmm(x=input, y=mat2) torch.mv(x=input, y=vec)
        torch:.matmul torch:.mm(y=mat2) torch:.bmm(y=mat2) torch:.mv(y=vec)
        numpy.linalg.matmul
        torch.linalg.matmul
        tensorflow.linalg.matvec(x=a, y=b, transpose_x=transpose_a)
        """,
        compute=_matmul,
        pullback=_matmul_back,
        range=ranges.dot,
        runtime="MatMul BatchMatMul BatchMatMulV2 BatchMatMulV3 matmul",
    ),
    row(
        "dot(x, y)",
        "contraction",
        """
        numpy.dot(x=a, y=b, out) numpy.vdot(x=a, y=b) numpy.inner(x=a, y=b) numpy:.dot(y=b, out)
        keras.ops.dot(x=x1, y=x2) keras.ops.vdot(x=x1, y=x2) keras.ops.inner(x=x1, y=x2)
        -keras.backend.dot(x, y)
        jax.numpy.dot(x=a, y=b) jax.numpy.vdot(x=a, y=b) jax.numpy.inner(x=a, y=b) jax.lax.dot(x=lhs, y=rhs)
        jax:.dot(y=b)
        torch.dot(x=input, y=tensor) torch.inner torch.vdot torch:.dot(y=tensor) torch:.inner(y=other)
        """,
        compute=_dot,
        pullback=_dot_back,
        range=ranges.dot,
        runtime="dot inner vdot",
    ),
    row(
        "tensordot(x, y; axes:2)",
        "contraction",
        """
        numpy.tensordot(x=a, y=b, axes)
        tensorflow.tensordot(x=a, y=b, axes:required, name) tensorflow.linalg.tensordot(x=a, y=b,
        axes:required, name)
        keras.ops.tensordot(x=x1, y=x2, axes) -keras.backend.batch_dot(x, y, axes)
        jax.numpy.tensordot(x=a, y=b, axes)
        torch.tensordot(x=a, y=b, axes=dims)
        """,
        range=ranges.dot,
        runtime="tensordot",
    ),
    row(
        "einsum(subscripts, xs)",
        "contraction",
        """
        numpy.einsum(subscripts, *xs)
        tensorflow.einsum(subscripts=equation, *xs) tensorflow.linalg.einsum(subscripts=equation, *xs)
        keras.ops.einsum(subscripts, *xs)
        jax.numpy.einsum(subscripts, *xs)
        torch.einsum(subscripts=equation, *xs)
        """,
        runtime="Einsum einsum",
    ),
    row(
        "outer(x, y)",
        "contraction",
        """
        numpy.outer(x=a, y=b, out)
        keras.ops.outer(x=x1, y=x2)
        jax.numpy.outer(x=a, y=b)
        torch.outer(x=input, y=vec2) torch.ger(x=input, y=vec2) torch:.outer(y=vec2)
        """,
        compute=_outer,
        pullback=_outer_back,
        range=ranges.multiply,
        runtime="outer",
    ),
    row(
        "cross(x, y; axis:-1)",
        "contraction",
        """
        numpy.cross(x=a, y=b)
        tensorflow.linalg.cross(x=a, y=b, name) -tensorflow.cross(x=a, y=b, name)
        keras.ops.cross(x=x1, y=x2)
        jax.numpy.cross(x=a, y=b)
        torch.cross(x=input, y=other, axis=dim:required) torch.linalg.cross(x=input, y=other, axis=dim)
        torch:.cross(y=other, axis=dim:required)
        """,
        compute=_cross,
        runtime="Cross cross",
    ),
    row(
        "norm(x; ord, axis, keepdims:False)",
        "reduction",
        """
        numpy.linalg.norm(x, ord, axis, keepdims)
        scipy.linalg.norm(x=a, ord, axis, keepdims)
        tensorflow.norm(x=tensor, ord, axis, keepdims, name) tensorflow.linalg.norm(x=tensor, ord, axis,
        keepdims, name)
        keras.ops.norm(x, ord, axis, keepdims)
        jax.numpy.linalg.norm(x, ord, axis, keepdims)
        torch.linalg.norm(x=A, ord, axis=dim, keepdims=keepdim) torch.linalg.vector_norm(x, ord, axis=dim,
        keepdims=keepdim) torch.linalg.matrix_norm(x=A, ord, axis=dim, keepdims=keepdim)
        numpy.linalg.vector_norm(x, axis, keepdims, ord)
        torch.norm(x=input, ord=p, axis=dim, keepdims=keepdim) torch:.norm(ord=p, axis=dim,
        keepdims=keepdim)
        """,
        compute=_norm,
        pullback=_norm_back,
        range=ranges.norm,
        runtime="linalg.norm",
    ),
    row(
        "l2_loss(x)",
        "loss",
        "tensorflow.nn.l2_loss(x=t, name)",
        compute=lambda xp, x: xp.sum(xp.square(x)) / 2.0,
        pullback=lambda xp, g, r, x: (xp.multiply(g, x),),
        range=ranges.always(NON_NEGATIVE),
        runtime="L2Loss",
    ),
    row(
        "cdist(x, y; p:2.0)",
        "contraction",
        "scipy.spatial.distance.cdist(x=XA, y=XB, metric) torch.cdist(x=x1, y=x2, p, compute_mode)",
        range=ranges.always(NON_NEGATIVE),
    ),
    row(
        "trace(x)",
        "reduction",
        """
        numpy.trace(x=a, offset, axis1, axis2) numpy.linalg.trace(x) numpy:.trace(offset, axis1, axis2)
        tensorflow.linalg.trace(x, name) -tensorflow.trace(x, name)
        keras.ops.trace(x, offset, axis1, axis2)
        jax.numpy.trace(x=a, offset, axis1, axis2)
        torch.trace torch:.trace
        """,
        compute=_trace,
        range=ranges.total,
        runtime="trace",
    ),
)
