"""The rules that hold under some settings: their cards, and the byte scan for the names they need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from stabcheck.config import Settings
from stabcheck.static.cache.compiled import builtin
from stabcheck.static.card import Card
from stabcheck.static.cards import CardError, Catalogue, load
from stabcheck.static.finding import Problem
from stabcheck.static.prefilter import Scan, scan
from stabcheck.static.select import select
from stabcheck.static.trigger import triggers


@dataclass(frozen=True, slots=True)
class Rules:
    """All cards there are (`known`), those that are on (`cards`), and the packs that can't be used."""

    known: tuple[Card, ...]
    cards: tuple[Card, ...]
    scan: Scan
    problems: tuple[Problem, ...]


@lru_cache(maxsize=64)
def rules(settings: Settings) -> Rules:
    """The rules of `settings`.

    Raises
    ------
    ConfigError
        if the settings name a rule that there isn't.
    CardError
        if a built-in card is broken.
    """
    known, problems = catalogue(settings.extend_rules)
    cards = tuple(_at(settings.dtype, card) for card in select(known.cards, settings))
    return Rules(known.cards, cards, scan(triggers(cards)), problems)


def _at(dtype: str | None, card: Card) -> Card:
    """The card with `dtype` assumed where code tells none; a rule of a narrow dtype keeps its own."""
    if dtype is None or not {"float32", "float64"} & set(card.dtypes):
        return card
    return replace(card, assume=dtype)


@lru_cache(maxsize=64)
def catalogue(packs: tuple[str, ...] = ()) -> tuple[Catalogue, tuple[Problem, ...]]:
    """The built-in cards and those of the packs; a pack with a broken card is left out, and said to be.

    Raises
    ------
    CardError
        if a built-in card is broken.
    """
    known, problems = builtin(), []
    for pack in packs:
        try:
            known = load([Path(pack)], known)
        except CardError as error:
            problems.append(
                Problem(error.path, f"line {error.line}: {error.message} (rules of {pack} not used)")
            )
    return known, tuple(problems)
