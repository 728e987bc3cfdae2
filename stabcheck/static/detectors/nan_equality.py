"""Comparisons with NaN."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product

from stabcheck.static.advice import advised
from stabcheck.static.card import Card
from stabcheck.static.detectors._on_lines import lines_naming, syntax_on
from stabcheck.static.detectors._syntax import Names
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module

_NAN = frozenset({"numpy.nan", "numpy.NaN", "numpy.NAN", "math.nan", "jax.numpy.nan", "torch.nan"})
_WORDS = frozenset(map("".join, product("nN", "aA", "nN")))  # float takes it in any case


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`x == np.nan`, `x != float("nan")`."""
    positions, names = Positions(module.text), Names(module)
    for node in syntax_on(module, lines_naming(module, _WORDS), ast.Compare):
        if not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        for side in (node.left, node.comparators[0]):
            if _is_nan(side, names):
                yield Hit(positions.span(node), advice=advised(card.advice, _library(side, names)))
                break


def _library(node: ast.expr, names: Names) -> str:
    """Whose NaN it is: `float("nan")` is Python's own."""
    return "python" if isinstance(node, ast.Call) else names.qualified(node).partition(".")[0]


def _is_nan(node: ast.expr, names: Names) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str(text))]):
            return text.strip().lower() in ("nan", "+nan", "-nan")
        case ast.Name() | ast.Attribute():
            return names.qualified(node) in _NAN
        case _:
            return False
