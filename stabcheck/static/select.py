"""Which rules speak: `select`, `extend-select`, `ignore` and `per-file-ignores` over the catalogue."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence

from stabcheck.config import ConfigError, Settings
from stabcheck.static.card import Card
from stabcheck.static.ignore import Patterns

# The beginning of a code. A selector is one of these, the name of a rule, or ALL.
_CODE = re.compile(r"[A-Z][A-Z0-9]+")


def select(cards: Sequence[Card], settings: Settings) -> tuple[Card, ...]:
    """The cards that are on under `settings`.

    A selector is a code (`NS101`), the beginning of one (`NS1`), a rule's name, or `ALL`. `select` replaces
    the rules that are on by default, `extend-select` adds to them. Of a selector and an ignore that both
    speak of a rule the more specific one wins, the ignore if they are equally specific:
    `select = ["NS1"], ignore = ["NS101"]` leaves NS101 out, `select = ["NS101"], ignore = ["NS1"]` leaves it
    alone on.

    Raises
    ------
    ConfigError
        for a selector that no card answers to; the message says where it stands.
    """
    validate(cards, settings)
    wanted = (*(settings.select or ()), *settings.extend_select)
    chosen = []
    for card in cards:
        on = max((_specificity(selector, card) for selector in wanted), default=0)
        if settings.select is None and card.default:
            on = max(on, 1)
        off = max((_specificity(selector, card) for selector in settings.ignore), default=0)
        if on > off:
            chosen.append(card)
    return tuple(chosen)


def validate(cards: Iterable[Card], settings: Settings) -> None:
    """Check that every selector of the settings speaks of some rule.

    Raises
    ------
    ConfigError
        as `select`.
    """
    cards = list(cards)
    per_file = [code for _, ignores in settings.ignores_per_file() for _, codes in ignores for code in codes]
    given = {
        "select": settings.select or (),
        "extend_select": settings.extend_select,
        "ignore": settings.ignore,
        "per_file_ignores": per_file,
    }
    for key, selectors in given.items():
        for selector in selectors:
            if not any(_specificity(selector, card) for card in cards):
                hint = suggestion(selector, {name for card in cards for name in (card.code, card.name)})
                raise ConfigError(f"{settings.origin(key)}: no rule has the code or name {selector!r}{hint}")


def suggestion(name: str, known: Collection[str]) -> str:
    """The nearest of the `known` names as a hint to append (did you mean …?), or nothing."""
    from difflib import get_close_matches  # noqa: PLC0415  (only for mistakes)

    near = get_close_matches(name.lower(), sorted(item.lower() for item in known), n=1)
    by_lower = {item.lower(): item for item in known}
    return f" (did you mean {by_lower[near[0]]}?)" if near else ""


def off_for(path: str, cards: Iterable[Card], settings: Settings) -> frozenset[str]:
    """The codes that `per-file-ignores` turns off for the file."""
    if not any(ignores for _, ignores in settings.ignores_per_file()):
        return frozenset()
    absolute = os.path.abspath(path)
    selectors = [
        code
        for root, ignores in settings.ignores_per_file()
        for pattern, codes in ignores
        if Patterns(str(root.absolute()), (pattern,)).verdict(absolute, is_folder=False)
        for code in codes
    ]
    return frozenset(card.code for card in cards if any(_specificity(code, card) for code in selectors))


def _specificity(selector: str, card: Card) -> int:
    """How closely the selector names the card: 0 not at all, 1 by ALL, more with each character of a code."""
    upper = selector.upper()
    if upper == "ALL":
        return 1
    if selector.lower() == card.name:
        return 1 + len(card.code)
    if _CODE.fullmatch(upper) and card.code.startswith(upper):
        return 1 + len(upper)
    return 0
