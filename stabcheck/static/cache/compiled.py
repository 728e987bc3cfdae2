"""The built-in cards as an earlier run read them: parsing their pages takes a fifth of linting one file.

They are kept as JSON in the folder of the cache, for the files that cards are made of and by: another page,
another version of stabcheck or of Python reads the pages again. So does a file that is not whole.
"""

from __future__ import annotations

import json
import sys
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stabcheck import __version__
from stabcheck.static.cache.folder import made, replace_file
from stabcheck.static.cache.key import own_files
from stabcheck.static.cache.state import TICK

if TYPE_CHECKING:
    from stabcheck.static.card import Card
    from stabcheck.static.cards import Catalogue

FORMAT = 1  # of what is written
NAME = "cards.compiled"

# The folder of the cache of this run; None: the pages are read, and nothing is kept.
_folder: ContextVar[Path | None] = ContextVar("folder", default=None)


@contextmanager
def kept_in(folder: Path | None) -> Iterator[None]:
    """Meanwhile the cards come from this folder, and are put there; None: from their pages."""
    before = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(before)


def builtin() -> Catalogue:
    """The built-in cards.

    Raises
    ------
    CardError
        if one of their pages is broken.
    """
    from stabcheck.static.cards import catalogued, load  # noqa: PLC0415  (loads the language of patterns)

    folder = _folder.get()
    if folder is None:
        return _with_needs(load())
    signature = _signature()  # before any page is read: one that changes meanwhile makes another
    cards = _kept(folder, signature)
    if cards is not None:
        return catalogued(cards)
    read = _with_needs(load())
    _keep(folder, signature, read)
    return read


def _signature() -> list[Any]:
    """What the cards are made of and by: version, Python, and each file with its size, time and place."""
    return [FORMAT, __version__, sys.implementation.name, *sys.version_info[:3], *own_files()]


def _kept(folder: Path, signature: list[Any]) -> list[Card] | None:
    """The cards, if there is a file of them, it is whole, and made with this signature."""
    try:
        checksum, _, body = (folder / NAME).read_bytes().partition(b"\n")
        if checksum != _checksum(body):
            return None
        held = json.loads(body)
        return [_card(each) for each in held["cards"]] if held["signature"] == signature else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):  # not ours
        return None


def _keep(folder: Path, signature: list[Any], cards: Catalogue) -> None:
    """Write the cards; that they can't be written is no error."""
    now = time.time_ns()
    if any(abs(now - int(line.split(" ", 2)[1])) < TICK for line in own_files()):
        return  # a page that was changed just now may be changed again without another time of change
    body = json.dumps({"signature": signature, "cards": [_record(card) for card in cards]})
    if made(folder):
        with suppress(OSError):
            replace_file(folder, NAME, f"{_checksum(body.encode()).decode()}\n{body}")


def _checksum(body: bytes) -> bytes:
    return b"%08x" % zlib.crc32(body)


def _with_needs(read: Catalogue) -> Catalogue:
    """The cards with what code must hold for them: asked of each file before a pattern is compiled."""
    from stabcheck.static.cards import catalogued  # noqa: PLC0415
    from stabcheck.static.trigger import alternatives  # noqa: PLC0415

    return catalogued(replace(card, needed=alternatives(card)) for card in read)


def _record(card: Card) -> dict[str, Any]:
    """A card as JSON."""
    from stabcheck.static.trigger import alternatives  # noqa: PLC0415

    return {**asdict(card), "needed": [[sorted(clause) for clause in each] for each in alternatives(card)]}


def _card(record: Mapping[str, Any]) -> Card:
    from stabcheck.static.card import Card, Domain, Example, Pattern  # noqa: PLC0415

    def patterns(key: str) -> tuple[Pattern, ...]:
        return tuple(
            Pattern(**{**each, "safe_when": tuple(each["safe_when"]), "only_when": tuple(each["only_when"])})
            for each in record[key]
        )

    return Card(
        **{
            **record,
            "patterns": patterns("patterns"),
            "identities": patterns("identities"),
            "libraries": tuple(record["libraries"]),
            "dtypes": tuple(record["dtypes"]),
            "triggers": tuple(map(tuple, record["triggers"])),
            "witness": {
                name: Domain(**{**each, "points": tuple(each["points"])})
                for name, each in record["witness"].items()
            },
            "needed": tuple(tuple(map(frozenset, each)) for each in record["needed"]),
            "examples": tuple(Example(**each) for each in record["examples"]),
        }
    )
