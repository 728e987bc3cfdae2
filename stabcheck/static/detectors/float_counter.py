"""`while t != end:` with a t that grows by a fraction."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._literals import is_dyadic
from stabcheck.static.detectors._syntax import syntax
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Loops until a name differs no more, which the body increases by a step that is not exact."""
    positions = Positions(module.text)
    for loop in syntax(module, ast.While):
        if isinstance(loop.test, ast.Compare):
            test = loop.test
            unequal = isinstance(test.left, ast.Name) and isinstance(test.ops[0], ast.NotEq)
            if unequal and any(_grows(statement, test.left) for statement in ast.walk(loop)):
                yield Hit(positions.span(test))


def _grows(statement: ast.AST, counter: ast.expr) -> bool:
    """`name += 0.1` or `name = name + 0.1`."""
    name = counter.id if isinstance(counter, ast.Name) else ""
    match statement:
        case ast.AugAssign(
            target=ast.Name(id=target), op=ast.Add() | ast.Sub(), value=ast.Constant(value=float(step))
        ):
            return target == name and not is_dyadic(step)
        case ast.Assign(
            targets=[ast.Name(id=target)],
            value=ast.BinOp(
                left=ast.Name(id=source), op=ast.Add() | ast.Sub(), right=ast.Constant(value=float(step))
            ),
        ):
            return target == source == name and not is_dyadic(step)
        case _:
            return False
