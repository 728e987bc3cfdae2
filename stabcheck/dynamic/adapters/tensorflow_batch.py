"""Many points in one graph: a TensorFlow function evaluated in a loop that never returns to Python.

A full numeric gradient of a 10,000-parameter network takes some 80 s point by point in eager mode and 2 s
in one loop. Neither XLA nor the graph optimizer is used: both may keep float16 intermediates wider than the
program does, and so hide the very loss of digits that is looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

LARGEST_BATCH = 64 * 2**20  # bytes of stacked arguments in one call

Array = npt.NDArray[Any]


class Loop:
    """`evaluate` in a loop over many points, compiled once.

    Parameters
    ----------
    evaluate
        maps a tuple of tensors, one a leaf, to one tensor.
    leaves
        arrays with the shapes and dtypes that the leaves have.
    value
        an array with the shape and dtype of the result.
    """

    def __init__(
        self, evaluate: Callable[[Sequence[Any]], Any], leaves: Sequence[Array], value: Array
    ) -> None:
        columns = tuple(tf.TensorSpec((None, *leaf.shape), leaf.dtype) for leaf in leaves)
        output = tf.TensorSpec(value.shape, value.dtype)

        def over(stacked: Any) -> Any:
            return tf.map_fn(evaluate, stacked, fn_output_signature=output, parallel_iterations=1)

        self._over = tf.function(over, input_signature=[columns], autograph=False)

    def __call__(self, points: Sequence[tuple[Array, ...]]) -> list[Array]:
        """The results at `points`, in order."""
        results: list[Array] = []
        with unoptimized():
            for portion in chunks(points):
                stacked = tuple(tf.constant(np.stack(column)) for column in zip(*portion, strict=True))
                results.extend(np.asarray(self._over(stacked)))
        return results


@contextmanager
def unoptimized() -> Iterator[None]:
    """Graphs run as they are written, operation by operation: they round as the eager program does."""
    before = tf.config.optimizer.get_experimental_options().get("disable_meta_optimizer", False)
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": before})


def chunks(points: Sequence[tuple[Array, ...]]) -> Iterator[Sequence[tuple[Array, ...]]]:
    """`points` in portions whose stacked arrays stay below `LARGEST_BATCH`."""
    one = max(1, sum(leaf.nbytes for leaf in points[0]))
    size = max(1, LARGEST_BATCH // one)
    for start in range(0, len(points), size):
        yield points[start : start + size]
