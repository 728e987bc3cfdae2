"""Find the gradient cases of files and folders, run them, and go on when one of them breaks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from stabcheck.dynamic.case_errors import CaseError, case_error, exited, import_error, nearest, timed_out
from stabcheck.dynamic.cases import CaseFunction, GradientCase, cases_of, declared_in, forget
from stabcheck.dynamic.failures import failed_report, shape_mismatch
from stabcheck.dynamic.loading import importable, load, mentions_cases, module_name
from stabcheck.dynamic.naming import as_named
from stabcheck.dynamic.quiet import unheard, without_device_messages, without_start_up_messages
from stabcheck.dynamic.report import Report
from stabcheck.settings import DiagnoseSettings
from stabcheck.timelimit import TimeLimitError, time_limit

if TYPE_CHECKING:
    from stabcheck.dynamic.watch.script import Seen

NO_CASES = "no gradient cases here: mark a function with @stabcheck.gradient_case"
T = TypeVar("T")
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "build", "dist"})


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says for all cases; a case that says it for itself has the last word."""

    budget: float | None = None  # seconds a case
    full: bool = False
    seed: int = 0
    timeout: float | None = None  # seconds after which a case, or the import of a file, is given up
    recorded: bool = False  # record each run, though its diagnosis may do without

    @classmethod
    def of(cls, settings: DiagnoseSettings) -> Options:
        """What `[tool.stabcheck.diagnose]` and the command line say."""
        return cls(settings.budget, settings.full, settings.seed, settings.timeout)


@dataclass(frozen=True, slots=True)
class CollectedCase:
    """A case function: where it stands, as the user named the file, and which of its cases are wanted."""

    declared: CaseFunction
    shown: str  # the path as given on the command line
    file: Path
    wanted: str | None = None  # one case of those that the function returns: "case[key]"

    @property
    def name(self) -> str:
        """`file.py::case`."""
        return f"{self.shown}::{self.wanted or self.declared.name}"


@dataclass(frozen=True, slots=True)
class Collection:
    """The cases behind a target, and what stood in the way of others."""

    cases: tuple[CollectedCase, ...] = ()
    errors: tuple[CaseError, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseResults:
    """What `stabcheck diagnose` found out: a report a case, an error for each that could not be run.

    `passed` counts the checks of scripts that passed by a tolerance of their own, and were left at that; None
    if no script was run.
    `interrupted` means that Ctrl-C ended the run, which one of the errors says.
    """

    reports: tuple[Report, ...] = ()
    errors: tuple[CaseError, ...] = ()
    passed: int | None = None
    interrupted: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `diagnose --format json`."""
        return {
            "cases": [report.to_dict() for report in self.reports],
            "errors": [error.to_dict() for error in self.errors],
            **({} if self.passed is None else {"passed": self.passed}),
        }


def run(
    targets: Sequence[str],
    *,
    options: Options | None = None,
    empty_ok: bool = False,
    scripts: bool = False,
    started: Callable[[str], None] | None = None,
) -> CaseResults:
    """Collect and diagnose the cases of all targets.

    Parameters
    ----------
    targets
        `file.py`, `file.py::case` or a folder.
    options
        for all cases, where the case itself doesn't say.
    empty_ok
        a file or folder without cases is no error.
    scripts
        a file that doesn't speak of gradient cases is run as a program, and the gradient checks that it makes
        by itself are diagnosed.
    started
        called with the name of each case before it is run.
    """
    options = options or Options()
    reports: list[Report] = []
    errors: list[CaseError] = []
    passed: int | None = None
    current, interrupted = "", False
    try:
        for target in dict.fromkeys(targets):
            current = target
            if scripts and is_script(target):
                seen = _script(target, options, started)
                reports.extend(seen.reports)
                errors.extend(seen.errors)
                passed = (passed or 0) + seen.passed
                if seen.interrupted:
                    raise KeyboardInterrupt
                continue
            collection = collect(target, options.timeout)
            errors.extend(collection.errors)
            if not collection.cases and not collection.errors and not empty_ok:
                errors.append(CaseError(target, NO_CASES))
            for collected in collection.cases:
                current = collected.name
                if started is not None:
                    started(current)
                outcomes = list(diagnose_case(collected, options))
                reports.extend(outcome for outcome in outcomes if isinstance(outcome, Report))
                errors.extend(outcome for outcome in outcomes if isinstance(outcome, CaseError))
    except KeyboardInterrupt:
        interrupted = True
        errors.append(
            CaseError(current.partition("::")[0], f"interrupted in {current}; the rest was not run")
        )
    return CaseResults(tuple(reports), tuple(errors), passed, interrupted)


def is_script(target: str) -> bool:
    """Whether a target is a Python file without gradient cases; one that can't be read is not."""
    try:
        return target.endswith(".py") and os.path.isfile(target) and not mentions_cases(Path(target))
    except OSError:
        return False


def _script(shown: str, options: Options, started: Callable[[str], None] | None) -> Seen:
    from stabcheck.dynamic.watch.script import run_script  # noqa: PLC0415  (only where there is a script)

    if started is not None:
        started(shown)
    effort = {"budget": options.budget, "seed": options.seed, "full": options.full}
    return run_script(shown, effort, options.timeout)


def collect(target: str, timeout: float | None = None) -> Collection:
    """The cases of `file.py`, `file.py::case` or of all files of a folder that speak of gradient cases.

    Files are imported, each within `timeout` seconds; nothing is raised for what goes wrong in them.
    """
    shown, _, wanted = target.partition("::")
    path = Path(shown)
    if path.is_dir():
        if wanted:
            return _failed(target, f"{shown} is a folder: name the file that holds {wanted}")
        return _collect_folder(shown, timeout)
    if not path.exists():
        return _failed(shown, "no such file or folder")
    if path.suffix != ".py":
        return _failed(shown, "not a Python file")
    return _select(_collect_file(shown, timeout), shown, wanted)


def _collect_folder(shown: str, timeout: float | None) -> Collection:
    cases: list[CollectedCase] = []
    errors: list[CaseError] = []
    for path in _python_files(shown):
        try:
            if not mentions_cases(Path(path)):
                continue
        except OSError as error:
            errors.append(CaseError(path, f"can't be read: {error.strerror or error}"))
            continue
        found = _collect_file(path, timeout)
        cases.extend(found.cases)
        errors.extend(found.errors)
    return Collection(tuple(cases), tuple(errors))


def _python_files(folder: str) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED
            and not os.path.exists(os.path.join(root, name, "pyvenv.cfg"))
        )
        for name in sorted(files):
            if name.endswith(".py"):
                yield os.path.normpath(os.path.join(root, name))


