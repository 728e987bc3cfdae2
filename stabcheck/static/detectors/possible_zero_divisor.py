"""A division by what can be 0 where the text does not tell whether the data exclude it."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._divisors import quotients
from stabcheck.static.detectors._evident import is_evident
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """The quotients that unguarded-divisor has too little evidence for."""
    return (each.hit() for each in quotients(module, facts) if not is_evident(each, facts))
