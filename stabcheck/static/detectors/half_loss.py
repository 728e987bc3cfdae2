"""Losses, softmax and their logarithms computed in float16."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.ops import OPERATIONS
from stabcheck.static.card import Card
from stabcheck.static.detectors._values import nodes
from stabcheck.static.graph import Apply
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Operations of the kind "loss", and log_softmax, with a float16 operand."""
    for site, node in nodes(module):
        if not isinstance(node, Apply):
            continue
        row = OPERATIONS.get(node.op)
        if row is None or not (row.kind == "loss" or node.op == "log_softmax"):
            continue
        if any(facts.dtype(operand) == "float16" for operand in node.operands):
            yield Hit(node.span, site, node)
