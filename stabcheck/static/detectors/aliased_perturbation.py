"""`above = x; above[i] += h`: the input itself is moved."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._perturbations import checkers, perturbations
from stabcheck.static.detectors._syntax import own
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Moves of a name that is bound to another one, in functions that take difference quotients."""
    positions = Positions(module.text)
    for function in checkers(module):
        aliases = {
            node.targets[0].id
            for node in own(function)
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Name)
            and isinstance(node.targets[0], ast.Name)
        }
        stores = perturbations(function)
        for each in stores:
            restored = any(other.target == each.target and not other.moves for other in stores)
            if each.moves and each.array in aliases and not restored:
                yield Hit(positions.span(each.statement))
