"""An input of a custom gradient that is assigned anew, while the gradient function reads it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._custom import custom_gradients
from stabcheck.static.detectors._syntax import Definition, names_in
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module

# Calls that return the value they are given, in another form.
_SAME_VALUE = frozenset(
    {
        "convert_to_tensor",
        "identity",
        "cast",
        "asarray",
        "array",
        "stop_gradient",
        "contiguous",
        "as_tensor",
        "float",
    }
)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Assignments to an input from a computation with it, at the top of the decorated function."""
    positions = Positions(module.text)
    for custom in custom_gradients(module):
        if custom.library != "tensorflow":
            continue
        read = _read(custom.gradient)
        for statement in custom.forward.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                if name in custom.inputs and name in read and _is_computed(statement.value, name):
                    yield Hit(positions.span(statement))


def _read(gradient: Definition) -> set[str]:
    """The names that the gradient function takes from around it."""
    bound = {each.arg for each in (*gradient.args.args, *gradient.args.kwonlyargs)}
    stored = {n.id for n in ast.walk(gradient) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return names_in(gradient) - bound - stored


def _is_computed(value: ast.expr, name: str) -> bool:
    if isinstance(value, ast.Call):
        function = value.func
        called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if called in _SAME_VALUE:
            return False
    return name in names_in(value)
