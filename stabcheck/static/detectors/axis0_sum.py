"""NumPy sums of float32 arrays along their first axis, which are not pairwise."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import literal, operations
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`x.mean(axis=0)` of a float32 array without a wider dtype."""
    for site, node in operations(module, "sum", "mean"):
        operand = node.operands[0]
        if literal(node.attributes.get("axis")) != 0 or "dtype" in node.attributes:
            continue
        if facts.dtype(operand) == "float32" and facts.library(node) == "numpy":
            yield Hit(node.span, site, node, bindings={"x": operand})
