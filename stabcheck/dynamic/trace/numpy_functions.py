"""How the functions that NumPy code calls are run on wide arrays."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.numpy_shadow import WIDE
from stabcheck.dynamic.trace.special_functions import ThroughExact, through_exact
from stabcheck.dynamic.trace.statistics import Array

BINARY: dict[str, tuple[str, Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "+": ("add", operator.add, operator.iadd),
    "-": ("subtract", operator.sub, operator.isub),
    "*": ("multiply", operator.mul, operator.imul),
    "/": ("divide", operator.truediv, operator.itruediv),
    "**": ("power", operator.pow, operator.ipow),
    "@": ("matmul", operator.matmul, operator.imatmul),
    "//": ("floor_divide", operator.floordiv, operator.ifloordiv),
    "%": ("mod", operator.mod, operator.imod),
}

# Values are moved or picked, not computed: nothing is rounded.
LAYOUT = frozenset({
    "reshape", "concatenate", "stack", "vstack", "hstack", "dstack", "column_stack", "transpose",
    "squeeze", "expand_dims", "where", "maximum", "minimum", "fmax", "fmin", "atleast_1d", "atleast_2d",
    "atleast_3d", "copy", "tile", "repeat", "broadcast_to", "pad", "ravel", "flatten", "swapaxes",
    "moveaxis", "rollaxis", "flip", "fliplr", "flipud", "roll", "rot90", "take", "choose", "split",
    "array_split", "clip", "amax", "amin", "max", "min", "absolute", "abs", "fabs", "negative",
    "positive", "triu", "tril", "diag", "diagonal", "sort", "item", "select", "take_along_axis",
    "insert", "delete", "append", "broadcast_arrays", "meshgrid", "nanmax", "nanmin", "compress",
    "array", "asarray", "ascontiguousarray", "asanyarray", "zeros_like", "ones_like", "full_like",
    "full", "tolist", "copyto", "put", "fill", "fill_diagonal", "put_along_axis", "partition", "unique",
    "extract", "copysign",
})  # fmt: skip
# Steps: which step it is, is decided by the working value.
STEPS = frozenset({
    "floor", "ceil", "round", "around", "rint", "trunc", "fix", "sign", "heaviside", "floor_divide",
    "mod", "fmod", "remainder", "modf", "divmod", "spacing", "nextafter", "digitize", "searchsorted",
    "histogram", "frexp", "signbit",
})  # fmt: skip
# The result says nothing of the arguments' values, or holds no number of them.
UNRELATED = frozenset({"shape", "ndim", "size", "empty_like", "result_type", "dtype", "finfo", "isscalar"})
# These call back into Python, or need a float64 array.
OPAQUE = frozenset({
    "vectorize", "apply_along_axis", "apply_over_axes", "fromfunction", "piecewise", "frompyfunc",
    "svd", "eig", "eigh", "eigvals", "eigvalsh", "qr", "pinv", "lstsq", "matrix_rank", "cond",
    "savetxt", "array2string", "array_repr", "array_str", "seterr", "seterrcall", "printoptions",
    "percentile", "quantile", "median", "corrcoef",
})  # fmt: skip

# More multiply-adds than this in long double, which has no BLAS, are replaced by a first-order product.
_PRODUCT_WORK = 4_000_000


def product(a: Array, b: Array) -> Any:
    """A matrix product of wide arrays; a large one as float64 products of the leading and trailing parts.

    With a = a₀ + a₁ and b = b₀ + b₁ (leading parts in float64), ab ≈ a₀b₀ + a₁b₀ + a₀b₁: the errors that the
    operands bring are kept, the rounding of a₀b₀ itself in float64 is not seen.
    """
    columns = b.shape[-1] if b.ndim > 1 else 1
    if a.size * columns <= _PRODUCT_WORK or a.ndim > 2 or b.ndim > 2:
        return a @ b
    leading = a.astype(np.float64), b.astype(np.float64)
    trailing = (a - leading[0]).astype(np.float64), (b - leading[1]).astype(np.float64)
    first_order = trailing[0] @ leading[1] + leading[0] @ trailing[1]
    return (leading[0] @ leading[1]).astype(WIDE) + first_order


def dot(a: Array, b: Array) -> Any:
    """`np.dot` of wide operands."""
    return product(a, b) if {np.ndim(a), np.ndim(b)} <= {1, 2} else np.dot(a, b)


def solve(a: Array, b: Array) -> Array:
    """A linear system in wide precision: float64 elimination, residuals and corrections in the wide type.

    Iterative refinement (Higham, ASNA, chapter 12) converges for condition numbers below about 1e15.
    """
    narrow = a.astype(np.float64)
    x = np.linalg.solve(narrow, b.astype(np.float64)).astype(WIDE)
    for _ in range(4):
        residual = b - a @ x
        x = x + np.linalg.solve(narrow, residual.astype(np.float64))
    return x


def inverse(a: Array) -> Array:
    """The inverse of a wide matrix, or of a stack of them."""
    identity = np.broadcast_to(np.eye(a.shape[-1], dtype=WIDE), a.shape)
    return solve(a, identity.copy())


def determinant(a: Array) -> Any:
    """By elimination with partial pivoting, in wide precision; one matrix."""
    work = a.copy()
    value = WIDE(1)
    for k in range(len(work)):
        pivot = k + int(np.argmax(np.abs(work[k:, k])))
        if pivot != k:
            work[[k, pivot]] = work[[pivot, k]]
            value = -value
        value = value * work[k, k]
        if work[k, k] == 0:
            return WIDE(0)
        work[k + 1 :] -= np.outer(work[k + 1 :, k] / work[k, k], work[k])
    return value


def cholesky(a: Array) -> Array:
    """The lower factor of one wide matrix."""
    factor = np.zeros_like(a)
    for j in range(len(a)):
        factor[j, j] = np.sqrt(a[j, j] - factor[j, :j] @ factor[j, :j])
        factor[j + 1 :, j] = (a[j + 1 :, j] - factor[j + 1 :, :j] @ factor[j, :j]) / factor[j, j]
    return factor


def norm(x: Array, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The Euclidean norm (Frobenius for a matrix).

    Raises
    ------
    ValueError
        for other norms.
    """
    if ord not in (None, 2, "fro") or (ord == 2 and axis is None and np.ndim(x) != 1):
        raise ValueError("only the Euclidean norm")
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def _slogdet(a: Array) -> tuple[Any, Any]:
    value = determinant(a)
    return np.sign(value), np.log(np.abs(value))


