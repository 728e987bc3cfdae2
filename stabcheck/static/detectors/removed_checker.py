"""Gradient checkers of TensorFlow 1, under names or with arguments that TensorFlow 2 does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._syntax import Names
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module

_REMOVED = frozenset({"tensorflow.test.compute_gradient_error"})
_CHANGED = "tensorflow.test.compute_gradient"


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`tf.test.compute_gradient_error`, and `tf.test.compute_gradient(x, x_shape, y, y_shape)`."""
    positions, names = Positions(module.text), Names(module)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and names.qualified(node) in _REMOVED:
            yield Hit(positions.span(node))
        elif isinstance(node, ast.Call) and names.qualified(node.func) == _CHANGED:
            given = {keyword.arg for keyword in node.keywords}
            if len(node.args) > 3 or given & {"x_shape", "y_shape", "x_init_value"}:
                yield Hit(
                    positions.span(node),
                    message="these are TensorFlow 1's arguments (x, x_shape, y, y_shape): "
                    "tf.test.compute_gradient takes a function and its arguments",
                )
