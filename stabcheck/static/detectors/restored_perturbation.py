"""A loop that moves entries of an array in place and does not put them back."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._perturbations import Perturbation, assigned_in, checkers, perturbations
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Loops of a numeric gradient whose last store into the moved entry is another move."""
    positions = Positions(module.text)
    for function in checkers(module):
        by_target: dict[tuple[int, str], list[Perturbation]] = {}
        for each in perturbations(function):
            if each.in_loop is not None and not assigned_in(each.in_loop, each.array):
                by_target.setdefault((id(each.in_loop), each.target), []).append(each)
        for stores in by_target.values():
            if stores[-1].moves and any(each.moves for each in stores[:-1]) and _net(stores) != 0:
                yield Hit(positions.span(stores[-1].statement))


def _net(stores: list[Perturbation]) -> float | None:
    """By how many steps the entry is off after moves by `+=` and `-=`; None if one is written otherwise."""
    total = 0.0
    for each in stores:
        if not isinstance(each.statement, ast.AugAssign):
            return None
        sign = 1.0 if isinstance(each.statement.op, ast.Add) else -1.0
        total += sign * _steps(each.statement.value)
    return total


def _steps(value: ast.expr) -> float:
    """2 of `2 * h`, 1 of `h`."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
        for side in (value.left, value.right):
            if isinstance(side, ast.Constant) and isinstance(side.value, int | float):
                return float(side.value)
    return 1.0
