"""What a terminal can show: colours where they are wanted, and how wide it is."""

from __future__ import annotations

import os
import shutil
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
    """Colours if `stream` is a terminal that shows them, unless NO_COLOR is set (https://no-color.org)."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Style(wanted and stream.isatty())


def width(default: int = 110) -> int:
    """Columns of the terminal, between 60 and 140; `default` where standard output is none."""
    if not sys.stdout.isatty():
        return default
    return min(max(shutil.get_terminal_size((default, 24)).columns, 60), 140)


def columns(text: str) -> int:
    """How many columns `text` takes: East Asian wide characters take two, combining ones none."""
    return sum(_columns(character) for character in text)


def printable(text: str) -> str:
    """`text` without control characters, so that no source file can send commands to a terminal."""
    return text.translate(_CONTROL)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
