"""The cards that are on, with what is made of them once for all files."""

from __future__ import annotations

from dataclasses import dataclass

from stabcheck.static.card import Card
from stabcheck.static.match import Index
from stabcheck.static.needs import Needs


@dataclass(frozen=True, slots=True)
class Selection:
    """Cards that are on, the index of their patterns, and what code must hold for them to speak."""

    cards: tuple[Card, ...]  # kept, so that the identities that it is known by stay theirs
    detecting: tuple[Card, ...]  # those with a detector, those that yield to others last
    index: Index
    needs: Needs


_selections: dict[tuple[int, ...], Selection] = {}
_MOST_SELECTIONS = 16


def selection(cards: tuple[Card, ...]) -> Selection:
    """What is made of some cards: the same for the same cards, whichever file asks."""
    known = tuple(map(id, cards))
    if known not in _selections:
        if len(_selections) >= _MOST_SELECTIONS:
            _selections.clear()
        detecting = sorted(
            (card for card in cards if card.detector is not None), key=lambda card: card.yields
        )
        _selections[known] = Selection(cards, tuple(detecting), Index(cards), Needs(cards))
    return _selections[known]
