"""Diagnoses as JUnit XML: a case is a test, which fails, passes, or is skipped as inconclusive."""

from __future__ import annotations

from stabcheck.dynamic.case_errors import CaseError
from stabcheck.dynamic.report import Report
from stabcheck.dynamic.running import CaseResults
from stabcheck.interchange import junit
from stabcheck.interchange.place import named


def render(results: CaseResults) -> str:
    """A suite a file; where there is nothing at all, one suite without tests."""
    return junit.document(suites(results) or [junit.Suite("stabcheck diagnose", ())])


def suites(results: CaseResults) -> list[junit.Suite]:
    """The suites of the files that have cases, or errors in place of them."""
    paths = dict.fromkeys(
        [*(report.path or "" for report in results.reports), *(error.path for error in results.errors)]
    )
    return [
        junit.Suite(
            named(path) if path else "stabcheck diagnose",
            (
                *(_case(report, path) for report in results.reports if (report.path or "") == path),
                *(_error(error) for error in results.errors if error.path == path),
            ),
        )
        for path in paths
    ]


def _case(report: Report, path: str) -> junit.Case:
    name = report.name.partition("::")[2] or report.name
    return junit.Case(name, named(path) if path else "stabcheck", _outcome(report))


def _outcome(report: Report) -> junit.Outcome | None:
    if report.verdict == "pass":
        return None
    first = report.causes[0] if report.causes else None
    kind, message = (first.kind, first.explanation) if first is not None else (report.verdict, "")
    return junit.Outcome("failure" if report.verdict == "fail" else "skipped", kind, message, str(report))


def _error(error: CaseError) -> junit.Case:
    name = "run" if error.line is None else f"run, line {error.line}"
    text = error.traceback or ""
    return junit.Case(name, named(error.path), junit.Outcome("error", "error", error.message, text))
