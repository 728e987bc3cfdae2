"""TensorFlow operations in NumPy's long double: the reference for float64 programs.

Only operations whose NumPy form is exact to the last bits are here; for the others the recorder takes the
working result as the reference and says so. Attribute and argument conventions are those of TensorFlow's
graph operations (tensorflow/core/ops/*.cc).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.numpy_functions import cholesky, determinant, inverse, solve
from stabcheck.dynamic.trace.special_functions import ThroughExact, incomplete
from stabcheck.dynamic.trace.statistics import Array
from stabcheck.dynamic.trace.tensorflow_wide_layout import LAYOUT_RULES, Attributes, Rule, plain


def wide_operation(operation: str) -> Callable[[Sequence[Array], Attributes], tuple[Array, ...]] | None:
    """The operation on long double arrays (integer arguments as they are), None if it is not in the table."""
    rule = _RULES.get(operation)
    if rule is None:
        return None

    def run(operands: Sequence[Array], attributes: Attributes) -> tuple[Array, ...]:
        with np.errstate(all="ignore"):
            result = rule(*operands, attributes)
        return result if isinstance(result, tuple) else (np.asarray(result),)

    return run


def _reduction(function: Callable[..., Any]) -> Rule:
    def reduce(x: Array, axes: Array, attributes: Attributes) -> Any:
        axis = tuple(int(a) for a in np.ravel(axes))
        return function(x, axis=axis, keepdims=bool(attributes.get("keep_dims")))

    return reduce


def _matmul(a: Array, b: Array, attributes: Attributes) -> Array:
    if attributes.get("transpose_a") or attributes.get("adj_x"):
        a = np.swapaxes(a, -1, -2)
    if attributes.get("transpose_b") or attributes.get("adj_y"):
        b = np.swapaxes(b, -1, -2)
    return np.asarray(np.matmul(a, b))


def _divide_no_nan(a: Array, b: Array) -> Array:
    return np.where(b == 0, 0, a / np.where(b == 0, 1, b))


def _xlogy(a: Array, b: Array) -> Array:
    return np.where(a == 0, 0, a * np.log(np.where(a == 0, 1, b)))


def _leak(attributes: Attributes) -> np.longdouble:
    """The slope of a leaky ReLU: attributes hold it in float32."""
    alpha = attributes.get("alpha")
    return np.longdouble(np.float32(0.2 if alpha is None else alpha))


def _sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1, small) / (1 + small))


def _softplus(x: Array) -> Array:
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


def _log_softmax(x: Array) -> Array:
    shifted = x - x.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def _softmax(x: Array) -> Array:
    unscaled = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(unscaled / unscaled.sum(axis=-1, keepdims=True))


def _cross_entropy(logits: Array, labels: Array, _: Attributes) -> tuple[Array, Array]:
    log_p = _log_softmax(logits)
    return -np.sum(np.where(labels == 0, 0, labels * log_p), axis=-1), np.exp(log_p) - labels


def _sparse_cross_entropy(logits: Array, labels: Array, _: Attributes) -> tuple[Array, Array]:
    log_p = _log_softmax(logits)
    rows = np.arange(len(labels))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return -log_p[rows, labels], gradient


def _scan(function: Callable[..., Array], start: float) -> Rule:
    """A cumulative sum or product, with TensorFlow's `exclusive` and `reverse`."""

    def scan(x: Array, axis: Array, attributes: Attributes) -> Array:
        moved = np.moveaxis(x, int(axis), 0)
        moved = moved[::-1] if attributes.get("reverse") else moved
        result = function(moved, axis=0)
        if attributes.get("exclusive"):
            result = np.concatenate([np.full_like(moved[:1], start), result[:-1]])
        result = result[::-1] if attributes.get("reverse") else result
        return np.moveaxis(result, 0, int(axis))

    return scan


def _einsum(*arguments: Any) -> Array:
    return np.asarray(np.einsum(arguments[-1]["equation"].decode(), *arguments[:-1]))


def _triangular_solve(a: Array, b: Array, attributes: Attributes) -> Array:
    """By substitution, one row after the other."""
    lower = attributes.get("lower")
    lower = True if lower is None else bool(lower)
    if attributes.get("adjoint"):
        a, lower = np.swapaxes(a, -1, -2), not lower
    n = a.shape[-1]
    x = np.zeros_like(b)
    order = range(n) if lower else range(n - 1, -1, -1)
    for i in order:
        known = slice(0, i) if lower else slice(i + 1, n)
        rest = b[..., i, :] - (a[..., i, known, None] * x[..., known, :]).sum(axis=-2)
        x[..., i, :] = rest / a[..., i, i, None]
    return x


def _each_matrix(function: Callable[[Array], Any]) -> Rule:
    def apply(x: Array, attributes: Attributes) -> Array:
        flat = x.reshape(-1, *x.shape[-2:])
        results = np.asarray([function(m) for m in flat])
        return results.reshape(x.shape[:-2] + results.shape[1:])

    return apply


def _log_determinant(x: Array, attributes: Attributes) -> tuple[Array, Array]:
    values = _each_matrix(determinant)(x, attributes)
    return np.sign(values), np.log(np.abs(values))


def _xlog1py(a: Array, b: Array) -> Array:
    return np.where(a == 0, 0, a * np.log1p(np.where(a == 0, 0, b)))


def _rsqrt_gradient(y: Array, dy: Array) -> Array:
    return np.asarray(dy * (-0.5) * y**3)


