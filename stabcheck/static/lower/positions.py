"""Spans in characters: `ast` counts columns in UTF-8 bytes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache

from stabcheck.static.source import with_newlines
from stabcheck.static.span import Place, Placed, Span, span_of


@lru_cache(maxsize=1)  # many ask for the same text, one after the other
def _wide_lines(text: str) -> dict[int, list[int]]:
    """The lines that are not ASCII, by number: which of their bytes in UTF-8 continue a character."""
    # As CPython's tokenizer does, and unlike str.splitlines: form feeds and the like end no line.
    lines = with_newlines(text).split("\n")
    return {
        number: [at for at, byte in enumerate(line.encode("utf-8", "surrogatepass")) if byte & 0xC0 == 0x80]
        for number, line in enumerate(lines, start=1)
        if not line.isascii()
    }


class Positions:
    """Turns the positions of nodes into spans; a text in ASCII, as nearly all are, needs no table.

    `span` gives the stretch of source of a node, `place` the node itself as long as its columns are right.
    """

    __slots__ = ("_wide", "place", "span")

    def __init__(self, text: str) -> None:
        self._wide: dict[int, list[int]] = {}
        self.span: Callable[[Placed], Span] = span_of
        self.place: Callable[[Placed], Place] = _itself
        if not text.isascii():
            self._wide = _wide_lines(text)
            if self._wide:
                self.span = self._decoded
                self.place = self._decoded_or_itself

    def _decoded(self, node: Placed) -> Span:
        place = self._decoded_or_itself(node)
        return place if isinstance(place, Span) else span_of(place)

    def _decoded_or_itself(self, node: Placed) -> Place:
        line, end_line = node.lineno, node.end_lineno or node.lineno
        if line not in self._wide and end_line not in self._wide:
            return node
        end = self._column(end_line, node.end_col_offset or 0)
        return Span(line, self._column(line, node.col_offset), end_line, end)

    def _column(self, line: int, offset: int) -> int:
        wide = self._wide.get(line)
        if wide is None:
            return offset + 1
        return offset - bisect_left(wide, offset) + 1


def _itself(node: Placed) -> Place:
    return node
