"""Comments that silence what is found today, written at each place: `# stabcheck: ignore[NS105]`.

Nothing but comments changes: lines stay in their places, and the module is the same program as before. A
comment goes to the line on which the finding begins or, where that line can hold none (it ends within a
string or by a backslash), to the next of its statement that can. An ignore that is there already gets the
codes; what other comments say stays.
"""

from __future__ import annotations

import ast
import tokenize
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stabcheck.static.apply import apply_edits
from stabcheck.static.finding import Edit, Finding
from stabcheck.static.graph import Span
from stabcheck.static.source import LINE_END, Source
from stabcheck.static.suppress import TOOL_CODE, Directive, directives, tokens


@dataclass(frozen=True, slots=True)
class Silenced:
    """A text with its new comments, the findings that they silence, and those that none of them can."""

    raw: str
    silenced: tuple[Finding, ...]
    left: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Logical lines, those of their lines that can't hold a comment, and the columns of comments by line."""

    logical: tuple[tuple[int, int], ...]
    closed: frozenset[int]
    comments: dict[int, int]

    def around(self, line: int) -> tuple[int, int] | None:
        """The first and last line of the logical line that holds `line`."""
        index = bisect_right([first for first, _ in self.logical], line) - 1
        return self.logical[index] if index >= 0 and line <= self.logical[index][1] else None


def with_ignores(source: Source, findings: Iterable[Finding], reason: str | None = None) -> Silenced:
    """The source with a comment for each finding; `reason` is told in each of them."""
    wanted = [finding for finding in findings if finding.code != TOOL_CODE]
    told = f" -- {' '.join(reason.split())}" if reason and reason.strip() else ""
    raw = _commented(source, wanted, told)
    heard = _heard(raw, wanted)
    if len(heard) < len(wanted):  # a comment that is there may swallow what comes behind it
        raw = _commented(source, wanted, told, [each for each in wanted if each not in heard])
        heard = _heard(raw, wanted)
    if _program(raw) != _program(source.raw):
        return Silenced(source.raw, (), tuple(wanted))
    return Silenced(raw, tuple(heard), tuple(each for each in wanted if each not in heard))


def _heard(raw: str, findings: Iterable[Finding]) -> list[Finding]:
    """The findings that the comments of a text silence."""
    comments = directives(LINE_END.sub("\n", raw))
    return [each for each in findings if any(comment.silences(each) for comment in comments)]


def _commented(source: Source, findings: Sequence[Finding], told: str, ahead: Sequence[Finding] = ()) -> str:
    """The source with comments for the findings; those for `ahead` stand ahead of a comment that is there."""
    layout = _layout(source.text)
    own = [each for each in directives(source.text) if each.kind == "ignore" and each.codes]
    places: dict[tuple[int, int], list[Finding]] = {}
    for finding in findings:
        around = layout.around(finding.span.line)
        if around is not None:
            places.setdefault(around, []).append(finding)
    rows, edits = source.text.split("\n"), []
    for (first, last), found in places.items():
        codes = sorted({finding.code for finding in found})
        there = next((each for each in own if (each.first, each.last) == (first, last)), None)
        before = any(finding in ahead for finding in found)
        if there is not None and not before:
            edits += _merged(there, codes, told)
            continue
        begins = min(finding.span.line for finding in found)
        lines = [*range(begins, last + 1), *range(first, begins)]
        line = next((each for each in lines if each not in layout.closed), None)
        if line is not None:
            comment = f"# stabcheck: ignore[{', '.join(codes)}]{told}"
            opened = layout.comments.get(line) if before else None
            edits.append(_added(line, rows[line - 1], opened, comment))
    return apply_edits(source.raw, edits, source.newline)


def _added(line: int, row: str, opened: int | None, comment: str) -> Edit:
    """A comment at the end of a line, or ahead of the one that begins in the column `opened`."""
    if opened is not None:
        return Edit(Span(line, opened, line, opened), f"{comment}  ")
    end = len(row.rstrip()) + 1
    return Edit(Span(line, end, line, end), f"  {comment}")


def _merged(there: Directive, codes: Sequence[str], told: str) -> list[Edit]:
    """The codes put behind those of a comment, and the reason, unless it has one."""
    behind = there.column + there.codes_at[1]
    edits = [Edit(Span(there.line, behind, there.line, behind), f", {', '.join(codes)}")]
    if told and there.reason is None:
        end = there.column + len(there.text.rstrip())
        edits.append(Edit(Span(there.line, end, there.line, end), told))
    return edits


def _layout(text: str) -> _Layout:
    logical: list[tuple[int, int]] = []
    closed: set[int] = set()
    comments: dict[int, int] = {}
    opened: list[int] = []  # lines on which f-strings begin, which Python 3.12 and later cut into tokens
    for token, first in tokens(text):
        name = tokenize.tok_name[token.type]
        if token.type == tokenize.COMMENT:
            comments[token.start[0]] = token.start[1] + 1
        elif token.type == tokenize.NEWLINE:
            logical.append((first, token.start[0]))
        elif token.type == tokenize.STRING:
            closed.update(range(token.start[0], token.end[0]))
        elif name.endswith("STRING_START"):
            opened.append(token.start[0])
        elif name.endswith("STRING_END"):
            closed.update(range(opened.pop(), token.end[0]))
    for number, row in enumerate(text.split("\n"), start=1):
        if row.endswith("\\") and number not in comments:
            closed.add(number)
    return _Layout(tuple(logical), frozenset(closed), comments)


def _program(raw: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(raw), include_attributes=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
