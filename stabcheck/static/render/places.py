"""Findings and problems as formats for other programs place them."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.interchange.place import Place
from stabcheck.static.finding import Finding, LintResult, Problem
from stabcheck.static.graph import Span
from stabcheck.static.suppress import TOOL_CODE


def place_of(finding: Finding) -> Place:
    """Where the finding is in its file as stored: of a notebook, whose cells are JSON, only the line."""
    if finding.cell is not None:
        return Place(finding.path, finding.line_in_file, function=finding.function)
    return at(finding.path, finding.span, finding.function)


def at(path: str, span: Span, function: str = "") -> Place:
    """A span of a file."""
    return Place(path, span.line, span.column, span.end_line, span.end_column, function)


def told(finding: Finding) -> str:
    """The message, and in a second line what to write instead."""
    write = finding.fix.replacement if finding.fix is not None else finding.advice
    cell = "" if finding.cell is None else f"cell {finding.cell.number}: "
    return cell + finding.message + (f"\nwrite: {write}" if write else "")


def unfound(result: LintResult) -> Iterator[Problem]:
    """The errors that are not among the findings as well, as a file that does not parse is."""
    unparsable = {finding.path for finding in result.findings if finding.code == TOOL_CODE}
    return (problem for problem in result.errors if problem.path not in unparsable)
