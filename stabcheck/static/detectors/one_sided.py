"""(f(x + h) - f(x)) / h."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._quotient import Quotient, quotients
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module
from stabcheck.static.normal import key


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Quotients one of whose evaluations is at the unmoved point."""
    found = [each for each in quotients(module) if each.one_sided]
    for quotient in found:
        if not any(_is_other_side(quotient, each) for each in found):
            yield Hit(quotient.value.span, quotient.site, quotient.value)


def _is_other_side(one: Quotient, other: Quotient) -> bool:
    """`(f(x + h) - f(x)) / h` beside `(f(x) - f(x - h)) / h`: both derivatives are wanted."""
    if one is other or one.site.function != other.site.function:
        return False
    return key(one.first) == key(other.second) or key(one.second) == key(other.first)
