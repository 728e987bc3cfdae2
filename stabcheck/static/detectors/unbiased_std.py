"""PyTorch's std and var with the correction that nobody wrote."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import is_given, literal, operations
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Calls that neither say `correction` nor `unbiased`, of a tensor whose size is not known."""
    for site, node in operations(module, "std", "var"):
        if node.library != "torch":
            continue
        if is_given(node, "ddof") or literal(node.attributes.get("ddof")) != 1:
            continue
        if facts.shape(node.operands[0]) is None:
            yield Hit(node.span, site, node, bindings={"x": node.operands[0]})
