"""Why a gradient check failed: what was recorded, or read out of the frame, and the diagnosis of it."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from stabcheck.dynamic.case_errors import case_error
from stabcheck.dynamic.entry import diagnose
from stabcheck.dynamic.precision import DiagnoseError
from stabcheck.dynamic.report import CHECK_CAUSES, GRADIENT_CAUSES, Location, Report
from stabcheck.dynamic.trace.location import is_users
from stabcheck.dynamic.watch.checkers import Question, failed_by_itself, question_of
from stabcheck.dynamic.watch.comparison import Tolerance, comparisons, may_compare
from stabcheck.dynamic.watch.handwritten import HandCheck, hand_check
from stabcheck.dynamic.watch.recorder import WatchedCall
from stabcheck.dynamic.watch.scope import scope_of_frame
from stabcheck.dynamic.watch.source import Source, source_of
from stabcheck.dynamic.watch.undisturbed import undisturbed

MOST = 3  # checks that are explained for one failure
LONGEST = 10.0  # seconds: a check that took longer is not run again to see whether it still says the same
UNSAID = "nothing is wrong with the gradient, the function, or the step and dtype of this check"
OF_DATA = ("integer-input", "dtype-mismatch")  # causes of the check group that the function's side makes


@dataclass(frozen=True, slots=True)
class Explanation:
    """A check that failed, where it stands, and its diagnosis; or in `refused` why there is none."""

    title: str
    path: str
    line: int
    report: Report | None = None
    refused: str | None = None

    def __str__(self) -> str:
        place = f"{os.path.basename(self.path)}:{self.line}: {self.title}"
        return f"{place}: {self.refused}" if self.report is None else f"{place}\n{self.report}"


def explain_failure(
    error: BaseException, calls: Sequence[WatchedCall], effort: Mapping[str, Any]
) -> list[Explanation]:
    """Explain the failure of a test by the gradient check that it came from.

    Parameters
    ----------
    error
        what the test raised, with its traceback.
    calls
        of watched checkers, in their order.
    effort
        `budget`, `seed` and `full` for `diagnose`.

    Returns
    -------
    list of Explanation
        empty if the failure does not depend on a gradient check that is understood for certain.
    """
    frames = users_frames(error.__traceback__)
    found = [
        explain_call(call, effort, _allowed(call, frames)) for call in calls_behind(error, calls, frames)
    ]
    if found:
        return [explanation for explanation in found if explanation is not None]
    for frame, line in frames:
        with undisturbed():
            check = hand_check(frame, line)
        if check is not None:
            return [explain_hand_check(check, frame.f_code.co_filename, effort)]
    return []


def explain_call(
    call: WatchedCall, effort: Mapping[str, Any], tolerance: Tolerance | None = None, *, later: bool = True
) -> Explanation | None:
    """Diagnose what a checker was called with.

    None if it has nothing to do with numbers: the user's function itself raises. `later`: the program has
    gone on since, so that it must be seen first whether the check still says the same.
    """
    path, line = call.place
    try:
        with undisturbed():
            question = question_of(call)
            if question is None:
                return None
            if later and not _still_so(call):
                said = "what it was called with has been changed since; nothing can be said of it"
                return Explanation(call.checker, path, line, refused=said)
            keywords = {**question.keywords, **effort}
            keywords.setdefault("tolerance", _relative(tolerance, call, question))
            report = _at_check(diagnose(**keywords, name=question.function), path, line)
    except DiagnoseError as error:
        return Explanation(call.checker, path, line, refused=str(error))
    except Exception as error:
        if call.error is not None and type(error) is type(call.error):
            return None  # the function raises, in the check and here: the traceback says where
        return _broken(call.checker, path, line, error)
    title = f"{call.checker} of {question.function}, h = {_step(question.keywords['step']):.3g}"
    return Explanation(title, path, line, _with_note(report, "") if later else report)


def explain_hand_check(check: HandCheck, path: str, effort: Mapping[str, Any]) -> Explanation:
    """Diagnose a check that was written by hand."""
    by = f" by {check.guess.variable}" if check.guess.in_place else ""
    title = (
        f"{check.by}: a gradient against a {check.replay.scheme} difference of {check.guess.name}{by}, "
        f"h = {check.replay.step:.3g}"
    )
    try:
        with undisturbed():
            report = diagnose(**check.keywords, **effort, name=check.guess.name)
            report = _at_check(report, path, check.line)
            if isinstance(check.gradient, np.ndarray):
                report = _gradient_at_check(report, path, check.line)
    except DiagnoseError as error:
        return Explanation(title, path, check.line, refused=str(error))
    except Exception as error:
        return _broken(title, path, check.line, error)
    return Explanation(title, path, check.line, _with_note(report, check.worst))


def users_frames(traceback: TracebackType | None) -> list[tuple[FrameType, int]]:
    """The user's frames of a traceback and the lines where they stood, innermost first."""
    frames: list[tuple[FrameType, int]] = []
    while traceback is not None:
        if is_users(traceback.tb_frame.f_code.co_filename):
            frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames[::-1]


def calls_behind(
    error: BaseException, calls: Sequence[WatchedCall], frames: Sequence[tuple[FrameType, int]]
) -> list[WatchedCall]:
    """The calls that a failure came from: the one that raised it, or those whose results it depends on."""
    raised = [call for call in calls if call.error is error]
    if raised:
        return raised[-1:]
    for frame, line in frames:
        source = source_of(frame.f_code)
        failing = None if source is None else source.statement_at(line)
        if source is None or failing is None:
            continue
        if not may_compare(failing):
            return []
        depends = source.slice_of(failing)
        found = [call for call in calls if _among(call, frame, depends)]
        if found:
            return _latest(found, frame, source, failing)
    return []


