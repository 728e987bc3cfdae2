"""Markdown pages of rule cards: headings and fenced blocks, nothing else of Markdown.

A card is read line by line. Only what CommonMark calls a fenced code block (three or more backticks, closed
by at least as many) and an ATX heading (`## Title`) mean something; all other text is for people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_LINE = 2000  # characters

# The rest of a line is stripped by hand: patterns that do so take forever over a line of blanks.
_FENCE = re.compile(r"(`{3,})(.*)")
_INFO = re.compile(r"[A-Za-z0-9_+-]*")
_HEADING = re.compile(r"(#{1,6})\s(.*)")
_BEGINNINGS = frozenset("`#")


class PageError(ValueError):
    """What is wrong with a page, and at which of its lines (from 1)."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its depth (1 for `#`), its text, and its line in the page (from 1)."""

    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its info word, its text, the line of its first line, and the heading above it."""

    language: str
    text: str
    line: int
    heading: str


def parts(text: str) -> Iterator[Heading | Block]:
    """The headings and fenced blocks of a page, in order.

    Raises
    ------
    PageError
        for a fence that is never closed, and a line that nobody would read.
    """
    heading = ""
    opened: tuple[str, str, int] | None = None
    lines = text.splitlines()
    if max(map(len, lines), default=0) > LONGEST_LINE:
        number, line = next(each for each in enumerate(lines, start=1) if len(each[1]) > LONGEST_LINE)
        raise PageError(number, f"a line of {len(line)} characters; at most {LONGEST_LINE} are allowed")
    # Nearly no line begins so, and all pages are read whenever the linter starts.
    for number, line in [each for each in enumerate(lines, start=1) if each[1][:1] in _BEGINNINGS]:
        fence = _FENCE.fullmatch(line)
        info = fence[2].strip() if fence else ""
        if fence and not _INFO.fullmatch(info):
            fence = None
        if opened is not None:
            ticks, language, start = opened
            if fence and not info and len(fence[1]) >= len(ticks):
                body = lines[start : number - 1]
                yield Block(language, "".join(f"{row}\n" for row in body), start + 1, heading)
                opened = None
        elif fence:
            opened = (fence[1], info, number)
        elif (title := _HEADING.fullmatch(line)) and title[2].strip():
            heading = title[2].strip().rstrip("#").rstrip() or title[2].strip()
            yield Heading(len(title[1]), heading, number)
    if opened is not None:
        raise PageError(opened[2], f"the fence {opened[0]}{opened[1]} is never closed")
