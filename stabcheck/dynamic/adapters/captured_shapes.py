"""The shapes of the arrays that a function reads besides its arguments: what a wrong factor may equal."""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import Any


def captured_shapes(function: Any) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Names and shapes of the arrays, tensors and variables among its globals and closure."""
    while not isinstance(function, FunctionType):
        inside = getattr(function, "__wrapped__", None) or getattr(function, "__func__", None)
        if inside is None:  # a callable object, a built-in function
            return ()
        function = inside
    function = inspect.unwrap(function)
    if not isinstance(function, FunctionType):
        return ()
    try:
        seen = inspect.getclosurevars(function)
    except (TypeError, ValueError):  # a closure that is not filled yet
        return ()
    found = ((name, _shape(value)) for name, value in {**seen.globals, **seen.nonlocals}.items())
    return tuple((name, shape) for name, shape in found if shape is not None)


def _shape(value: Any) -> tuple[int, ...] | None:
    if isinstance(value, type) or not hasattr(value, "dtype") or not hasattr(value, "shape"):
        return None
    try:
        return tuple(int(length) for length in value.shape)
    except (TypeError, ValueError):  # unknown lengths
        return None
