"""An operation of a TensorFlow run once more, on the shadows of its inputs, and its result against that.

Beside the error that has come together so far, the operation in high precision on the working operands
tells what it has rounded away itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from stabcheck.dynamic.trace.errors import carried, measure
from stabcheck.dynamic.trace.event import Mode
from stabcheck.dynamic.trace.formats import wide_type
from stabcheck.dynamic.trace.operations import SUMMING
from stabcheck.dynamic.trace.statistics import Array, Statistics
from stabcheck.dynamic.trace.tensorflow_kernels import (
    LAYOUT,
    STEPS,
    WORKING,
    execute,
    opaque,
    record_on_tapes,
    repeatable,
    values,
    widened_attributes,
)
from stabcheck.dynamic.trace.tensorflow_operands import locally, magnitude, widened
from stabcheck.dynamic.trace.tensorflow_shadows import Shadows

# Local errors of larger results aren't kept for attribution: they'd need more memory than the run itself.
_ATTRIBUTABLE = 1 << 22
_PASS_ON = {"StopGradient", "PreventGradient"}
_SELECTING = {"Select", "SelectV2", "Relu", "ReluGrad"}  # layout that leaves values out


@dataclass(frozen=True, slots=True)
class LocalError:
    """What one output of an operation has rounded away, and its shadow, a node of the private tape."""

    event: int
    shadow: Any
    error: Array | None


class Comparison:
    """The operations of a run against their shadows, and what each has rounded away."""

    def __init__(self, shadows: Shadows) -> None:
        self.shadows = shadows
        self.local_errors: list[LocalError] = []

    def forget(self, event: int) -> None:
        """Drop the local errors of this event and of all after it."""
        self.local_errors = [kept for kept in self.local_errors if kept.event < event]

    def compare(
        self,
        index: int,
        operation: str,
        name: str,
        inputs: list[Any],
        attributes: Any,
        outputs: list[Any],
        error_of: Callable[[Any], float],
    ) -> tuple[Mode, Statistics]:
        """Run the shadow of an operation, store it, and measure the working result against it.

        `error_of` gives the error that an input brings: that of the event which made it.
        """
        shadows = self.shadows
        if operation == "ReadVariableOp":
            shadows.read(inputs[0], outputs[0])
            return "leaf", measure("variable", [], values(outputs[0]), shadows.reference(outputs[0]))
        operands = [values(t) for t in inputs if t.dtype in WORKING]
        operands = operands[::-1] if operation == "SqrtGrad" else operands  # 0.5 · dy / y
        if opaque(operation):
            return "opaque", self._unshadowed(name, operands, outputs)
        if not repeatable(operation) or operation in STEPS:
            return "leaf", self._unshadowed(name, operands, outputs)
        arguments = [shadows.of(t) for t in inputs]
        typed = widened_attributes(operation, attributes)
        kernel = operation
        if operation in _PASS_ON:  # errors pass where gradients don't
            kernel, typed = "Identity", ["T", arguments[0].dtype.as_datatype_enum]
        try:
            results = execute(kernel, arguments, typed, len(outputs))
        except tf.errors.OpError:
            return "resynchronized", self._unshadowed(name, operands, outputs)
        record_on_tapes(kernel, arguments, typed, results)
        exact, layout = shadows.exact(inputs), operation in LAYOUT
        shadows.store(outputs, results, exact=exact and layout)
        mode: Mode = "copied" if layout else "shadowed"
        in_double = any(t.dtype == tf.float64 for t in outputs) and wide_type() is not np.float64
        if in_double and not (exact and layout):
            mode = mode if shadows.widen(operation, attributes, inputs, outputs) else "resynchronized"
        if layout and operation not in _SELECTING and len(outputs) == 1 and outputs[0].dtype in WORKING:
            brought = max((error_of(t) for t in inputs), default=0.0)
            moved = carried(operands, values(outputs[0]), 0.0 if exact else brought)
            if moved is not None:
                self.local_errors.append(LocalError(index, results[0], None))
                return mode, moved
        local: Sequence[Any] | None = None
        if not layout:
            local = results if exact else execute(kernel, [widened(t) for t in inputs], typed, len(outputs))
        found = Statistics()
        for position, tensor in enumerate(outputs):
            if tensor.dtype not in WORKING or results[position].dtype != tf.float64:
                continue
            own = None
            if local is not None:
                own = locally(operation, attributes, inputs, tensor, local[position], position)
            sizes = partial(magnitude, operation, inputs, typed) if name in SUMMING else None
            working = values(tensor)
            measured = measure(name, operands, working, shadows.reference(tensor), own, sizes)
            found = measured if position == 0 or measured.nonfinite > found.nonfinite else found
            self._keep_error(index, results[position], working, own)
        return mode, found

    def _unshadowed(self, name: str, operands: list[Array], outputs: list[Any]) -> Statistics:
        """Start a new shadow at the working results, and only look for what is not finite."""
        found = Statistics()
        for position, tensor in enumerate(outputs):
            if tensor.dtype in WORKING:
                self.shadows.add_leaf(tensor)
                result = values(tensor)
                measured = measure(name, operands, result, result.astype(np.float64))
                found = measured if position == 0 or measured.nonfinite > found.nonfinite else found
        return found

    def _keep_error(self, index: int, shadow: Any, working: Array, local: Array | None) -> None:
        error = None
        if local is not None and local.size <= _ATTRIBUTABLE:
            with np.errstate(all="ignore"):
                error = (working.astype(local.dtype) - local).astype(np.float64)
        self.local_errors.append(LocalError(index, shadow, error))
