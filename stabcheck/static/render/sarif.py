"""Findings as SARIF, for code scanning: rules with their pages, places, fixes, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stabcheck.interchange import sarif
from stabcheck.interchange.place import Place, named
from stabcheck.static.card import Card
from stabcheck.static.finding import Finding, LintResult
from stabcheck.static.fingerprint import fingerprints
from stabcheck.static.render.card import plain_summary, readable
from stabcheck.static.render.outcome import Outcome
from stabcheck.static.render.places import at, place_of, told

_LEVELS: Mapping[str, sarif.Level] = {"error": "error", "warning": "warning", "info": "note"}


def render(outcome: Outcome) -> str:
    """A log with one run."""
    failures = notifications(outcome.result)
    if outcome.run.interrupted:
        failures.append(sarif.Notification(f"interrupted: {outcome.run.left} files were not read"))
    return sarif.document(
        rules(outcome.result.findings, outcome.cards), results(outcome.result.findings), failures
    )


def rules(findings: Iterable[Finding], cards: Mapping[str, Card]) -> list[sarif.Rule]:
    """The rules of these findings, in the order of their codes; `cards` are those of the run, by code."""
    named_by = {finding.code: finding for finding in findings}
    return [
        _rule(cards[code]) if code in cards else _own(finding) for code, finding in sorted(named_by.items())
    ]


def results(findings: tuple[Finding, ...]) -> list[sarif.Result]:
    """A result a finding; in a notebook without the fix, whose text is not that of the file."""
    return [
        sarif.Result(
            finding.code,
            _LEVELS[finding.severity],
            told(finding),
            place_of(finding),
            fingerprint,
            _fix(finding),
            _properties(finding),
        )
        for finding, fingerprint in zip(findings, fingerprints(findings, named), strict=True)
    ]


def notifications(result: LintResult) -> list[sarif.Notification]:
    """What could not be read or parsed."""
    return [sarif.Notification(problem.message, Place(problem.path)) for problem in result.errors]


def _rule(card: Card) -> sarif.Rule:
    family = Path(card.path).parent.name
    tags = ("numerical-stability", family)
    return sarif.Rule(card.code, card.name, plain_summary(card), _LEVELS[card.severity], readable(card), tags)


def _own(finding: Finding) -> sarif.Rule:
    """A rule without a card: of the tool itself."""
    return sarif.Rule(finding.code, finding.name, finding.name.replace("-", " "), _LEVELS[finding.severity])


def _fix(finding: Finding) -> sarif.Fix | None:
    if finding.fix is None or finding.cell is not None:
        return None
    how = "" if finding.fix.safety == "safe" else f" (unsafe: {finding.fix.reason or 'may change results'})"
    changes = tuple(sarif.Change(at(finding.path, edit.span), edit.text) for edit in finding.fix.edits)
    return sarif.Fix(f"write: {finding.fix.replacement}{how}", changes)


def _properties(finding: Finding) -> dict[str, Any]:
    known: dict[str, Any] = {}
    if finding.witness is not None:
        known["witness"] = finding.witness.to_dict()
    if finding.fix is not None:
        known["fixSafety"] = finding.fix.safety
    if finding.cell is not None:
        known["cell"] = finding.cell.number
    return known
