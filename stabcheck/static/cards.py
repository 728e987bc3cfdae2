"""Reading rule cards: Markdown pages to `Card`s, without executing anything that they hold.

A page is data: its first fenced `toml` block is read by `tomllib`, its patterns and guards are parsed (never
evaluated as Python), its `python` blocks are kept as text. So a rule pack from anywhere may be loaded.
Every mistake on a page becomes a `CardError` that says where it is, what is wrong and what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG

from stabcheck.static.card import Card
from stabcheck.static.card_error import CardError
from stabcheck.static.card_reader import line_of, parse

__all__ = ["CardError", "Catalogue", "builtin_folder", "load", "parse", "read"]

LARGEST_PAGE = 256 * 1024  # bytes; the longest built-in page has a twentieth of it
MOST_PAGES = 5000


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Cards by code and by name, in the order of their codes."""

    cards: tuple[Card, ...]
    by_code: Mapping[str, Card] = field(default_factory=dict)
    by_name: Mapping[str, Card] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Card]:
        return iter(self.cards)

    def __len__(self) -> int:
        return len(self.cards)

    def find(self, code_or_name: str) -> Card | None:
        """The card with this code (in either case) or this name."""
        return self.by_code.get(code_or_name.upper()) or self.by_name.get(code_or_name.lower())


def builtin_folder() -> Path:
    """The folder of the built-in cards: inside the installed package, or beside it in a checkout.

    Raises
    ------
    CardError
        if the installation has neither.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_rules", package.parent / "rules"):
        if folder.is_dir():
            return folder
    raise CardError(str(package / "_rules"), 1, "the built-in rules are missing: install stabcheck again")


def load(folders: Sequence[Path] | None = None, known: Iterable[Card] = ()) -> Catalogue:
    """The cards that are known, and every card of these folders, the built-in one if none are given.

    Raises
    ------
    CardError
        for a folder that isn't there, a page that can't be read, and a code or name that an earlier page has.
    """
    by_code = {card.code: card for card in known}
    by_name = {card.name: card for card in by_code.values()}
    for folder in folders if folders is not None else (builtin_folder(),):
        for path in pages(Path(folder)):
            card = read(path)
            for other in (by_code.get(card.code), by_name.get(card.name)):
                if other is not None:
                    raise CardError(
                        card.path,
                        line_of(card.page, "code" if other.code == card.code else "name"),
                        f"{other.code} {other.name} is already defined by {other.path}; "
                        "a card needs a code and a name of its own",
                    )
            by_code[card.code] = by_name[card.name] = card
    return catalogued(by_code.values())


def catalogued(cards: Iterable[Card]) -> Catalogue:
    """Cards, no two of which have a code or a name in common, in the order of their codes."""
    by_code = {card.code: card for card in sorted(cards, key=lambda card: card.code)}
    return Catalogue(tuple(by_code.values()), by_code, {card.name: card for card in by_code.values()})


def pages(folder: Path) -> list[Path]:
    """The pages of a folder and those below it, in order; a README.md is none.

    Raises
    ------
    CardError
        if there is no such folder, a page leads out of it, or there are too many.
    """
    if not folder.is_dir():
        raise CardError(str(folder), 1, "no such folder of rule cards")
    home = folder.resolve()
    found: list[Path] = []
    for path in sorted(folder.rglob("*.md")):
        if path.name.lower() == "readme.md":
            continue
        if path.is_symlink() and not _resolved(path).is_relative_to(home):  # no link to a folder is followed
            raise CardError(str(path), 1, f"leads outside of {folder}; cards are files in their folder")
        found.append(path)
    if len(found) > MOST_PAGES:
        raise CardError(str(folder), 1, f"holds {len(found)} pages; at most {MOST_PAGES} are read")
    return found


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # links that lead to each other
        raise CardError(str(path), 1, f"can't be read: {error}") from None


def read(path: Path) -> Card:
    """Read one page.

    Raises
    ------
    CardError
        for everything that can be wrong with it.
    """
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):  # reading a FIFO would wait for a writer
            raise CardError(str(path), 1, "is not a regular file")
        if status.st_size > LARGEST_PAGE:
            raise CardError(str(path), 1, f"is larger than {LARGEST_PAGE // 1024} kB, the most a card may be")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CardError(str(path), 1, f"can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CardError(str(path), 1, "is not UTF-8 text") from None
    card = parse(text, str(path))
    if card.name != path.stem:
        raise CardError(
            card.path, line_of(text, "name"), f'name = "{card.name}" must be that of the file: "{path.stem}"'
        )
    return card
