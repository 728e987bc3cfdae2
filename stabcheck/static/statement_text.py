"""The piece of a file that holds an expression: what has to be parsed anew to rewrite it."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from stabcheck.static.enclosure import enclosures
from stabcheck.static.graph import Span
from stabcheck.static.lower.positions import Positions
from stabcheck.static.places import within
from stabcheck.static.source_text import Text

_LONG = 2_000  # characters of a statement of which only what is around the expression is parsed
_LONGEST = 20_000  # characters that are parsed for one expression: half a second

# Levels of the abstract tree. libcst's parser descends without a limit of its own, and ends the process where
# the stack does, at some thousands; what people write has a few dozen.
DEEPEST = 300

Range = tuple[int, int, int, int]  # line from 1 and column from 0 of the start and of the end, within a piece


@dataclass(frozen=True, slots=True)
class Piece:
    """Complete statements cut out of a file; they start at `line`, in the column `column` (from 0)."""

    code: str
    line: int
    column: int

    def within(self, span: Span) -> Range:
        """A span of the file as a range of the piece."""
        return (*self._down(span.line, span.column), *self._down(span.end_line, span.end_column))

    def outside(self, found: Range) -> Span:
        """A range of the piece as a span of the file."""
        return Span(*self._up(found[0], found[1]), *self._up(found[2], found[3]))

    def _down(self, line: int, column: int) -> tuple[int, int]:
        return line - self.line + 1, column - 1 - (self.column if line == self.line else 0)

    def _up(self, line: int, column: int) -> tuple[int, int]:
        return line + self.line - 1, column + 1 + (self.column if line == 1 else 0)


def pieces(tree: ast.Module, text: Text, span: Span) -> Iterator[Piece]:
    """The pieces that hold `span` and may parse by themselves, the smallest first, the whole file last.

    The smallest is the innermost simple statement, or the header of a compound one with `pass` for its body.
    Only its first line is dedented, by the cut: the others stand in brackets, in strings or behind a
    backslash, where what they start with is either no indentation or not ours to change.

    Of a long statement, which may hold thousands of such expressions, what is next to `span` comes first;
    what is longer than anybody writes is not parsed.
    """
    positions = text.positions
    holder: ast.stmt | None = None
    node: ast.AST | None = tree
    while node is not None:
        node = _child_around(node, span, positions)
        holder = node if isinstance(node, ast.stmt) else holder
    if holder is not None:
        cut = _simple(holder, text, positions) if not hasattr(holder, "body") else None
        cut = cut or _header(holder, span, text, positions)
        if cut is not None and len(cut.code) <= _LONG:
            yield cut
        else:
            yield from _near(holder, span, text)
            if cut is not None and len(cut.code) <= _LONGEST:
                yield cut
    if len(text.whole) <= _LONGEST:
        yield Piece(text.whole, 1, 0)


def _near(holder: ast.stmt, span: Span, text: Text) -> Iterator[Piece]:
    """What is around `span` in a statement, as statements of their own."""
    for around in enclosures(holder, span, text):
        code = f"{around.before}{text[around.span]}{around.behind}\n"
        if len(code) <= _LONGEST:
            yield Piece(code, around.span.line, around.span.column - 1 - len(around.before))


def _child_around(node: ast.AST, span: Span, positions: Positions) -> ast.stmt | None:
    """The statement directly below a node that holds `span`.

    A block may have tens of thousands of them; they stand in order, so that it is searched by bisection.
    """
    for block in _blocks(node):
        start = span.line, span.column
        index = bisect_right(block, start, key=lambda each: _extent(each, positions)[:2]) - 1
        while index >= 0 and (block[index].end_lineno or 0) >= span.line:  # several may stand on one line
            if within(span, _extent(block[index], positions)):
                return block[index]
            index -= 1
    return None


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The lists of statements below a node, those of its handlers and cases too."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
    for name in ("handlers", "cases"):
        for part in getattr(node, name, ()):
            yield part.body


def _first_line(statement: ast.stmt) -> int:
    """Where a statement begins, with its decorators."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements directly below a node, those of its handlers and cases too."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.excepthandler | ast.match_case):
            yield from _statements(child)


def _extent(statement: ast.stmt, positions: Positions) -> Span:
    """Where a statement stands, with its decorators; their `@` is in its column."""
    span = positions.span(statement)
    return Span(_first_line(statement), span.column, span.end_line, span.end_column)


def _simple(statement: ast.stmt, text: Text, positions: Positions) -> Piece:
    span = positions.span(statement)
    return Piece(text[span] + "\n", span.line, span.column - 1)


def _header(statement: ast.stmt, span: Span, text: Text, positions: Positions) -> Piece | None:
    """A compound statement down to its first statement; None if `span` is further below."""
    first = next(_statements(statement), None)
    if first is None:
        return None
    start, body = _extent(statement, positions), _extent(first, positions)
    if (span.end_line, span.end_column) > (body.line, body.column):
        return None
    code = text[Span(start.line, start.column, body.line, body.column)] + "pass\n"
    if code.startswith("elif"):  # stands by itself as an `if`
        return Piece(code[2:], start.line, start.column + 1)
    return Piece(code, start.line, start.column - 1)
