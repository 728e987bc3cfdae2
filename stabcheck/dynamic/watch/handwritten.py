"""A gradient check that a test wrote by hand, read out of the frame in which it failed."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.watch.analytic import (
    analytic_gradient,
    frameworks_gradient,
    gradient_in_place,
    restored,
)
from stabcheck.dynamic.watch.between import is_variable
from stabcheck.dynamic.watch.comparison import Comparison, bounded_calls, comparisons, differences
from stabcheck.dynamic.watch.difference import numeric_gradients
from stabcheck.dynamic.watch.printed import printed_errors
from stabcheck.dynamic.watch.quotient import Guess, as_tensor
from stabcheck.dynamic.watch.replay import Replayed, as_array, replayed
from stabcheck.dynamic.watch.rerun import frame_at_return, works_out_an_error
from stabcheck.dynamic.watch.scope import Scope, UnknownError, scope_of_frame
from stabcheck.dynamic.watch.source import dotted

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class HandCheck:
    """A comparison of an analytic with a numeric gradient, all parts of it known.

    `gradient` is the function that gave the analytic gradient, if calling it again gives the same, else the
    gradient itself; None if it is the framework's own.
    """

    by: str
    guess: Guess
    replay: Replayed
    gradient: Callable[[Any], Any] | Array | None = field(repr=False)
    tolerance: float | None
    line: int
    worst: str

    @property
    def identity(self) -> str:
        """What distinguishes it from other checks: function, point (but for an ulp), step, gradient."""
        point = as_array(self.replay.point)
        of = getattr(self.gradient, "__qualname__", None) or np.asarray(self.gradient).tobytes().hex()
        where = None if point is None else point.astype(np.float32).tobytes().hex()
        return f"{self.guess.name} {where} {self.replay.scheme} {self.replay.step!r} {of}"

    @property
    def keywords(self) -> dict[str, Any]:
        """The keywords of `diagnose`."""
        step = self.replay.step
        of: dict[str, Any] = {"fn": self.replay.function, "args": (_own(self.replay.point),)}
        if is_variable(self.guess.written):
            of = {"fn": _without_arguments(self.guess.function), "variables": [self.guess.written]}
        return {
            **of,
            "grad": self.gradient,
            "step": step if self.replay.scheme == "central" else (self.replay.scheme, step),
            "tolerance": self.tolerance,
        }


def _without_arguments(function: Callable[[Any], Any]) -> Callable[[], Any]:
    def of_what_variables_hold() -> Any:
        return function(None)

    of_what_variables_hold.__wrapped__ = function  # type: ignore[attr-defined]
    of_what_variables_hold.__signature__ = inspect.Signature([])  # type: ignore[attr-defined]
    of_what_variables_hold.__name__ = str(getattr(function, "__name__", "the function"))
    return of_what_variables_hold


def _own(point: Any) -> Any:
    """The point, as the function may write into the array that it is read from."""
    return point.copy() if isinstance(point, np.ndarray) else point


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the compared expressions: its value, and the array and index that it is an entry of.

    `node` is what stands for the array on `line`, or for the value if it is not known to be an entry.
    """

    node: ast.expr
    line: int
    value: Array
    whole: Array | None = None
    index: tuple[int, ...] | None = None


def hand_check(frame: FrameType, line: int) -> HandCheck | None:
    """The check that failed on a line of a frame; None where anything about it is uncertain."""
    scope = scope_of_frame(frame)
    statement = None if scope is None else scope.source.statement_at(line)
    if scope is None or statement is None:
        return None
    compared = _first_check(comparisons(statement, scope), scope, frame)
    if compared is not None:
        return compared
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
    return _first_check(printed_errors(statement, scope), scope, frame)


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
    found = _first_check(differences(statement.value, limit, inner, end), inner, frame)
    return found if found is None or plain is None else replace(found, by=str(plain.__name__))


def _first_check(candidates: Iterable[Comparison], scope: Scope, frame: FrameType) -> HandCheck | None:
    """The first of the comparisons that is a check; either side may be the numeric gradient."""
    for comparison in candidates:
        for numeric, analytic in ((comparison.other, comparison.one), (comparison.one, comparison.other)):
            found = _check(comparison, numeric, analytic, scope, frame)
            if found is not None:
                return found
    return None


def _check(
    comparison: Comparison, numeric: ast.expr, analytic: ast.expr, scope: Scope, frame: FrameType
) -> HandCheck | None:
    guesses = numeric_gradients(numeric, scope, comparison.line)
    first = next(guesses, None)
    if first is None:
        numeric, analytic = _entries_of_both(numeric, analytic)
        guesses = numeric_gradients(numeric, scope, comparison.line)
        first = next(guesses, None)
    if first is None or next(numeric_gradients(analytic, scope, comparison.line), None) is not None:
        return None
    had, given = _side(numeric, scope, frame, comparison.line), _side(analytic, scope, frame, comparison.line)
    if had is None or given is None or not _disagree(had.value, given.value, comparison):
        return None
    for guess in (first, *guesses):
        found = _replayed(comparison, guess, had, given, analytic, scope)
        if found is not None:
            return found
    return None


def _replayed(
    comparison: Comparison, guess: Guess, had: _Side, given: _Side, analytic: ast.expr, scope: Scope
) -> HandCheck | None:
    """The check, if the guess gives the numbers that were compared."""
    point = as_array(guess.point)
    if point is None:
        return None
    index, gradient = None, given.value
    if had.value.size == 1 and point.size > 1:
        if given.index is None or given.whole is None or given.whole.shape != point.shape:
            return None
        index, gradient = given.index, given.whole
    replay = replayed(guess, had.value, index)
    if replay is None:
        return None
    shape = point.shape if guess.in_place else had.value.shape
    if gradient.shape != shape and had.value.size == gradient.size:
        gradient = gradient.reshape(shape)
    told, at = (analytic, comparison.line) if index is None else (given.node, given.line)
    whole: Callable[[Any], Any] | Array | None
    if is_variable(guess.written):
        own = frameworks_gradient(_without_arguments(guess.function), guess.written)
        whole = None if own is not None and restored(own, gradient) else gradient
    elif guess.in_place:
        whole = gradient_in_place(told, scope, (guess.written, replay.point), gradient, at) or gradient
    else:
        whole = analytic_gradient(told, scope, guess.point, gradient, at) or gradient
    allowed = None if comparison.tolerance is None else comparison.tolerance.as_relative_error(had.value)
    return HandCheck(
        comparison.by,
        guess,
        replay,
        whole,
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
    entry = as_tensor(entry)
    if not isinstance(entry, ast.Subscript):
        return _Side(node, line, value)
    flat = isinstance(entry.value, ast.Attribute) and entry.value.attr == "flat"
    holder = entry.value.value if flat else entry.value  # type: ignore[attr-defined]
    try:
        whole, index = as_array(_value(holder, scope, frame, at)), scope.value(entry.slice, at)
    except UnknownError:
        return _Side(node, line, value)
    index = index if isinstance(index, tuple) else (index,)
    if whole is None or not all(isinstance(part, (int, np.integer)) for part in index):
        return _Side(node, line, value)
    if flat:
        index = np.unravel_index(index[0], whole.shape)
    return _Side(holder, at, value, whole, tuple(int(part) for part in index))


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
