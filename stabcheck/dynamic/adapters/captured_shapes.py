"""The arrays that a function reads besides its arguments: their lengths, the indices among them, and numbers.

A wrong factor may equal a length or a constant; rows of a wrong gradient may be those that an index repeats.
"""

from __future__ import annotations

import inspect
from collections import deque
from types import FunctionType, MethodType
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.adapters.captures import in_library

MOST = 64  # arrays that are looked at
DEEPEST = 3  # from the function to what holds an array


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


def captured_numbers(function: Any) -> tuple[tuple[str, float], ...]:
    """The single floats among what it reads besides its arguments, by name."""
    found = ((name, _number(value)) for name, value in _seen(function).items())
    return tuple((name, number) for name, number in found if number is not None)


def _number(value: Any) -> float | None:
    if isinstance(value, float):
        return float(value)
    if _shape(value) != () or "float" not in str(value.dtype):
        return None
    try:
        return float(np.asarray(value))
    except (TypeError, ValueError):  # a tensor of a graph
        return None


def _seen(function: Any) -> dict[str, Any]:
    """What a function reads besides its arguments, by the names that it has there.

    Its own globals and closure first, then what they hold: the functions of the user's that it calls, entries
    of dictionaries (`params['W']`), attributes of the user's objects (`model.X`), the object of a method.
    """
    seen: dict[str, Any] = {}
    waiting: deque[tuple[str, Any, int]] = deque([("", function, 0)])
    met: set[int] = set()
    while waiting and len(seen) < MOST:
        name, value, depth = waiting.popleft()
        if id(value) in met:
            continue
        met.add(id(value))
        if _shape(value) is not None or isinstance(value, float):
            seen.setdefault(name, value)
        elif depth <= DEEPEST:
            waiting.extend((inner, held, depth + 1) for inner, held in _held(name, value))
    return seen


def _held(name: str, value: Any) -> list[tuple[str, Any]]:
    """What a value holds, by name."""
    if isinstance(value, MethodType):
        return [("", value.__func__), ("self", value.__self__)]
    if isinstance(value, FunctionType):
        return _captured(value)
    inside = getattr(value, "__wrapped__", None) if callable(value) else None
    if inside is not None:
        return [(name, inside)]
    if isinstance(value, dict):
        return [(f"{name}[{key!r}]", entry) for key, entry in value.items() if isinstance(key, str)][:MOST]
    if in_library(type(value).__module__) or isinstance(value, type):
        return []
    return (
        [(f"{name}.{key}", entry) for key, entry in vars(value).items()] if hasattr(value, "__dict__") else []
    )


def _captured(function: FunctionType) -> list[tuple[str, Any]]:
    """The closure and the globals of a function, and the function that it wraps."""
    wrapped = getattr(function, "__wrapped__", None)
    inner = [] if wrapped is None else [("", wrapped)]
    if in_library(function.__module__):  # made around a function of the user's
        return inner
    try:
        found = inspect.getclosurevars(function)
    except (TypeError, ValueError):  # a closure that is not filled yet
        return inner
    return [*{**found.globals, **found.nonlocals}.items(), *inner]


def _shape(value: Any) -> tuple[int, ...] | None:
    if isinstance(value, type) or not hasattr(value, "dtype") or not hasattr(value, "shape"):
        return None
    try:
        return tuple(int(length) for length in value.shape)
    except (TypeError, ValueError):  # unknown lengths
        return None
