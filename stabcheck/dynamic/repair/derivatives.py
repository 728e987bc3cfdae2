"""Derivatives of activations: a softmax by its diagonal, one activation for another."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.dynamic.repair.edits import Edit, edit, text
from stabcheck.dynamic.repair.spots import Scope, Spot


def softmax(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """`p * (g - sum(p * g))` for `p * (1 - p) * g` or `p * g`: all of a softmax's Jacobian."""
    node, numpy = spot.node, scope.numpy()
    if numpy is None or (isinstance(spot.parent, ast.BinOp) and isinstance(spot.parent.op, ast.Mult)):
        return
    if isinstance(node, ast.Call) and text(node.func) == f"{numpy}.diag" and len(node.args) == 1:
        shares = _shares(_factors(node.args[0]))
        for p in shares:
            outer = ast.Attribute(ast.Name(numpy, ast.Load()), "outer", ast.Load())
            diagonal = ast.Call(node.func, [p], [])
            yield edit(spot, ast.BinOp(diagonal, ast.Sub(), ast.Call(outer, [p, p], [])))
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return
    factors = _factors(node)
    for p in factors:
        rest = [factor for factor in factors if factor is not p and not _is_complement(factor, p)]
        if not rest or not isinstance(p, (ast.Name, ast.Attribute, ast.Subscript)):
            continue
        g = rest[0]
        for other in rest[1:]:
            g = ast.BinOp(g, ast.Mult(), other)
        for axis in (-1, 0):
            yield edit(spot, _through_softmax(p, g, numpy, axis))


def _through_softmax(p: ast.expr, g: ast.expr, numpy: str, axis: int) -> ast.expr:
    """The product of a softmax's Jacobian with g, by its shares p."""
    inner = unplaced(f"{numpy}.sum({text(p)} * ({text(g)}), axis={axis}, keepdims=True)")
    return ast.BinOp(p, ast.Mult(), ast.BinOp(g, ast.Sub(), inner))


def unplaced(source: str) -> ast.expr:
    """An expression that stands nowhere yet."""
    tree = ast.parse(source, mode="eval").body
    for node in ast.walk(tree):
        for attribute in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
            if hasattr(node, attribute):
                delattr(node, attribute)
    return tree


def _factors(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_factors(node.left), *_factors(node.right)]
    return [node]


def _is_complement(node: ast.expr, of: ast.expr) -> bool:
    return text(node) == f"1 - {text(of)}" or text(node) == f"1.0 - {text(of)}"


def _shares(factors: list[ast.expr]) -> list[ast.expr]:
    if len(factors) == 1:
        return factors
    return [p for p in factors if any(_is_complement(each, p) for each in factors)]


def activations(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """`1 - a**2` (of tanh) for `a * (1 - a)` (of the logistic function), and the other way round."""
    node = spot.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and isinstance(node.right, ast.BinOp):
        power = node.right
        if isinstance(power.op, ast.Pow) and text(power.right) == "2" and text(node.left) in ("1", "1.0"):
            inner = text(power.left)
            yield edit(spot, unplaced(f"({inner}) * (1 - ({inner}))"))
            yield edit(spot, unplaced(f"({inner}) > 0"))
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return
    factors = _factors(node)
    for a in _shares(factors) if len(factors) > 1 else ():
        rest = [factor for factor in factors if factor is not a and not _is_complement(factor, a)]
        yield edit(
            spot, unplaced(" * ".join([*(f"({text(each)})" for each in rest), f"(1 - ({text(a)}) ** 2)"]))
        )
