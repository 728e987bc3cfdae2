"""Triage for other programs: SARIF and JUnit, findings and cases in one report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stabcheck.dynamic.case_errors import CaseError
from stabcheck.dynamic.formats import junit as cases_junit
from stabcheck.dynamic.formats import sarif as cases_sarif
from stabcheck.dynamic.running import CaseResults
from stabcheck.interchange import junit as junit_xml
from stabcheck.interchange import sarif as sarif_log
from stabcheck.interchange.place import Place
from stabcheck.static.card import Card
from stabcheck.static.finding import Finding, LintResult, Problem
from stabcheck.static.render import junit as findings_junit
from stabcheck.static.render import sarif as findings_sarif
from stabcheck.triage.entry import Entry, Triage


def sarif(triage: Triage, cards: Mapping[str, Card]) -> str:
    """A result a finding, with its status, and one for each cause that no finding explains."""
    findings = triage.lint.findings
    found = [
        _with_status(result, finding, triage)
        for finding, result in zip(findings, findings_sarif.results(findings), strict=True)
    ]
    unexplained = [entry for entry in triage.entries if entry.finding is None and entry.cause is not None]
    rules = [
        *findings_sarif.rules(findings, cards),
        *cases_sarif.rules(
            replace(entry.case, causes=(entry.cause,)) for entry in unexplained if entry.case and entry.cause
        ),
    ]
    failures = [
        *(_notification(error) for error in triage.errors),
        *([sarif_log.Notification(triage.interrupted)] if triage.interrupted else []),
    ]
    return sarif_log.document(rules, [*found, *map(_measured, unexplained)], failures)


def junit(triage: Triage) -> str:
    """A suite a file: its gradient cases, and its findings as tests that fail."""
    cases = tuple(error for error in triage.errors if isinstance(error, CaseError))
    problems = tuple(error for error in triage.errors if isinstance(error, Problem))
    suites: dict[str, junit_xml.Suite] = {}
    for suite in (
        *cases_junit.suites(CaseResults(triage.cases, cases)),
        *findings_junit.suites(LintResult(triage.lint.findings, problems)),
    ):
        known = suites.get(suite.name, junit_xml.Suite(suite.name, ()))
        suites[suite.name] = replace(known, cases=(*known.cases, *suite.cases))
    return junit_xml.document(list(suites.values()) or [junit_xml.Suite("stabcheck triage", ())])


def _with_status(result: sarif_log.Result, finding: Finding, triage: Triage) -> sarif_log.Result:
    entries = [entry for entry in triage.entries if entry.finding is finding]
    if not entries:
        return result
    told = {
        "status": entries[0].status,
        "rank": entries[0].rank,
        "cases": [entry.case.name for entry in entries if entry.case is not None],
        "explanation": entries[0].explanation,
    }
    return replace(result, properties={**result.properties, **told})


def _measured(entry: Entry) -> sarif_log.Result:
    assert entry.case is not None
    assert entry.cause is not None
    number = next(n for n, cause in enumerate(entry.case.causes) if cause is entry.cause)
    level = cases_sarif.LEVELS[entry.case.verdict] if number == 0 else "note"
    result = cases_sarif.result(entry.case, entry.cause, level, number)
    return replace(result, properties={**result.properties, "status": entry.status, "rank": entry.rank})


def _notification(error: Problem | CaseError) -> sarif_log.Notification:
    line = error.line if isinstance(error, CaseError) else None
    return sarif_log.Notification(error.message, Place(error.path, line))
