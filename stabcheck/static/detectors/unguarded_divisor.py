"""A division of data by their own spread, range, norm, sum or maximum, which nothing keeps from 0."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._divisors import quotients
from stabcheck.static.detectors._evident import is_evident
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Quotients whose divisor is 0 for data that the code ordinarily meets."""
    return (each.hit() for each in quotients(module, facts) if is_evident(each, facts))
