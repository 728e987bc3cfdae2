"""Run a program as it stands, and diagnose the gradient checks that it makes on the way.

Each is diagnosed as soon as it has ended, while its arguments are what they were: checks that failed, and
those that leave the judgement to the reader (`tf.test.compute_gradient`, `scipy.optimize.check_grad`, an
error that is printed). A check that passed by a tolerance of its own is counted.
"""

from __future__ import annotations

import functools
import os
import runpy
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

from stabcheck.dynamic.case_errors import CaseError, case_error, import_error, timed_out
from stabcheck.dynamic.loading import importable
from stabcheck.dynamic.naming import as_named
from stabcheck.dynamic.quiet import on_standard_error
from stabcheck.dynamic.report import Report
from stabcheck.dynamic.trace.location import is_users
from stabcheck.dynamic.watch.checkers import CHECKERS, failed_by_itself, patches
from stabcheck.dynamic.watch.explain import (
    Explanation,
    calls_behind,
    explain_call,
    explain_hand_check,
    users_frames,
)
from stabcheck.dynamic.watch.handwritten import HandCheck, hand_check, printed_check
from stabcheck.dynamic.watch.patching import Patches, Wrap
from stabcheck.dynamic.watch.recorder import Recorder, WatchedCall
from stabcheck.dynamic.watch.undisturbed import undisturbed
from stabcheck.timelimit import TimeLimitError, time_limit

MOST = 5  # diagnoses of one line, for a check in a loop
NO_CHECKS = (
    "no gradient cases here, and no gradient check was seen while it ran: "
    "mark a function with @stabcheck.gradient_case"
)
_COMPARING = (
    ("numpy", "allclose"),
    ("numpy.testing", "assert_allclose"),
    ("numpy.testing", "assert_array_almost_equal"),
    ("numpy.testing", "assert_almost_equal"),
)


@dataclass(slots=True)
class Seen:
    """What came of running a script; `passed` checks were content by their own tolerance."""

    shown: str
    effort: Mapping[str, Any]
    recorder: Recorder = field(default_factory=Recorder)
    found: dict[tuple[str, int], list[Explanation]] = field(default_factory=dict)
    printed: dict[tuple[str, int], set[str]] = field(default_factory=dict)  # checks told of, by line
    silent: Counter[tuple[str, int]] = field(default_factory=Counter)  # lines that print something else
    passed: int = 0
    failure: CaseError | None = None
    interrupted: bool = False

    @property
    def reports(self) -> tuple[Report, ...]:
        """A report a check, under the line where it stands."""
        return tuple(
            self._placed(explanation, explanation.report)
            for explanation in self._explanations()
            if explanation.report is not None
        )

    @property
    def errors(self) -> tuple[CaseError, ...]:
        """The checks that could not be diagnosed, and what ended the script."""
        refused = tuple(
            CaseError(self._named(found.path), f"{found.title}: {found.refused}", found.line)
            for found in self._explanations()
            if found.report is None
        )
        nothing = not self.found and not self.passed and self.failure is None and not self.interrupted
        ended = (CaseError(self.shown, NO_CHECKS),) if nothing else ()
        return (*refused, *ended, *(() if self.failure is None else (self.failure,)))

    def ended(self, call: WatchedCall) -> None:
        """A checker has returned or raised."""
        if CHECKERS[call.checker].decides and not failed_by_itself(call):
            self.passed += 1
        elif call.error is None or isinstance(call.error, Exception):
            self.add(call.place, lambda: explain_call(call, self.effort, later=False))

    def compared(self, frame: FrameType | None) -> None:
        """Two arrays were not close; the frame is that of the comparison."""
        if frame is None or not is_users(frame.f_code.co_filename):
            return
        place = (frame.f_code.co_filename, frame.f_lineno)
        self.add(place, lambda: self._by_hand(frame, frame.f_lineno))

    def shown_to_the_reader(self, frame: FrameType) -> None:
        """Something is printed: perhaps an error between two gradients. Each check is told of once a line."""
        place = (frame.f_code.co_filename, frame.f_lineno)
        if self.silent[place] < MOST and is_users(place[0]):
            self.add(place, lambda: self._by_print(frame, place))

    def stopped(self, error: Exception, file: Path) -> None:
        """The script was ended by an exception: a check explains it, or it is an error."""
        frames = users_frames(error.__traceback__)
        known = any((frame.f_code.co_filename, line) in self.found for frame, line in frames)
        if known or calls_behind(error, list(self.recorder.calls), frames):
            return
        for frame, line in frames:
            place = (frame.f_code.co_filename, line)
            self.add(place, functools.partial(self._by_hand, frame, line))
            if place in self.found:
                return
        self.failure = case_error(self.shown, "the script", error, None)

    def add(self, place: tuple[str, int], explain: Callable[[], Explanation | None]) -> None:
        """Explain a check, unless its line has been explained often enough."""
        if len(self.found.get(place, ())) >= MOST or not self.recorder.listening:
            return
        self.recorder.listening = False
        try:
            explanation = explain()
        finally:
            self.recorder.listening = True
        if explanation is not None:
            self.found.setdefault(place, []).append(explanation)

    def _by_hand(self, frame: FrameType, line: int) -> Explanation | None:
        with undisturbed():
            check = hand_check(frame, line)
        if check is None:
            return None
        self._forget_printed(check)
        return explain_hand_check(check, frame.f_code.co_filename, self.effort)

    def _by_print(self, frame: FrameType, place: tuple[str, int]) -> Explanation | None:
        with undisturbed():
            check = printed_check(frame, place[1])
        if check is None or check.identity in self.printed.setdefault(place, set()):
            self.silent[place] += check is None
            return None
        self.printed[place].add(check.identity)
        return explain_hand_check(check, place[0], self.effort)

    def _forget_printed(self, check: HandCheck) -> None:
        """What was printed of a check that fails a comparison afterwards is told of there."""
        for place, told in self.printed.items():
            if check.identity in told:
                self.found.pop(place, None)

    def _explanations(self) -> Iterator[Explanation]:
        for _, found in sorted(self.found.items(), key=lambda entry: entry[0]):
            yield from found

    def _placed(self, found: Explanation, report: Report) -> Report:
        path = self._named(found.path)
        placed = replace(report, name=found.title, path=path, line=found.line)
        return as_named(placed, self.shown, _file(self.shown))

    def _named(self, path: str) -> str:
        if os.path.realpath(path) == str(_file(self.shown)):
            return self.shown
        relative = os.path.relpath(path)
        return path if relative.startswith("..") else relative


