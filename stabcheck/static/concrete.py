"""Replacing an expression on the concrete syntax tree.

The file is analysed on the stdlib's `ast` and rewritten on libcst's tree, which keeps every comment, space
and line break. On the same machine `ast.parse` reads 131,000 lines a second, `libcst.parse_module` 10,000,
and with the metadata providers that a whole analysis would take 1,300; the linter reads every line of a
project and rewrites a few. So libcst is imported when there is something to replace, and parses the statement
that holds it (`stabcheck.static.statement_text`).

The new expression is made of the nodes of the old one: the operands move with all that is written in them,
and only what stands between them is new. Whether parentheses are needed is for Python's own grammar to say:
with all of them the meaning is plain, and each pair goes that can go without a change of the abstract tree.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from stabcheck.static.assembly import Assembly
from stabcheck.static.finding import Edit, Rewrite
from stabcheck.static.graph import Span
from stabcheck.static.lossless import read
from stabcheck.static.parentheses import fewest
from stabcheck.static.plain_statement import in_one_line
from stabcheck.static.source_text import Text
from stabcheck.static.statement_text import Piece, Range, pieces


def rewrite(
    tree: ast.Module, text: Text, target: Span, expression: str, operands: Mapping[str, Span]
) -> Rewrite | None:
    """Put an expression in the place of the one at `target`.

    Parameters
    ----------
    tree, text
        the file.
    target
        the expression that is replaced, without parentheses around it.
    expression
        the new one, with names for what it takes from the old one.
    operands
        where the expressions stand that these names are for, inside of `target`.

    Returns
    -------
    Rewrite or None
        None where it can't be done without loss: a comment would go, or a name that is bound by `:=`, the
        place is in an f-string, or there is no expression at exactly these spans.
    """
    for piece in pieces(tree, text, target):
        try:
            statement = _statement(piece.code)
            if statement is not None:
                return _rewritten(statement, piece, target, expression, operands)
        except RecursionError:
            return None
    return None


def _rewritten(
    statement: _Statement, piece: Piece, target: Span, expression: str, operands: Mapping[str, Span]
) -> Rewrite | None:
    given = {name: statement.nodes.get(piece.within(span)) for name, span in operands.items()}
    found = {name: node for name, node in given.items() if node is not None}
    made = statement.rewritten(piece.within(target), expression, found) if len(found) == len(given) else None
    if made is None:
        return None
    place, new = made
    return Rewrite(Edit(piece.outside(place), new), in_one_line(new))


@lru_cache(maxsize=4)  # several findings of a statement
def _statement(code: str) -> _Statement | None:
    module = read(code)
    return None if module is None else _Statement(module)


class _Statement:
    """A piece of a file as a concrete tree, its nodes by their positions."""

    def __init__(self, module: cst.Module) -> None:
        self.module = module
        self.ranges = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
        self.nodes = {
            self._abstract_range(node): node for node in self.ranges if isinstance(node, cst.BaseExpression)
        }
        self.lines = module.code.split("\n")
        self.formats = [
            _joined(found, found)
            for node, found in self.ranges.items()
            if isinstance(node, cst.FormattedString)
        ]

    def _abstract_range(self, node: cst.BaseExpression) -> Range:
        """Where `ast` sees a node: a tuple or a generator with its parentheses, anything else without."""
        if isinstance(node, cst.Tuple | cst.GeneratorExp) and node.lpar:
            return _joined(self.ranges[node.lpar[-1]], self.ranges[node.rpar[0]])
        return _joined(self.ranges[node], self.ranges[node])

    def rewritten(
        self, place: Range, expression: str, operands: Mapping[str, cst.BaseExpression]
    ) -> tuple[Range, str] | None:
        """What the text becomes at `place`, or around it where parentheses go."""
        old = self.nodes.get(place)
        if old is None or self._in_format(place) or _is_chain(old):
            return None
        new = self._fitted(old, expression, operands)
        if new is None or Counter(_kept(old)) - Counter(_kept(new)):
            return None
        return self._difference(old, new)

    def _in_format(self, place: Range) -> bool:
        """Whether a place is in an f-string, where quotes and positions are not what they seem."""
        return any(found[:2] <= place[:2] and place[2:] <= found[2:] for found in self.formats)

    def _fitted(
        self, old: cst.BaseExpression, expression: str, operands: Mapping[str, cst.BaseExpression]
    ) -> cst.BaseExpression | None:
        """The new expression with as few parentheses as mean the same."""
        assembly = Assembly(cst.parse_expression(expression), operands, old)
        return fewest(assembly.open, assembly.built, lambda new: self._meaning(old, new))

    def _meaning(self, old: cst.BaseExpression, new: cst.BaseExpression) -> str | None:
        """The abstract tree of the statement with `new` in it; None if it does not parse."""
        before, behind = self._around(self._outer(old))
        try:
            return ast.dump(ast.parse(before + self.module.code_for_node(new) + behind))
        except SyntaxError:
            return None

    def _outer(self, node: cst.BaseExpression) -> Range:
        """Where a node stands with its parentheses."""
        if node.lpar:
            return _joined(self.ranges[node.lpar[0]], self.ranges[node.rpar[-1]])
        return _joined(self.ranges[node], self.ranges[node])

    def _difference(self, old: cst.BaseExpression, new: cst.BaseExpression) -> tuple[Range, str]:
        """The least that has to be written: parentheses that stay are left out."""
        code = self.module.code_for_node
        left, right = ("".join(map(code, each)) for each in (old.lpar, old.rpar))
        piece = code(new)
        if old.lpar and new.lpar and piece.startswith(left) and piece.endswith(right):
            return _joined(self.ranges[old], self.ranges[old]), piece[len(left) : len(piece) - len(right)]
        return self._outer(old), piece

    def _around(self, place: Range) -> tuple[str, str]:
        line, column, end_line, end_column = place
        before = [*self.lines[: line - 1], self.lines[line - 1][:column]]
        behind = [self.lines[end_line - 1][end_column:], *self.lines[end_line:]]
        return "\n".join(before), "\n".join(behind)


def _is_chain(node: cst.BaseExpression) -> bool:
    """`a < b < c`: one expression, whose two comparisons both claim its position."""
    return isinstance(node, cst.Comparison) and len(node.comparisons) > 1


def _kept(node: cst.CSTNode) -> Iterator[str]:
    """What must not be lost with an expression: comments, and what it does beside having a value."""
    if isinstance(node, cst.Comment):
        yield node.value
    elif isinstance(node, cst.NamedExpr):
        yield f"{cst.ensure_type(node.target, cst.Name).value} :="
    elif isinstance(node, cst.Await | cst.Yield):
        yield type(node).__name__
    for child in node.children:
        yield from _kept(child)


def _joined(first: CodeRange, last: CodeRange) -> Range:
    return first.start.line, first.start.column, last.end.line, last.end.column
