"""An eps that is added to 1 and rounded away there, in front of a subtraction."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._absorbed import absorbed
from stabcheck.static.detectors._values import operations
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`1 + eps - x` anywhere but in a logarithm, which has a rule of its own."""
    logged = {id(node.operands[0]) for _, node in operations(module, "log", "log2", "log10")}
    for site, node in operations(module, "subtract"):
        found = None if id(node) in logged else absorbed(node, facts)
        if found is not None:
            yield Hit(
                node.span,
                site,
                node,
                bindings={"x": found.subtracted},
                message=f"1 + eps is 1 in {found.dtype}, which rounds away all up to {found.limit:.2g}",
            )
