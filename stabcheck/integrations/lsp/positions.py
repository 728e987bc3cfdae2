"""Positions of documents: ours are lines and code points from 1, a client's count in units that it chose."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lsprotocol import types
from pygls.workspace import PositionCodec, TextDocument, Workspace

from stabcheck.static.graph import Span
from stabcheck.static.source import LINE_END

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Lines:
    """The lines of a text, and its positions as the client counts them (UTF-16 units, unless negotiated)."""

    __slots__ = ("_codec", "_rows")

    def __init__(self, text: str, codec: PositionCodec) -> None:
        self._rows = LINE_END.split(text)
        self._codec = codec

    def __len__(self) -> int:
        return len(self._rows)

    def position(self, line: int, column: int) -> types.Position:
        """A line and a column, both from 1; behind the last line is the end of the text."""
        if line > len(self._rows):
            line, column = len(self._rows), len(self._rows[-1]) + 1
        units: int = self._codec.client_num_units(self._rows[line - 1][: column - 1])
        return types.Position(line - 1, units)

    def range(self, span: Span) -> types.Range:
        """The range of a span."""
        return types.Range(
            self.position(span.line, span.column), self.position(span.end_line, span.end_column)
        )


class ExactDocument(TextDocument):
    """A document whose lines end where the protocol ends them.

    pygls cuts them by `str.splitlines`, also at form feeds and U+2028: changes would go to other lines.
    """

    @property
    def lines(self) -> Sequence[str]:
        """The lines with their ends."""
        return tuple(_LINES.findall(self.source))


class ExactWorkspace(Workspace):
    """A workspace of such documents."""

    def _create_text_document(
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> TextDocument:
        return ExactDocument(
            doc_uri,
            source=source,
            version=version,
            language_id=language_id,
            sync_kind=self._sync_kind,
            position_codec=self._position_codec,
        )
