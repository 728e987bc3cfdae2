"""A gradient check of a function with dropout switched on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._checks import checked_functions
from stabcheck.static.detectors._syntax import Names
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

# Qualified name -> position and names of the rate.
_RANDOM = {
    "torch.nn.functional.dropout": (1, ("p",)),
    "torch.nn.functional.dropout2d": (1, ("p",)),
    "torch.nn.functional.alpha_dropout": (1, ("p",)),
    "tensorflow.nn.dropout": (1, ("rate",)),
    "keras.random.dropout": (1, ("rate",)),
}


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Checked functions that call a dropout whose rate is not zero and that is not told to rest."""
    names = Names(module)
    for site, value, body in checked_functions(module):
        if any(isinstance(node, ast.Call) and _is_random(node, names) for node in ast.walk(body)):
            yield Hit(value.span, site, value)


def _is_random(call: ast.Call, names: Names) -> bool:
    known = _RANDOM.get(names.qualified(call.func))
    if known is None:
        return False
    position, keywords = known
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if "training" in given and not (
        isinstance(given["training"], ast.Constant) and given["training"].value is True
    ):
        return False
    rate = next((given[name] for name in keywords if name in given), None)
    if rate is None and len(call.args) > position:
        rate = call.args[position]
    return not (isinstance(rate, ast.Constant) and rate.value in (0, 0.0))
