"""Findings and diagnoses joined into ranked entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from stabcheck.dynamic.report import Cause, Report
from stabcheck.dynamic.trace.event import Event
from stabcheck.static.finding import SEVERITIES, Finding
from stabcheck.static.suppress import TOOL_CODE
from stabcheck.triage.entry import Entry
from stabcheck.triage.evidence import Evidence, Visit, short_name
from stabcheck.triage.expect import Expectation, expectation

_UNRANKED = 0


@dataclass(frozen=True, slots=True)
class _Judged:
    """The entries of a finding, and the causes that they explain."""

    entries: tuple[Entry, ...]
    explained: tuple[tuple[Report, Cause], ...]


def correlate(findings: Sequence[Finding], reports: Sequence[Report]) -> tuple[Entry, ...]:
    """One entry for each finding and each case that it explains, and one for each case that none explains.

    A case without causes has no entry. Order: causes of failures, then what else was confirmed, then findings
    by severity and by the digits that their witness loses; among equals, the order of the text.
    """
    evidence = Evidence(reports)
    judged = [_judge(finding, evidence) for finding in findings if finding.code != TOOL_CODE]
    explained = {(id(report), id(cause)) for each in judged for report, cause in each.explained}
    entries = list(chain.from_iterable(each.entries for each in judged))
    entries += chain.from_iterable(_unexplained(report, explained) for report in reports)
    ranked = sorted(entries, key=_importance)
    return tuple(replace(entry, rank=rank) for rank, entry in enumerate(ranked, start=1))


def _judge(finding: Finding, evidence: Evidence) -> _Judged:
    expected = expectation(finding)
    explained: dict[int, tuple[Report, Cause]] = {}
    for report, cause in evidence.causes(finding, expected):
        explained.setdefault(id(report), (report, cause))
    if explained:
        entries = [
            Entry(
                _UNRANKED,
                "confirmed",
                finding,
                report,
                cause,
                _explained(report, cause),
                _action(finding, cause),
            )
            for report, cause in explained.values()
        ]
        return _Judged(tuple(entries), tuple(evidence.causes(finding, expected)))
    visits = list(evidence.visits(finding))
    return _Judged((_observed(finding, visits, expected),), ())


def _observed(finding: Finding, visits: Sequence[Visit], expected: Expectation) -> Entry:
    """The entry of a finding that explains no case: what was seen on its lines."""
    action = _action(finding, None)
    for visit in visits:
        if visit.seen & expected.symptoms:
            event = visit.worst(expected.symptoms)
            told = _told(event) if event is not None else "digits were lost here"
            explanation = f"{finding.message}; {told} (case {short_name(visit.report)})"
            return Entry(_UNRANKED, "confirmed", finding, None, None, explanation, action)
    if visits:
        return Entry(
            _UNRANKED, "reached", finding, None, None, f"{finding.message}; {_behaved(visits)}", action
        )
    return Entry(_UNRANKED, "unreached", finding, None, None, finding.message, action)


def _told(event: Event) -> str:
    """What an event shows, in numbers."""
    where = "in the gradient " if event.phase == "backward" else ""
    if event.overflowed:
        return f"{where}{_entries(event.overflowed)} of {event.operation} overflowed {event.dtype}"
    if event.first_nonfinite or event.first_nan:
        return f"{where}{_entries(event.nonfinite)} of {event.operation} became NaN or infinite"
    if event.broadcast in ("rank-expanding", "outer"):
        shapes = " and ".join(str(shape) for shape in event.input_shapes)
        return f"shapes {shapes} were broadcast to {event.shape}"
    if event.underflowed:
        return f"{where}{_entries(event.underflowed)} of {event.operation} underflowed to 0 in {event.dtype}"
    return f"{where}{event.operation} has a relative error of {event.accumulated_error:.2g} in {event.dtype}"


def _behaved(visits: Sequence[Visit]) -> str:
    """Where a line ran without what its finding predicts, and with which inputs."""
    names = [short_name(visit.report) for visit in visits]
    cases = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    ranges = [interval for visit in visits if (interval := visit.range()) is not None]
    if not ranges:
        return f"ran and behaved in {cases}"
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    return f"ran and behaved in {cases}, inputs from {low:.6g} to {high:.6g}"


def _unexplained(report: Report, explained: set[tuple[int, int]]) -> Iterator[Entry]:
    """The entry of a case of which no finding explains any cause."""
    if any((id(report), id(cause)) in explained for cause in report.causes):
        return
    if report.causes:
        cause = report.causes[0]
        yield Entry(_UNRANKED, "confirmed", None, report, cause, _explained(report, cause), cause.suggestion)
    elif report.verdict != "pass":
        explanation = next(iter(report.answers.values()), f"the verdict is {report.verdict}")
        yield Entry(_UNRANKED, "confirmed", None, report, None, explanation)


def _explained(report: Report, cause: Cause) -> str:
    """What the cause says, and which others the case has."""
    others = [
        other.kind + (f" (line {other.location.line})" if other.location is not None else "")
        for other in report.causes
        if other is not cause
    ]
    return cause.explanation + (f"; also {', '.join(others)}" if others else "")


def _action(finding: Finding, cause: Cause | None) -> str:
    if finding.fix is not None:
        return f"write: {' '.join(finding.fix.replacement.split())}"
    if finding.advice:
        return f"write: {' '.join(finding.advice.split())}"
    return cause.suggestion if cause is not None else ""


def _importance(entry: Entry) -> tuple[int, int, float, str, int]:
    """Sort key: smaller is more important."""
    if entry.case is not None:
        group = {"fail": 0, "inconclusive": 1, "pass": 2}[entry.case.verdict]
    else:
        group = 2 if entry.status == "confirmed" else 3
    severity = SEVERITIES.index(entry.finding.severity) if entry.finding is not None else 0
    if entry.finding is None and group == 2:
        severity = len(SEVERITIES)  # a right gradient whose check could be better
    witness = entry.finding.witness if entry.finding is not None else None
    path, line = entry.place or ("", 0)
    return group, severity, -(witness.lost_bits if witness is not None else 0.0), path, line


def _entries(n: int) -> str:
    return "1 entry" if n == 1 else f"{n} entries"
