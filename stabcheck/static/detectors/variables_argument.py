"""tf.custom_gradient around a function that reads a variable, without the `variables` argument."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._custom import custom_gradients
from stabcheck.static.detectors._syntax import Names, names_in, syntax
from stabcheck.static.graph import Span
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Decorated functions whose own body reads a name that is bound to `tf.Variable(…)`."""
    positions, names = Positions(module.text), Names(module)
    variables = {
        target.id
        for node in syntax(module, ast.Assign)
        if _is_variable(node.value, names)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for custom in custom_gradients(module):
        arguments = custom.gradient.args
        takes = (
            any(each.arg == "variables" for each in (*arguments.args, *arguments.kwonlyargs))
            or arguments.kwarg
        )
        if custom.library != "tensorflow" or takes:
            continue
        read: set[str] = set()
        for statement in custom.forward.body:
            if statement is not custom.gradient:
                read |= names_in(statement)
        if (read & variables) - set(custom.inputs):
            whole = positions.span(custom.gradient)
            line = module.text.split("\n")[whole.line - 1]
            yield Hit(Span(whole.line, whole.column, whole.line, len(line.split("#")[0].rstrip()) + 1))


def _is_variable(node: ast.expr, names: Names) -> bool:
    return isinstance(node, ast.Call) and names.qualified(node.func) == "tensorflow.Variable"
