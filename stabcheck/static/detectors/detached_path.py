"""A function under a gradient check that leaves the framework on the way."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._checks import Bodies, checks
from stabcheck.static.detectors._syntax import Definition, Names, names_in, parameters
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module

_METHODS = frozenset({"numpy", "item", "detach", "tolist"})


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`.detach()`, `.numpy()`, `.item()` and `np.…` of an argument of the checked function."""
    names, positions, bodies = Names(module), Positions(module.text), Bodies(module)
    seen: set[int] = set()
    for check in checks(module):
        body = bodies.of(check.function)
        if body is None or id(body) in seen:
            continue
        seen.add(id(body))
        followed = _follow(body)
        for node in ast.walk(body):
            if isinstance(node, ast.Call) and _leaves(node, names, followed):
                yield Hit(positions.span(node))


def _leaves(call: ast.Call, names: Names, followed: set[str]) -> bool:
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr in _METHODS and not call.args:
        return bool(names_in(function.value) & followed)
    if names.qualified(function).startswith("numpy.") and call.args:
        return bool(names_in(call.args[0]) & followed)
    return False


def _follow(body: Definition | ast.Lambda) -> set[str]:
    """The parameters, and the names that are assigned something made of them."""
    found = set(parameters(body))
    for node in ast.walk(body):
        if isinstance(node, ast.Assign) and names_in(node.value) & found:
            found |= {name for target in node.targets for name in names_in(target)}
    return found
