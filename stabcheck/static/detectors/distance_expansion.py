"""Distances from ‖a‖² + ‖b‖² − 2a·b, rooted without a clamp."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import is_op, operations
from stabcheck.static.graph import Apply, Item, Value, scalar, strip
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module
from stabcheck.static.normal import term

_DEEPEST = 32
_MOST_TERMS = 32
_LAYOUT = ("expand_dims", "reshape", "transpose", "squeeze")


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Square roots of the expanded form."""
    for site, node in operations(module, "sqrt", "rsqrt", "log"):
        if _is_expansion(node.operands[0]):
            yield Hit(node.span, site, node, bindings={"d2": node.operands[0]})


def _is_expansion(value: Value) -> bool:
    """Two sums of squares added, and twice a product of matrices subtracted."""
    terms = list(islice(_terms(value, 1.0, _DEEPEST), _MOST_TERMS + 1))
    if len(terms) > _MOST_TERMS:
        return False
    products = [factor * inner for factor, node in terms for inner in [_product(node)] if inner is not None]
    squares = [factor for factor, node in terms if _is_square_sum(node)]
    constants = [node for _, node in terms if scalar(node) is not None]
    return products == [-2.0] and len(squares) == 2 and not constants


def _terms(value: Value, sign: float, depth: int) -> Iterator[tuple[float, Value]]:
    node = strip(value)
    if depth and isinstance(node, Apply) and node.op in ("add", "subtract"):
        yield from _terms(node.operands[0], sign, depth - 1)
        yield from _terms(node.operands[1], sign if node.op == "add" else -sign, depth - 1)
        return
    scaled = term(node)
    inner = strip(scaled.value)
    if depth and isinstance(inner, Apply) and inner.op in ("add", "subtract") and inner is not node:
        yield from _terms(inner, sign * scaled.coefficient, depth - 1)
    else:
        yield sign * scaled.coefficient, inner


def _product(value: Value) -> float | None:
    """The numeric factor of a product of matrices, 2 of `(2 * a) @ b.T`; None of anything else."""
    node = _laid_out(value)
    if isinstance(node, Apply) and node.op in ("matmul", "dot") and len(node.operands) == 2:
        return term(node.operands[0]).coefficient * term(node.operands[1]).coefficient
    return None


def _is_square_sum(value: Value) -> bool:
    node = _laid_out(value)
    if not is_op(node, "sum"):
        return False
    assert isinstance(node, Apply)
    summand = strip(node.operands[0])
    if not isinstance(summand, Apply):
        return False
    exponent = scalar(summand.operands[1]) if summand.op == "power" and len(summand.operands) == 2 else None
    return summand.op in ("square", "multiply") or exponent == 2


def _laid_out(value: Value) -> Value:
    """What a value is before axes were added, moved or picked."""
    node = strip(value)
    while (isinstance(node, Apply) and node.op in _LAYOUT) or isinstance(node, Item):
        node = strip(node.operands[0] if isinstance(node, Apply) else node.base)
    return node
