"""What is asked of the operands of a TensorFlow operation that was watched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from stabcheck.dynamic.trace.broadcast import broadcast_kind
from stabcheck.dynamic.trace.event import BroadcastKind
from stabcheck.dynamic.trace.formats import wide_type
from stabcheck.dynamic.trace.operations import BROADCASTING
from stabcheck.dynamic.trace.statistics import Array
from stabcheck.dynamic.trace.tensorflow_kernels import WORKING, attribute_map, execute, values, widen
from stabcheck.dynamic.trace.tensorflow_shadows import in_long_double


def leaf_infinite(inputs: Sequence[Any], producers: Sequence[int]) -> bool:
    """An infinity among the operands that no event made."""
    return any(
        p < 0 and t.dtype in WORKING and bool(np.isinf(values(t)).any())
        for t, p in zip(inputs, producers, strict=True)
    )


def widened(tensor: Any) -> Any:
    """A float64 copy of a working tensor; others as they are."""
    return widen(tensor) if tensor.dtype in WORKING else tensor


def locally(
    operation: str, attributes: Any, inputs: Sequence[Any], tensor: Any, local: Any, position: int
) -> Array:
    """The operation in high precision on the working operands: in long double for a float64 result."""
    if tensor.dtype == tf.float64:
        arguments = [values(t).astype(wide_type()) if t.dtype in WORKING else values(t) for t in inputs]
        wide = in_long_double(operation, attribute_map(attributes), arguments, [tensor])
        if position < len(wide):
            return wide[position]
    return values(local)


def broadcast_of(name: str, inputs: list[Any]) -> BroadcastKind | None:
    """How the operands of an elementwise operation were broadcast."""
    operands = inputs[1:3] if name == "where" else inputs[:2]
    if name not in BROADCASTING or len(operands) < 2 or operands[0].shape == operands[1].shape:
        return None
    return broadcast_kind(tuple(operands[0].shape), tuple(operands[1].shape))


def magnitude(operation: str, inputs: list[Any], typed: list[Any]) -> Array:
    """The same sum or contraction over absolute values."""
    double = ("T", tf.float64.as_datatype_enum)
    sizes = [execute("Abs", [widen(t)], double, 1)[0] if t.dtype in WORKING else t for t in inputs]
    return values(execute(operation, sizes, typed, 1)[0])
