"""A difference quotient with a step of a tenth or more."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._quotient import quotients
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

_LARGE = 0.1


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Quotients with a known step; not those that perturb in place, whose step may have units."""
    for quotient in quotients(module):
        if quotient.size is not None and quotient.size >= _LARGE and quotient.moved is not None:
            order = "h·f''/2" if quotient.one_sided else "h²·f'''/6"
            yield Hit(
                quotient.value.span,
                quotient.site,
                quotient.value,
                message=f"a step of {quotient.size:g}: the truncation error {order} is about 1 % or more",
            )
