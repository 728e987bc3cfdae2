"""The function behind an analytic gradient: read from the text of the test, and called once more."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from types import FunctionType, MethodType
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.watch.comparison import called_name
from stabcheck.dynamic.watch.replay import as_array, of_the_array
from stabcheck.dynamic.watch.scope import Scope, UnknownError
from stabcheck.dynamic.watch.source import dotted
from stabcheck.dynamic.watch.template import as_it_stands

Array = npt.NDArray[Any]
DEEPEST = 6  # names and entries that are followed
_WRAPPERS = {"array", "asarray", "ravel", "squeeze", "float", "flatten", "numpy", "copy"}


def analytic_gradient(
    analytic: ast.expr, scope: Scope, at: Any, gradient: Array, line: int
) -> Callable[[Any], Any] | None:
    """The function that gave `gradient` at the point `at`, if it gives it again."""
    for call, part in _calls(analytic, scope, line):
        try:
            function = scope.value(call.func, line)
            arguments, keywords = scope.arguments(call, line)
        except UnknownError:
            continue
        places = [i for i, argument in enumerate(arguments) if argument is at]
        if len(places) != 1 or not isinstance(function, (FunctionType, MethodType)):
            continue
        again = _of_the_point(function, arguments, places[0], keywords, part)
        try:
            point = np.array(at, copy=True) if isinstance(at, np.ndarray) else at
            found = as_array(again(point))
        except Exception:  # not the function that the test called
            continue
        if found is not None and found.shape == gradient.shape and np.array_equal(found, gradient, True):
            return again
    return None


def gradient_in_place(
    analytic: ast.expr, scope: Scope, at: tuple[Array, Array], gradient: Array, line: int
) -> Callable[[Any], Any] | None:
    """The function of what stands in an array that gave `gradient`, if it gives it again.

    `at`: the array, and what stood in it.
    """
    expression = _expanded(analytic, scope, line, 0)
    if expression is None:
        return None
    try:
        function, _ = as_it_stands(expression, scope, line)
    except UnknownError:
        return None

    def shaped(point: Any) -> Any:
        return np.reshape(np.asarray(as_array(function(point))), gradient.shape)

    held, point = at
    again = of_the_array(shaped, held, "x")
    again.__wrapped__ = getattr(function, "__wrapped__", function)  # type: ignore[attr-defined]
    try:
        found = again(point.copy())
    except Exception:  # not the function that the test called
        return None
    return again if restored(found, gradient) else None


def frameworks_gradient(function: Callable[[], Any], variable: Any) -> Array | None:
    """TensorFlow's own gradient of a function by a variable; None if there is none."""
    tf = sys.modules.get("tensorflow")
    if tf is None:
        return None
    try:
        with tf.GradientTape() as tape:
            value = function()
        return as_array(tape.gradient(value, getattr(variable, "value", variable)))
    except Exception:  # made of NumPy's numbers
        return None


def restored(found: Array, gradient: Array) -> bool:
    """The same but for the ulp that `w[i] += h; …; w[i] -= h` leaves behind."""
    close = float(np.finfo(gradient.dtype).eps) ** 0.6 if gradient.dtype.kind == "f" else 0.0
    size = float(np.max(np.abs(gradient[np.isfinite(gradient)]), initial=0.0))
    return bool(np.allclose(found, gradient, rtol=close, atol=close * size, equal_nan=True))


def _expanded(node: ast.expr, scope: Scope, line: int, depth: int) -> ast.expr | None:
    """The call of the user's that an expression takes a part of: `backward(p)["W"]` for `grads["W"]`."""
    if depth > DEEPEST:
        return None
    name = dotted(node)
    if name is not None:
        binding = scope.source.last_value(name, line)
        if binding is None or not isinstance(binding.statement, ast.Assign):
            return None
        inner = _expanded(binding.value, scope, binding.statement.lineno, depth + 1)
        return inner if inner is None or binding.kind == "value" else _entry(inner, binding.index)
    if isinstance(node, ast.Subscript):
        inner = _expanded(node.value, scope, line, depth + 1)
        try:
            return None if inner is None else _entry(inner, scope.value(node.slice, line))
        except UnknownError:
            return None
    if isinstance(node, ast.Call):
        try:
            called = scope.value(node.func, line)
        except UnknownError:
            return None
        return node if isinstance(called, (FunctionType, MethodType)) else None
    return None


def _entry(node: ast.expr, key: Any) -> ast.expr | None:
    known = isinstance(key, (str, int))
    return ast.Subscript(node, ast.Constant(key), ast.Load()) if known else None


def _calls(node: ast.expr, scope: Scope, line: int) -> Iterator[tuple[ast.Call, int | None]]:
    """The call that an expression is, or that its name was given, and which part of its result that is."""
    part = None
    for _ in range(4):
        name = dotted(node)
        binding = scope.source.last_value(name, line) if name is not None else None
        if binding is not None:
            if binding.kind == "part":
                if binding.index is None:
                    return
                part = binding.index
            node, line = binding.value, binding.statement.lineno
        elif isinstance(node, ast.Call):
            yield node, part
            if called_name(node) not in _WRAPPERS:
                return
            inner = node.args[0] if node.args else getattr(node.func, "value", None)
            if inner is None:
                return
            node = inner
        elif isinstance(node, ast.Subscript) and part is None and isinstance(node.slice, ast.Constant):
            taken = node.slice.value
            if not isinstance(taken, int):
                return
            node, part = node.value, taken
        else:
            return


def _of_the_point(
    function: Callable[..., Any],
    arguments: list[Any],
    place: int,
    keywords: dict[str, Any],
    part: int | None,
) -> Callable[[Any], Any]:
    """The function of the argument at `place` alone."""
    if len(arguments) == 1 and not keywords and part is None:
        return function

    def gradient(point: Any) -> Any:
        given = [*arguments[:place], point, *arguments[place + 1 :]]
        result = function(*given, **keywords)
        return result if part is None else result[part]

    gradient.__name__ = function.__name__
    gradient.__wrapped__ = function  # type: ignore[attr-defined]
    gradient.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("x", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    )
    return gradient
