"""A loop that adds into a total of half precision."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._syntax import functions_around, own_statements, syntax
from stabcheck.static.detectors._values import by_span
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module

_STOPS = {"float16": 2048, "bfloat16": 256}


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`total += x` in a loop, with a total that starts as float16 or bfloat16."""
    loops_of_module = [*syntax(module, ast.For), *syntax(module, ast.While)]
    if not loops_of_module:
        return
    accumulated = {
        _accumulated(each) for kind in (ast.AugAssign, ast.Assign) for each in syntax(module, kind)
    }
    accumulated.discard("")
    if not accumulated:
        return
    positions, values = Positions(module.text), by_span(module)
    for function in functions_around(module, loops_of_module):
        halves: dict[str, str] = {}
        for node in own_statements(function):
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if isinstance(node, ast.Assign) and isinstance(target, ast.Name) and target.id in accumulated:
                found = values.get(positions.span(node.value))
                dtype = None if found is None else facts.dtype(found[1])
                if dtype in _STOPS:
                    halves.setdefault(target.id, dtype)
        inner = own_statements(function) if halves else ()
        for loop in [node for node in inner if isinstance(node, ast.For | ast.While)]:
            for statement in own_statements(loop):
                name = _accumulated(statement)
                if name in halves:
                    dtype = halves[name]
                    yield Hit(
                        positions.span(statement),
                        message=f"a total in {dtype} stops growing at {_STOPS[dtype]} times its addends",
                    )


def _accumulated(statement: ast.AST) -> str:
    """The name that a statement adds to, "" for none."""
    match statement:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add()):
            return name
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(left=ast.Name(id=left), op=ast.Add())):
            return name if name == left else ""
        case _:
            return ""
