"""The function behind an analytic gradient: read from the text of the test, and called once more."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from types import FunctionType, MethodType
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.watch.comparison import called_name
from stabcheck.dynamic.watch.replay import as_array
from stabcheck.dynamic.watch.scope import Scope, UnknownError
from stabcheck.dynamic.watch.source import dotted

Array = npt.NDArray[Any]
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
