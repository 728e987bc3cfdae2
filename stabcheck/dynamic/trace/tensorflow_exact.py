"""A TensorFlow run once more, in arbitrary precision: what its results are worth, and who spoilt them.

The rules of `tensorflow_wide` are NumPy functions, which run on object arrays of exact numbers as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorflow.python.framework import dtypes

from stabcheck.dynamic.trace.errors import measure
from stabcheck.dynamic.trace.event import Event
from stabcheck.dynamic.trace.exact_arrays import cost, exactly, inverse, only_numbers, rounded, solve
from stabcheck.dynamic.trace.formats import wide_type
from stabcheck.dynamic.trace.operations import ADDITIVE, LOGARITHMS
from stabcheck.dynamic.trace.statistics import Array
from stabcheck.dynamic.trace.tensorflow_kernels import LAYOUT, WORKING, attribute_map, values
from stabcheck.dynamic.trace.tensorflow_wide import wide_operation

if TYPE_CHECKING:
    from stabcheck.dynamic.trace.tensorflow_recorder import Recorder

# Entries of operands and results that are kept for arithmetic in arbitrary precision.
ROOM = 60_000
_HANDLES = (dtypes.variant, dtypes.resource)
_CONTRACTIONS = frozenset({"MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Einsum"})


class NoExactFormError(Exception):
    """An operation that can't be run on exact numbers."""


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of the run with its tensors; `event` is None for an assignment to a variable."""

    event: int | None
    operation: str
    attributes: Any
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    computed: bool  # False: what it gives was not computed from its inputs, or not repeatably


class ExactRun:
    """The exact values of a run's tensors.

    Raises
    ------
    NoExactFormError
        if an operation that has a shadow has no exact form.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._values: dict[int, Any] = {}  # by tensor
        self._variables: dict[int, Any] = {}  # by handle
        for call in recorder.calls:
            self._follow(call)

    def _follow(self, call: Call) -> None:
        if call.event is None:
            known = self.of(call.inputs[1]) if call.operation == "AssignVariableOp" else None
            self._variables[call.inputs[0]._id] = known
        elif call.operation == "ReadVariableOp":
            known = self._variables.get(call.inputs[0]._id)
            if known is not None:
                self._values[call.outputs[0]._id] = known
        elif call.computed:
            results = _exact(call, [self.of(t) for t in call.inputs])
            if not results and self._recorder.events[call.event].mode != "resynchronized":
                raise NoExactFormError(call.operation)
            for tensor, result in zip(call.outputs, results, strict=False):
                self._values[tensor._id] = result

    def of(self, tensor: Any) -> Any:
        """A tensor's exact values; those that it has if it isn't a result of the run."""
        if tensor.dtype in _HANDLES:
            raise NoExactFormError(tensor.dtype.name)
        if tensor.dtype not in WORKING:
            return values(tensor)
        known = self._values.get(self._recorder.twin(tensor._id))
        return exactly(np.asarray(values(tensor), dtype=np.float64)) if known is None else known

    def reference(self, tensor: Any) -> Array:
        """A tensor's exact values, rounded to the wide type."""
        return rounded(self.of(tensor), wide_type())

    def local_errors(self) -> dict[int, Array]:
        """What each event has rounded away in its first output: working result − exact operation."""
        found: dict[int, Array] = {}
        for call in self._recorder.calls:
            if call.event is None or not call.computed or call.operation in LAYOUT:
                continue
            operands = [_of_working(t) for t in call.inputs]
            results = _exact(call, operands)
            working = values(call.outputs[0]).astype(np.float64)
            if results and np.all(np.isfinite(working)):
                found[call.event] = rounded(exactly(working) - results[0], wide_type())
        return found

    def sizes(self) -> dict[int, Array]:
        """The exact values of each event's only output, in float64."""
        return {
            call.event: rounded(self._values[call.outputs[0]._id], np.float64)
            for call in self._recorder.calls
            if call.event is not None and len(call.outputs) == 1 and call.outputs[0]._id in self._values
        }

    def measured(self, events: Sequence[Event], local_errors: dict[int, Array]) -> list[Event]:
        """The events with their errors against the exact values."""
        result = list(events)
        for call in self._recorder.calls:
            if call.event is None or not call.computed or call.outputs[0]._id not in self._values:
                continue
            event, tensor = events[call.event], call.outputs[0]
            working, reference = values(tensor), self.reference(tensor)
            if reference.shape != working.shape or not np.all(np.isfinite(reference)):
                continue
            error = local_errors.get(call.event)
            local = None if error is None else working.astype(wide_type()) - error
            operands = [values(t) for t in call.inputs if t.dtype in WORKING]
            found = measure(event.operation, operands, working, reference, local).to_dict()
            bits = max(found["cancelled_bits"], event.cancelled_bits)
            result[call.event] = replace(event, **{**found, "cancelled_bits": bits})
        return result


