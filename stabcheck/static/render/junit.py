"""Findings as JUnit XML: each a test that fails, in a suite for its file."""

from __future__ import annotations

from collections.abc import Sequence

from stabcheck.interchange import junit
from stabcheck.interchange.place import named
from stabcheck.static.finding import Finding, LintResult, Problem
from stabcheck.static.render.outcome import Outcome
from stabcheck.static.render.places import told, unfound


def render(outcome: Outcome) -> str:
    """A suite a file; a run that finds nothing is one test that passes, as readers refuse an empty report."""
    return junit.document(suites(outcome.result) or [_clean(outcome.run.files)])


def suites(result: LintResult) -> list[junit.Suite]:
    """The suites of the files in which something is found or goes wrong."""
    problems = list(unfound(result))
    paths = dict.fromkeys([*(each.path for each in result.findings), *(each.path for each in problems)])
    return [
        junit.Suite(
            named(path),
            (
                *_findings([finding for finding in result.findings if finding.path == path]),
                *(_error(problem) for problem in problems if problem.path == path),
            ),
        )
        for path in paths
    ]


def _findings(findings: Sequence[Finding]) -> list[junit.Case]:
    return [
        junit.Case(
            f"{finding.code} {finding.name}, {_place(finding)}",
            named(finding.path),
            junit.Outcome(
                "failure",
                finding.severity,
                finding.message,
                f"{finding.shown_path}:{finding.span.line}:{finding.span.column}: {told(finding)}",
            ),
        )
        for finding in findings
    ]


def _place(finding: Finding) -> str:
    cell = "" if finding.cell is None else f"cell {finding.cell.number}, "
    return f"{cell}line {finding.span.line}, column {finding.span.column}"


def _error(problem: Problem) -> junit.Case:
    return junit.Case("read", named(problem.path), junit.Outcome("error", "error", problem.message))


def _clean(files: int) -> junit.Suite:
    said = f"no findings in {files} file{'' if files == 1 else 's'}"
    return junit.Suite("stabcheck lint", (junit.Case(said, "stabcheck"),))
