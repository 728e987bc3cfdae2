"""TensorFlow operations that place entries (slices, gathers, scatters, diagonals), on NumPy arrays.

Nothing is rounded but where entries meet (scattered and segment sums). Attributes and
arguments are those of TensorFlow's graph operations (tensorflow/core/ops/array_ops.cc), bit masks of strided
slices among them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.statistics import Array

Attributes = Mapping[str, Any]
Rule = Callable[..., Any]


def plain(function: Callable[..., Any]) -> Rule:
    """A NumPy function that needs no attributes."""
    return lambda *arguments: function(*arguments[:-1])


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


def _sorted_segments(x: Array, segments: Array, attributes: Attributes) -> Array:
    return _segment_sum(x, segments, np.asarray(int(segments.max(initial=-1)) + 1), attributes)


LAYOUT_RULES: dict[str, Rule] = {
    "ScatterNd": _scatter_nd,
    "TensorScatterUpdate": _scatter_update,
    "UnsortedSegmentSum": _segment_sum,
    "Identity": plain(lambda x: x),
    "StopGradient": plain(lambda x: x),
    "Snapshot": plain(lambda x: x),
    "ZerosLike": plain(np.zeros_like),
    "OnesLike": plain(np.ones_like),
    "Cast": plain(lambda x: x if x.dtype == object else x.astype(np.longdouble)),
    "Reshape": plain(lambda x, shape: x.reshape(tuple(shape))),
    "Transpose": plain(np.transpose),
    "Tile": plain(np.tile),
    "ExpandDims": plain(lambda x, axis: np.expand_dims(x, int(axis))),
    "Squeeze": _squeeze,
    "BroadcastTo": plain(lambda x, shape: np.broadcast_to(x, tuple(shape))),
    "ConcatV2": lambda *a: np.concatenate(a[:-2], axis=int(a[-2])),
    "Pack": lambda *a: np.stack(a[:-1], axis=int(a[-1].get("axis") or 0)),
    "Unpack": _unpack,
    "Fill": plain(lambda shape, x: np.full(tuple(shape), x)),
    "Select": plain(np.where),
    "SelectV2": plain(np.where),
    "GatherV2": _gather,
    "GatherNd": plain(lambda x, i: x[tuple(np.moveaxis(i, -1, 0))]),
    "Slice": _slice,
    "Pad": plain(np.pad),
    "ReverseV2": plain(lambda x, axes: np.flip(x, tuple(int(a) for a in axes))),
    "Roll": plain(lambda x, shift, axis: np.roll(x, tuple(np.ravel(shift)), tuple(np.ravel(axis)))),
    "StridedSlice": _strided_slice,
    "StridedSliceGrad": _strided_slice_gradient,
    "TopKV2": _largest_first,
    "MatrixDiagV3": _diagonal_matrix,
    "MatrixDiagPartV3": _diagonal,
    "OneHot": _one_hot,
    "MatrixBandPart": _band,
    "MatrixSetDiagV3": _set_diagonal,
    "SegmentSum": _sorted_segments,
}
