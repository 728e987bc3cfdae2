"""The logarithm of a distribution function that a method returns: `np.log(dist.cdf(x))`."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import method, operations
from stabcheck.static.graph import Call, strip
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Logarithms of `.cdf(…)` and `.sf(…)`."""
    for site, node in operations(module, "log", "log10", "log2"):
        argument = strip(node.operands[0])
        if isinstance(argument, Call) and method(argument) in ("cdf", "sf"):
            yield Hit(node.span, site, node)
