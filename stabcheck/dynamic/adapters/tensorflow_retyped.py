"""A traced function at another dtype, without tracing it again: its operations with other type attributes.

For a look at how a function would fare in a dtype that its user does not work in. What Python computed from
the dtype while the function was traced (an `np.finfo(x.dtype).eps`) stays what it was.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework.function_pb2 import FunctionDef
from tensorflow.python.eager import context

from stabcheck.dynamic.precision import numpy_dtype
from stabcheck.dynamic.problem import Array, Leaf, Point
from stabcheck.dynamic.report import Cause, Location
from stabcheck.dynamic.stack import Stack

_numbers = count()


class Retyped:
    """A function definition with every `working` dtype in it exchanged for `other`.

    Parameters
    ----------
    definition
        a function without nested functions.
    captured
        the tensors that it reads besides its arguments.
    shape
        of its one result, which has the dtype `working`.
    """

    def __init__(
        self, definition: FunctionDef, captured: Sequence[Any], shape: Any, working: str, other: str
    ) -> None:
        self._dtype = tf.as_dtype(other)
        self._shape = shape
        self._working = tf.as_dtype(working)
        self._captured = [
            tf.cast(tensor, other) if tensor.dtype == self._working else tensor for tensor in captured
        ]
        changed = self._changed(definition)
        self.name = changed.signature.name
        owner = context.context()
        owner.add_function_def(changed)
        weakref.finalize(self, owner.remove_function, self.name).atexit = False

    def __call__(self, points: Stack) -> Array:
        """The results at `points`, which are rounded to the dtype."""
        other = numpy_dtype(self._dtype.name)
        columns = [
            tf.constant(column.astype(other) if column.dtype == numpy_dtype(self._working.name) else column)
            for column in points.columns
        ]
        results = tf.raw_ops.MapDefun(
            arguments=columns,
            captured_inputs=self._captured,
            output_types=[self._dtype],
            output_shapes=[self._shape],
            f=self.name,
        )
        return np.asarray(results[0])

    def _changed(self, definition: FunctionDef) -> FunctionDef:
        old, new = self._working.as_datatype_enum, self._dtype.as_datatype_enum
        changed = FunctionDef()
        changed.CopyFrom(definition)
        changed.signature.name = f"stabcheck_{self._dtype.name}_{next(_numbers)}"
        for argument in (*changed.signature.input_arg, *changed.signature.output_arg):
            argument.type = new if argument.type == old else argument.type
        for node in changed.node_def:
            for value in node.attr.values():
                kind = value.WhichOneof("value")
                if kind == "type" and value.type == old:
                    value.type = new
                elif kind == "list":
                    value.list.type[:] = [new if entry == old else entry for entry in value.list.type]
                elif kind == "tensor" and value.tensor.dtype == old:
                    array = tf.make_ndarray(value.tensor).astype(self._dtype.as_numpy_dtype)
                    value.tensor.CopyFrom(tf.make_tensor_proto(array))
        return changed


@dataclass(frozen=True, slots=True)
class RetypedProblem:
    """The values of a function at a dtype that its user does not work in (see `problem.Problem`)."""

    name: str
    dtype: str
    leaves: tuple[Leaf, ...]
    location: Location | None
    operations: Callable[[Stack], Array]
    library: str = "tensorflow"
    notes: tuple[str, ...] = ()
    suspects: tuple[Cause, ...] = ()

    def value(self, point: Point) -> Array:
        """The function at `point`."""
        value: Array = self.values([point])[0]
        return value

    def values(self, points: Sequence[Point]) -> Array:
        """The function at several points."""
        return self.operations(Stack.of(points))

    def gradient(self, point: Point, cotangent: Array) -> tuple[Array | None, ...]:
        """There is none: a recorded evaluation has no tape."""
        raise LookupError(self.name)

    def gradients(
        self, point: Point, cotangents: Sequence[Array]
    ) -> tuple[None, list[tuple[Array | None, ...]]]:
        """There are none."""
        raise LookupError(self.name)

    def at(self, dtype: str) -> None:
        """Not needed."""

    def trace(self, cotangent: Array | None) -> None:
        """Not recorded."""
