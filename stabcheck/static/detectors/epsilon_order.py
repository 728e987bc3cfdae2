"""log(1 + eps - x): an eps that is added to the 1 and rounded away there."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._absorbed import absorbed
from stabcheck.static.detectors._values import operations
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Logarithms of a difference from a constant that should have been more than 1 and is not."""
    for site, node in operations(module, "log", "log2", "log10"):
        found = absorbed(node.operands[0], facts)
        if found is not None:
            yield Hit(
                node.span,
                site,
                node,
                bindings={"x": found.subtracted},
                message=f"the eps is added to the 1 and lost in {found.dtype}: log(0) = -inf at {{x}} = 1",
            )
