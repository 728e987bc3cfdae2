"""Losses, softmax and their logarithms computed in float16."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.ops import OPERATIONS
from stabcheck.static.card import Card
from stabcheck.static.detectors._values import operations
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

_LOSSES = [name for name, row in OPERATIONS.items() if row.kind == "loss" or name == "log_softmax"]


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Operations of the kind "loss", and log_softmax, with a float16 operand."""
    for site, node in operations(module, *_LOSSES):
        if any(facts.dtype(operand) == "float16" for operand in node.operands):
            yield Hit(node.span, site, node)
