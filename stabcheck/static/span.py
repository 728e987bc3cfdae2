"""Where something stands in source text.

A tuple: every node of a graph has one, and a frozen dataclass takes four times as long to make.
"""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of source: lines from 1; columns from 1, in characters.

    The end column is one past the last.
    """

    line: int
    column: int
    end_line: int
    end_column: int