def _collect_file(shown: str, timeout: float | None) -> Collection:
    file = Path(shown).resolve()
    name = module_name(file)
    forget(name)
    try:
        with importable(file), unheard(), without_start_up_messages(), time_limit(timeout):
            load(file)
    except KeyboardInterrupt:
        raise
    except TimeLimitError as error:
        return Collection(errors=(timed_out(shown, "importing it", error, timeout),))
    except BaseException as error:  # a user's file may raise anything
        return Collection(errors=(import_error(shown, error),))
    return Collection(tuple(CollectedCase(declared, shown, file) for declared in declared_in(name)))


def _select(found: Collection, shown: str, wanted: str) -> Collection:
    if found.errors or not wanted:
        return found
    function = wanted.partition("[")[0]
    chosen = [case for case in found.cases if case.declared.name == function]
    if chosen:
        part = wanted if wanted != function else None
        return Collection(tuple(replace(case, wanted=part) for case in chosen))
    names = [case.declared.name for case in found.cases]
    return _failed(shown, f"no case {wanted!r}{nearest(function, names)}")


def diagnose_case(collected: CollectedCase, options: Options) -> Iterator[Report | CaseError]:
    """Reports and errors of the cases that one case function makes."""
    declared = collected.declared
    made = _by_user(collected, declared.name, lambda: cases_of(declared), options.timeout)
    if isinstance(made, (Report, CaseError)):
        yield made
        return
    names = [name for name, _ in made]
    if collected.wanted is not None and collected.wanted not in names:
        yield CaseError(collected.shown, f"no case {collected.wanted!r}{nearest(collected.wanted, names)}")
        return
    for name, case in made:
        if collected.wanted in (None, name):
            yield _report(collected, name, case, options)


def _report(collected: CollectedCase, name: str, case: GradientCase, options: Options) -> Report | CaseError:
    from stabcheck.dynamic.entry import diagnose  # noqa: PLC0415  (NumPy, only once a case is run)

    keywords = case.keywords()
    keywords["name"] = name
    keywords["budget"] = case.budget if case.budget is not None else options.budget
    keywords["full"] = case.full or options.full
    keywords["seed"] = case.seed or options.seed

    def run() -> Report:
        report = diagnose(**keywords)
        if options.recorded and report.recording is not None:
            report.recording.make()
        return report

    found = _by_user(collected, name, run, options.timeout)
    return found if isinstance(found, CaseError) else _placed(found, collected, name)


def _by_user(
    collected: CollectedCase, name: str, run: Callable[[], T], timeout: float | None
) -> T | Report | CaseError:
    """What a stretch of the user's code gives, or what its exception amounts to; interrupts pass through."""
    try:
        with importable(collected.file), unheard(), without_device_messages(), time_limit(timeout):
            return run()
    except KeyboardInterrupt:
        raise
    except TimeLimitError as error:
        return timed_out(collected.shown, name, error, timeout, collected.declared.line)
    except SystemExit as error:
        return exited(collected.shown, collected.declared, error)
    except BaseException as error:
        return _failure(collected, name, error)


def _failure(collected: CollectedCase, name: str, error: BaseException) -> Report | CaseError:
    """Shapes that don't fit are a diagnosis; any other exception is an error at the user's line."""
    cause = shape_mismatch(error)
    if cause is not None:
        return _placed(failed_report(name, cause), collected, name)
    return case_error(collected.shown, name, error, collected.declared.line)


def _placed(report: Report, collected: CollectedCase, name: str) -> Report:
    """The report under the case's name and line, with the paths of its causes as the user named the files."""
    placed = replace(
        report, name=f"{collected.shown}::{name}", path=collected.shown, line=collected.declared.line
    )
    return as_named(placed, collected.shown, collected.file)


def _failed(shown: str, message: str) -> Collection:
    return Collection(errors=(CaseError(shown, message),))