def _among(call: WatchedCall, frame: FrameType, statements: Sequence[ast.stmt]) -> bool:
    """Whether the call was made, at whatever depth, by one of these statements of the frame."""
    lines = [line for code, line in call.sites if code is frame.f_code]
    return any(statement.lineno <= line <= _end(statement) for line in lines for statement in statements)


def _end(statement: ast.stmt) -> int:
    """The last line of what a statement evaluates itself: of a loop or a block, its head."""
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        return max(statement.lineno, int(body[0].lineno) - 1)
    return statement.end_lineno or statement.lineno


def _latest(
    calls: Sequence[WatchedCall], frame: FrameType, source: Source, failing: ast.stmt
) -> list[WatchedCall]:
    """Of the calls that one line made in a loop around the failure, too, only the last has to do with it."""
    kept: dict[tuple[Any, ...], WatchedCall] = {}
    for call in calls:
        line = next(line for code, line in call.sites if code is frame.f_code)
        statement = source.statement_at(line)
        loops = source.loops(statement) if statement is not None else []
        shared = not loops or loops[0] in source.loops(failing)
        kept[(line,) if shared else (line, id(call))] = call
    ordered = sorted(kept.values(), key=lambda call: not failed_by_itself(call))
    return ordered[:MOST]


def _allowed(call: WatchedCall, frames: Sequence[tuple[FrameType, int]]) -> Tolerance | None:
    """The tolerance by which the failing statement compared, if it is one comparison and says so."""
    for frame, line in frames:
        scope = scope_of_frame(frame)
        statement = None if scope is None else scope.source.statement_at(line)
        if scope is None or statement is None or not any(code is frame.f_code for code, _ in call.sites):
            continue
        found = [comparison.tolerance for comparison in comparisons(statement, scope)]
        found += [_bound(statement)] if not found else []
        return found[0] if len(set(found)) == 1 else None
    return None


def _bound(statement: ast.stmt) -> Tolerance | None:
    """`check_grad(…) < 1e-6`: the checker's result is the error itself."""
    for node in ast.walk(statement):
        if (
            isinstance(node, ast.Compare)
            and len(node.ops) == 1
            and isinstance(node.ops[0], (ast.Lt, ast.LtE))
        ):
            limit = node.comparators[0]
            if isinstance(limit, ast.Constant) and isinstance(limit.value, float) and 0 < limit.value < 1:
                return Tolerance(absolute=limit.value)
    return None


def _relative(tolerance: Tolerance | None, call: WatchedCall, question: Question) -> float | None:
    """The tolerance as one on the relative error, as `diagnose` takes it."""
    if tolerance is None:
        return None
    if question.size is not None:
        return tolerance.absolute / question.size if question.size and tolerance.absolute else None
    try:
        numeric = np.concatenate([np.ravel(part) for part in call.result[1]])
    except (TypeError, ValueError, IndexError):
        return None
    return tolerance.as_relative_error(numeric)


def _still_so(call: WatchedCall) -> bool:
    """Whether the check gives again what it gave; or something else each time: that is the diagnosis."""
    if call.seconds > LONGEST:
        return True
    first = _outcome(call)
    if _alike(first, (call.result, call.error)):
        return True
    return not _alike(first, _outcome(call))


def _outcome(call: WatchedCall) -> tuple[Any, BaseException | None]:
    try:
        return call.original(*call.args, **call.keywords), None
    except Exception as error:  # what the checker raises is an outcome, too
        return None, error


def _alike(one: tuple[Any, BaseException | None], other: tuple[Any, BaseException | None]) -> bool:
    if one[1] is not None or other[1] is not None:
        return type(one[1]) is type(other[1])
    try:
        return _same(one[0], other[0])
    except (TypeError, ValueError):
        return False


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    if one is None or other is None:
        return one is other
    return bool(np.allclose(np.asarray(one, float), np.asarray(other, float), 1e-4, 1e-7, equal_nan=True))


def _step(step: float | tuple[str, float]) -> float:
    return step[1] if isinstance(step, tuple) else step


def _at_check(report: Report, path: str, line: int) -> Report:
    """The report with what is wrong with step, scheme, dtype or tolerance where the check stands."""
    place = Location(path, line)
    causes = [
        replace(cause, location=place) if cause.kind in CHECK_CAUSES and cause.kind not in OF_DATA else cause
        for cause in report.causes
    ]
    return replace(report, causes=tuple(causes))


def _gradient_at_check(report: Report, path: str, line: int) -> Report:
    """The report with a gradient of unknown origin wrong where it is compared, not where the function is."""
    of_function = (report.path, report.line)
    causes = [
        replace(cause, location=Location(path, line))
        if cause.kind in GRADIENT_CAUSES
        and cause.location is not None
        and (cause.location.path, cause.location.line) == of_function
        else cause
        for cause in report.causes
    ]
    return replace(report, causes=tuple(causes))


def _with_note(report: Report, note: str) -> Report:
    """A report without a cause says so, and what else may have failed the test."""
    if report.verdict != "pass" or report.causes:
        return report
    return replace(report, notes=(*report.notes, f"{UNSAID}{note and '; ' + note}"))


def _broken(title: str, path: str, line: int, error: Exception) -> Explanation:
    said = case_error(path, "the function", error, line)
    return Explanation(title, path, line, refused=said.message)