_RULES: dict[str, Rule] = {
    **LAYOUT_RULES,
    "Add": plain(np.add),
    "AddV2": plain(np.add),
    "BiasAdd": plain(np.add),
    "Sub": plain(np.subtract),
    "Mul": plain(np.multiply),
    "RealDiv": plain(np.divide),
    "Maximum": plain(np.maximum),
    "Minimum": plain(np.minimum),
    "Pow": plain(np.power),
    "SquaredDifference": plain(lambda a, b: (a - b) ** 2),
    "DivNoNan": plain(_divide_no_nan),
    "Xlogy": plain(_xlogy),
    "Xdivy": plain(lambda a, b: np.where(a == 0, 0, a / np.where(a == 0, 1, b))),
    "Atan2": plain(np.arctan2),
    "AddN": lambda *a: sum(a[1:-1], start=a[0]),
    "Exp": plain(np.exp),
    "Expm1": plain(np.expm1),
    "Log": plain(np.log),
    "Log1p": plain(np.log1p),
    "Neg": plain(np.negative),
    "Square": plain(np.square),
    "Sqrt": plain(np.sqrt),
    "Rsqrt": plain(lambda x: 1 / np.sqrt(x)),
    "Reciprocal": plain(lambda x: 1 / x),
    "Inv": plain(lambda x: 1 / x),
    "Abs": plain(np.abs),
    "Sin": plain(np.sin),
    "Cos": plain(np.cos),
    "Tan": plain(np.tan),
    "Sinh": plain(np.sinh),
    "Cosh": plain(np.cosh),
    "Tanh": plain(np.tanh),
    "Atan": plain(np.arctan),
    "Asin": plain(np.arcsin),
    "Acos": plain(np.arccos),
    "Sigmoid": plain(_sigmoid),
    "Softplus": plain(_softplus),
    "Relu": plain(lambda x: np.maximum(x, 0)),
    "Relu6": plain(lambda x: np.clip(x, 0, 6)),
    "LeakyRelu": lambda x, a: np.where(x > 0, x, x * _leak(a)),
    "Elu": plain(lambda x: np.where(x < 0, np.expm1(np.minimum(x, 0)), x)),
    "Softmax": plain(_softmax),
    "LogSoftmax": plain(_log_softmax),
    "SoftmaxCrossEntropyWithLogits": _cross_entropy,
    "SparseSoftmaxCrossEntropyWithLogits": _sparse_cross_entropy,
    "Sum": _reduction(np.sum),
    "Mean": _reduction(np.mean),
    "Max": _reduction(np.max),
    "Min": _reduction(np.min),
    "Prod": _reduction(np.prod),
    "EuclideanNorm": _reduction(lambda x, **k: np.sqrt(np.sum(x * x, **k))),
    "MatMul": _matmul,
    "BatchMatMul": _matmul,
    "BatchMatMulV2": _matmul,
    "BatchMatMulV3": _matmul,
    "Einsum": _einsum,
    "L2Loss": plain(lambda x: np.sum(x * x) / 2),
    "Cumsum": _scan(np.cumsum, 0.0),
    "Cumprod": _scan(np.cumprod, 1.0),
    "MatrixInverse": lambda x, a: inverse(np.swapaxes(x, -1, -2) if a.get("adjoint") else x),
    "MatrixSolve": lambda x, b, a: solve(np.swapaxes(x, -1, -2) if a.get("adjoint") else x, b),
    "Asinh": plain(np.arcsinh),
    "Acosh": plain(np.arccosh),
    "Atanh": plain(np.arctanh),
    "Xlog1py": plain(_xlog1py),
    "Erf": plain(ThroughExact("erf")),
    "Erfc": plain(ThroughExact("erfc")),
    "Erfinv": plain(ThroughExact("erfinv")),
    "Ndtri": plain(ThroughExact("ndtri")),
    "Lgamma": plain(ThroughExact("gammaln")),
    "Digamma": plain(ThroughExact("digamma")),
    "BesselI0": plain(ThroughExact("bessel_i0")),
    "BesselI1": plain(ThroughExact("bessel_i1")),
    "Igamma": plain(incomplete("Igamma")),
    "Igammac": plain(incomplete("Igammac")),
    "Betainc": plain(incomplete("Betainc")),
    "Zeta": plain(incomplete("Zeta")),
    "Polygamma": plain(incomplete("Polygamma")),
    "MatrixTriangularSolve": _triangular_solve,
    "Cholesky": _each_matrix(cholesky),
    "MatrixDeterminant": _each_matrix(determinant),
    "LogMatrixDeterminant": _log_determinant,
    "Relu6Grad": plain(lambda dy, x: dy * ((x > 0) & (x < 6))),
    "LeakyReluGrad": lambda dy, x, a: np.where(x > 0, dy, dy * _leak(a)),
    "EluGrad": plain(lambda dy, y: dy * np.where(y < 0, y + 1, 1)),
    "TanhGrad": plain(lambda y, dy: dy * (1 - y * y)),
    "SigmoidGrad": plain(lambda y, dy: dy * y * (1 - y)),
    "SoftplusGrad": plain(lambda dy, x: dy * _sigmoid(x)),
    "ReluGrad": plain(lambda dy, x: dy * (x > 0)),
    "SqrtGrad": plain(lambda y, dy: 0.5 * dy / y),
    "RsqrtGrad": plain(_rsqrt_gradient),
    "ReciprocalGrad": plain(lambda y, dy: -dy * y * y),
    "InvGrad": plain(lambda y, dy: -dy * y * y),
    "BiasAddGrad": plain(lambda dy: dy.sum(axis=tuple(range(dy.ndim - 1)))),
}
