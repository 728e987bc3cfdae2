"""The arrays that a function reads besides its arguments: their lengths, and the indices among them.

A wrong factor may equal a length; rows of a wrong gradient may be those that an index repeats.
"""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import Any

import numpy as np
import numpy.typing as npt


def captured_shapes(function: Any) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Names and shapes of the arrays, tensors and variables among its globals and closure."""
    found = ((name, _shape(value)) for name, value in _seen(function).items())
    return tuple((name, shape) for name, shape in found if shape is not None)


def captured_integers(function: Any) -> tuple[tuple[str, npt.NDArray[Any]], ...]:
    """The arrays, tensors and variables of integers among its globals and closure, by name."""
    arrays = ((name, value) for name, value in _seen(function).items() if _shape(value) is not None)
    integers = ((name, value) for name, value in arrays if "int" in str(value.dtype))
    return tuple((name, np.asarray(value)) for name, value in integers)


def captured_matrices(function: Any) -> tuple[tuple[str, npt.NDArray[Any]], ...]:
    """The small square matrices of floats among its globals and closure, by name."""
    shapes = ((name, value, _shape(value)) for name, value in _seen(function).items())
    return tuple(
        (name, np.asarray(value))
        for name, value, shape in shapes
        if shape is not None and len(shape) == 2 and 1 < shape[0] == shape[1] <= 256
        if "float" in str(value.dtype)
    )


def _seen(function: Any) -> dict[str, Any]:
    """Globals and closure of a function, by name."""
    while not isinstance(function, FunctionType):
        inside = getattr(function, "__wrapped__", None) or getattr(function, "__func__", None)
        if inside is None:  # a callable object, a built-in function
            return {}
        function = inside
    function = inspect.unwrap(function)
    if not isinstance(function, FunctionType):
        return {}
    try:
        seen = inspect.getclosurevars(function)
    except (TypeError, ValueError):  # a closure that is not filled yet
        return {}
    return {**seen.globals, **seen.nonlocals}


def _shape(value: Any) -> tuple[int, ...] | None:
    if isinstance(value, type) or not hasattr(value, "dtype") or not hasattr(value, "shape"):
        return None
    try:
        return tuple(int(length) for length in value.shape)
    except (TypeError, ValueError):  # unknown lengths
        return None
