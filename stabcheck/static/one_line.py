"""Replacing an expression in a statement of one line.

Without comments, and without parentheses around the expression, `ast` tells all that a rewriting has to know,
and an operand is written as the text between its two positions. What comes out is what
`stabcheck.static.concrete` makes, in a tenth of the time, and without loading libcst; a statement that is not
as plain as that is left to it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from keyword import iskeyword, issoftkeyword

from stabcheck.static.finding import Edit, Rewrite
from stabcheck.static.graph import Span
from stabcheck.static.parentheses import WHOLE, fewest
from stabcheck.static.source_text import Text
from stabcheck.static.statement_text import DEEPEST, Range, pieces

# What binds more tightly than any operator.
_ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Dict)

_OPERATIONS = (ast.Call, ast.BinOp, ast.UnaryOp)

# In an f-string, positions are not what they seem; the others do something beside having a value.
_INTRICATE = (ast.JoinedStr, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)

_LONGEST = 2_000  # characters: each of its expressions may be rewritten
_BLANKS = " \t\f"
_CALLED = re.compile(r"(?:[\])]|(?P<word>\w+))$")


def rewrite(
    tree: ast.Module, text: Text, target: Span, expression: str, operands: Mapping[str, Span]
) -> Rewrite | None:
    """Put an expression in the place of the one at `target`; None where it can't be done without loss.

    As `stabcheck.static.concrete.rewrite`, which is asked where the statement is not plain.
    """
    piece = next(pieces(tree, text, target), None)
    line = None if piece is None else _plain(piece.code)
    if piece is not None and line is not None:
        places = {name: piece.within(span) for name, span in operands.items()}
        made = line.rewritten(piece.within(target), expression, places)
        if made is not None:
            return Rewrite(Edit(piece.outside(made[0]), made[1]), made[1])
    from stabcheck.static import concrete  # noqa: PLC0415 - imports libcst

    return concrete.rewrite(tree, text, target, expression, operands)


def _plain(code: str) -> _Line | None:
    """A statement, if it is one of one line in which nothing is intricate."""
    if len(code) > _LONGEST or "\n" in code[:-1] or "#" in code or "\\" in code or not code.isascii():
        return None
    nodes: dict[Range, ast.expr] = {}
    try:
        level: list[ast.AST] = [ast.parse(code)]
        for _ in range(DEEPEST):
            for node in level:
                if isinstance(node, _INTRICATE):
                    return None
                if isinstance(node, ast.expr):
                    nodes[1, node.col_offset, 1, node.end_col_offset or 0] = node
            level = [child for node in level for child in ast.iter_child_nodes(node)]
            if not level:
                return _Line(code, nodes)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None


@dataclass(frozen=True, slots=True)
class _New:
    """A new expression: its text, and in their order where names stand in it, and what for.

    `atoms` are the names of what needs no parentheses.
    """

    text: str
    names: tuple[tuple[int, str], ...]
    pieces: Mapping[str, str]
    atoms: frozenset[str]

    @property
    def pairs(self) -> frozenset[int]:
        """The parentheses that its operands may need."""
        return frozenset(index for index, (_, name) in enumerate(self.names) if name not in self.atoms)

    def written(self, pairs: frozenset[int]) -> str:
        """The expression with the operands in it, those of `pairs` in parentheses."""
        made, end = "", 0
        for index, (start, name) in enumerate(self.names):
            piece = self.pieces[name]
            made += self.text[end:start] + (f"({piece})" if index in pairs else piece)
            end = start + len(name)
        made += self.text[end:]
        return f"({made})" if WHOLE in pairs else made


class _Line:
    """A statement of one line, with its expressions by their positions."""

    def __init__(self, code: str, nodes: Mapping[Range, ast.expr]) -> None:
        self.code = code
        self.nodes = nodes

    def rewritten(
        self, place: Range, expression: str, operands: Mapping[str, Range]
    ) -> tuple[Range, str] | None:
        """What the text becomes at `place`, or around it where parentheses go; None if that is not plain."""
        old = self.nodes.get(place)
        if not isinstance(old, _OPERATIONS) or not self._is_bare(place):
            return None
        given = {name: self._operand(where) for name, where in operands.items()}
        moved = {name: node for name, node in given.items() if node is not None}
        if len(moved) < len(given):
            return None
        tree = ast.parse(expression, mode="eval").body
        root = moved.get(tree.id, tree) if isinstance(tree, ast.Name) else tree
        new = self._new(expression, tree, moved)
        grouped = self._is_grouped(place)
        if grouped and not isinstance(root, _ATOMS):  # the parentheses around it stay
            made = fewest(new.pairs, new.written, lambda written: self._meaning(place, written))
            return None if made is None else (place, made)
        outer = _around(place) if grouped else place
        made = fewest(new.pairs | {WHOLE}, new.written, lambda written: self._meaning(outer, written))
        if made is None or (grouped and made.startswith("(")):
            return None
        return outer, made

    def _operand(self, place: Range) -> ast.expr | None:
        """What is moved to the new expression, if it is plain how it is written there."""
        node = self.nodes.get(place)
        if isinstance(node, _ATOMS) or (isinstance(node, ast.BinOp | ast.UnaryOp) and self._is_bare(place)):
            return node
        return None

    def _new(self, expression: str, tree: ast.expr, moved: Mapping[str, ast.expr]) -> _New:
        names = sorted(
            (node.col_offset, node.id)
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and node.id in moved
        )
        pieces = {name: self.code[node.col_offset : node.end_col_offset] for name, node in moved.items()}
        atoms = frozenset(name for name, node in moved.items() if isinstance(node, _ATOMS))
        return _New(expression, tuple(names), pieces, atoms)

    def _meaning(self, place: Range, new: str) -> str | None:
        """The abstract tree of the statement with `new` in it; None if it does not parse."""
        try:
            return ast.dump(ast.parse(self.code[: place[1]] + new + self.code[place[3] :]))
        except (SyntaxError, RecursionError):
            return None

    def _is_bare(self, place: Range) -> bool:
        """Whether an expression is in no parentheses, or in a pair that is written as any other."""
        if not self._is_grouped(place):
            return True
        outer = _around(place)
        close = self.code[outer[1]] == "(" and self.code[outer[3] - 1] == ")"
        return close and not self._is_grouped(outer)

    def _is_grouped(self, place: Range) -> bool:
        """Whether parentheses that are no call's are around an expression."""
        before = self.code[: place[1]].rstrip(_BLANKS)
        behind = self.code[place[3] :].lstrip(_BLANKS)
        if before[-1:] != "(" or behind[:1] != ")":
            return False
        called = _CALLED.search(before[:-1].rstrip(_BLANKS))
        word = called and called["word"]
        return called is None or bool(word and (iskeyword(word) or issoftkeyword(word)))


def _around(place: Range) -> Range:
    return place[0], place[1] - 1, place[2], place[3] + 1
