"""GitLab's Code Quality report, a subset of Code Climate's.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from stabcheck.interchange.place import Place, named
from stabcheck.json_text import dumps

Severity = Literal["info", "minor", "major", "critical", "blocker"]


@dataclass(frozen=True, slots=True)
class Degradation:
    """One entry; `fingerprint` is what a merge request compares: it must differ from those of all others."""

    check: str
    message: str
    severity: Severity
    place: Place
    fingerprint: str


def document(entries: Iterable[Degradation]) -> str:
    """The JSON text."""
    return dumps([_entry(entry) for entry in entries])


def _entry(entry: Degradation) -> dict[str, Any]:
    place = entry.place
    return {
        "description": entry.message,
        "check_name": entry.check,
        "fingerprint": entry.fingerprint,
        "severity": entry.severity,
        "location": {
            "path": named(place.path),
            "lines": {"begin": place.line or 1, "end": place.end_line or place.line or 1},
        },
    }
