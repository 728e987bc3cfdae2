"""Python functions that a TensorFlow operation calls (`tf.py_function`, and its gradient).

The operations inside are seen like any others; only the tensors at the door are new objects. They are given
the shadows of what went in and came out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from tensorflow.python.ops import script_ops

from stabcheck.dynamic.trace.tensorflow_kernels import WORKING

if TYPE_CHECKING:
    from stabcheck.dynamic.trace.tensorflow_recorder import Recorder


@contextmanager
def watching(recorder: Recorder) -> Iterator[None]:
    """Follow shadows into and out of Python functions that are called eagerly, while the block runs."""
    original = script_ops._internal_py_func

    def call(func: Any, inp: Any, *rest: Any, **keywords: Any) -> Any:
        if recorder.busy or not tf.executing_eagerly():
            return original(func, inp, *rest, **keywords)
        inside: list[Any] = []

        def linked(*arguments: Any) -> Any:
            _link(recorder, arguments, inp)
            inside.append(func(*arguments))
            return inside[-1]

        result = original(linked, inp, *rest, **keywords)
        if inside:
            _link(recorder, tf.nest.flatten(result), tf.nest.flatten(inside[-1]))
        return result

    script_ops._internal_py_func = call
    try:
        yield
    finally:
        script_ops._internal_py_func = original


def _link(recorder: Recorder, tensors: Any, others: Any) -> None:
    for tensor, other in zip(tensors, others, strict=False):
        both = all(isinstance(t, tf.Tensor) and hasattr(t, "_id") for t in (tensor, other))
        if both and tensor.dtype in WORKING and tensor.dtype == other.dtype:
            recorder.adopt(tensor, other)
