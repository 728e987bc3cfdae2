"""What triage says: one entry a row of its table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal, get_args

from stabcheck.dynamic.case_errors import CaseError
from stabcheck.dynamic.report import Cause, Report
from stabcheck.static.finding import Finding, LintResult, Problem

Status = Literal["confirmed", "reached", "unreached"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding, a case, or a finding and the case that it explains.

    Attributes
    ----------
    rank
        from 1; what to look at first comes first.
    status
        "confirmed": what the finding predicts happened on its line (or: the cause of the case was measured);
        "reached": the line ran and behaved; "unreached": no case runs it.
    finding
        None for a case that no finding explains.
    case, cause
        the diagnosis, and which of its causes this is about; None for a finding that explains no case.
    explanation
        what happened, with the numbers of the run.
    action
        what to write or do instead; "" if nobody said.
    """

    rank: int
    status: Status
    finding: Finding | None
    case: Report | None
    cause: Cause | None
    explanation: str
    action: str = ""

    @property
    def place(self) -> tuple[str, int] | None:
        """Path and line to look at: the finding's, else the cause's, else where the case is declared."""
        if self.finding is not None:
            return self.finding.shown_path, self.finding.span.line
        if self.cause is not None and self.cause.location is not None:
            return self.cause.location.path, self.cause.location.line
        if self.case is not None and self.case.path is not None:
            return self.case.path, self.case.line or 1
        return None

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `triage --format json`."""
        case = self.case and {
            "name": self.case.name,
            "path": self.case.path,
            "line": self.case.line,
            "verdict": self.case.verdict,
            "cause": self.cause.kind if self.cause else None,
        }
        return {
            "rank": self.rank,
            "status": self.status,
            "finding": self.finding.to_dict() if self.finding else None,
            "case": case,
            "explanation": self.explanation,
            "action": self.action,
        }


@dataclass(frozen=True, slots=True)
class Triage:
    """Findings, diagnoses, and what they say together. `print` shows the table; `to_dict` is the JSON."""

    lint: LintResult
    cases: tuple[Report, ...]
    errors: tuple[Problem | CaseError, ...]  # of both passes
    entries: tuple[Entry, ...]
    interrupted: str = ""  # how far it had come when Ctrl-C ended it

    @property
    def verdicts(self) -> Counter[str]:
        """How many cases have which verdict."""
        return Counter(str(report.verdict) for report in self.cases)

    @property
    def statuses(self) -> Counter[str]:
        """How many findings have which status: that of the first entry about each."""
        first = {
            id(entry.finding): entry.status for entry in reversed(self.entries) if entry.finding is not None
        }
        return Counter(map(str, first.values()))

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `triage --format json`."""
        return {
            "findings": [finding.to_dict() for finding in self.lint.findings],
            "cases": [report.to_dict() for report in self.cases],
            "errors": [problem.to_dict() for problem in self.errors],
            "triage": [entry.to_dict() for entry in self.entries],
        }

    def __str__(self) -> str:
        from stabcheck.triage.render import text  # noqa: PLC0415  (tabulate only when printed)

        return text(self)
