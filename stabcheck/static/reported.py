"""What is reported of a text: what the rules say, less what comments silence."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

from stabcheck.static import engine
from stabcheck.static.card import Card
from stabcheck.static.finding import Finding
from stabcheck.static.fingerprint import normalised
from stabcheck.static.source_text import Text
from stabcheck.static.suppress import directives, suppress
from stabcheck.static.unused import Ran, unused


def reported(text: str, path: str, cards: Sequence[Card], known: tuple[Card, ...]) -> list[Finding]:
    """The findings of the rules that are on (`cards`, of all that are `known`), by position.

    Raises
    ------
    SyntaxError, RecursionError, MemoryError
        as `stabcheck.static.engine.check`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the code that is read: an invalid escape, `is` with a literal
        found = engine.check(text, path, cards)
    speaking = [card for card in cards if card.comments]
    if not found and not speaking:
        return []
    comments = directives(text)
    kept, _ = suppress(found, comments)
    ran = Ran(known, frozenset(card.code for card in cards))
    for card in speaking:
        kept += unused(card, comments, found, ran, path, text)
    rows = Text(text)
    named = [replace(finding, source=normalised(rows[finding.span])) for finding in kept]
    return sorted(named, key=lambda finding: (finding.span.line, finding.span.column, finding.code))
