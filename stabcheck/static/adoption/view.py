"""Which findings of a file a run looks at: not those of the baseline, only those on changed lines.

What is not looked at is neither reported nor fixed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from stabcheck.static.finding import Finding

Lines = tuple[tuple[int, int], ...]  # first and last of each range, from 1


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """Findings that are known: alike in file, rule, function and source, and so many.

    `path` is relative to the folder of the baseline file, with slashes.
    """

    path: str
    code: str
    function: str
    source: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class View:
    """What is known of a file, and which of its lines count (None: all of them).

    `reason` is told in the comments that are written for what is found.
    """

    known: tuple[Entry, ...] = ()
    lines: Lines | None = None
    reason: str | None = None


EVERYTHING = View()


@dataclass(slots=True)
class Look:
    """The findings of a text as a view shows them, also while fixes change the text.

    `original` is the text whose lines the view counts.
    """

    check: Callable[[str], Sequence[Finding]]
    view: View
    original: str = ""
    known: tuple[Finding, ...] = field(default=(), init=False)  # at the last look

    def __call__(self, text: str) -> list[Finding]:
        """The findings that are neither known nor on lines that don't count."""
        found, self.known = divided(self.check(text), self.view.known)
        if self.view.lines is None:
            return found
        lines = carried(self.view.lines, self.original, text)
        return [finding for finding in found if meets(lines, finding.span.line, finding.span.end_line)]


def divided(
    findings: Iterable[Finding], entries: Iterable[Entry]
) -> tuple[list[Finding], tuple[Finding, ...]]:
    """The findings that are new, and those that the entries of their file account for, each in order.

    As many findings are known as the entries count. An entry stands first for findings in its function; what
    is left of it for others with its rule and source, since functions are renamed and code is moved.
    """
    exact: Counter[tuple[str, ...]] = Counter()
    for entry in entries:
        exact[entry.code, entry.source, entry.function] += entry.count
    if not exact:
        return list(findings), ()
    items = list(findings)
    known: set[int] = set()
    for index, finding in enumerate(items):
        same = (finding.code, finding.source, finding.function)
        if exact[same] > 0:
            exact[same] -= 1
            known.add(index)
    loose: Counter[tuple[str, ...]] = Counter()
    for (code, source, _), count in exact.items():
        loose[code, source] += count
    for index, finding in enumerate(items):
        if index not in known and loose[finding.code, finding.source] > 0:
            loose[finding.code, finding.source] -= 1
            known.add(index)
    new = [finding for index, finding in enumerate(items) if index not in known]
    return new, tuple(items[index] for index in sorted(known))


def meets(lines: Lines, first: int, last: int) -> bool:
    """Whether the lines from `first` to `last` hold one of `lines`."""
    return any(start <= last and first <= end for start, end in lines)


def carried(lines: Lines, before: str, after: str) -> Lines:
    """The lines of `after` that differ from `before`, or are among its `lines`."""
    if before == after:
        return lines
    from difflib import SequenceMatcher  # noqa: PLC0415  (only who fixes needs it)

    rows = SequenceMatcher(None, before.split("\n"), after.split("\n"), autojunk=False)
    found: list[tuple[int, int]] = []
    for kind, start, end, new_start, new_end in rows.get_opcodes():
        if kind != "equal":
            if new_end > new_start:
                found.append((new_start + 1, new_end))
            continue
        shift = new_start - start
        for first, last in lines:
            low, high = max(first, start + 1), min(last, end)
            if low <= high:
                found.append((low + shift, high + shift))
    return tuple(found)
