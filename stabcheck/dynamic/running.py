"""Run gradient cases, and go on when one of them breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from stabcheck.dynamic.case_errors import CaseError, case_error, exited, nearest, timed_out
from stabcheck.dynamic.cases import GradientCase, cases_of
from stabcheck.dynamic.collect import NO_CASES, CollectedCase, Unit, collect, units
from stabcheck.dynamic.failures import failed_report, shape_mismatch
from stabcheck.dynamic.loading import importable
from stabcheck.dynamic.naming import as_named
from stabcheck.dynamic.quiet import unheard, without_device_messages
from stabcheck.dynamic.report import Report
from stabcheck.dynamic.restored import restored
from stabcheck.settings import DiagnoseSettings
from stabcheck.timelimit import TimeLimitError, time_limit

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Begun:
    """The user's code is about to run: a file to be imported, a case function, one of its cases, a script.

    `name` is "file.py::case", `what` how a message calls it. `function` and `case` count within the file.
    """

    kind: Literal["file", "function", "case", "script"]
    shown: str
    name: str
    what: str
    line: int | None = None
    function: int = 0
    case: int = 0


@dataclass(frozen=True, slots=True)
class Passed:
    """So many checks of a script passed by a tolerance of their own."""

    checks: int


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Ctrl-C; nothing comes behind it."""

    where: CaseError


Event = Begun | Report | CaseError | Passed | Interrupted
Position = tuple[int, int]  # the case function, and which of its cases


def run(
    targets: Sequence[str],
    *,
    options: Options | None = None,
    empty_ok: bool = False,
    scripts: bool = False,
    started: Callable[[str], None] | None = None,
) -> CaseResults:
    """Collect and diagnose the cases of all targets, in this process.

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
    wanted = list(units(targets, scripts=scripts))
    every = (
        event
        for unit in wanted
        for event in ((unit,) if isinstance(unit, CaseError) else events(unit, options or Options()))
    )
    return gathered(targets if not empty_ok else (), wanted, until_interrupted(every), started)


def events(unit: Unit, options: Options, after: Position = (0, 0)) -> Iterator[Event]:
    """What happens while the cases of a file are run, those before a position left out."""
    if unit.script:
        yield from _script(unit, options)
        return
    yield Begun("file", unit.shown, unit.target, "importing it")
    collection = collect(unit, options.timeout)
    yield from collection.errors
    for number, collected in enumerate(collection.cases):
        if number >= after[0]:
            begun = Begun(
                "function",
                unit.shown,
                collected.name,
                collected.declared.name,
                collected.declared.line,
                number,
            )
            yield begun
            with restored():  # what a case function sets holds for its cases
                yield from _cases(collected, options, begun, after[1] if number == after[0] else 0)


def until_interrupted(every: Iterable[Event]) -> Iterator[Event]:
    """The events, and if Ctrl-C ends them the one that says so."""
    name = ""
    try:
        for event in every:
            if isinstance(event, Begun) and event.kind != "case":
                name = event.name
            yield event
    except KeyboardInterrupt:
        yield interrupted_in(name)


def interrupted_in(name: str) -> Interrupted:
    """Ctrl-C while this ran."""
    return Interrupted(CaseError(name.partition("::")[0], f"interrupted in {name}; the rest was not run"))


def gathered(
    targets: Sequence[str],
    wanted: Iterable[Unit | CaseError],
    every: Iterable[Event],
    started: Callable[[str], None] | None = None,
) -> CaseResults:
    """The results that the events amount to. A target of `targets` without cases is an error."""
    reports: list[Report] = []
    errors: list[CaseError] = []
    answered: set[str] = set()
    passed: int | None = None
    interrupted = False
    for event in every:
        if isinstance(event, Begun):
            if event.kind != "file":
                answered.add(event.shown)
            if event.kind in ("function", "script") and started is not None:
                started(event.name)
        elif isinstance(event, Report):
            reports.append(event)
        elif isinstance(event, Passed):
            passed = (passed or 0) + event.checks
        elif isinstance(event, Interrupted):
            interrupted = True
            errors.append(event.where)
        else:
            answered.add(event.path.partition("::")[0])
            errors.append(event)
    if not interrupted:
        answered |= {
            each.folder
            for each in wanted
            if isinstance(each, Unit) and each.folder and each.shown in answered
        }
        silent = (target for target in dict.fromkeys(targets) if target.partition("::")[0] not in answered)
        errors += [CaseError(target, NO_CASES) for target in silent]
    return CaseResults(tuple(reports), tuple(errors), passed, interrupted)


def _script(unit: Unit, options: Options) -> Iterator[Event]:
    from stabcheck.dynamic.watch.script import run_script  # noqa: PLC0415  (only where there is a script)

    yield Begun("script", unit.shown, unit.shown, "the script")
    effort = {"budget": options.budget, "seed": options.seed, "full": options.full}
    seen = run_script(unit.shown, effort, options.timeout)
    yield from seen.reports
    yield from seen.errors
    yield Passed(seen.passed)
    if seen.interrupted:
        raise KeyboardInterrupt


def diagnose_case(collected: CollectedCase, options: Options) -> Iterator[Report | CaseError]:
    """Reports and errors of the cases that one case function makes."""
    begun = Begun("function", collected.shown, collected.name, collected.declared.name)
    with restored():
        for event in _cases(collected, options, begun):
            if isinstance(event, Report | CaseError):
                yield event


def _cases(collected: CollectedCase, options: Options, begun: Begun, after: int = 0) -> Iterator[Event]:
    """The case function is called, and of its cases those that are wanted are run, from the `after`th on."""
    declared = collected.declared
    made = _by_user(collected, declared.name, lambda: cases_of(declared), options.timeout)
    if isinstance(made, (Report, CaseError)):
        yield made
        return
    names = [name for name, _ in made]
    if collected.wanted is not None and collected.wanted not in names:
        yield CaseError(collected.shown, f"no case {collected.wanted!r}{nearest(collected.wanted, names)}")
        return
    for number, (name, case) in enumerate(made):
        if collected.wanted in (None, name) and number >= after:
            yield replace(
                begun,
                kind="case",
                name=f"{collected.shown}::{name}",
                what=name,
                line=declared.line,
                case=number,
            )
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

    with restored():
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
        return exited(collected.shown, name, error, collected.declared.line)
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
