"""Writing fixes: edits applied to the text, and the file replaced in one step."""

from __future__ import annotations

import ast
import difflib
import os
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product

from stabcheck.atomic import replace
from stabcheck.static.finding import Edit, Finding, Problem
from stabcheck.static.lossless import read
from stabcheck.static.source import LINE_END, Source

MAX_PASSES = 10  # a fix may open the way for another one (nested expressions); none needs more than a few


@dataclass(frozen=True, slots=True)
class Fixed:
    """A text after its fixes: what was found, what was fixed, and which findings remain in the new text."""

    raw: str
    found: tuple[Finding, ...]
    applied: tuple[Finding, ...]
    remaining: tuple[Finding, ...]


def apply_edits(text: str, edits: Iterable[Edit], newline: str = "\n") -> str:
    """`text` with the edits made; they must not overlap. Line ends of inserted text become `newline`.

    Whatever lies outside of the edited spans stays as it is, character by character.
    """
    starts = [0, *(match.end() for match in LINE_END.finditer(text))]
    pieces, end = [], 0
    for edit in sorted(edits, key=_position):
        start = starts[edit.span.line - 1] + edit.span.column - 1
        pieces += [text[end:start], edit.text.replace("\n", newline)]
        end = starts[edit.span.end_line - 1] + edit.span.end_column - 1
    return "".join([*pieces, text[end:]])


def compatible(findings: Sequence[Finding]) -> list[Finding]:
    """The findings whose fixes can be made in one pass, by position: the first of two that overlap.

    All edits of a fix are made, or none. Fixes may share an edit (both insert the same import).
    """
    chosen: list[Finding] = []
    taken: set[Edit] = set()
    for finding in sorted(
        findings, key=lambda finding: (finding.span.line, finding.span.column, finding.code)
    ):
        edits = set(finding.fix.edits) if finding.fix else set()
        new = edits - taken
        pairs = chain(product(new, taken), combinations(edits, 2))
        if new and not any(_overlap(edit, other) for edit, other in pairs):
            chosen.append(finding)
            taken |= edits
    return chosen


def fix(source: Source, check: Callable[[str], Sequence[Finding]], *, unsafe: bool) -> Fixed:
    """Make the fixes of `source` until there is nothing left to do.

    `check` finds what is wrong in a text whose line ends are newlines. A fix after which the text no longer
    parses is not made.
    """
    raw, applied, seen = source.raw, [], {source.raw}
    found = findings = list(check(source.text))
    for _ in range(MAX_PASSES):
        wanted = compatible([finding for finding in findings if _may_fix(finding, unsafe=unsafe)])
        made, changed = _make(raw, wanted, source.newline)
        if not made or changed in seen:  # seen: two fixes that undo each other
            break
        raw = changed
        seen.add(raw)
        applied += made
        findings = list(check(LINE_END.sub("\n", raw)))
    return Fixed(raw, tuple(found), tuple(applied), tuple(findings))


def unified_diff(source: Source, raw: str) -> str:
    """What changes from the source to `raw`, as `patch` and `git apply` read it."""
    before, after = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (source.raw, raw))
    lines = difflib.unified_diff(before, after, f"a/{source.path}", f"b/{source.path}")
    return "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines
    )


def write(source: Source, raw: str) -> Problem | None:
    """Replace the file by `raw`, at once: a kill at any moment leaves the old file or the new one.

    Encoding, byte order mark, line ends and mode bits stay; a symbolic link stays one, its target is
    replaced. A file that libcst reads back byte for byte must be one that it reads so afterwards.
    """
    try:
        if read(source.encode(raw)) is None and read(source.encode(source.raw)) is not None:
            return Problem(source.path, "not fixed: the fixes would leave something that does not parse")
    except UnicodeEncodeError:
        pass  # `replace_file` tells
    return replace_file(source, raw)


def replace_file(source: Source, raw: str) -> Problem | None:
    """As `write`, whatever the file holds."""
    target = os.path.realpath(source.path)
    try:
        data, before = source.encode(raw), source.encode(source.raw)
        with open(target, "rb") as file:
            if file.read() != before:
                return Problem(source.path, "not fixed: it was changed meanwhile")
        replace(target, data)
    except UnicodeEncodeError as error:
        return Problem(source.path, f"not fixed: {source.encoding} has no {error.object[error.start]!r}")
    except OSError as error:
        return Problem(source.path, f"not fixed: can't be written: {error.strerror}")
    return None


def _make(raw: str, wanted: Sequence[Finding], newline: str) -> tuple[list[Finding], str]:
    """The fixes made together, without those that break the text; else the first that does not."""
    together = _edited(raw, wanted, newline)
    if parses(together):
        return list(wanted), together
    sound = [finding for finding in wanted if parses(_edited(raw, [finding], newline))]
    for chosen in (sound, sound[:1]):
        changed = _edited(raw, chosen, newline)
        if chosen and parses(changed):
            return chosen, changed
    return [], raw


def _edited(raw: str, findings: Iterable[Finding], newline: str) -> str:
    edits = {edit for finding in findings if finding.fix for edit in finding.fix.edits}
    return apply_edits(raw, edits, newline)


def parses(text: str) -> bool:
    """Whether `text` is Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _may_fix(finding: Finding, *, unsafe: bool) -> bool:
    return finding.fix is not None and (unsafe or finding.fix.safety == "safe")


def _position(edit: Edit) -> tuple[int, int, int, int]:
    return (edit.span.line, edit.span.column, edit.span.end_line, edit.span.end_column)


def _overlap(a: Edit, b: Edit) -> bool:
    """Whether the order of the two would matter: they share text, or insert at the same place."""
    first, second = sorted((_position(a), _position(b)))
    if first[:2] == second[:2]:
        return True
    return first[2:] > second[:2]
