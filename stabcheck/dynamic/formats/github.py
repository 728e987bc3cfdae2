"""Diagnoses as annotations of a pull request on GitHub."""

from __future__ import annotations

from collections.abc import Mapping

from stabcheck.dynamic.formats.places import place_of, place_of_error, told
from stabcheck.dynamic.report import Report
from stabcheck.dynamic.running import CaseResults
from stabcheck.interchange.github import Command, annotation

_COMMANDS: Mapping[str, Command] = {"fail": "error", "inconclusive": "warning", "pass": "notice"}


def render(results: CaseResults) -> str:
    """One command a case with causes, at its first cause, and one an error."""
    lines = [line for report in results.reports if (line := _annotation(report))]
    lines += [
        annotation("error", "stabcheck", error.message, place_of_error(error)) for error in results.errors
    ]
    return "\n".join(lines)


def _annotation(report: Report) -> str | None:
    first = report.causes[0] if report.causes else None
    place = place_of(report, first)
    if first is None or place is None:
        return None
    command = _COMMANDS[report.verdict]
    return annotation(command, f"{report.verdict}: {first.kind}", f"{report.name}: {told(first)}", place)
