"""A gradient check that a test wrote by hand, read out of the frame in which it failed."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import FrameType, FunctionType, MethodType
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.watch.comparison import Comparison, bounded_calls, comparisons, differences
from stabcheck.dynamic.watch.difference import Guess, numeric_gradient
from stabcheck.dynamic.watch.printed import printed_errors
from stabcheck.dynamic.watch.replay import Replayed, as_array, replayed
from stabcheck.dynamic.watch.rerun import frame_at_return, works_out_an_error
from stabcheck.dynamic.watch.scope import Scope, UnknownError, scope_of_frame
from stabcheck.dynamic.watch.source import dotted

Array = npt.NDArray[Any]
_WRAPPERS = {"array", "asarray", "ravel", "squeeze", "float", "flatten", "numpy", "copy"}


@dataclass(frozen=True, slots=True)
class HandCheck:
    """A comparison of an analytic with a numeric gradient, all parts of it known.

    `gradient` is the function that gave the analytic gradient, if calling it again gives the same, else the
    gradient itself.
    """

    by: str
    guess: Guess
    replay: Replayed
    gradient: Callable[[Any], Any] | Array = field(repr=False)
    tolerance: float | None
    line: int
    worst: str

    @property
    def identity(self) -> str:
        """What distinguishes it from other checks: function, point, step, gradient."""
        point = as_array(self.guess.point)
        of = getattr(self.gradient, "__qualname__", None) or np.asarray(self.gradient).tobytes().hex()
        where = None if point is None else point.tobytes().hex()
        return f"{self.guess.name} {where} {self.replay.scheme} {self.replay.step!r} {of}"

    @property
    def keywords(self) -> dict[str, Any]:
        """The keywords of `diagnose`."""
        step = self.replay.step
        return {
            "fn": self.replay.function,
            "args": (_own(self.guess.point),),
            "grad": self.gradient,
            "step": step if self.replay.scheme == "central" else (self.replay.scheme, step),
            "tolerance": self.tolerance,
        }


def _own(point: Any) -> Any:
    """The point, as the function may write into the array that it is read from."""
    return point.copy() if isinstance(point, np.ndarray) else point


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the compared expressions: its value, and the array and index that it is an entry of."""

    node: ast.expr
    value: Array
    whole: Array | None = None
    index: tuple[int, ...] | None = None


def hand_check(frame: FrameType, line: int) -> HandCheck | None:
    """The check that failed on a line of a frame; None where anything about it is uncertain."""
    scope = scope_of_frame(frame)
    statement = None if scope is None else scope.source.statement_at(line)
    if scope is None or statement is None:
        return None
    for comparison in comparisons(statement, scope):
        for numeric, analytic in (
            (comparison.other, comparison.one),
            (comparison.one, comparison.other),
        ):
            found = _check(comparison, numeric, analytic, scope, frame)
            if found is not None:
                return found
    for call, limit, at in bounded_calls(statement, scope):
        found = _inside(call, limit, scope, at)
        if found is not None:
            return replace(found, line=line)
    return None


def printed_check(frame: FrameType, line: int) -> HandCheck | None:
    """The check whose error a line of a frame prints; None where anything about it is uncertain."""
    scope = scope_of_frame(frame)
    statement = None if scope is None else scope.source.statement_at(line)
    if scope is None or statement is None:
        return None
    for comparison in printed_errors(statement, scope):
        for numeric, analytic in ((comparison.other, comparison.one), (comparison.one, comparison.other)):
            found = _check(comparison, numeric, analytic, scope, frame)
            if found is not None:
                return found
    return None


def _inside(call: ast.Call, limit: float, scope: Scope, line: int) -> HandCheck | None:
    """The check that a function of the test's own makes, whose result is the error."""
    try:
        function = scope.value(call.func, line)
        arguments, keywords = scope.arguments(call, line)
    except UnknownError:
        return None
    plain = works_out_an_error(function, arguments, keywords, limit)
    again = None if plain is None else frame_at_return(function, plain, arguments, keywords)
    inner = None if again is None else scope_of_frame(again[0])
    if again is None or inner is None:
        return None
    frame, end = again
    statement = inner.source.statement_at(end)
    if not isinstance(statement, ast.Return) or statement.value is None:
        return None
    for comparison in differences(statement.value, limit, inner, end):
        for numeric, analytic in ((comparison.other, comparison.one), (comparison.one, comparison.other)):
            found = _check(comparison, numeric, analytic, inner, frame)
            if found is not None:
                return replace(found, by=str(plain.__name__) if plain is not None else found.by)
    return None


