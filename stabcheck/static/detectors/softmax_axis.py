"""exp(x) / sum(exp(x)) over the whole of an array that has a batch axis."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import is_op, operations
from stabcheck.static.graph import Apply, strip
from stabcheck.static.hit import Hit
from stabcheck.static.identity import same
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Exponentials divided by their sum without an axis, of two dimensions or more."""
    for site, node in operations(module, "divide"):
        above, below = node.operands
        total = strip(below)
        if not is_op(above, "exp") or not isinstance(total, Apply) or total.op != "sum":
            continue
        if "axis" in total.attributes or not same(total.operands[0], above):
            continue
        shape = facts.shape(above)
        if shape is not None and len(shape) > 1 and 1 not in shape:
            yield Hit(node.span, site, node, bindings={"e": above})
