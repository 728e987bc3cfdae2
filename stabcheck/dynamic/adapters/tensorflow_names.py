"""What the user calls a TensorFlow function and the variables that it reads, and where it is defined."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterable
from typing import Any

from stabcheck.dynamic.adapters import keras
from stabcheck.dynamic.adapters.captures import in_library
from stabcheck.dynamic.adapters.tensorflow_values import COMPILED
from stabcheck.dynamic.report import Location


def layer_of(fn: Any) -> Any:
    """The Keras layer that `fn` is a call of: the layer itself, or a partial call; else None."""
    while isinstance(fn, functools.partial):
        fn = fn.func
    return fn if keras.is_layer(fn) else None


def location_of(fn: Any) -> Location | None:
    """Where the user's function is defined; a layer's `call` if the user wrote it."""
    fn = type(fn).call if keras.is_layer(fn) else unwrapped(fn)
    if not isinstance(fn, types.FunctionType) or in_library(fn.__module__):
        return None
    return Location(fn.__code__.co_filename, fn.__code__.co_firstlineno, fn.__qualname__)


def unwrapped(fn: Any) -> Any:
    """The plain function below partial calls, compiled functions, methods and decorators."""
    while True:
        if isinstance(fn, functools.partial):
            fn = fn.func
        elif isinstance(fn, COMPILED):
            fn = fn.python_function
        elif isinstance(fn, types.MethodType):
            fn = fn.__func__
        elif callable(getattr(fn, "__wrapped__", None)):
            fn = fn.__wrapped__
        else:
            return fn


def name_of(fn: Any) -> str:
    """What a function or a layer is called."""
    fn = layer_of(fn) or unwrapped(fn)
    return str(getattr(fn, "__name__", None) or getattr(fn, "name", None) or type(fn).__name__)


def spoken_names(fn: Any) -> dict[int, str]:
    """What a function calls the objects that it closes over, their entries and their attributes."""
    owner = getattr(fn, "__self__", None)
    fn = unwrapped(fn)
    if not isinstance(fn, types.FunctionType):
        return {}
    known = {name: fn.__globals__[name] for name in fn.__code__.co_names if name in fn.__globals__}
    for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=False):
        try:
            known[name] = cell.cell_contents
        except ValueError:  # not bound yet
            continue
    if owner is not None:
        known["self"] = owner
    names: dict[int, str] = {}
    for name, value in known.items():
        names[id(value)] = name
        for selector, entry in _parts(value):
            names.setdefault(id(entry), name + selector)
    return names


def _parts(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(f"[{key!r}]", entry) for key, entry in value.items()]
    if isinstance(value, (list, tuple)):
        return [(f"[{index}]", entry) for index, entry in enumerate(value)]
    return [(f".{key}", entry) for key, entry in getattr(value, "__dict__", {}).items()]
