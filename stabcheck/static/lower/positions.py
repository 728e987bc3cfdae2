"""Spans in characters: `ast` counts columns in UTF-8 bytes."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache

from stabcheck.static.graph import Span

_Placed = ast.expr | ast.stmt | ast.excepthandler | ast.pattern | ast.arg

_LINE_END = re.compile(r"\r\n|\r|\n")


def _narrow(node: _Placed) -> Span:
    """The span of a node in a text without wide characters; made as `Span.__new__` makes it."""
    end_line = node.end_lineno or node.lineno
    return _tuple(Span, (node.lineno, node.col_offset + 1, end_line, (node.end_col_offset or 0) + 1))


_tuple = tuple.__new__


@lru_cache(maxsize=1)  # many ask for the same text, one after the other
def _wide_lines(text: str) -> dict[int, list[int]]:
    """The lines that are not ASCII, by number: which of their bytes in UTF-8 continue a character."""
    # As CPython's tokenizer does, and unlike str.splitlines: form feeds and the like end no line.
    lines = _LINE_END.split(text) if "\r" in text else text.split("\n")
    return {
        number: [at for at, byte in enumerate(line.encode("utf-8", "surrogatepass")) if byte & 0xC0 == 0x80]
        for number, line in enumerate(lines, start=1)
        if not line.isascii()
    }


class Positions:
    """Turns the positions of nodes into spans; a text in ASCII, as nearly all are, needs no table.

    `span` gives the stretch of source of a node.
    """

    __slots__ = ("_wide", "span")

    def __init__(self, text: str) -> None:
        self._wide: dict[int, list[int]] = {}
        self.span: Callable[[_Placed], Span] = _narrow
        if not text.isascii():
            self._wide = _wide_lines(text)
            if self._wide:
                self.span = self._decoded

    def _decoded(self, node: _Placed) -> Span:
        line, end_line, end = node.lineno, node.end_lineno or node.lineno, node.end_col_offset or 0
        if line in self._wide or end_line in self._wide:
            return Span(line, self._column(line, node.col_offset), end_line, self._column(end_line, end))
        return _tuple(Span, (line, node.col_offset + 1, end_line, end + 1))

    def _column(self, line: int, offset: int) -> int:
        wide = self._wide.get(line)
        if wide is None:
            return offset + 1
        return offset - bisect_left(wide, offset) + 1
