"""New source for cells, put into the JSON text of a notebook as it stands.

Only the lines that changed are written anew; what stands before, between and behind them (outputs, metadata,
order of keys, indentation, escapes, the last newline) is copied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from stabcheck.static.source import LINE_END

_VALUE = json.JSONDecoder(strict=False).raw_decode
_SPACE = re.compile(r"[ \t\n\r]*")
_CHARACTERS = re.compile(r"(?:[^\\]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[0-9a-fA-F]{4}|\\u[0-9a-fA-F]{4}|\\.)")
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Literal:
    """The source of one cell in the JSON text: a string, or a list of them, from `start` to `end`."""

    start: int
    end: int
    strings: tuple[tuple[int, int, str], ...]  # start and end with the quotes, value
    is_list: bool

    @property
    def text(self) -> str:
        """The source."""
        return "".join(value for _, _, value in self.strings)


class Json:
    """The JSON text of a notebook, and where the source of its cells stands."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def literals(self) -> tuple[Literal | None, ...]:
        """Where the source of each cell is written, in order; None for a cell without any."""
        return tuple(self._literal(cell) for cell in self._cells())

    def line(self, cell: int, row: int) -> int:
        """The line of the text (from 1) on which a cell's line `row` (from 1) stands."""
        literal = self.literals[cell]
        if literal is None:
            return 1
        start, left = literal.start, row - 1
        for start, _, value in literal.strings:  # noqa: B007 - the last one if none holds it
            ends = len(LINE_END.findall(value))
            if left < max(ends, 1):
                break
            left -= ends
        return self.text.count("\n", 0, start) + 1

    def replaced(self, sources: Mapping[int, str]) -> str:
        """The text with new source for the cells of these numbers (from 0, markdown cells counted).

        Line ends of the new source are newlines; in the text they become those that the cell has.
        """
        pieces, end = [], 0
        for cell in sorted(sources):
            literal = self.literals[cell]
            if literal is None or _with_newlines(literal.text) == sources[cell]:
                continue
            pieces += [self.text[end : literal.start], self._written(literal, sources[cell])]
            end = literal.end
        return "".join([*pieces, self.text[end:]])

    def holds(self, sources: Mapping[int, str]) -> bool:
        """Whether the cells of these numbers have this source; False, too, if one has its source twice."""
        there = {cell: self.literals[cell] for cell in sources}
        return all(
            literal is not None and _with_newlines(literal.text) == sources[cell]
            for cell, literal in there.items()
        )

    def _written(self, literal: Literal, source: str) -> str:
        old = list(self._lines(literal))
        new = _LINES.findall(source)
        raw: list[str] = []
        newline = "\r\n" if "\r\n" in literal.text else "\n"
        match = SequenceMatcher(a=[line.replace("\r\n", "\n") for line, _ in old], b=new, autojunk=False)
        for kind, first, last, begin, end in match.get_opcodes():
            if kind == "equal":
                raw += [text for _, text in old[first:last]]
            else:
                raw += [self._encoded(line.replace("\n", newline)) for line in new[begin:end]]
        if not literal.is_list:
            return f'"{"".join(raw)}"'
        before, between, after = self._spaces(literal)
        quoted = between.join('"' + line + '"' for line in raw)
        return f"[{before}{quoted}{after}]" if raw else "[]"

    def _encoded(self, line: str) -> str:
        ascii_only = self.text.isascii() or _SURROGATE.search(line) is not None
        return json.dumps(line, ensure_ascii=ascii_only)[1:-1]

    def _spaces(self, literal: Literal) -> tuple[str, str, str]:
        """What stands before, between and behind the strings of a list."""
        first, last = literal.strings[0], literal.strings[-1]
        before, after = self.text[literal.start + 1 : first[0]], self.text[last[1] : literal.end - 1]
        if len(literal.strings) > 1:
            return before, self.text[first[1] : literal.strings[1][0]], after
        return before, f",{before or ' '}", after

    def _lines(self, literal: Literal) -> Iterator[tuple[str, str]]:
        """The lines of a source with their line ends, each decoded and as it is written, without quotes."""
        decoded, written = "", ""
        for start, end, _ in literal.strings:
            for character in _CHARACTERS.findall(self.text[start + 1 : end - 1]):
                value = json.loads(f'"{character}"', strict=False) if character[0] == "\\" else character
                if decoded.endswith("\n") or (decoded.endswith("\r") and value != "\n"):
                    yield decoded, written
                    decoded, written = "", ""
                decoded, written = decoded + value, written + character
        if decoded:
            yield decoded, written

    def _cells(self) -> Iterator[int]:
        """Where each cell's object begins; those of version 3 stand in worksheets."""
        for key, start, _ in self._members(self._skip(0)):
            if key == "cells":
                yield from (begin for begin, _ in self._items(start))
            elif key == "worksheets":
                for sheet, _ in self._items(start):
                    for inner, cells, _ in self._members(sheet):
                        if inner == "cells":
                            yield from (begin for begin, _ in self._items(cells))

    def _literal(self, cell: int) -> Literal | None:
        found = [(start, end) for key, start, end in self._members(cell) if key in ("source", "input")]
        if len(found) != 1:
            return None
        start, end = found[0]
        is_list = self.text[start] == "["
        spans: Iterable[tuple[int, int]] = self._items(start) if is_list else [(start, end)]
        strings = tuple((first, last, _VALUE(self.text, first)[0]) for first, last in spans)
        if not strings or not all(isinstance(value, str) for _, _, value in strings):
            return None
        return Literal(start, end, strings, is_list)

    def _members(self, start: int) -> Iterator[tuple[str, int, int]]:
        """Key, start and end of each value of the object that begins at `start`."""
        position = self._skip(start + 1)
        while self.text[position] != "}":
            key, position = _VALUE(self.text, position)
            begin = self._skip(self._skip(position) + 1)
            _, end = _VALUE(self.text, begin)
            yield key, begin, end
            position = self._skip(end)
            if self.text[position] == ",":
                position = self._skip(position + 1)

    def _items(self, start: int) -> Iterator[tuple[int, int]]:
        """Start and end of each value of the list that begins at `start`."""
        position = self._skip(start + 1)
        while self.text[position] != "]":
            _, end = _VALUE(self.text, position)
            yield position, end
            position = self._skip(end)
            if self.text[position] == ",":
                position = self._skip(position + 1)

    def _skip(self, position: int) -> int:
        found = _SPACE.match(self.text, position)
        return found.end() if found else position


def _with_newlines(text: str) -> str:
    return LINE_END.sub("\n", text)
