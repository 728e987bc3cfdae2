"""Where something stands in source text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of source: lines from 1; columns from 1, in characters.

    The end column is one past the last.
    """

    line: int
    column: int
    end_line: int
    end_column: int
