"""Diagnoses as SARIF: a result a cause, at the line where it was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from stabcheck.dynamic.case_errors import CaseError
from stabcheck.dynamic.formats.places import place_of, place_of_error, told
from stabcheck.dynamic.report import CHECK_CAUSES, FUNCTION_CAUSES, Cause, Report
from stabcheck.dynamic.running import CaseResults
from stabcheck.interchange import sarif
from stabcheck.interchange.place import named
from stabcheck.json_text import plain

LEVELS: Mapping[str, sarif.Level] = {"fail": "error", "inconclusive": "warning", "pass": "note"}


def render(results: CaseResults) -> str:
    """A log with one run."""
    return sarif.document(rules(results.reports), results_of(results.reports), notifications(results.errors))


def rules(reports: Iterable[Report]) -> list[sarif.Rule]:
    """The causes that there are, in the order of their names."""
    kinds = sorted({cause.kind for report in reports for cause in report.causes})
    return [sarif.Rule(kind, kind, *_about(kind), tags=("gradient-check",)) for kind in kinds]


def results_of(reports: Iterable[Report]) -> list[sarif.Result]:
    """A result a cause: the first of a failed case is an error, what comes after it a note."""
    return [
        result(report, cause, LEVELS[report.verdict] if number == 0 else "note", number)
        for report in reports
        for number, cause in enumerate(report.causes)
    ]


def notifications(errors: Sequence[CaseError]) -> list[sarif.Notification]:
    """What could not be run."""
    return [sarif.Notification(error.message, place_of_error(error)) for error in errors]


def _about(kind: str) -> tuple[str, sarif.Level]:
    if kind in CHECK_CAUSES:
        return f"the gradient check is at fault: {kind}", "note"
    if kind in FUNCTION_CAUSES:
        return f"the function is at fault: {kind}", "error"
    return f"the gradient is wrong: {kind}", "error"


def result(report: Report, cause: Cause, level: sarif.Level, number: int) -> sarif.Result:
    """The result of the cause with this number, from 0, among those of its case."""
    path, _, case = report.name.partition("::")
    alike = sum(other.kind == cause.kind for other in report.causes[:number])
    identity = "\0".join((named(path) if case else path, case, cause.kind, str(alike)))
    return sarif.Result(
        cause.kind,
        level,
        f"{report.name}: {told(cause)}",
        place_of(report, cause),
        sha256(identity.encode(errors="surrogateescape")).hexdigest()[:32],
        properties={"case": report.name, "verdict": report.verdict, "evidence": plain(cause.evidence)},
    )
