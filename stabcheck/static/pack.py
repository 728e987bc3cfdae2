"""A project's own cards, tested as those of the house are: their examples are the tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stabcheck.static.card import Card
from stabcheck.static.card_error import CardError
from stabcheck.static.card_reader import line_of
from stabcheck.static.cards import load, pages, read
from stabcheck.static.engine import check
from stabcheck.static.testing import failures


@dataclass(frozen=True, slots=True)
class CardResult:
    """A page of a pack, and what of its promises does not hold, a line each."""

    path: str
    code: str  # empty if the page can't be read as a card
    name: str
    examples: int
    failures: tuple[str, ...]


def results(folders: Iterable[Path]) -> Iterator[CardResult]:
    """Test each card of some folders, page by page, together with the built-in rules.

    Raises
    ------
    CardError
        if one of the folders is not there or leads outside of itself, or the built-in rules are broken.
    """
    known = list(load())
    found: list[Card | CardError] = []
    for folder in folders:
        for path in pages(folder):
            try:
                card = read(path)
                _is_new(card, known)
            except CardError as error:
                found.append(error)
                continue
            found.append(card)
            known.append(card)
    defaults = [card for card in known if card.default]
    for each in found:
        if isinstance(each, CardError):
            yield CardResult(each.path, "", Path(each.path).stem, 0, (str(each),))
            continue
        told = tuple(_failures(each, defaults))
        yield CardResult(each.path, each.code, each.name, len(each.examples), told)


def _is_new(card: Card, known: Sequence[Card]) -> None:
    for other in known:
        if card.code == other.code or card.name == other.name:
            key = "code" if card.code == other.code else "name"
            owner = f"{other.code} {other.name} is already defined by {other.path}"
            raise CardError(
                card.path, line_of(card.page, key), f"{owner}; a card needs a code and a name of its own"
            )


def _failures(card: Card, defaults: Sequence[Card]) -> Iterator[str]:
    try:
        yield from failures(card, defaults)
        yield from _covered(card, defaults)
    except Exception as error:  # one card that the tests stumble over must not take the others with it
        reason = " ".join(str(error).split()) or "no message"
        yield f"{card.path}: can't be tested, by a fault of stabcheck's own: {type(error).__name__}: {reason}"


def _covered(card: Card, defaults: Sequence[Card]) -> Iterator[str]:
    """Where a card finds something alone that another rule has to itself when all run."""
    if card.yields or card.comments:
        return
    others = [each for each in defaults if each.code != card.code]
    for example in card.examples:
        if example.heading != "Found":
            continue
        together = check(example.source, "example.py", [*others, card])
        spans = {each.span for each in together if each.code == card.code}
        for finding in check(example.source, "example.py", [card]):
            if finding.span in spans:
                continue
            line = finding.span.line
            instead = [f"{each.code} {each.name}" for each in together if each.span.line == line]
            told = f"; {', '.join(instead)} speaks there" if instead else ""
            where = f"{card.path}:{example.line + line - 1}"
            yield f"{where}: found by this card alone, not with all rules on{told}"
