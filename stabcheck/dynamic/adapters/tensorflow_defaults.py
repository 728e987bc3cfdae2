"""The module `tf` as a function at another dtype should see it.

`tf.constant(0.5)`, `tf.zeros(n)`, `tf.random.normal(shape)` and `tf.float32` itself are float32 in the text
of a function. In its float64 twin they would raise when they meet a float64 tensor, or round what passes.
Only what is spelt through the module is changed; a cast to any other dtype than the working one stays.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

TYPED = ("constant", "convert_to_tensor")  # they take the dtype of a Python float, and no tensor in its place
DEFAULTING = ("zeros", "ones", "eye", "one_hot", "normal", "uniform", "truncated_normal")


def is_namespace(value: Any) -> bool:
    """Whether `value` is TensorFlow, one of its parts, or NumPy, as a module."""
    if not isinstance(value, types.ModuleType):
        return False
    return value.__name__ == "numpy" or value.__name__.partition(".")[0] == "tensorflow"


class Namespace:
    """A module in which the working dtype is called by its name and means another one."""

    def __init__(self, module: types.ModuleType, working: str, target: str) -> None:
        self._module = module
        self._working = working
        self._target = target
        self._kept: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in self._kept:
            self._kept[name] = self._seen(name, getattr(self._module, name))
        return self._kept[name]

    def _seen(self, name: str, value: Any) -> Any:
        if isinstance(value, tf.DType):
            return tf.as_dtype(self._target) if value.name == self._working else value
        if isinstance(value, type) and issubclass(value, np.generic):
            named = name == self._working
            return tf.as_dtype(self._target).as_numpy_dtype if named else value
        if name == "keras":  # Keras has a default dtype of its own, which the twin sets
            return value
        if is_namespace(value) and self._module.__name__ != "numpy":
            return Namespace(value, self._working, self._target)
        plain = isinstance(value, types.FunctionType) and self._working == "float32"
        if self._module.__name__ == "numpy" or not plain:
            return value
        if name in TYPED:
            return _typed(value, self._target)
        return (_defaulting if name in DEFAULTING else _converting)(value, self._target)


def _typed(function: Callable[..., Any], target: str) -> Callable[..., Any]:
    """Python floats become tensors of `target` unless the call names a dtype."""

    @functools.wraps(function)
    def call(value: Any, dtype: Any = None, **keywords: Any) -> Any:
        return function(value, target if dtype is None and _floats(value) else dtype, **keywords)

    return call


def _converting(function: Callable[..., Any], target: str) -> Callable[..., Any]:
    """Python floats become tensors of `target` where no tensor among the arguments gives them its dtype."""

    @functools.wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        if keywords.get("dtype") is None and not any(map(_is_floating, (*args, *keywords.values()))):
            args = tuple(_converted(arg, target) for arg in args)
            keywords = {name: _converted(value, target) for name, value in keywords.items()}
        return function(*args, **keywords)

    return call


def _converted(value: Any, target: str) -> Any:
    """`value` with its floats as tensors; lists and tuples stay what they are, for loops carry them."""
    if isinstance(value, float) and not isinstance(value, np.generic):
        return tf.constant(value, target)
    if isinstance(value, list) or type(value) is tuple:
        return type(value)(_converted(entry, target) for entry in value)
    return value


def _defaulting(function: Callable[..., Any], target: str) -> Callable[..., Any]:
    """The parameter `dtype` is `target` unless the call says otherwise."""
    signature = inspect.signature(function)
    if "dtype" not in signature.parameters:
        return function

    @functools.wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        bound = signature.bind_partial(*args, **keywords)
        if bound.arguments.get("dtype") is None:
            keywords["dtype"] = target
        return function(*args, **keywords)

    return call


def _is_floating(value: Any) -> bool:
    """Whether a value has a floating-point dtype of its own, or is a dtype."""
    if isinstance(value, (tf.DType, type)):
        return True
    if isinstance(value, (list, tuple)):
        return any(_is_floating(entry) for entry in value)
    return hasattr(value, "dtype") and tf.as_dtype(value.dtype).is_floating


def _floats(value: Any) -> bool:
    """Whether a value is a Python float, or lists of numbers with one among them."""
    if isinstance(value, (list, tuple)):
        return any(_floats(entry) for entry in value)
    return isinstance(value, float) and not isinstance(value, np.generic)
