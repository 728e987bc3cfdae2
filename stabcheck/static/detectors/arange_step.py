"""arange with a step that binary floating point does not hold."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._literals import is_dyadic
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import scalar
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`arange(start, stop, 0.1)`."""
    for site, node in operations(module, "arange"):
        step = node.attributes.get("step")
        size = None if step is None else scalar(step)
        if isinstance(size, float) and not is_dyadic(size):
            yield Hit(node.span, site, node)
