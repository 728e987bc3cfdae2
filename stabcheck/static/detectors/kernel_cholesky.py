"""The Cholesky factor of a squared-exponential kernel matrix, with nothing added to its diagonal."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Value, strip
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module
from stabcheck.static.normal import DEEPEST


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`cholesky(exp(-d))`, also with a factor in front of the exponential."""
    for site, node in operations(module, "cholesky"):
        if _is_kernel(node.operands[0], facts):
            yield Hit(node.span, site, node, bindings={"k": node.operands[0]})


def _is_kernel(value: Value, facts: Facts, depth: int = DEEPEST) -> bool:
    """An exponential of what is never positive, times anything."""
    node = strip(value)
    if depth == 0 or not isinstance(node, Apply):
        return False
    if node.op == "multiply":
        return any(_is_kernel(each, facts, depth - 1) for each in node.operands)
    if node.op == "exp":
        exponent = strip(node.operands[0])
        negated = isinstance(exponent, Apply) and exponent.op == "negative"
        return negated or facts.interval(exponent).upper <= 0
    return False
