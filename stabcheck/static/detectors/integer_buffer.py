"""Floats stored into an array of integers that was made like another one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._syntax import functions_around, own_statements, syntax
from stabcheck.static.detectors._values import by_span, operations
from stabcheck.static.graph import Apply, Value, scalar, strip
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module

_LIKE = ("zeros_like", "ones_like", "empty_like", "full_like")


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`out = np.zeros_like(x)` of integers x, then `out[i] = a / b`."""
    if not any(operations(module, *_LIKE)) or not any(_holds_integers(x.value, facts) for x in module.sites):
        return
    stores = [each for each in syntax(module, ast.AugAssign) if _buffer(each.target)]
    assignments = [each for each in syntax(module, ast.Assign) if _buffer(each.targets[0])]
    positions, values = Positions(module.text), by_span(module)
    for function in functions_around(module, (*stores, *assignments)):
        buffers: set[str] = set()
        for node in own_statements(function):
            if not isinstance(node, ast.Assign | ast.AugAssign):
                continue
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            found = values.get(positions.span(node.value))
            value = None if found is None else found[1]
            if isinstance(target, ast.Name):
                buffers.discard(target.id)
                if value is not None and _holds_integers(value, facts):
                    buffers.add(target.id)
            elif value is not None and _buffer(target) in buffers and _is_fraction(value, facts):
                yield Hit(positions.span(target))


def _buffer(target: ast.expr) -> str | None:
    """The name of the array that is stored into."""
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
        return target.value.id
    return None


def _holds_integers(value: Value, facts: Facts) -> bool:
    node = strip(value)
    if not isinstance(node, Apply) or node.op not in _LIKE:
        return False
    if "dtype" in node.attributes or node.library != "numpy":
        return False
    return (facts.dtype(node.operands[0]) or "").startswith(("int", "uint"))


def _is_fraction(value: Value, facts: Facts) -> bool:
    """Whether a value is surely not whole: a quotient, or the product with a fraction."""
    node = strip(value)
    if facts.integer(node):
        return False
    if isinstance(node, Apply) and node.op == "divide":
        return True
    if isinstance(node, Apply) and node.op == "multiply":
        return any(not float(x).is_integer() for x in map(scalar, node.operands) if x is not None)
    dtype = facts.dtype(node)
    return dtype is not None and dtype.startswith("float")
