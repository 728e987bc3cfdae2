"""A gradient check of a function that draws random numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._checks import checked_functions
from stabcheck.static.detectors._syntax import Names
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

_DRAWS = (
    "numpy.random.",
    "random.",
    "torch.rand",
    "torch.normal",
    "torch.bernoulli",
    "tensorflow.random.",
    "keras.random.",
)
_SEEDED = ("seed", "stateless", "default_rng", "Generator", "RandomState", "manual_seed")


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Checked functions with a global generator in them that is not seeded there."""
    names = Names(module)
    for site, value, body in checked_functions(module):
        called = [names.qualified(node.func) for node in ast.walk(body) if isinstance(node, ast.Call)]
        if any(word in name for name in called for word in _SEEDED) or _has_seed(body):
            continue
        if any(name.startswith(_DRAWS) for name in called):
            yield Hit(value.span, site, value)


def _has_seed(body: ast.AST) -> bool:
    return any(isinstance(node, ast.keyword) and node.arg in ("seed", "generator") for node in ast.walk(body))
