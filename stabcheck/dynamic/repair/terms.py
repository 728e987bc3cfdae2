"""Changes of whole terms: another name, a factor or a term too many, a statement that is one too many."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

import numpy as np

from stabcheck.dynamic.repair.edits import Edit, edit, located, text
from stabcheck.dynamic.repair.spots import Scope, Spot

REDUCTIONS = ("max", "min", "maximum", "minimum", "clip", "abs")
REFERENCES = (ast.Name, ast.Attribute, ast.Subscript)
MOST = 16  # references that one place is tried with


def names(spot: Spot, scope: Scope, known: dict[str, ast.expr], *, alike: bool = True) -> Iterator[Edit]:
    """Another array of the same shape (if not `alike`, of another one), or another number."""
    node = spot.node
    if not isinstance(node, REFERENCES) or not isinstance(node.ctx, ast.Load):
        return
    shape, own = scope.shape(node), scope.value(node)
    if shape is None or (isinstance(spot.parent, ast.Attribute) and spot.parent.attr == "shape"):
        return
    same = [
        other
        for written, other in known.items()
        if written != text(node)
        and (scope.shape(other) == shape) == alike
        and not np.array_equal(scope.value(other), own)
    ]
    yield from (edit(spot, other, _around(spot)) for other in same[:MOST])


def _around(spot: Spot) -> ast.AST | None:
    return spot.parent if isinstance(spot.parent, (ast.BinOp, ast.Call, ast.Compare)) else None


def powers_and_constants(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """An exponent or a number that is off by one, doubled or halved; a base of logarithms."""
    node = spot.node
    if (
        not isinstance(node, ast.Constant)
        or isinstance(node.value, bool)
        or not isinstance(node.value, (int, float))
    ):
        return
    if isinstance(spot.parent, (ast.Subscript, ast.Slice, ast.keyword, ast.Call, ast.Tuple, ast.UnaryOp)):
        return
    value = node.value
    for other in (value + 1, value - 1, 2 * value, value / 2):
        if other not in (value, 0):
            whole = int(other) if float(other).is_integer() and isinstance(value, int) else other
            yield edit(spot, ast.Constant(whole), _around(spot))


def dropped(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """One of two factors or terms alone; a product for a quotient; what a function is applied to."""
    node = spot.node
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Mult):
            yield edit(spot, node.left)
            yield edit(spot, node.right)
            yield edit(spot, ast.BinOp(node.left, ast.Div(), node.right))
        elif isinstance(node.op, ast.Div):
            yield edit(spot, node.left)
            yield edit(spot, ast.BinOp(node.left, ast.Mult(), node.right))
        elif isinstance(node.op, (ast.Add, ast.Sub)):
            yield edit(spot, node.left)
            yield edit(spot, node.right)
        elif isinstance(node.op, ast.Pow):
            yield edit(spot, node.left)
    elif isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        if not (
            isinstance(node.func, ast.Name) and node.func.id in ("range", "reversed", "len", "enumerate")
        ):
            yield edit(spot, node.args[0])
    elif isinstance(node, ast.Call) and text(node.func).rpartition(".")[2] in REDUCTIONS:
        yield from (edit(spot, argument) for argument in node.args)


def deleted(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """Without a statement that changes what is there already."""
    node = spot.node
    again = isinstance(node, ast.Assign) and any(
        isinstance(inner, ast.Name) and text(node.targets[0]) == inner.id for inner in ast.walk(node.value)
    )
    if isinstance(node, ast.AugAssign) or again:
        nothing = ast.Pass()
        located(nothing, node)
        yield Edit(spot, nothing)


def everywhere(spot: Spot, scope: Scope, known: dict[str, ast.expr]) -> Iterator[Edit]:
    """Another array of the same shape in all of a statement: a derivative at the input, not at the output."""
    statement = spot.node
    if not isinstance(statement, (ast.Assign, ast.AugAssign, ast.Return)) or statement.value is None:
        return
    written = [text(node) for node in ast.walk(statement.value) if isinstance(node, REFERENCES)]
    for own in dict.fromkeys(each for each in written if written.count(each) > 1 and each in known):
        shape, value = scope.shape(known[own]), scope.value(known[own])
        others = [
            (name, other)
            for name, other in known.items()
            if name != own and scope.shape(other) == shape and not np.array_equal(scope.value(other), value)
        ]
        for _, other in others[:MOST]:
            changed = _Exchanged(own, other).visit(copy.deepcopy(statement.value))
            yield edit(Spot(statement.value, statement, "value", None, statement, spot.looped), changed)


class _Exchanged(ast.NodeTransformer):
    """One reference for another."""

    def __init__(self, own: str, other: ast.expr) -> None:
        self.own = own
        self.other = other

    def visit(self, node: ast.AST) -> ast.AST:
        """The other one, where this is the one."""
        if isinstance(node, REFERENCES) and text(node) == self.own:
            return self.other
        return self.generic_visit(node)
