"""A function of the test that works out the error of a gradient, looked into while it runs once more."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Mapping
from types import FrameType, FunctionType
from typing import Any

from stabcheck.dynamic.trace.location import is_users
from stabcheck.dynamic.watch.comparison import differences
from stabcheck.dynamic.watch.difference import numeric_gradients
from stabcheck.dynamic.watch.scope import Scope, scope_of_call


def works_out_an_error(
    function: Any, arguments: list[Any], keywords: Mapping[str, Any], limit: float
) -> FunctionType | None:
    """The user's function, if its source subtracts a numeric gradient from something; nothing is run."""
    plain = inspect.unwrap(getattr(function, "__func__", function))
    if not isinstance(plain, FunctionType) or not is_users(plain.__code__.co_filename):
        return None
    scope = scope_of_call(function, arguments, keywords)
    returned = None if scope is None else _returned(scope)
    if scope is None or returned is None or returned.value is None:
        return None
    for comparison in differences(returned.value, limit, scope, returned.lineno):
        for side in (comparison.one, comparison.other):
            if next(numeric_gradients(side, scope, comparison.line), None) is not None:
                return plain
    return None


def frame_at_return(
    function: Any, plain: FunctionType, arguments: list[Any], keywords: Mapping[str, Any]
) -> tuple[FrameType, int] | None:
    """Call the function again: its frame, with the values of its names, and the line where it returned."""
    found: list[tuple[FrameType, int]] = []

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "return" and frame.f_code is plain.__code__:
            found.append((frame, frame.f_lineno))

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        function(*arguments, **keywords)
    except Exception:  # what the test did once can't be done twice
        return None
    finally:
        sys.setprofile(before)
    return found[-1] if found else None


def _returned(scope: Scope) -> ast.Return | None:
    """The only return of a function."""
    found = [s for s in scope.source.statements if isinstance(s, ast.Return)]
    return found[0] if len(found) == 1 else None
