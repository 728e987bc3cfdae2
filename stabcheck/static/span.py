"""Where something stands in source text.

A tuple: every node of a graph has one, and a frozen dataclass takes four times as long to make.
"""

from __future__ import annotations

import ast
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of source: lines from 1; columns from 1, in characters.

    The end column is one past the last.
    """

    line: int
    column: int
    end_line: int
    end_column: int


Placed = ast.expr | ast.stmt | ast.excepthandler | ast.pattern | ast.arg
Place = Span | Placed  # of few values the span is ever asked for: till then, the syntax tells it

_tuple = tuple.__new__


def span_of(node: Placed) -> Span:
    """The span of a node of syntax on lines without wide characters; made as `Span.__new__` makes it."""
    end_line = node.end_lineno or node.lineno
    return _tuple(Span, (node.lineno, node.col_offset + 1, end_line, (node.end_col_offset or 0) + 1))
