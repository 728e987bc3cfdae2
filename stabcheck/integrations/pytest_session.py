"""What `pytest --stabcheck` does in a session: watches checks, explains failures, collects gradient cases."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pytest

from stabcheck.config import VERDICTS, ConfigError, DiagnoseSettings, load_settings
from stabcheck.dynamic.cases import CaseFunction, declared_in
from stabcheck.dynamic.watch.checkers import patches
from stabcheck.dynamic.watch.patching import Patches
from stabcheck.dynamic.watch.recorder import Recorder

if TYPE_CHECKING:
    from stabcheck.dynamic.case_errors import CaseError
    from stabcheck.dynamic.report import Report

BUDGET = 30.0  # seconds for the diagnosis of one check, where the settings say nothing
SECTION = "stabcheck"


class InconclusiveGradientWarning(UserWarning):
    """A gradient case has no derivative to compare with."""


class CaseFailedError(Exception):
    """A gradient case that failed; the message is its report."""


class Session:
    """The hooks of a session in which stabcheck is switched on."""

    def __init__(self, settings: DiagnoseSettings, recorder: Recorder, watching: Patches) -> None:
        self.settings = settings
        self._recorder = recorder
        self._watching = watching

    @classmethod
    def of(cls, config: pytest.Config) -> Session:
        """A session under the settings of its root folder, watching from now on."""
        try:
            settings = load_settings(config.rootpath).diagnose
        except ConfigError as error:
            raise pytest.UsageError(str(error)) from error
        recorder = Recorder()
        watching = patches(recorder)
        watching.start()
        return cls(settings, recorder, watching)

    def pytest_unconfigure(self) -> None:
        """Put the checkers back."""
        self._watching.stop()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, Any, Any]:
        """Remember the checks of one test, no longer."""
        self._recorder.clear()
        try:
            return (yield)
        finally:
            self._recorder.clear()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the diagnosis to the report of a test that failed."""
        report = yield
        if (
            call.when == "call"
            and report.failed
            and call.excinfo is not None
            and not isinstance(item, CaseItem)
        ):
            texts = self._explained(call.excinfo.value)
            report.sections.extend((SECTION, text) for text in texts)
        return report

    def pytest_pycollect_makeitem(
        self, collector: pytest.Module | pytest.Class, name: str, obj: object
    ) -> pytest.Item | None:
        """A function that declares gradient cases is a test."""
        if not isinstance(collector, pytest.Module) or not isinstance(obj, FunctionType):
            return None
        declared = next((case for case in declared_in(obj.__module__) if case.function is obj), None)
        if declared is None or obj.__module__ != collector.obj.__name__:
            return None
        made: CaseItem = CaseItem.from_parent(collector, name=name, declared=declared, settings=self.settings)
        return made

    def _explained(self, error: BaseException) -> list[str]:
        from stabcheck.dynamic.watch.explain import explain_failure  # noqa: PLC0415  (NumPy: after a failure)

        calls = list(self._recorder.calls)
        self._recorder.listening = False
        try:
            return [str(found) for found in explain_failure(error, calls, effort(self.settings))]
        except Exception as problem:  # a test's own failure is never hidden behind one of ours
            return [f"the failure could not be looked into: {type(problem).__name__}: {problem}"]
        finally:
            self._recorder.listening = True


class CaseItem(pytest.Item):
    """A function marked with `@stabcheck.gradient_case`: it fails with the reports of those that fail."""

    def __init__(self, *, declared: CaseFunction, settings: DiagnoseSettings, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._declared = declared
        self._settings = settings

    def runtest(self) -> None:
        """Diagnose the cases.

        Raises
        ------
        CaseFailedError
            if one can't be run, or its verdict is among those that fail a run (`fail-on` of
            `[tool.stabcheck.diagnose]`).
        """
        from stabcheck.dynamic.collect import CollectedCase  # noqa: PLC0415
        from stabcheck.dynamic.running import Options, diagnose_case  # noqa: PLC0415

        # Time limits of tests are for pytest's own plugins, whose alarm this one would put off.
        options = replace(Options.of(self._settings), timeout=None)
        shown = _shown(self.path, self.config.invocation_params.dir)
        outcomes = list(diagnose_case(CollectedCase(self._declared, shown, self.path), options))
        failing = VERDICTS[: VERDICTS.index(self._settings.fail_on) + 1]
        failed = [outcome for outcome in outcomes if getattr(outcome, "verdict", "fail") in failing]
        if failed:
            raise CaseFailedError("\n\n".join(map(_text, failed)))
        for outcome in outcomes:
            if getattr(outcome, "verdict", "") == "inconclusive":
                self._warn(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The reports; a traceback only of what is not a failed case."""
        if isinstance(excinfo.value, CaseFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the function stands, lines from 0."""
        return self.path, self._declared.line - 1, self.name

    def _warn(self, outcome: Report | CaseError) -> None:
        text = _text(outcome)
        self.add_report_section("call", SECTION, text)
        warnings.warn(InconclusiveGradientWarning(text), stacklevel=1)


def effort(settings: DiagnoseSettings) -> Mapping[str, Any]:
    """The keywords of `diagnose` that the settings give."""
    budget = BUDGET if settings.budget is None else settings.budget
    return {"budget": budget, "seed": settings.seed, "full": settings.full}


def _text(outcome: Report | CaseError) -> str:
    message = getattr(outcome, "message", None)
    if message is None:
        return str(outcome)
    trace = getattr(outcome, "traceback", None)
    return f"{message}\n{trace}" if trace else str(message)


def _shown(path: Path, start: Path) -> str:
    return str(path.relative_to(start)) if path.is_relative_to(start) else str(path)