def _check(
    comparison: Comparison, numeric: ast.expr, analytic: ast.expr, scope: Scope, frame: FrameType
) -> HandCheck | None:
    guess = numeric_gradient(numeric, scope, comparison.line)
    if guess is None:
        numeric, analytic = _entries_of_both(numeric, analytic)
        guess = numeric_gradient(numeric, scope, comparison.line)
    if guess is None or numeric_gradient(analytic, scope, comparison.line) is not None:
        return None
    point = as_array(guess.point)
    had, given = _side(numeric, scope, frame, comparison.line), _side(analytic, scope, frame, comparison.line)
    if point is None or had is None or given is None:
        return None
    index, gradient = None, given.value
    if had.value.size == 1 and point.size > 1:
        if given.index is None or given.whole is None or given.whole.shape != point.shape:
            return None
        index, gradient = given.index, given.whole
    replay = replayed(guess, had.value, index)
    if replay is None or not _disagree(had.value, given.value, comparison):
        return None
    if had.value.shape != gradient.shape and had.value.size == gradient.size:
        gradient = gradient.reshape(had.value.shape)
    again = _again(analytic if index is None else _base(analytic), scope, guess, gradient, comparison.line)
    allowed = None if comparison.tolerance is None else comparison.tolerance.as_relative_error(had.value)
    return HandCheck(
        comparison.by,
        guess,
        replay,
        again or gradient,
        allowed,
        comparison.line,
        _worst(had.value, given.value),
    )


def _worst(numeric: Array, analytic: Array) -> str:
    """Where the two differ most beside their own size."""
    if numeric.shape != analytic.shape or not numeric.size:
        return ""
    one, other = np.asarray(numeric, float).reshape(-1), np.asarray(analytic, float).reshape(-1)
    apart = np.nan_to_num(np.abs(one - other) / np.maximum(np.maximum(np.abs(one), np.abs(other)), 1e-300))
    place = int(np.argmax(apart))
    entry = (
        "" if numeric.size == 1 else f" of entry {[int(i) for i in np.unravel_index(place, numeric.shape)]}"
    )
    return (
        f"numeric {one[place]:.6g} and analytic {other[place]:.6g}{entry} are {apart[place]:.1g} apart, "
        f"and the largest entry is {float(np.max(np.abs(one))):.3g}"
    )


def _entries_of_both(one: ast.expr, other: ast.expr) -> tuple[ast.expr, ast.expr]:
    """`a[i]` and `b[i]` are compared because a and b are."""
    if (
        isinstance(one, ast.Subscript)
        and isinstance(other, ast.Subscript)
        and ast.dump(one.slice) == ast.dump(other.slice)
    ):
        return one.value, other.value
    return one, other


def _base(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node


def _side(node: ast.expr, scope: Scope, frame: FrameType, line: int) -> _Side | None:
    value = as_array(_value(node, scope, frame, line))
    if value is None:
        return None
    entry, at = node, line
    name = dotted(node)
    if name is not None:  # expected = gradient[i]
        binding = scope.source.last_value(name, line)
        if binding is not None and binding.kind == "value":
            entry, at = binding.value, binding.statement.lineno
    if not isinstance(entry, ast.Subscript):
        return _Side(node, value)
    try:
        whole, index = as_array(_value(entry.value, scope, frame, at)), scope.value(entry.slice, at)
    except UnknownError:
        return _Side(node, value)
    index = index if isinstance(index, tuple) else (index,)
    if whole is None or not all(isinstance(part, (int, np.integer)) for part in index):
        return _Side(node, value)
    return _Side(node, value, whole, tuple(int(part) for part in index))


def _value(node: ast.expr, scope: Scope, frame: FrameType, line: int) -> Any:
    """The value of a compared expression; a call of the user's is made once more."""
    try:
        return scope.value(node, line)
    except UnknownError:
        pass
    if any(isinstance(n, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)) for n in ast.walk(node)):
        return None
    code = compile(ast.Expression(node), "<check>", "eval")
    try:
        return eval(code, dict(frame.f_globals), dict(frame.f_locals))
    except Exception:  # what the test did once can't be done twice
        return None


def _disagree(numeric: Array, analytic: Array, comparison: Comparison) -> bool:
    """Whether the two fail the comparison, as they did in the test."""
    if comparison.tolerance is None or comparison.tolerance.overall:
        return not np.array_equal(numeric, analytic)
    absolute, relative = comparison.tolerance.absolute, comparison.tolerance.relative
    try:
        desired = np.asarray(numeric, float)
        rounding = 1 - 1e-9
        return not np.allclose(
            np.asarray(analytic, float), desired, rtol=relative * rounding, atol=absolute * rounding
        )
    except ValueError:  # shapes that can't be broadcast
        return True


def _again(
    analytic: ast.expr, scope: Scope, guess: Guess, gradient: Array, line: int
) -> Callable[[Any], Any] | None:
    """The function that gave the analytic gradient at the point, if it gives it again."""
    for call, part in _calls(analytic, scope, line):
        try:
            function = scope.value(call.func, line)
            arguments, keywords = scope.arguments(call, line)
        except UnknownError:
            continue
        places = [i for i, argument in enumerate(arguments) if argument is guess.point]
        if len(places) != 1 or not isinstance(function, (FunctionType, MethodType)):
            continue
        again = _of_the_point(function, arguments, places[0], keywords, part)
        try:
            point = np.array(guess.point, copy=True) if isinstance(guess.point, np.ndarray) else guess.point
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
            called = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
            if called not in _WRAPPERS:
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
