"""Sums and norms that accumulate in float16."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import operations
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Reductions of float16 values whose result is float16 too; a mean divides inside the library."""
    for site, node in operations(module, "sum", "norm", "prod", "cumsum", "logsumexp"):
        operand = node.operands[0]
        if "dtype" in node.attributes or facts.dtype(operand) != "float16":
            continue
        known = facts.interval(operand)
        if known.upper > 1 or known.lower < -1:
            yield Hit(node.span, site, node, bindings={"x": operand})