# Functions whose own implementation does not take wide arrays.
WIDE_FORMS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.matmul: product,
    np.dot: dot,
    np.linalg.solve: solve,
    np.linalg.inv: inverse,
    np.linalg.det: determinant,
    np.linalg.slogdet: _slogdet,
    np.linalg.cholesky: cholesky,
    np.linalg.norm: norm,
    operator.matmul: product,
}


def wide_form(function: Callable[..., Any]) -> Callable[..., Any]:
    """What runs in a function's place on wide arrays: mostly the function itself."""
    found = WIDE_FORMS.get(function)
    if found is None and isinstance(function, np.ufunc):
        found = through_exact(function)
    return function if found is None else found


MATH: dict[Callable[..., Any], Callable[..., Any]] = {
    math.exp: np.exp,
    math.expm1: np.expm1,
    math.log: lambda x, *base: np.log(x) / np.log(base[0]) if base else np.log(x),
    math.log2: np.log2,
    math.log10: np.log10,
    math.log1p: np.log1p,
    math.sqrt: np.sqrt,
    math.sin: np.sin,
    math.cos: np.cos,
    math.tan: np.tan,
    math.asin: np.arcsin,
    math.acos: np.arccos,
    math.atan: np.arctan,
    math.atan2: np.arctan2,
    math.sinh: np.sinh,
    math.cosh: np.cosh,
    math.tanh: np.tanh,
    math.asinh: np.arcsinh,
    math.acosh: np.arccosh,
    math.atanh: np.arctanh,
    math.pow: np.power,
    math.fabs: np.abs,
    math.hypot: lambda *x: np.sqrt(sum(v * v for v in x)),
    math.fsum: lambda x: sum(x, start=WIDE(0)),
    math.erf: ThroughExact("erf"),
    math.erfc: ThroughExact("erfc"),
    math.gamma: ThroughExact("gamma"),
    math.lgamma: ThroughExact("gammaln"),
}
