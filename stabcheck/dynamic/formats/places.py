"""Reports and what went wrong as formats for other programs place and word them."""

from __future__ import annotations

from stabcheck.dynamic.case_errors import CaseError
from stabcheck.dynamic.report import Cause, Report
from stabcheck.interchange.place import Place


def place_of(report: Report, cause: Cause | None = None) -> Place | None:
    """The line of the cause if it is known, else the one where the case is declared."""
    if cause is not None and cause.location is not None and not cause.location.path.startswith("<"):
        return Place(cause.location.path, cause.location.line, function=cause.location.function or "")
    return Place(report.path, report.line) if report.path is not None else None


def place_of_error(error: CaseError) -> Place:
    """Where the file could not be run."""
    return Place(error.path, error.line)


def told(cause: Cause) -> str:
    """What is wrong, and in a second line what to do."""
    return cause.explanation + (f"\n→ {cause.suggestion}" if cause.suggestion else "")
