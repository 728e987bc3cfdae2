"""A TensorFlow custom gradient that is not summed over the axes along which an input was broadcast."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._custom import CustomGradient, custom_gradients, returns
from stabcheck.static.detectors._syntax import names_in
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module

# Inputs of these names have fewer axes than what they are added to or multiplied with.
_BROADCAST = re.compile(r"^(?:bias|b|beta|gamma|scale|shift|offset|gain|alpha|slope|temperature)$")


_ELEMENTWISE = (ast.Add, ast.Mult, ast.Sub, ast.Div)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Gradients of a bias or scale that are the incoming one, or a product with it, and nothing else."""
    positions = Positions(module.text)
    for custom in custom_gradients(module):
        if custom.library != "tensorflow" or len(custom.inputs) < 2:
            continue
        for statement in returns(custom.gradient):
            if not isinstance(statement.value, ast.Tuple) or len(statement.value.elts) != len(custom.inputs):
                continue
            for name, gradient in zip(custom.inputs, statement.value.elts, strict=True):
                if _BROADCAST.match(name) and _is_unreduced(gradient, custom) and _is_broadcast(custom, name):
                    yield Hit(
                        positions.span(gradient),
                        message=f"the gradient of {name} has the shape of the output: sum it over the axes "
                        f"along which {name} was broadcast",
                    )


def _is_unreduced(node: ast.expr, custom: CustomGradient) -> bool:
    """The incoming gradient, times or over other names."""
    if not names_in(node) & set(custom.upstream):
        return False
    for each in ast.walk(node):
        match each:
            case ast.Call() | ast.MatMult():
                return False
            case ast.BinOp(op=op) if not isinstance(op, ast.Mult | ast.Div | ast.Add | ast.Sub):
                return False
    return True


def _is_broadcast(custom: CustomGradient, name: str) -> bool:
    """Whether the forward computation adds or multiplies the input elementwise with another one."""
    others = set(custom.inputs) - {name}
    for statement in custom.forward.body:
        if statement is custom.gradient:
            continue
        for node in ast.walk(statement):
            elementwise = isinstance(node, ast.BinOp) and isinstance(node.op, _ELEMENTWISE)
            if elementwise and name in names_in(node) and names_in(node) & others:
                return True
    return False
