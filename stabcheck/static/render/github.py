"""Findings as annotations of a pull request on GitHub."""

from __future__ import annotations

from collections.abc import Mapping

from stabcheck.interchange.github import Command, annotation
from stabcheck.interchange.place import Place
from stabcheck.static.finding import Finding
from stabcheck.static.render.outcome import Outcome
from stabcheck.static.render.places import place_of, told, unfound

_COMMANDS: Mapping[str, Command] = {"error": "error", "warning": "warning", "info": "notice"}


def render(outcome: Outcome) -> str:
    """One command a finding, and one an error that is not among the findings."""
    lines = [_annotation(finding) for finding in outcome.result.findings]
    lines += [
        annotation("error", "stabcheck", problem.message, Place(problem.path))
        for problem in unfound(outcome.result)
    ]
    return "\n".join(lines)


def _annotation(finding: Finding) -> str:
    title = f"{finding.code} {finding.name}"
    return annotation(_COMMANDS[finding.severity], title, told(finding), place_of(finding))
