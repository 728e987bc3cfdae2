"""A gradient check whose relative tolerance lets anything pass."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._checks import checks
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

_LOOSE = 0.1


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`rtol` of a tenth or more."""
    for check in checks(module):
        tolerance = check.number("rtol")
        if tolerance is not None and tolerance >= _LOOSE:
            yield Hit(
                check.call.span,
                check.site,
                check.call,
                message=f"rtol={tolerance:g} lets a gradient pass that is off by {100 * tolerance:g} %",
            )
