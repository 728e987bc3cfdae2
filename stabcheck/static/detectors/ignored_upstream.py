"""A custom gradient that does not use the incoming gradient."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._custom import CustomGradient, custom_gradients, is_zero, returns
from stabcheck.static.detectors._syntax import names_in
from stabcheck.static.graph import Span
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Gradient functions whose body never mentions their argument, and that return something."""
    positions = Positions(module.text)
    for custom in custom_gradients(module):
        if custom.upstream and not _mentions(custom) and _returns_something(custom):
            whole = positions.span(custom.gradient)
            line = module.text.split("\n")[whole.line - 1]
            yield Hit(Span(whole.line, whole.column, whole.line, len(line.split("#")[0].rstrip()) + 1))


def _mentions(custom: CustomGradient) -> bool:
    read: set[str] = set()
    for statement in custom.gradient.body:
        read |= names_in(statement)
    return bool(read & set(custom.upstream)) or custom.gradient.args.vararg is not None


def _returns_something(custom: CustomGradient) -> bool:
    found = list(returns(custom.gradient))
    return bool(found) and not all(is_zero(each.value) for each in found if isinstance(each.value, ast.expr))
