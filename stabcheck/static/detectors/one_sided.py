"""(f(x + h) - f(x)) / h."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._quotient import quotients
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Quotients one of whose evaluations is at the unmoved point."""
    for quotient in quotients(module):
        if quotient.one_sided:
            yield Hit(quotient.value.span, quotient.site, quotient.value)
