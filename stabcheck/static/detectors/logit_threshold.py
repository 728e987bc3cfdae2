"""Logits compared with one half."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._models import losses
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import scalar, strip
from stabcheck.static.hit import Hit
from stabcheck.static.identity import number
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`out > 0.5` in the function that gives the same `out` to a binary loss from logits."""
    logits = {
        (loss.site.function, number(strip(loss.given)))
        for loss in losses(module)
        if loss.logits and loss.kind == "binary" and loss.given is not None
    }
    if not logits:
        return
    for site, node in operations(module, "greater", "greater_equal", "less", "less_equal"):
        if len(node.operands) != 2:
            continue
        for value, other in (node.operands, node.operands[::-1]):
            if scalar(other) == 0.5 and (site.function, number(strip(value))) in logits:
                yield Hit(node.span, site, node, bindings={"z": value})
