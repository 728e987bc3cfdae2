"""Spans in characters: `ast` counts columns in UTF-8 bytes."""

from __future__ import annotations

import ast
import re

from stabcheck.static.graph import Span

_LINE_END = re.compile(r"\r\n|\r|\n")


class Positions:
    """Turns the positions of nodes into spans; a text in ASCII, as nearly all are, needs no table."""

    __slots__ = ("_wide",)

    def __init__(self, text: str) -> None:
        self._wide: dict[int, bytes] = {}
        if not text.isascii():
            # As CPython's tokenizer does, and unlike str.splitlines: form feeds and the like end no line.
            for number, line in enumerate(_LINE_END.split(text), start=1):
                if not line.isascii():
                    self._wide[number] = line.encode("utf-8", "surrogatepass")

    def span(self, node: ast.expr | ast.stmt | ast.excepthandler | ast.pattern) -> Span:
        """The stretch of source of a node."""
        end_line = node.end_lineno or node.lineno
        end = node.end_col_offset or 0
        if not self._wide:
            return Span(node.lineno, node.col_offset + 1, end_line, end + 1)
        return Span(
            node.lineno, self._column(node.lineno, node.col_offset), end_line, self._column(end_line, end)
        )

    def _column(self, line: int, offset: int) -> int:
        wide = self._wide.get(line)
        if wide is None:
            return offset + 1
        return len(wide[:offset].decode("utf-8", "replace")) + 1
