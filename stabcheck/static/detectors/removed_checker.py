"""Gradient checkers of TensorFlow 1, under names or with arguments that TensorFlow 2 does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._syntax import Names, syntax
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module

_REMOVED = frozenset({"tensorflow.test.compute_gradient_error"})
_CHANGED = "tensorflow.test.compute_gradient"
_OLD_ARGUMENTS = frozenset({"x_shape", "y_shape", "x_init_value"})


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`tf.test.compute_gradient_error`, and `tf.test.compute_gradient(x, x_shape, y, y_shape)`."""
    positions, names = Positions(module.text), Names(module)
    for node in syntax(module, ast.Attribute):
        if node.attr == "compute_gradient_error" and names.qualified(node) in _REMOVED:
            yield Hit(positions.span(node))
    for call in syntax(module, ast.Call):
        given = {keyword.arg for keyword in call.keywords}
        if (len(call.args) > 3 or given & _OLD_ARGUMENTS) and names.qualified(call.func) == _CHANGED:
            yield Hit(
                positions.span(call),
                message="these are TensorFlow 1's arguments (x, x_shape, y, y_shape): "
                "tf.test.compute_gradient takes a function and its arguments",
            )
