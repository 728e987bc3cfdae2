"""What a terminal can show: colours where they are wanted, and how wide it is."""

from __future__ import annotations

import contextlib
import os
import sys
import unicodedata
from dataclasses import dataclass
from typing import TextIO

_SEVERITIES = {"error": "31;1", "warning": "33;1", "info": "36;1"}
_CONTROL = {code: "�" for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 0x09}


@dataclass(frozen=True, slots=True)
class Style:
    """Marks stretches of text; without colour it leaves them as they are."""

    colour: bool = False

    def severity(self, text: str, severity: str) -> str:
        """In the colour of a severity."""
        return self._wrap(text, _SEVERITIES[severity])

    def bold(self, text: str) -> str:
        """For what is looked for first."""
        return self._wrap(text, "1")

    def faint(self, text: str) -> str:
        """For what may be passed over."""
        return self._wrap(text, "2")

    def good(self, text: str) -> str:
        """For what is well, or makes it so."""
        return self._wrap(text, "32")

    def bad(self, text: str) -> str:
        """For what failed."""
        return self._wrap(text, "31;1")

    def caution(self, text: str) -> str:
        """For what is not decided."""
        return self._wrap(text, "33")

    def _wrap(self, text: str, codes: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self.colour and text else text


def style_for(stream: TextIO) -> Style:
    """Colours as the environment says, else if `stream` is a terminal that shows them.

    NO_COLOR (https://no-color.org) goes over FORCE_COLOR (https://force-color.org), and that over TERM=dumb,
    as in Python's own tracebacks.
    """
    if os.environ.get("NO_COLOR"):
        return Style(False)
    if os.environ.get("FORCE_COLOR"):
        return Style(True)
    return Style(os.environ.get("TERM") != "dumb" and stream.isatty())


def width(default: int = 110) -> int:
    """Columns for a table: those of the terminal, but 60 to 140; `default` where standard output is none."""
    if not sys.stdout.isatty():
        return default
    return min(max(extent(sys.stdout), 60), 140)


def extent(stream: TextIO) -> int:
    """Columns of the terminal behind `stream`, or what COLUMNS says they are; 80 if nobody knows."""
    with contextlib.suppress(ValueError):
        if (told := int(os.environ.get("COLUMNS", ""))) > 0:
            return told
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (AttributeError, OSError, ValueError):  # no terminal, or a stream that only looks like one
        return 80


def columns(text: str) -> int:
    """How many columns `text` takes: East Asian wide characters take two, combining ones none."""
    return len(text) if text.isascii() else sum(_columns(character) for character in text)


def folded(text: str, room: int | None, *, lead: int = 0, indent: str = "") -> str:
    """`text` in lines of at most `room` columns, broken at spaces; as it is where `room` is None.

    `lead` columns are taken on the first line, the others begin with `indent`. What has no space, like a
    path, stays in one piece: a terminal opens it only so.
    """
    if room is None:
        return text
    lines, line, used = [], "", lead
    for word in text.split(" "):
        size = columns(word)
        if line and used + 1 + size > room:
            lines.append(line)
            line, used = indent + word, columns(indent) + size
        else:
            line, used = (f"{line} {word}", used + 1 + size) if line else (word, used + size)
    return "\n".join([*lines, line])


def cut(text: str, room: int) -> str:
    """The beginning of `text` that takes at most `room` columns."""
    taken = 0
    for place, character in enumerate(text):
        taken += _columns(character)
        if taken > room:
            return text[:place]
    return text


def printable(text: str) -> str:
    """`text` without control characters, so that no source file can send commands to a terminal."""
    return text.translate(_CONTROL)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
