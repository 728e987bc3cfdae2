"""Matrices whose inverse loses nothing that matters: small or diagonal ones, rotations, changes of frame.

What an inverse loses grows with the condition number, and that mostly with the order. A 3 by 3 matrix that
turns, scales and shifts coordinates is far from singular, or nobody could use it.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from stabcheck.static.graph import (
    Apply,
    Call,
    Constant,
    Item,
    Merge,
    Reference,
    Sequence,
    Symbol,
    Value,
    operands,
    scalar,
    strip,
    walk,
)
from stabcheck.static.infer.layout import source
from stabcheck.static.infer.suggested import of_name
from stabcheck.static.normal import DEEPEST

if TYPE_CHECKING:
    from stabcheck.static.scene import Knowledge

_MOST_ROWS = 4
_DEEPEST = 6
_MOST_NODES = 40
_SAME_SHAPE = frozenset({"add", "subtract", "multiply", "divide", "negative", "where"})
_PRODUCTS = frozenset({"matmul", "dot", "inv"})
_ROWS = frozenset({"stack", "concatenate"})
_TRANSPOSES = frozenset({"transpose", "matrix_transpose", "swapaxes"})
_DIAGONAL = frozenset({"diag", "diagflat", "eye"})
# Functions that make a rotation or a change of frame, and the factors of a polar decomposition.
_TURNS = re.compile(
    r"(?:^|_)(?:rot(?:ation|vec|mat)?|rodrigues|quat(?:ernion)?|euler|polar|translation|look_?at|"
    r"homogeneous|wcs)(?:$|_)",
    re.IGNORECASE,
)


def is_harmless(matrix: Value, facts: Knowledge) -> bool:
    """Whether the inverse of `matrix` is exact, or its loss too small to speak of."""
    if is_frame(matrix) or _is_filled_in(matrix) or _is_of_eigenvalues(matrix):
        return True
    return _is_written_out(matrix) or _is_diagonal(matrix) or _has_few_rows(matrix, facts, _DEEPEST)


def _is_written_out(value: Value) -> bool:
    """Made of numbers that stand in the source: whoever wrote them knows the result."""
    leaves = [node for node in islice(walk(value), 20 * _MOST_NODES) if not operands(node)]
    return bool(leaves) and all(isinstance(each, Constant | Reference) for each in leaves)


def _is_filled_in(value: Value) -> bool:
    """An identity with entries written into: a shift, or one step of an elimination."""
    node = source(value)
    return isinstance(node, Merge) and any(map(_is_diagonal, node.choices))


def _is_of_eigenvalues(value: Value) -> bool:
    """`R @ diag(v) @ R.T`; `X.T @ diag(w) @ X` is made of normal equations."""
    node = strip(value)
    if not isinstance(node, Apply) or node.op not in _PRODUCTS or len(node.operands) < 2:
        return False
    left, right = strip(node.operands[0]), strip(node.operands[1])
    if not isinstance(left, Apply) or left.op not in _PRODUCTS or len(left.operands) < 2:
        return False
    first, turned = strip(left.operands[0]), isinstance(right, Apply) and right.op in _TRANSPOSES
    return (
        turned
        and _is_diagonal(left.operands[1])
        and not (isinstance(first, Apply) and first.op in _TRANSPOSES)
    )


def is_frame(value: Value) -> bool:
    """Whether a value is called, or made of what is called, a rotation or a change of coordinates."""
    for node in islice(walk(value), _MOST_NODES):
        called = _called(node)
        if called and "named-transform" in of_name(called):
            return True
        if isinstance(node, Call) and _TURNS.search(called):
            return True
    return False


def _called(node: Value) -> str:
    """The last part of the name of a symbol, a function or an attribute; the text of a key."""
    match node:
        case Symbol():
            return node.name.rpartition(".")[2]
        case Call():
            return (node.function or "").rpartition(".")[2]
        case Item(index=Constant(value=str() as text)):
            return text
        case _:
            return ""


def _has_few_rows(value: Value, facts: Knowledge, depth: int) -> bool:
    """At most four rows by the way it is made; what is inverted is square."""
    shape = facts.shape(value)
    if shape is not None and shape and isinstance(shape[-1], int):
        return shape[-1] <= _MOST_ROWS
    node = source(value)
    if depth == 0:
        return False
    match node:
        case Sequence():
            return 1 < len(node.items) <= _MOST_ROWS
        case Constant(value=tuple() as rows):
            return 1 < len(rows) <= _MOST_ROWS
        case Item(index=Value() as index):
            return _picks_few(strip(index)) or _has_few_rows(node.base, facts, depth - 1)
        case Merge():
            return all(_has_few_rows(each, facts, depth - 1) for each in node.choices)
        case Apply(operands=(rows, *_)) if node.op in _ROWS:
            joined = strip(rows)
            return isinstance(joined, Sequence) and 2 < len(joined.items) <= _MOST_ROWS
        case Apply() if node.op in _SAME_SHAPE or node.op in _PRODUCTS:
            parts = node.operands[1:] if node.op == "where" else node.operands
            return any(scalar(each) is None and _has_few_rows(each, facts, depth - 1) for each in parts)
        case _:
            return False


def _is_diagonal(value: Value, depth: int = DEEPEST) -> bool:
    """`diag(v)` and `c * eye(n)`, or a part of them; their sum with another is not."""
    node = source(value)
    while isinstance(node, Item):
        node = source(node.base)
    if depth and isinstance(node, Apply) and node.op in ("multiply", "divide"):
        return any(_is_diagonal(each, depth - 1) for each in node.operands)
    return isinstance(node, Apply) and node.op in _DIAGONAL


def _picks_few(index: Value) -> bool:
    """`[:3, :3]` and `[..., :2, :2]`."""
    if not isinstance(index, Sequence) or len(index.items) < 2:
        return False
    return all(_ends_early(strip(each)) for each in index.items[-2:])


def _ends_early(part: Value) -> bool:
    if not isinstance(part, Call) or part.function != "builtins.slice":
        return False
    start, stop = (scalar(each) for each in part.arguments[:2])
    return isinstance(stop, int) and 0 < stop - (start or 0) <= _MOST_ROWS
