"""Replacing an expression in a plain statement.

Where nothing is in parentheses of its own with blanks or comments in them, `ast` tells all that a rewriting
has to know, and an operand is written as the text between its two positions, over several lines, too. What
comes out is what `stabcheck.static.concrete` makes, in a tenth of the time, and without loading libcst; a
statement that is not as plain as that is left to it.
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
_BLANKS = " \t\f\n"  # a statement ends where a line does that is in no brackets: these separate nothing in it
_CALLED = re.compile(r"(?:[\])]|(?P<word>\w+))$")


def rewrite(
    tree: ast.Module, text: Text, target: Span, expression: str, operands: Mapping[str, Span]
) -> Rewrite | None:
    """Put an expression in the place of the one at `target`; None where it can't be done without loss.

    As `stabcheck.static.concrete.rewrite`, which is asked where the statement is not plain.
    """
    piece = next(pieces(tree, text, target), None)
    statement = None if piece is None else _plain(piece.code)
    if piece is not None and statement is not None:
        places = {name: piece.within(span) for name, span in operands.items()}
        made = statement.rewritten(piece.within(target), expression, places)
        if made is not None:
            return Rewrite(Edit(piece.outside(made[0]), made[1]), in_one_line(made[1]))
    from stabcheck.static import concrete  # noqa: PLC0415 - imports libcst

    return concrete.rewrite(tree, text, target, expression, operands)


def _plain(code: str) -> _Statement | None:
    """A statement, if nothing in it is intricate."""
    if len(code) > _LONGEST or "#" in code or "\\" in code or not code.isascii():
        return None
    nodes: dict[Range, ast.expr] = {}
    try:
        level: list[ast.AST] = [ast.parse(code)]
        for _ in range(DEEPEST):
            for node in level:
                if isinstance(node, _INTRICATE):
                    return None
                if isinstance(node, ast.expr):
                    place = (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)
                    nodes[place] = node
            level = [child for node in level for child in ast.iter_child_nodes(node)]
            if not level:
                return _Statement(code, nodes)
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


class _Statement:
    """A plain statement, with its expressions by their positions."""

    def __init__(self, code: str, nodes: Mapping[Range, ast.expr]) -> None:
        self.code = code
        self.nodes = nodes
        self.lines = [0, *(found.end() for found in re.finditer("\n", code))]  # where they begin

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
        new = self._new(expression, tree, {name: (moved[name], operands[name]) for name in moved})
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
        if isinstance(node, _ATOMS) and place[0] == place[2]:
            return node
        if isinstance(node, (*_ATOMS, ast.BinOp, ast.UnaryOp)) and self._is_bare(place):
            return node
        return None

    def _new(self, expression: str, tree: ast.expr, moved: Mapping[str, tuple[ast.expr, Range]]) -> _New:
        names = sorted(
            (node.col_offset, node.id)
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and node.id in moved
        )
        pieces = {name: self._text(place) for name, (_, place) in moved.items()}
        atoms = frozenset(
            name for name, (node, _) in moved.items() if isinstance(node, _ATOMS) and "\n" not in pieces[name]
        )
        return _New(expression, tuple(names), pieces, atoms)

    def _meaning(self, place: Range, new: str) -> str | None:
        """The abstract tree of the statement with `new` in it; None if it does not parse."""
        try:
            return ast.dump(ast.parse(self._before(place) + new + self._behind(place)))
        except (SyntaxError, RecursionError):
            return None

    def _is_bare(self, place: Range) -> bool:
        """Whether an expression is in no parentheses, or in a pair that is written as any other."""
        if not self._is_grouped(place):
            return True
        if not (self._before(place).endswith("(") and self._behind(place).startswith(")")):
            return False
        return not self._is_grouped(_around(place))

    def _is_grouped(self, place: Range) -> bool:
        """Whether parentheses that are no call's are around an expression."""
        before = self._before(place).rstrip(_BLANKS)
        behind = self._behind(place).lstrip(_BLANKS)
        if before[-1:] != "(" or behind[:1] != ")":
            return False
        called = _CALLED.search(before[:-1].rstrip(_BLANKS))
        word = called and called["word"]
        return called is None or bool(word and (iskeyword(word) or issoftkeyword(word)))

    def _before(self, place: Range) -> str:
        return self.code[: self.lines[place[0] - 1] + place[1]]

    def _behind(self, place: Range) -> str:
        return self.code[self.lines[place[2] - 1] + place[3] :]

    def _text(self, place: Range) -> str:
        return self.code[self.lines[place[0] - 1] + place[1] : self.lines[place[2] - 1] + place[3]]


def _around(place: Range) -> Range:
    return place[0], place[1] - 1, place[2], place[3] + 1


def in_one_line(expression: str) -> str:
    """An expression as Python itself writes it, if it stands on several lines."""
    if "\n" not in expression:
        return expression
    return ast.unparse(ast.parse(f"({expression}\n)", mode="eval"))