def run_script(shown: str, effort: Mapping[str, Any], timeout: float | None = None) -> Seen:
    """Run a Python file as `__main__`; what it prints goes to standard error.

    Parameters
    ----------
    shown
        the path, as the user gave it.
    effort
        `budget`, `seed` and `full` of each diagnosis.
    timeout
        seconds after which the script is given up.
    """
    seen = Seen(shown, effort)
    seen.recorder.ended = seen.ended
    file = _file(shown)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    checkers, comparing, printing = patches(seen.recorder), _comparing(seen), _printing(seen)
    checkers.start()
    comparing.start()
    printing.start()
    try:
        with importable(file), _arguments(str(file)), on_standard_error(), time_limit(timeout):
            runpy.run_path(str(file), run_name="__main__")
    except KeyboardInterrupt:
        seen.interrupted = True
    except TimeLimitError as error:
        seen.failure = timed_out(shown, "the script", error, timeout, None)
    except SystemExit as error:
        if error.code not in (None, 0, False) and not seen.found:
            seen.failure = CaseError(shown, f"the script ended with sys.exit({error.code!r})")
    except SyntaxError as error:
        seen.failure = import_error(shown, error)
    except Exception as error:
        seen.stopped(error, file)
    finally:
        printing.stop()
        comparing.stop()
        checkers.stop()
    return seen


def _printing(seen: Seen) -> Patches:
    """A wrapper for `print` that tells where something is printed."""

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def printed(*args: Any, **keywords: Any) -> None:
            original(*args, **keywords)
            seen.shown_to_the_reader(sys._getframe(1))

        return printed

    return Patches({("builtins", "print"): wrap})


def _comparing(seen: Seen) -> Patches:
    """Wrappers for the comparisons of NumPy that tell of those that fail."""

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def compared(*args: Any, **keywords: Any) -> Any:
            try:
                result = original(*args, **keywords)
            except AssertionError:
                seen.compared(sys._getframe(1))
                raise
            if isinstance(result, bool) and not result:
                seen.compared(sys._getframe(1))
            return result

        return compared

    wraps: dict[tuple[str, str], Wrap] = dict.fromkeys(_COMPARING, wrap)
    return Patches(wraps)


@contextmanager
def _arguments(file: str) -> Iterator[None]:
    """The command line of a script without arguments."""
    before = sys.argv
    sys.argv = [file]
    try:
        yield
    finally:
        sys.argv = before


def _file(shown: str) -> Path:
    return Path(shown).resolve()
