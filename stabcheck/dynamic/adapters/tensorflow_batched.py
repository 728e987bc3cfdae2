"""TensorFlow operations over many points at once: each operand may have a leading axis over the points.

The same kernels run, on larger tensors, by rules that see the points. Operations that need to see none of
them are in `tensorflow_steps`. One that is in neither raises `KeyError`: the function is then traced instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.python.framework.constant_op import convert_to_eager_tensor

from stabcheck.dynamic.trace.tensorflow_kernels import attribute_map, execute, values

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Operand:
    """A tensor with, or without, a leading axis over the points; `shape` is that of one point."""

    tensor: Any
    shape: Shape
    stacked: bool

    def numbers(self) -> Any:
        """The numbers of an operand that is the same at all points: an axis, a shape, a permutation."""
        if self.stacked:
            raise KeyError("an axis that depends on the arguments")
        return values(self.tensor)


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of one point, to be run for `points` of them."""

    name: str
    attributes: Sequence[Any]
    operands: Sequence[Operand]
    shapes: Sequence[Shape]  # of its results at one point
    points: int

    def run(self, tensors: Sequence[Any], name: str | None = None, *more: Any) -> list[Any]:
        """Run it with other operands; under another name with the type `T` and `more` attributes."""
        given = self.attributes if name is None else ("T", attribute_map(self.attributes)["T"], *more)
        return execute(name or self.name, tensors, given, len(self.shapes))

    def aligned(self, operand: Operand, rank: int) -> Any:
        """The tensor with axes of length 1 behind the leading one: it broadcasts as one point does."""
        missing = rank - len(operand.shape)
        if not operand.stacked or not missing:
            return operand.tensor
        return reshaped(operand.tensor, (self.points, *[1] * missing, *operand.shape))

    def whole(self, operand: Operand) -> Any:
        """The tensor with its leading axis, if it had none a copy for each point."""
        return operand.tensor if operand.stacked else self.copied(operand.tensor, operand.shape)

    def copied(self, tensor: Any, shape: Shape) -> Any:
        """What broadcasts to `shape` at one point, broadcast to it at each."""
        return tf.broadcast_to(tensor, (self.points, *shape))


def eager(array: Any, dtype: Any) -> Any:
    """A tensor of an array or of integers, without the detours of `tf.constant`."""
    return convert_to_eager_tensor(array, context.context(), dtype)


def reshaped(tensor: Any, shape: Shape) -> Any:
    """`tf.reshape`, without its detours."""
    types = ("T", tensor.dtype.as_datatype_enum, "Tshape", tf.int32.as_datatype_enum)
    return execute("Reshape", [tensor, eager(shape, tf.int32)], types, 1)[0]


Rule = Callable[[Call], list[Any]]


def _trailing(call: Call) -> list[Any]:
    """Operations on the last axes, whatever stands before them."""
    first, *others = call.operands
    if any(other.stacked for other in others):
        raise KeyError(call.name)
    return call.run([first.tensor, *(other.tensor for other in others)])


def _together(call: Call) -> list[Any]:
    """Operations on the last axes of several operands, with the same axes before them."""
    return call.run([call.whole(operand) for operand in call.operands])


def _transposed(call: Call) -> list[Any]:
    first, order = call.operands
    return [tf.transpose(first.tensor, (0, *(int(axis) + 1 for axis in order.numbers())))]


def _joined(call: Call) -> list[Any]:
    *parts, axis = call.operands
    place = int(axis.numbers())
    place += 1 if place >= 0 else 0
    return [tf.concat([call.whole(part) for part in parts], place)]


def _packed(call: Call) -> list[Any]:
    axis = attribute_map(call.attributes).get("axis", 0)
    return [tf.stack([call.whole(part) for part in call.operands], axis + 1 if axis >= 0 else axis)]


def _unpacked(call: Call) -> list[Any]:
    axis = attribute_map(call.attributes).get("axis", 0)
    return list(tf.unstack(call.operands[0].tensor, len(call.shapes), axis + 1 if axis >= 0 else axis))


def _sliced(call: Call) -> list[Any]:
    first, begin, size = call.operands
    return [tf.slice(first.tensor, (0, *begin.numbers()), (call.points, *size.numbers()))]


def _strided(call: Call) -> list[Any]:
    first, begin, end, strides = call.operands
    known = attribute_map(call.attributes)
    masks = {
        name: (known.get(name) or 0) << 1
        for name in ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    }
    masks["begin_mask"] |= 1
    masks["end_mask"] |= 1
    ends = [(0, *begin.numbers()), (0, *end.numbers()), (1, *strides.numbers())]
    return [tf.raw_ops.StridedSlice(input=first.tensor, begin=ends[0], end=ends[1], strides=ends[2], **masks)]


def _broadcast(call: Call) -> list[Any]:
    return [call.copied(call.aligned(call.operands[0], len(call.shapes[0])), call.shapes[0])]


def _tiled(call: Call) -> list[Any]:
    first, multiples = call.operands
    return [tf.tile(first.tensor, (1, *multiples.numbers()))]


def _gathered(call: Call) -> list[Any]:
    first, indices, axis = call.operands
    place = int(axis.numbers())
    if indices.stacked or attribute_map(call.attributes).get("batch_dims"):
        raise KeyError("indices that depend on the arguments")
    return [tf.gather(first.tensor, indices.tensor, axis=place + 1 if place >= 0 else place)]


def _biased(call: Call) -> list[Any]:
    if attribute_map(call.attributes).get("data_format") in ("NCHW", b"NCHW"):
        raise KeyError("NCHW")
    rank = len(call.operands[0].shape)
    return call.run([call.aligned(operand, rank) for operand in call.operands], "AddV2")


def _rows(call: Call) -> list[Any]:
    """Cross entropies take a matrix: the rows of all points below one another."""
    flat = [
        reshaped(call.whole(operand), (call.points * operand.shape[0], *operand.shape[1:]))
        for operand in call.operands
    ]
    results = call.run(flat)
    return [
        reshaped(result, (call.points, *shape)) for result, shape in zip(results, call.shapes, strict=True)
    ]


_RULES: dict[Rule, str] = {
    _trailing: """
        Softmax LogSoftmax Cholesky MatrixDeterminant LogMatrixDeterminant MatrixInverse MatrixBandPart
        MatrixDiag MatrixDiagV3 MatrixDiagPart MatrixDiagPartV3 SelfAdjointEigV2 TopKV2
    """,
    _together: "AddN MatrixSolve MatrixTriangularSolve",
    _transposed: "Transpose",
    _joined: "ConcatV2",
    _packed: "Pack",
    _unpacked: "Unpack",
    _sliced: "Slice",
    _strided: "StridedSlice",
    _broadcast: "BroadcastTo",
    _tiled: "Tile",
    _gathered: "GatherV2",
    _biased: "BiasAdd",
    _rows: "SoftmaxCrossEntropyWithLogits SparseSoftmaxCrossEntropyWithLogits",
}
RULES: dict[str, Rule] = {name: rule for rule, names in _RULES.items() for name in names.split()}
