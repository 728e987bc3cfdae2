"""A custom gradient that returns another number of gradients than there are inputs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._custom import CustomGradient, custom_gradients, returns
from stabcheck.static.detectors._syntax import own
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Return statements of visible length; functions with default arguments or variables are left out."""
    positions = Positions(module.text)
    for custom in custom_gradients(module):
        if (
            custom.forward.args.defaults
            or custom.forward.args.kwonlyargs
            or "variables" in _all_parameters(custom)
        ):
            continue
        for statement in returns(custom.gradient):
            count = _count(statement.value, custom)
            if count not in (None, len(custom.inputs)) and not _are_cut_off(statement.value, custom):
                yield Hit(
                    positions.span(statement),
                    message=f"{count} gradient{'s' * (count != 1)} returned for {len(custom.inputs)} inputs: "
                    "an error at the first backward pass",
                )


def _all_parameters(custom: CustomGradient) -> set[str]:
    arguments = custom.gradient.args
    found = {each.arg for each in (*arguments.args, *arguments.kwonlyargs)}
    return found | ({"variables"} if arguments.kwarg else set())


def _count(value: ast.expr | None, custom: CustomGradient) -> int | None:
    """How many gradients an expression holds; None if it can't be told."""
    match value:
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return None if any(isinstance(item, ast.Starred) for item in items) else len(items)
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            return None if any(isinstance(side, ast.Tuple | ast.List) for side in (left, right)) else 1
        case ast.BinOp(op=ast.Add()):
            return None
        case ast.BinOp() | ast.UnaryOp():
            return 1
        case ast.Name(id=name) if name in custom.upstream and not _is_rebound(custom, name):
            return 1
        case _:
            return None


def _are_cut_off(value: ast.expr | None, custom: CustomGradient) -> bool:
    """PyTorch drops what is returned beyond the inputs, if it is None."""
    if custom.library != "torch" or not isinstance(value, ast.Tuple):
        return False
    beyond = value.elts[len(custom.inputs) :]
    return bool(beyond) and all(isinstance(each, ast.Constant) and each.value is None for each in beyond)


def _is_rebound(custom: CustomGradient, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name
        for node in own(custom.gradient)
    )
