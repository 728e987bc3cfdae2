"""Source around a place, with the place marked, and what a fix would change there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from xml.etree.ElementTree import Element

from stabcheck.dynamic.report import Location
from stabcheck.static.apply import apply_edits, unified_diff
from stabcheck.static.finding import Finding, Fix
from stabcheck.static.source import Source, decode, read
from stabcheck.triage.page.markup import element

AROUND = 3  # lines shown before and after
MOST_LINES = 24  # of a span: longer ones are cut


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file or of a notebook's cell ("a.ipynb:cell 3"), and the columns that are meant.

    Without columns the whole lines are.
    """

    path: str
    line: int
    end_line: int
    column: int | None = None
    end_column: int | None = None

    @staticmethod
    def of_finding(finding: Finding) -> Place:
        """Where a finding is."""
        span = finding.span
        return Place(finding.shown_path, span.line, span.end_line, span.column, span.end_column)

    @staticmethod
    def of_location(location: Location) -> Place:
        """Where an operation is."""
        columns = (location.column, location.end_column)
        return Place(
            location.path, location.line, location.line, *(columns if None not in columns else (None, None))
        )


def excerpt(place: Place) -> Element | None:
    """The lines at a place with their numbers; None if the file can't be read (any more) or is shorter."""
    lines = _lines(place.path)
    if not 0 < place.line <= len(lines):
        return None
    last = min(place.end_line, place.line + MOST_LINES - 1, len(lines))
    first, behind = max(place.line - AROUND, 1), min(last + AROUND, len(lines))
    while first < place.line and not lines[first - 1].strip():
        first += 1
    while behind > last and not lines[behind - 1].strip():
        behind -= 1
    code = [_line(row, lines[row - 1], place) for row in range(first, behind + 1)]
    return element("pre", *code, class_="source")


def change(path: str, fix: Fix) -> Element | None:
    """What the fix changes, as a diff; None if the file can't be read any more."""
    source = _source(path)
    if source is None:
        return None
    diff = unified_diff(source, apply_edits(source.raw, fix.edits, source.newline))
    lines = diff.splitlines()[3:]  # without the names of the files and the head of the first hunk
    shown = ["⋮" if line.startswith("@@") else line for line in lines]
    kinds = {"+": "added", "-": "removed"}
    marked = [element("span", f"{line}\n", class_=kinds.get(line[:1])) for line in shown]
    return element("pre", *marked, class_="source")


def _line(row: int, text: str, place: Place) -> Element:
    here = place.line <= row <= place.end_line
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if place.column is not None and place.end_column is not None:
        start = place.column - 1 if row == place.line else start
        end = place.end_column - 1 if row == place.end_line else end
    parts = (text[:start], element("mark", text[start:end]), text[end:] + "\n") if here else (text + "\n",)
    return element("span", element("i", f"{row:>5} "), *parts, class_="here" if here else None)


def _lines(path: str) -> Sequence[str]:
    source = _source(path)
    if source is not None:
        return source.text.split("\n")
    file, colon, _ = path.rpartition(":cell ")
    data = read(file) if colon else None
    if not isinstance(data, bytes):
        return ()
    from stabcheck.static.notebook import shown_lines  # noqa: PLC0415  (few have notebooks)

    return shown_lines(data, file).get(path, ())


@lru_cache(maxsize=64)
def _source(path: str) -> Source | None:
    data = read(path)
    source = decode(data, path) if isinstance(data, bytes) else None
    return source if isinstance(source, Source) else None
