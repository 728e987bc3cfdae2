"""Linear algebra: factorizations and solvers."""

from __future__ import annotations

from typing import Any

from stabcheck.ops import ranges
from stabcheck.ops.interval import NON_NEGATIVE
from stabcheck.ops.operation import Operation
from stabcheck.ops.row import row


def _solver(signature: str, spellings: str, runtime: str = "", **fields: Any) -> Operation:
    """A factorization or a solution: named for rules and traces, evaluated by the libraries alone."""
    return row(signature, "linalg", spellings, runtime=runtime, **fields)


ROWS = (
    _solver(
        "inv(x)",
        """
        numpy.linalg.inv(x=a)
        scipy.linalg.inv(x=a)
        tensorflow.linalg.inv(x=input, adjoint, name) -tensorflow.matrix_inverse(x=input, adjoint)
        keras.ops.inv(x) keras.ops.linalg.inv(x)
        jax.numpy.linalg.inv(x=a) jax.scipy.linalg.inv(x=a)
        torch.linalg.inv(x=A) torch.inverse(x=input) torch:.inverse
        """,
        "MatrixInverse linalg.inv",
    ),
    _solver(
        "pinv(x)",
        """
        numpy.linalg.pinv(x=a)
        scipy.linalg.pinv(x=a)
        tensorflow.linalg.pinv(x=a)
        keras.ops.pinv(x)
        jax.numpy.linalg.pinv(x=a)
        torch.linalg.pinv(x=A) torch.pinverse(x=input) torch:.pinverse
        """,
        "linalg.pinv",
    ),
    _solver(
        "solve(a, b)",
        """
        numpy.linalg.solve(a, b)
        scipy.linalg.solve(a, b)
        tensorflow.linalg.solve(a=matrix, b=rhs, adjoint, name) -tensorflow.matrix_solve(a=matrix, b=rhs)
        keras.ops.solve(a, b) keras.ops.linalg.solve(a, b)
        jax.numpy.linalg.solve(a, b) jax.scipy.linalg.solve(a, b)
        torch.linalg.solve(a=A, b=B)
        """,
        "MatrixSolve linalg.solve",
    ),
    _solver(
        "triangular_solve(a, b; lower)",
        """
        scipy.linalg.solve_triangular(a, b, trans, lower:False)
        tensorflow.linalg.triangular_solve(a=matrix, b=rhs, lower:True, adjoint, name)
        keras.ops.solve_triangular(a, b, lower:False)
        jax.scipy.linalg.solve_triangular(a, b, trans, lower:False)
        torch.linalg.solve_triangular(a=A, b=B)
        """,
        "MatrixTriangularSolve",
    ),
    _solver(
        "cholesky_solve(a, b)",
        """
        scipy.linalg.cho_solve(a=c_and_lower, b)
        tensorflow.linalg.cholesky_solve(a=chol, b=rhs, name)
        jax.scipy.linalg.cho_solve(a=c_and_lower, b)
        torch.cholesky_solve(b=input, a=input2)
        """,
    ),
    _solver(
        "lstsq(a, b)",
        """
        numpy.linalg.lstsq(a, b, rcond)
        scipy.linalg.lstsq(a, b)
        tensorflow.linalg.lstsq(a=matrix, b=rhs)
        keras.ops.lstsq(a, b, rcond)
        jax.numpy.linalg.lstsq(a, b, rcond)
        torch.linalg.lstsq(a=A, b=B, rcond)
        """,
        "MatrixSolveLs linalg.lstsq",
    ),
    _solver(
        "det(x)",
        """
        numpy.linalg.det(x=a)
        scipy.linalg.det(x=a)
        tensorflow.linalg.det(x=input, name) -tensorflow.matrix_determinant(x=input, name)
        keras.ops.det(x) keras.ops.linalg.det(x)
        jax.numpy.linalg.det(x=a) jax.scipy.linalg.det(x=a)
        torch.linalg.det(x=A) torch.det(x=input) torch:.det
        """,
        "MatrixDeterminant linalg.det",
    ),
    _solver(
        "slogdet(x)",
        """
        numpy.linalg.slogdet(x=a)
        tensorflow.linalg.slogdet(x=input, name)
        keras.ops.slogdet(x)
        jax.numpy.linalg.slogdet(x=a)
        torch.linalg.slogdet(x=A) torch.slogdet(x=input) torch:.slogdet
        """,
        "LogMatrixDeterminant linalg.slogdet",
    ),
    _solver(
        "logdet(x)",
        "tensorflow.linalg.logdet(x=matrix, name) keras.ops.logdet(x) torch.logdet(x=input) torch:.logdet",
    ),
    _solver(
        "cholesky(x)",
        """
        numpy.linalg.cholesky(x=a)
        scipy.linalg.cholesky(x=a, lower)
        tensorflow.linalg.cholesky(x=input, name) -tensorflow.cholesky(x=input, name)
        keras.ops.cholesky(x) keras.ops.linalg.cholesky(x)
        jax.numpy.linalg.cholesky(x=a) jax.scipy.linalg.cholesky(x=a, lower)
        torch.linalg.cholesky(x=A) torch.cholesky(x=input, upper) torch:.cholesky(upper)
        """,
        "Cholesky linalg.cholesky",
    ),
    _solver(
        "eig(x)",
        """
        numpy.linalg.eig(x=a)
        scipy.linalg.eig(x=a)
        tensorflow.linalg.eig(x=tensor, name)
        keras.ops.eig(x)
        jax.numpy.linalg.eig(x=a)
        torch.linalg.eig(x=A)
        """,
        "Eig linalg.eig",
    ),
    _solver(
        "eigvals(x)",
        """
        numpy.linalg.eigvals(x=a)
        scipy.linalg.eigvals(x=a)
        tensorflow.linalg.eigvals(x=tensor, name)
        jax.numpy.linalg.eigvals(x=a)
        torch.linalg.eigvals(x=A)
        """,
        "linalg.eigvals",
    ),
    _solver(
        "eigh(x)",
        """
        numpy.linalg.eigh(x=a)
        scipy.linalg.eigh(x=a)
        tensorflow.linalg.eigh(x=tensor, name) -tensorflow.self_adjoint_eig(x=tensor, name)
        keras.ops.eigh(x)
        jax.numpy.linalg.eigh(x=a) jax.scipy.linalg.eigh(x=a)
        torch.linalg.eigh(x=A)
        """,
        "SelfAdjointEigV2 linalg.eigh",
    ),
    _solver(
        "eigvalsh(x)",
        """
        numpy.linalg.eigvalsh(x=a)
        scipy.linalg.eigvalsh(x=a)
        tensorflow.linalg.eigvalsh(x=tensor, name)
        jax.numpy.linalg.eigvalsh(x=a)
        torch.linalg.eigvalsh(x=A)
        """,
        "linalg.eigvalsh",
    ),
    _solver(
        "svd(x; full_matrices)",
        """
        numpy.linalg.svd(x=a, full_matrices:True, compute_uv)
        scipy.linalg.svd(x=a, full_matrices:True, compute_uv)
        tensorflow.linalg.svd(x=tensor, full_matrices:False, compute_uv, name) -tensorflow.svd(x=tensor,
        full_matrices:False, compute_uv, name)
        keras.ops.svd(x, full_matrices:True, compute_uv)
        jax.numpy.linalg.svd(x=a, full_matrices:True, compute_uv)
        torch.linalg.svd(x=A, full_matrices:True) torch.svd(x=input) torch:.svd
        """,
        "Svd linalg.svd",
    ),
    _solver(
        "singular_values(x)",
        "numpy.linalg.svdvals(x) scipy.linalg.svdvals(x=a) torch.linalg.svdvals(x=A)",
        range=ranges.always(NON_NEGATIVE),
    ),
    _solver(
        "qr(x)",
        """
        numpy.linalg.qr(x=a, mode)
        scipy.linalg.qr(x=a)
        tensorflow.linalg.qr(x=input, full_matrices, name)
        keras.ops.qr(x, mode)
        jax.numpy.linalg.qr(x=a, mode)
        torch.linalg.qr(x=A, mode) torch.qr(x=input) torch:.qr
        """,
        "Qr linalg.qr",
    ),
    _solver(
        "matrix_rank(x)",
        """
        numpy.linalg.matrix_rank(x=A)
        tensorflow.linalg.matrix_rank(x=a)
        jax.numpy.linalg.matrix_rank(x=M)
        torch.linalg.matrix_rank(x=A)
        """,
        "linalg.matrix_rank",
        range=ranges.always(NON_NEGATIVE),
    ),
    _solver(
        "cond(x; p)",
        "numpy.linalg.cond(x, p) jax.numpy.linalg.cond(x, p) torch.linalg.cond(x=A, p)",
        "linalg.cond",
        range=ranges.always(NON_NEGATIVE),
    ),
    _solver(
        "matrix_power(x; n)",
        """
        numpy.linalg.matrix_power(x=a, n)
        jax.numpy.linalg.matrix_power(x=a, n)
        torch.linalg.matrix_power(x=A, n) torch.matrix_power(x=input, n)
        """,
        "linalg.matrix_power",
    ),
    _solver(
        "matrix_exp(x)",
        """
        scipy.linalg.expm(x=A)
        tensorflow.linalg.expm(x=input, name)
        jax.scipy.linalg.expm(x=A)
        torch.linalg.matrix_exp(x=A) torch.matrix_exp(x=input) torch:.matrix_exp
        """,
    ),
    row(
        "roots(p)",
        "linalg",
        "numpy.roots(p) jax.numpy.roots(p)",
        runtime="roots",
    ),
    row(
        "polyfit(x, y; degree)",
        "linalg",
        "numpy.polyfit(x, y, degree=deg) jax.numpy.polyfit(x, y, degree=deg)",
        runtime="polyfit",
    ),
)
