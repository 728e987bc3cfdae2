"""Findings as a Code Quality report, which GitLab shows in merge requests."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from stabcheck.interchange.gitlab import Degradation, Severity, document
from stabcheck.interchange.place import Place, named
from stabcheck.static.fingerprint import fingerprints
from stabcheck.static.render.outcome import Outcome
from stabcheck.static.render.places import place_of, told, unfound

_SEVERITIES: Mapping[str, Severity] = {"error": "major", "warning": "minor", "info": "info"}


def render(outcome: Outcome) -> str:
    """One entry a finding, and one an error that is not among the findings: a file that is not checked."""
    findings = outcome.result.findings
    entries = [
        Degradation(
            f"{finding.code} {finding.name}",
            told(finding),
            _SEVERITIES[finding.severity],
            place_of(finding),
            fingerprint,
        )
        for finding, fingerprint in zip(findings, fingerprints(findings, named), strict=True)
    ]
    for problem in unfound(outcome.result):
        known_by = f"{named(problem.path)}\0{problem.message}".encode(errors="surrogateescape")
        fingerprint = sha256(known_by).hexdigest()[:32]
        entries.append(
            Degradation("stabcheck", problem.message, "critical", Place(problem.path), fingerprint)
        )
    return document(entries)