def exact_run(recorder: Recorder, limit: int) -> ExactRun | None:
    """The run in arbitrary precision; None if that is too much work, or if an operation has no exact form."""
    total = 0
    for call in recorder.calls:
        total += 1 + _cost(call)
    if total > limit or not recorder.calls:
        return None
    try:
        return ExactRun(recorder)
    except NoExactFormError:
        return None


def has_doubtful_zero(recorder: Recorder) -> bool:
    """Whether a difference (or a logarithm) is 0 in the shadow too, of operands that are rounded results."""
    for call in recorder.calls:
        if call.event is None or not call.computed:
            continue
        event = recorder.events[call.event]
        if event.operation not in ADDITIVE | LOGARITHMS or event.nonfinite or event.accumulated_error:
            continue
        makers = [recorder.events[p] for p in event.producers if p >= 0]
        if any(e.mode == "shadowed" for e in makers) and not np.all(values(call.outputs[0])):
            return True
    return False


def _of_working(tensor: Any) -> Any:
    if tensor.dtype in WORKING:
        return exactly(np.asarray(values(tensor), dtype=np.float64))
    return values(tensor)


def _exact(call: Call, operands: list[Any]) -> tuple[Any, ...]:
    """The exact results of an operation; empty where it has no exact form for these operands."""
    rule = _INSTEAD.get(call.operation) or wide_operation(call.operation)
    if rule is None:
        return ()
    arrays = [x if isinstance(x, np.ndarray) else np.asarray(x) for x in operands]
    try:
        results = rule(arrays, attribute_map(call.attributes))
        exact = tuple(
            only_numbers(np.asarray(r, dtype=object)) if t.dtype in WORKING else r
            for r, t in zip(results, call.outputs, strict=False)
        )
    except Exception:  # objects are refused in many ways (TypeError, UFuncTypeError, AttributeError …)
        return ()
    agree = all(np.shape(r) == tuple(t.shape) for r, t in zip(exact, call.outputs, strict=False))
    return exact if agree else ()


def _cost(call: Call) -> int:
    if call.event is None or not call.computed:
        return 0
    sizes = [prod(t.shape) for t in (*call.inputs, *call.outputs) if t.dtype in WORKING]
    if call.operation in _CONTRACTIONS:
        return int(prod(sizes) ** 0.5)  # (n·k · k·m · n·m)^½ = n·k·m
    return cost("add" if call.operation in _SIMPLE | LAYOUT else "", max(sizes, default=1))


_SIMPLE = frozenset({
    "Add", "AddV2", "Sub", "Mul", "RealDiv", "Sum", "Mean", "Square", "SquaredDifference", "AddN", "BiasAdd",
    "BiasAddGrad", "Maximum", "Minimum", "Max", "Min", "Cast", "Identity",
})  # fmt: skip
_INSTEAD: dict[str, Any] = {
    "MatrixInverse": lambda x, a: (inverse(np.swapaxes(x[0], -1, -2) if a.get("adjoint") else x[0]),),
    "MatrixSolve": lambda x, a: (solve(np.swapaxes(x[0], -1, -2) if a.get("adjoint") else x[0], x[1]),),
}
