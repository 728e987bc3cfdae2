"""What the runs say about lines: the events of traces and the causes of diagnoses, by file and line."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import isfinite

from stabcheck.dynamic.report import CHECK_CAUSES, GRADIENT_CAUSES, Cause, Location, Report
from stabcheck.dynamic.trace.event import Event, Trace
from stabcheck.static.finding import Finding
from stabcheck.triage.expect import Expectation, Symptom, symptoms
from stabcheck.triage.scopes import enclosing


@dataclass(frozen=True, slots=True)
class Visit:
    """A case that ran a finding's lines: the events there, and the symptoms that they show."""

    report: Report
    events: tuple[Event, ...]
    seen: frozenset[Symptom]

    def worst(self, wanted: frozenset[Symptom]) -> Event | None:
        """The event that shows one of the wanted symptoms first."""
        return next((event for event in self.events if wanted & symptoms(event, 0.0)), None)

    def range(self) -> tuple[float, float] | None:
        """Smallest and largest finite input of the first operation on the line.

        A gradient that is written by hand runs backward, but on its own lines.
        """
        written = [event for event in self.events if event.forward_event is None and event.input_shapes]
        first = next((event for event in written if event.phase == "forward"), next(iter(written), None))
        if first is None or not (isfinite(first.input_low) and isfinite(first.input_high)):
            return None
        return first.input_low, first.input_high


@dataclass(slots=True)
class Evidence:
    """The reports, indexed by where their events happened."""

    reports: Sequence[Report]
    _lines: Mapping[tuple[int, str], Mapping[int, list[Event]]] = field(init=False)

    def __post_init__(self) -> None:
        lines: dict[tuple[int, str], dict[int, list[Event]]] = defaultdict(lambda: defaultdict(list))
        for number, report in enumerate(self.reports):
            for event in report.trace.events if report.trace else ():
                if event.location is not None:
                    lines[number, real(event.location.path)][event.location.line].append(event)
        self._lines = lines

    def visits(self, finding: Finding) -> Iterator[Visit]:
        """The cases that ran the finding's lines, in order."""
        for number, report in enumerate(self.reports):
            lines = self._lines.get((number, real(finding.path)))
            if lines is None or report.trace is None:
                continue
            rows = range(finding.span.line, finding.span.end_line + 1)
            events = [
                event for row in rows for event in lines.get(row, ()) if _within(event.location, finding)
            ]
            if events:
                yield Visit(report, tuple(events), _symptoms(events, report.trace))

    def causes(self, finding: Finding, expected: Expectation) -> Iterator[tuple[Report, Cause]]:
        """The causes that the finding explains: of its kind, and on its lines or about its function."""
        for report in self.reports:
            for cause in report.causes:
                if cause.kind in expected.causes and _concerns(finding, report, cause):
                    yield report, cause


def _concerns(finding: Finding, report: Report, cause: Cause) -> bool:
    scopes = enclosing(real(finding.path), finding.span.line)
    if cause.location is not None and cause.kind not in CHECK_CAUSES:
        if real(cause.location.path) != real(finding.path):
            return False
        if _within(cause.location, finding):
            return True
        # A wrong gradient is placed where its function begins; the line that spoils it is inside.
        place = enclosing(real(finding.path), cause.location.line)
        return cause.kind in GRADIENT_CAUSES and bool(scopes) and scopes[-1:] == place[-1:]
    # What is wrong with the check belongs to the function that made the case.
    if report.path is None or real(report.path) != real(finding.path):
        return False
    return bool(scopes) and scopes[0][0] == case_function(report)


def _within(location: Location | None, finding: Finding) -> bool:
    """Whether the location is on the finding's lines, and overlaps its columns where both are known."""
    span = finding.span
    if location is None or not span.line <= location.line <= span.end_line:
        return False
    if location.column is None or location.end_column is None or span.line != span.end_line:
        return True
    return location.column < span.end_column and location.end_column > span.column


def _symptoms(events: Sequence[Event], trace: Trace) -> frozenset[Symptom]:
    here = {event.index for event in events}
    errors = {event.index: event.accumulated_error for event in trace.events}
    inherited = _inherited(events, here, errors)
    seen: set[Symptom] = set()
    for event in events:
        seen |= symptoms(event, inherited)
    return frozenset(seen)


def _inherited(events: Iterable[Event], here: set[int], errors: Mapping[int, float]) -> float:
    """The largest error that came to some lines from elsewhere, through any of the events there."""
    outside = (errors.get(index, 0.0) for each in events for index in each.producers if index not in here)
    return max((error for error in outside if isfinite(error)), default=0.0)


def short_name(report: Report) -> str:
    """The case without its file: `f[key]` of `file.py::f[key]`."""
    return report.name.rpartition("::")[2]


def case_function(report: Report) -> str:
    """The function that made the case: `f` of `file.py::f[key]`."""
    return short_name(report).partition("[")[0]


def real(path: str) -> str:
    """The file that a path means, so that paths as given and paths as run can be compared."""
    return _real(os.path.abspath(path))


@cache
def _real(absolute: str) -> str:
    return os.path.realpath(absolute)
