"""TensorFlow operations in NumPy's long double: the reference for float64 programs.

Only operations whose NumPy form is exact to the last bits are here; for the others the recorder takes the
working result as the reference and says so. Attribute and argument conventions are those of TensorFlow's
graph operations (tensorflow/core/ops/*.cc).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.trace.numpy_functions import cholesky, determinant, inverse, solve
from stabcheck.dynamic.trace.special_functions import ThroughExact, incomplete

Array = npt.NDArray[Any]
Attributes = Mapping[str, Any]
Rule = Callable[..., Any]


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


def _plain(function: Callable[..., Any]) -> Rule:
    """A NumPy function that needs no attributes."""
    return lambda *arguments: function(*arguments[:-1])


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


def _scatter_nd(indices: Array, updates: Array, shape: Array, _: Attributes) -> Array:
    result = np.zeros(tuple(shape), dtype=updates.dtype)
    np.add.at(result, tuple(np.moveaxis(indices, -1, 0)), updates)
    return result


def _scatter_update(x: Array, indices: Array, updates: Array, _: Attributes) -> Array:
    result = x.copy()
    result[tuple(np.moveaxis(indices, -1, 0))] = updates
    return result


def _segment_sum(x: Array, segments: Array, count: Array, _: Attributes) -> Array:
    result = np.zeros((int(count), *x.shape[segments.ndim :]), dtype=x.dtype)
    np.add.at(result, segments, x)
    return result


def _slice(x: Array, begin: Array, size: Array, _: Attributes) -> Array:
    ends = [n if k < 0 else b + k for b, k, n in zip(begin, size, x.shape, strict=True)]
    return x[tuple(slice(int(b), int(e)) for b, e in zip(begin, ends, strict=True))]


def _strided_index(arguments: Sequence[Array], attributes: Attributes) -> tuple[Any, ...]:
    """The NumPy index of a strided slice, from its begin, end, strides and bit masks."""
    begin, end, strides = arguments
    masks = {n: int(attributes.get(n) or 0) for n in _MASKS}
    index: list[Any] = []
    for i in range(len(begin)):
        bit = 1 << i
        if masks["ellipsis_mask"] & bit:
            index.append(Ellipsis)
        elif masks["new_axis_mask"] & bit:
            index.append(None)
        elif masks["shrink_axis_mask"] & bit:
            index.append(int(begin[i]))
        else:
            first = None if masks["begin_mask"] & bit else int(begin[i])
            last = None if masks["end_mask"] & bit else int(end[i])
            index.append(slice(first, last, int(strides[i])))
    return tuple(index)


_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


def _strided_slice(x: Array, *rest: Any) -> Array:
    return np.asarray(x[_strided_index(rest[:3], rest[3])])


def _strided_slice_gradient(shape: Array, *rest: Any) -> Array:
    upstream = rest[3]
    result = np.zeros(tuple(shape), dtype=upstream.dtype)
    result[_strided_index(rest[:3], rest[4])] = upstream
    return result


def _squeeze(x: Array, attributes: Attributes) -> Array:
    return np.squeeze(x, axis=tuple(attributes.get("squeeze_dims") or ()) or None)


def _gather(x: Array, indices: Array, axis: Array, attributes: Attributes) -> Array:
    if attributes.get("batch_dims"):
        raise ValueError("only without batch dimensions")
    return np.take(x, indices, axis=int(axis))


def _unpack(x: Array, attributes: Attributes) -> tuple[Array, ...]:
    axis = int(attributes.get("axis") or 0)
    return tuple(np.moveaxis(x, axis, 0))


def _einsum(*arguments: Any) -> Array:
    return np.asarray(np.einsum(arguments[-1]["equation"].decode(), *arguments[:-1]))


def _largest_first(x: Array, k: Array, attributes: Attributes) -> tuple[Array, Array]:
    order = np.argsort(-x, axis=-1, kind="stable")[..., : int(k)]
    return np.take_along_axis(x, order, axis=-1), order.astype(np.int32)


def _diagonal(x: Array, k: Array, *rest: Any) -> Array:
    if np.ndim(k) or int(k):
        raise ValueError("only the main diagonal")
    return np.diagonal(x, axis1=-2, axis2=-1)


def _diagonal_matrix(x: Array, k: Array, rows: Array, columns: Array, *rest: Any) -> Array:
    n = x.shape[-1]
    if np.ndim(k) or int(k) or int(rows) not in (-1, n) or int(columns) not in (-1, n):
        raise ValueError("only the main diagonal")
    result = np.zeros((*x.shape, n), dtype=x.dtype)
    result[..., np.arange(n), np.arange(n)] = x
    return result


def _one_hot(indices: Array, depth: Array, on: Array, off: Array, attributes: Attributes) -> Array:
    axis = attributes.get("axis")
    hot = indices[..., None] == np.arange(int(depth))
    return np.where(np.moveaxis(hot, -1, -1 if axis is None else int(axis)), on, off)


def _band(x: Array, lower: Array, upper: Array, _: Attributes) -> Array:
    offset = np.arange(x.shape[-1]) - np.arange(x.shape[-2])[:, None]
    inside = ((int(lower) < 0) | (offset >= -int(lower))) & ((int(upper) < 0) | (offset <= int(upper)))
    return np.where(inside, x, np.zeros_like(x))


def _set_diagonal(x: Array, diagonal: Array, k: Array, *rest: Any) -> Array:
    if np.ndim(k) or int(k):
        raise ValueError("only the main diagonal")
    result = x.copy()
    n = diagonal.shape[-1]
    result[..., np.arange(n), np.arange(n)] = diagonal
    return result


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


def _sorted_segments(x: Array, segments: Array, attributes: Attributes) -> Array:
    return _segment_sum(x, segments, np.asarray(int(segments.max(initial=-1)) + 1), attributes)


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
    "Add": _plain(np.add),
    "AddV2": _plain(np.add),
    "BiasAdd": _plain(np.add),
    "Sub": _plain(np.subtract),
    "Mul": _plain(np.multiply),
    "RealDiv": _plain(np.divide),
    "Maximum": _plain(np.maximum),
    "Minimum": _plain(np.minimum),
    "Pow": _plain(np.power),
    "SquaredDifference": _plain(lambda a, b: (a - b) ** 2),
    "DivNoNan": _plain(_divide_no_nan),
    "Xlogy": _plain(_xlogy),
    "Xdivy": _plain(lambda a, b: np.where(a == 0, 0, a / np.where(a == 0, 1, b))),
    "Atan2": _plain(np.arctan2),
    "AddN": lambda *a: sum(a[1:-1], start=a[0]),
    "Exp": _plain(np.exp),
    "Expm1": _plain(np.expm1),
    "Log": _plain(np.log),
    "Log1p": _plain(np.log1p),
    "Neg": _plain(np.negative),
    "Square": _plain(np.square),
    "Sqrt": _plain(np.sqrt),
    "Rsqrt": _plain(lambda x: 1 / np.sqrt(x)),
    "Reciprocal": _plain(lambda x: 1 / x),
    "Inv": _plain(lambda x: 1 / x),
    "Abs": _plain(np.abs),
    "Sin": _plain(np.sin),
    "Cos": _plain(np.cos),
    "Tan": _plain(np.tan),
    "Sinh": _plain(np.sinh),
    "Cosh": _plain(np.cosh),
    "Tanh": _plain(np.tanh),
    "Atan": _plain(np.arctan),
    "Asin": _plain(np.arcsin),
    "Acos": _plain(np.arccos),
    "Sigmoid": _plain(_sigmoid),
    "Softplus": _plain(_softplus),
    "Relu": _plain(lambda x: np.maximum(x, 0)),
    "Relu6": _plain(lambda x: np.clip(x, 0, 6)),
    "LeakyRelu": lambda x, a: np.where(x > 0, x, x * _leak(a)),
    "Elu": _plain(lambda x: np.where(x < 0, np.expm1(np.minimum(x, 0)), x)),
    "Softmax": _plain(_softmax),
    "LogSoftmax": _plain(_log_softmax),
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
    "L2Loss": _plain(lambda x: np.sum(x * x) / 2),
    "Cumsum": _scan(np.cumsum, 0.0),
    "Cumprod": _scan(np.cumprod, 1.0),
    "ScatterNd": _scatter_nd,
    "TensorScatterUpdate": _scatter_update,
    "UnsortedSegmentSum": _segment_sum,
    "MatrixInverse": lambda x, a: inverse(np.swapaxes(x, -1, -2) if a.get("adjoint") else x),
    "MatrixSolve": lambda x, b, a: solve(np.swapaxes(x, -1, -2) if a.get("adjoint") else x, b),
    "Identity": _plain(lambda x: x),
    "StopGradient": _plain(lambda x: x),
    "Snapshot": _plain(lambda x: x),
    "ZerosLike": _plain(np.zeros_like),
    "OnesLike": _plain(np.ones_like),
    "Cast": _plain(lambda x: x if x.dtype == object else x.astype(np.longdouble)),
    "Reshape": _plain(lambda x, shape: x.reshape(tuple(shape))),
    "Transpose": _plain(np.transpose),
    "Tile": _plain(np.tile),
    "ExpandDims": _plain(lambda x, axis: np.expand_dims(x, int(axis))),
    "Squeeze": _squeeze,
    "BroadcastTo": _plain(lambda x, shape: np.broadcast_to(x, tuple(shape))),
    "ConcatV2": lambda *a: np.concatenate(a[:-2], axis=int(a[-2])),
    "Pack": lambda *a: np.stack(a[:-1], axis=int(a[-1].get("axis") or 0)),
    "Unpack": _unpack,
    "Fill": _plain(lambda shape, x: np.full(tuple(shape), x)),
    "Select": _plain(np.where),
    "SelectV2": _plain(np.where),
    "GatherV2": _gather,
    "GatherNd": _plain(lambda x, i: x[tuple(np.moveaxis(i, -1, 0))]),
    "Slice": _slice,
    "Pad": _plain(np.pad),
    "ReverseV2": _plain(lambda x, axes: np.flip(x, tuple(int(a) for a in axes))),
    "Roll": _plain(lambda x, shift, axis: np.roll(x, tuple(np.ravel(shift)), tuple(np.ravel(axis)))),
    "StridedSlice": _strided_slice,
    "StridedSliceGrad": _strided_slice_gradient,
    "Asinh": _plain(np.arcsinh),
    "Acosh": _plain(np.arccosh),
    "Atanh": _plain(np.arctanh),
    "Xlog1py": _plain(_xlog1py),
    "Erf": _plain(ThroughExact("erf")),
    "Erfc": _plain(ThroughExact("erfc")),
    "Erfinv": _plain(ThroughExact("erfinv")),
    "Ndtri": _plain(ThroughExact("ndtri")),
    "Lgamma": _plain(ThroughExact("gammaln")),
    "Digamma": _plain(ThroughExact("digamma")),
    "BesselI0": _plain(ThroughExact("bessel_i0")),
    "BesselI1": _plain(ThroughExact("bessel_i1")),
    "Igamma": _plain(incomplete("Igamma")),
    "Igammac": _plain(incomplete("Igammac")),
    "Betainc": _plain(incomplete("Betainc")),
    "Zeta": _plain(incomplete("Zeta")),
    "Polygamma": _plain(incomplete("Polygamma")),
    "TopKV2": _largest_first,
    "MatrixDiagV3": _diagonal_matrix,
    "MatrixDiagPartV3": _diagonal,
    "OneHot": _one_hot,
    "MatrixBandPart": _band,
    "MatrixSetDiagV3": _set_diagonal,
    "MatrixTriangularSolve": _triangular_solve,
    "SegmentSum": _sorted_segments,
    "Cholesky": _each_matrix(cholesky),
    "MatrixDeterminant": _each_matrix(determinant),
    "LogMatrixDeterminant": _log_determinant,
    "Relu6Grad": _plain(lambda dy, x: dy * ((x > 0) & (x < 6))),
    "LeakyReluGrad": lambda dy, x, a: np.where(x > 0, dy, dy * _leak(a)),
    "EluGrad": _plain(lambda dy, y: dy * np.where(y < 0, y + 1, 1)),
    "TanhGrad": _plain(lambda y, dy: dy * (1 - y * y)),
    "SigmoidGrad": _plain(lambda y, dy: dy * y * (1 - y)),
    "SoftplusGrad": _plain(lambda dy, x: dy * _sigmoid(x)),
    "ReluGrad": _plain(lambda dy, x: dy * (x > 0)),
    "SqrtGrad": _plain(lambda y, dy: 0.5 * dy / y),
    "RsqrtGrad": _plain(_rsqrt_gradient),
    "ReciprocalGrad": _plain(lambda y, dy: -dy * y * y),
    "InvGrad": _plain(lambda y, dy: -dy * y * y),
    "BiasAddGrad": _plain(lambda dy: dy.sum(axis=tuple(range(dy.ndim - 1)))),
}
