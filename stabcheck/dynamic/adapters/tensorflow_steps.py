"""The operations of a run over many points, settled once: what depends on no point is worked out beforehand.

Shapes and axes are constants of the function, whatever the number of points, if the leading axis is written
as −1. Most operations are so simple that running one takes less than finding out how: they are run as steps.
The others keep their rule (`tensorflow_batched`), which sees the points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import tensorflow as tf

from stabcheck.dynamic.adapters.tensorflow_batched import RULES, Shape, eager
from stabcheck.dynamic.adapters.tensorflow_eager import EagerRun, Operation
from stabcheck.dynamic.trace.tensorflow_kernels import attribute_map, execute, schema, values


@dataclass(frozen=True, slots=True)
class Step:
    """An operation that is run on the tensors of its slots as it stands, however many points they hold."""

    name: str
    attributes: tuple[Any, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class Steps:
    """What is run over many points, in order: steps, and the operations that are run by a rule.

    Attributes
    ----------
    order
        of them all.
    constants
        the tensors in the slots that depend on no argument, those of shapes and axes among them.
    dtypes
        of the tensors in the slots of the run.

    Raises
    ------
    KeyError
        if there is no rule for an operation.
    """

    def __init__(self, run: EagerRun) -> None:
        self.order: list[Step | Operation] = []
        self.constants = dict(run.constants)
        self.dtypes = run.dtypes
        self._run = run
        self._next = len(run.shapes)
        for operation in run.operations:
            settle = SETTLED.get(operation.name)
            if settle is not None:
                settle(self, operation)
            elif operation.name in RULES:
                self.order.append(operation)
            else:
                raise KeyError(operation.name)

    def retyped(self, working: Any, other: Any) -> Steps:
        """The same with every `working` dtype exchanged for `other`."""
        old, new = working.as_datatype_enum, other.as_datatype_enum
        found = copy(self)
        found.order = [_retyped(step, old, new) for step in self.order]
        found.dtypes = [other if dtype == working else dtype for dtype in self.dtypes]
        found.constants = {
            slot: _cast(tensor, old, new) if tensor.dtype == working else tensor
            for slot, tensor in self.constants.items()
        }
        return found

    def stacked(self, slot: int) -> bool:
        """Whether the tensor in a slot has a leading axis over the points."""
        return slot not in self._run.constants

    def shapes(self, slots: Sequence[int]) -> list[Shape]:
        """The shapes of the tensors in these slots at one point."""
        return [self._run.shapes[slot] for slot in slots]

    def numbers(self, slot: int) -> Any:
        """The numbers of an operand that is the same at all points: an axis."""
        if self.stacked(slot):
            raise KeyError("an axis that depends on the arguments")
        return values(self._run.constants[slot])

    def add(self, operation: Operation, inputs: Sequence[int], name: str | None = None, *more: Any) -> None:
        """Run the operation with other inputs; under another name with the type `T` and `more` attributes."""
        given = operation.attributes
        if name is not None:
            given = ("T", attribute_map(given)["T"], *more)
        self.order.append(Step(name or operation.name, tuple(given), tuple(inputs), operation.outputs))

    def constant(self, numbers: Any, dtype: Any) -> int:
        """A new slot that holds these numbers."""
        slot = self._slot()
        self.constants[slot] = eager(numbers, dtype)
        return slot

    def reshape(self, slot: int, shape: Shape, into: int | None = None) -> int:
        """Give the tensor in a slot another shape at each point; the slot that holds the result."""
        if not self.stacked(slot) or not prod(shape):
            raise KeyError("an array that does not tell the number of points")
        place = self._slot() if into is None else into
        types = ("T", self._run.dtypes[slot].as_datatype_enum, "Tshape", tf.int32.as_datatype_enum)
        self.order.append(Step("Reshape", types, (slot, self.constant((-1, *shape), tf.int32)), (place,)))
        return place

    def aligned(self, slot: int, rank: int) -> int:
        """The tensor with axes of length 1 behind the leading one: it broadcasts as one point does."""
        shape = self._run.shapes[slot]
        missing = rank - len(shape)
        return self.reshape(slot, (*[1] * missing, *shape)) if missing and self.stacked(slot) else slot

    def _slot(self) -> int:
        self._next += 1
        return self._next - 1


def _retyped(step: Step | Operation, old: int, new: int) -> Step | Operation:
    known = schema(step.name)
    types = known.types if known is not None else frozenset()
    attributes = list(step.attributes)
    for place in range(0, len(attributes), 2):
        if attributes[place] in types:
            attributes[place + 1] = _exchanged(attributes[place + 1], old, new)
    return type(step)(step.name, tuple(attributes), step.inputs, step.outputs)


def _exchanged(value: Any, old: int, new: int) -> Any:
    if isinstance(value, (list, tuple)):
        return [_exchanged(entry, old, new) for entry in value]
    return new if getattr(value, "as_datatype_enum", value) == old else value


def _cast(tensor: Any, old: int, new: int) -> Any:
    """`tf.cast`, without its detours."""
    return execute("Cast", [tensor], ("SrcT", old, "DstT", new, "Truncate", False), 1)[0]


def _elementwise(steps: Steps, operation: Operation) -> None:
    rank = max(map(len, steps.shapes(operation.inputs)))
    steps.add(operation, [steps.aligned(slot, rank) for slot in operation.inputs])


def _select(steps: Steps, operation: Operation) -> None:
    if len(set(steps.shapes(operation.inputs))) > 1:
        raise KeyError("a condition for each row")
    steps.add(operation, operation.inputs, "SelectV2")


def _along_axes(steps: Steps, operation: Operation) -> None:
    first, axes = operation.inputs
    given = steps.numbers(axes)
    shifted = np.where(given < 0, given + len(steps.shapes([first])[0]), given) + 1
    steps.add(operation, [first, steps.constant(shifted.astype(given.dtype), steps.constants[axes].dtype)])


def _matmul(steps: Steps, operation: Operation) -> None:
    known = attribute_map(operation.attributes)
    turned = ("adj_x", known["transpose_a"], "adj_y", known["transpose_b"])
    steps.add(operation, operation.inputs, "BatchMatMulV2", *turned)


def _reshaped(steps: Steps, operation: Operation) -> None:
    (result,) = operation.outputs
    steps.reshape(operation.inputs[0], steps.shapes([result])[0], result)


Settle = Callable[[Steps, Operation], None]

_SETTLED: dict[Settle, str] = {
    _elementwise: """
        Abs Acos Acosh Asin Asinh Atan Atan2 Atanh BesselI0e BesselI1e Cast Ceil Cos Cosh Digamma Elu Erf Erfc
        Erfinv Exp Expm1 Floor Identity Inv Invert IsFinite IsInf IsNan LeakyRelu Lgamma Log Log1p LogicalNot
        Ndtri Neg PreventGradient Reciprocal Relu Relu6 Rint Round Rsqrt Selu Sigmoid Sign Sin Sinh Snapshot
        Softplus Softsign Sqrt Square StopGradient Tan Tanh
        Add AddV2 Div DivNoNan Equal FloorDiv FloorMod Greater GreaterEqual Igamma Igammac Less LessEqual
        LogicalAnd LogicalOr Maximum Minimum Mod Mul MulNoNan NotEqual Polygamma Pow RealDiv SelectV2
        SquaredDifference Sub TruncateDiv Xdivy Xlog1py Xlogy Zeta BatchMatMulV2
        TanhGrad SigmoidGrad SqrtGrad RsqrtGrad InvGrad ReluGrad SoftplusGrad
    """,
    _select: "Select",
    _along_axes: """
        Sum Mean Max Min Prod All Any EuclideanNorm ArgMax ArgMin Cumsum Cumprod CumulativeLogsumexp ReverseV2
    """,
    _matmul: "MatMul",
    _reshaped: "Reshape ExpandDims Squeeze",
}
SETTLED: dict[str, Settle] = {name: settle for settle, names in _SETTLED.items() for name in names.split()}
