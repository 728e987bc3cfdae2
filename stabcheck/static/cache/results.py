"""Results of earlier runs in the place of checking, and those of this run for later ones."""

from __future__ import annotations

from collections.abc import Sequence

from stabcheck.static.adoption.view import divided
from stabcheck.static.cache.store import Cache, Known
from stabcheck.static.discover import NOTEBOOK, Candidate
from stabcheck.static.finding import Finding, Problem
from stabcheck.static.result import FileResult, Mode
from stabcheck.static.suppress import TOOL_CODE


def remembered_results(candidates: Sequence[Candidate], cache: Cache, mode: Mode) -> dict[str, FileResult]:
    """What earlier runs found in the files that have not changed since, by path."""
    found: dict[str, FileResult] = {}
    for candidate in candidates:
        if candidate.named and candidate.path.endswith(NOTEBOOK):
            continue  # one of another language is passed over in folders, and said to be where it is named
        known = cache.at(candidate.settings).known(candidate.path)
        result = None if known is None else _as_result(known, candidate, mode)
        if result is not None:
            found[candidate.path] = result
    return found


def _as_result(known: Known, candidate: Candidate, mode: Mode) -> FileResult | None:
    """What checking the file would give; None where its text is needed for that."""
    findings, errors = known
    if mode != "report" and (findings or errors):
        return None
    if errors:
        return FileResult(findings, tuple(Problem(candidate.path, message) for message in errors))
    new, old = divided(findings, candidate.view.known)
    if candidate.view.lines is not None and findings:
        return None
    return FileResult(tuple(new), path=candidate.path, known=old)


def remember(candidate: Candidate, result: FileResult, cache: Cache) -> None:
    """Keep a result for later runs; not where something went wrong that may go well the next time."""
    if result.state is None or (candidate.view.lines is not None and result.path):
        return
    if result.errors and [finding.code for finding in result.findings] != [TOOL_CODE]:
        return
    found = result.findings
    if result.known:
        found = tuple(sorted((*found, *result.known), key=_place))
    messages = [problem.message for problem in result.errors]
    cache.at(candidate.settings).keep(candidate.path, result.state, found, messages)


def _place(finding: Finding) -> tuple[int, int, int, str]:
    cell = 0 if finding.cell is None else finding.cell.number
    return cell, finding.span.line, finding.span.column, finding.code
