"""What is next to an expression in its statement: enough of it to say which parentheses it needs.

A statement may be a list of ten thousand expressions, and each of them may be rewritten. What stands in
brackets depends on nothing outside of them, an entry of a list on no other entry, and a term of a sum on
nothing but the operators beside it.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stabcheck.static.places import within
from stabcheck.static.source_text import Text
from stabcheck.static.span import Span

_Node = Any  # of a tree, where it stands told by the function below
_Place = Callable[[_Node], Span]

_LINEAR = (ast.Add, ast.Sub, ast.Mult, ast.Div)  # these bind more tightly than all that is no arithmetic
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A stretch of source that is an expression once `before` and `behind` are written around it."""

    span: Span
    before: str
    behind: str


def enclosures(statement: ast.stmt, target: Span, text: Text) -> Iterator[Enclosure]:
    """Stretches of a statement in which the expression at `target` means what it does there, shortest first.

    What is beside it becomes a name. The tree does not tell the parentheses that are around it: a stretch
    that does not parse is none.
    """
    place = text.positions.span
    path = _path(statement, target, place)
    if len(path) > 2:
        yield from _with_operators(path, text)
    for parent, child in zip(path[-2:0:-1], path[:0:-1], strict=False):
        if isinstance(parent, ast.expr) and _in_brackets(parent, child):
            yield from _with_commas(parent, child, text)
            yield Enclosure(place(parent), "", "")


def _path(statement: ast.stmt, target: Span, place: _Place) -> list[ast.AST]:
    """The nodes around `target`, from the statement down to the expression there."""
    path: list[ast.AST] = [statement]
    child: ast.AST | None = statement
    while child is not None:
        child = _holding(child, target, place)
        if isinstance(child, ast.expr | ast.keyword):
            path.append(child)
        if isinstance(child, ast.expr) and place(child) == target:
            break
    return path


def _holding(node: ast.AST, target: Span, place: _Place) -> ast.AST | None:
    """The node directly below one that holds `target`; what a node has many of is searched by bisection."""
    if isinstance(node, ast.Dict):
        return next(
            (
                each
                for each in _entry(node, target, place)
                if each is not None and _holds(each, target, place)
            ),
            None,
        )
    for _, value in ast.iter_fields(node):
        for each in _candidates(value, target, place):
            if _holds(each, target, place):
                return each
    return None


def _candidates(value: Any, target: Span, place: _Place) -> Sequence[ast.AST]:
    """The nodes of a field that may hold `target`."""
    if isinstance(value, ast.AST):
        return [value]
    if not isinstance(value, list) or not value or isinstance(value[0], ast.stmt | ast.cmpop):
        return []
    if isinstance(value[0], ast.expr | ast.keyword):
        index = _last_before(target, value, place)
        return value[max(index, 0) : index + 1]
    return [each for each in value if isinstance(each, ast.AST)]


def _holds(node: ast.AST, target: Span, place: _Place) -> bool:
    """Whether `target` is in a node, or below one that has no place of its own."""
    if hasattr(node, "lineno"):
        return within(target, place(node))
    return _holding(node, target, place) is not None


def _last_before(target: Span, entries: Sequence[_Node], place: _Place) -> int:
    """The index of the last of some nodes in their order that does not begin behind `target`, or -1."""
    return bisect_right(entries, target[:2], key=lambda each: place(each)[:2]) - 1


def _entry(node: ast.Dict, target: Span, place: _Place) -> tuple[ast.expr | None, ast.expr]:
    """The key and the value of the entry that `target` would be in: a key stands before its value."""
    index = max(_last_before(target, node.values, place), 0)
    if index + 1 < len(node.values) and not within(target, place(node.values[index])):
        following = node.keys[index + 1]
        if following is not None and within(target, place(following)):
            index += 1
    return node.keys[index], node.values[index]


def _in_brackets(parent: ast.expr, child: ast.AST) -> bool:
    """Whether brackets of `parent` are around `child`; a tuple's are taken for such, and put there."""
    match parent:
        case ast.Call(func=func):
            return child is not func
        case ast.Subscript(slice=index):
            return child is index
        case _:
            return isinstance(parent, (ast.List, ast.Set, ast.Tuple, ast.Dict, *_COMPREHENSIONS))


def _with_operators(path: Sequence[_Node], text: Text) -> Iterator[Enclosure]:
    """A term or a factor with the operators on its sides."""
    above, parent, child = path[-3:]
    if not isinstance(parent, ast.BinOp) or not isinstance(parent.op, _LINEAR):
        return
    before = behind = None
    if child is parent.left:
        behind = parent.right
    else:
        before = parent.left
        behind = above.right if isinstance(above, ast.BinOp) and above.left is parent else None
    yield _Cut(text, parent, child).between(before, behind, "(", ")")


def _with_commas(parent: ast.expr, child: _Node, text: Text) -> Iterator[Enclosure]:
    """The entry of a display or the argument of a call, with the commas on its sides."""
    place = text.positions.span
    between = _Cut(text, parent, child).between
    match parent:
        case ast.Call(args=args, keywords=keywords):
            entries: Sequence[_Node] = keywords if isinstance(child, ast.keyword) else args
            before, behind = _neighbours(child, entries, place)
            opening, closing = "_(" if before else "", ")" if behind else ""
            yield between(before or parent.func, behind, opening, closing)
        case ast.List(elts=entries) | ast.Set(elts=entries):
            before, behind = _neighbours(child, entries, place)
            yield between(before, behind, "[" if before else "", "]" if behind else "")
        case ast.Tuple(elts=entries):
            before, behind = _neighbours(child, entries, place)
            yield between(before, behind, "[", "]")
            # Its first and its last entry stand beside its parentheses, if it has any.
            yield between(before, behind, "(" if before else "", ")" if behind else "")
        case ast.Dict(keys=keys, values=values):
            index = _last_before(place(child), values, place)
            if index >= 0 and values[index] is child and keys[index] is not None:
                last = index + 1 == len(keys)
                key = None if last else keys[index + 1]  # none before `**`
                closing = "" if last else ": _}" if key else "}"
                yield between(keys[index], None if last else key or values[index + 1], "{", closing)
            elif child is keys[index + 1]:
                before = values[index] if index >= 0 else None
                yield between(before, values[index + 1], "{_: " if before else "", "}")


def _neighbours(child: _Node, entries: Sequence[_Node], place: _Place) -> tuple[_Node | None, _Node | None]:
    """The entries before and behind one of them."""
    index = _last_before(place(child), entries, place)
    before = entries[index - 1] if index > 0 else None
    return before, entries[index + 1] if index + 1 < len(entries) else None


@dataclass(frozen=True, slots=True)
class _Cut:
    """A way to cut a node out of what is around it."""

    text: Text
    parent: _Node
    child: _Node

    def between(self, before: _Node | None, behind: _Node | None, opening: str, closing: str) -> Enclosure:
        """What is between two nodes, with names for them; without one, up to the end of the parent.

        Parentheses that close behind the first, or open before the second, are around a name then.
        """
        place = self.text.positions.span
        whole, inner = place(self.parent), place(self.child)
        start, end = whole[:2], whole[2:]
        if before is not None:
            start = place(before)[2:]
            opening += "(" * self.text[Span(*start, *inner[:2])].count(")") + "_"
        if behind is not None:
            end = place(behind)[:2]
            closing = "_" + ")" * self.text[Span(*inner[2:], *end)].count("(") + closing
        return Enclosure(Span(*start, *end), opening, closing)
