"""Linear algebra: products, norms, decompositions and solvers."""

from __future__ import annotations

from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_NEGATIVE
from stabcheck.ops.row import row


def _matmul(xp: Any, x: Any, y: Any, transpose_x: bool = False, transpose_y: bool = False, **_: Any) -> Any:
    return xp.matmul(xp.swapped(x) if transpose_x else x, xp.swapped(y) if transpose_y else y)


def _norm(xp: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    size = xp.absolute(x)
    if ord in (None, 2, 2.0, "euclidean", "fro"):
        return xp.sqrt(xp.sum(xp.square(x), axis, keepdims))
    if ord == 1:
        return xp.sum(size, axis, keepdims)
    if ord == float("inf"):
        return xp.max(size, axis, keepdims)
    if ord == float("-inf"):
        return xp.min(size, axis, keepdims)
    return xp.power(xp.sum(xp.power(size, ord), axis, keepdims), 1.0 / ord)


ROWS = (
    row(
        "matmul(x, y; transpose_x:False, transpose_y:False)",
        "contraction",
        """
        operator.matmul numpy.matmul tensorflow.matmul(x=a, y=b, transpose_x=transpose_a, transpose_y=transpose_b)
        tensorflow.linalg.matmul(x=a, y=b, transpose_x=transpose_a, transpose_y=transpose_b) keras.ops.matmul(x=x1, y=x2)
        jax.numpy.matmul(x=a, y=b) torch.matmul torch.mm(x=input, y=mat2) torch.bmm(x=input, y=mat2) torch:.matmul
        torch:.mm(y=mat2) torch:.bmm(y=mat2)
        """,
        compute=_matmul,
        range=ranges.dot,
        runtime="MatMul BatchMatMul BatchMatMulV2 BatchMatMulV3 matmul",
    ),
    row(
        "dot(x, y)",
        "contraction",
        """
        numpy.dot(x=a, y=b, out) numpy.vdot(x=a, y=b) numpy.inner(x=a, y=b) numpy:.dot(y=b, out) keras.ops.dot(x=x1, y=x2)
        keras.ops.vdot(x=x1, y=x2) keras.ops.inner(x=x1, y=x2) keras.backend.dot(x, y) jax.numpy.dot(x=a, y=b)
        jax.numpy.vdot(x=a, y=b) jax.numpy.inner(x=a, y=b) jax:.dot(y=b)
        torch.dot(x=input, y=tensor) torch.inner torch.vdot torch:.dot(y=other) torch:.inner
        """,
        compute=lambda xp, x, y: xp.dot(x, y),
        range=ranges.dot,
        runtime="dot inner vdot",
    ),
    row(
        "norm(x; ord, axis, keepdims:False)",
        "reduction",
        """
        numpy.linalg.norm(x, ord, axis, keepdims) scipy.linalg.norm(x=a, ord, axis, keepdims)
        tensorflow.norm(x=tensor, ord, axis, keepdims, name) tensorflow.linalg.norm(x=tensor, ord, axis, keepdims, name)
        keras.ops.norm(x, ord, axis, keepdims) jax.numpy.linalg.norm(x, ord, axis, keepdims)
        torch.linalg.norm(x=A, ord, axis=dim, keepdims=keepdim) torch.linalg.vector_norm(x, ord, axis=dim, keepdims=keepdim)
        torch.norm(x=input, ord=p, axis=dim, keepdims=keepdim) torch:.norm(ord=p, axis=dim, keepdims=keepdim)
        """,
        compute=_norm,
        range=ranges.norm,
        runtime="linalg.norm",
    ),
)
