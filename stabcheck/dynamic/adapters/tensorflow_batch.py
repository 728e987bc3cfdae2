"""Many points in one call: a TensorFlow function traced once, and mapped over them without Python.

A full numeric gradient of a 10,000-parameter network takes ten times as long point by point in eager mode.
Neither XLA nor the graph optimizer is used: both may keep float16 intermediates wider than the program does,
and so hide the very loss of digits that is looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorflow.python.eager.polymorphic_function import atomic_function

from stabcheck.dynamic.adapters.tensorflow_retyped import Retyped
from stabcheck.dynamic.stack import Stack

LARGEST_BATCH = 64 * 2**20  # bytes of stacked arguments in one call

Array = npt.NDArray[Any]

_numbers = count()


class Loop:
    """`evaluate` over many points, traced once.

    Parameters
    ----------
    graph
        the operations of one evaluation, as `traced` gives them.
    evaluate
        maps a tuple of tensors, one a leaf, to one tensor.
    leaves
        arrays with the shapes and dtypes that the leaves have.
    value
        an array with the shape and dtype of the result.
    """

    def __init__(
        self, graph: Any, evaluate: Callable[[Sequence[Any]], Any], leaves: Sequence[Array], value: Array
    ) -> None:
        self._output = tf.TensorSpec(value.shape, value.dtype)
        self._graph = graph
        self._pure = _is_pure(graph)
        if self._pure:
            name = f"stabcheck_point_{next(_numbers)}"
            self._one = atomic_function.from_func_graph(name, graph, {})
        else:
            self._over = self._in_turn(evaluate, leaves)

    def __call__(self, points: Stack) -> Array:
        """The results at `points`, in order."""
        if self._pure:
            captured = self._graph.external_captures
            return np.concatenate(
                [
                    mapped(self._one, portion, captured, self._output.dtype, self._output.shape)
                    for portion in chunks(points)
                ]
            )
        with unoptimized():
            stacked = (tuple(tf.constant(column) for column in portion.columns) for portion in chunks(points))
            return np.concatenate([np.asarray(self._over(columns)) for columns in stacked])

    def retyped(self, working: str, other: str) -> Retyped | None:
        """The same operations at another dtype; None where that can't be had from the graph."""
        if not self._pure or self._graph._functions or self._output.dtype.name != working:
            return None
        captured = self._graph.external_captures
        return Retyped(self._one.definition, captured, self._output.shape, working, other)

    def _in_turn(
        self, evaluate: Callable[[Sequence[Any]], Any], leaves: Sequence[Array]
    ) -> Callable[[Sequence[Any]], Any]:
        """For functions of variables, which each evaluation assigns to: strictly one after the other."""
        columns = tuple(tf.TensorSpec((None, *leaf.shape), leaf.dtype) for leaf in leaves)

        def over(stacked: Any) -> Any:
            return tf.map_fn(evaluate, stacked, fn_output_signature=self._output, parallel_iterations=1)

        compiled: Callable[[Sequence[Any]], Any] = tf.function(
            over, input_signature=[columns], autograph=False
        )
        return compiled


def mapped(function: Any, points: Stack, captured: Sequence[Any], dtype: Any, shape: Any) -> Array:
    """One function over stacked arguments: a tenth of the time of a loop to build, a third to run."""
    return np.asarray(
        tf.raw_ops.MapDefun(
            arguments=[tf.constant(column) for column in points.columns],
            captured_inputs=captured,
            output_types=[dtype],
            output_shapes=[shape],
            f=function,
        )[0]
    )


def traced(evaluate: Callable[[Sequence[Any]], Any], leaves: Sequence[Array]) -> Any:
    """The operations of one evaluation, without the layers that `tf.function` puts around them.

    Python's control flow over tensors raises, as in `tf.function(autograph=False)`.
    """
    graph = tf.__internal__.FuncGraph("point")
    with graph.as_default():
        point = [tf.compat.v1.placeholder(leaf.dtype, leaf.shape) for leaf in leaves]
        graph.inputs[:0] = point
        graph.outputs.append(tf.convert_to_tensor(evaluate(point)))
    return graph


def alike(one: Array, other: Array) -> bool:
    """Whether two results are the same up to the rounding of reordered sums."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.tobytes() == other.tobytes():
        return True
    unit = float(np.finfo(one.dtype).eps) if one.dtype.kind == "f" else 0.0
    return bool(np.allclose(one, other, rtol=64 * unit, atol=0.0, equal_nan=True))


def _is_pure(graph: Any) -> bool:
    """Whether evaluations can be taken in any order: no variables, no random numbers, no side effects."""
    return not any(operation.op_def.is_stateful for operation in graph.get_operations())


@contextmanager
def unoptimized() -> Iterator[None]:
    """Graphs run as they are written, operation by operation: they round as the eager program does."""
    before = tf.config.optimizer.get_experimental_options().get("disable_meta_optimizer", False)
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": before})


def chunks(points: Stack) -> Iterator[Stack]:
    """`points` in portions whose arrays stay below `LARGEST_BATCH`."""
    one = max(1, sum(column.nbytes for column in points.columns) // len(points))
    size = max(1, LARGEST_BATCH // one)
    for start in range(0, len(points), size):
        yield points[start : start + size]
