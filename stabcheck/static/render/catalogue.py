"""The catalogue of rules: a table for a terminal, the page rules/README.md, and JSON."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tabulate import tabulate

from stabcheck.json_text import dumps
from stabcheck.static.card import Card
from stabcheck.static.cards import builtin_folder

FAMILIES = {
    "tool": "The tool itself",
    "overflow": "Overflow and underflow",
    "cancellation": "Cancellation",
    "domain": "Domain edges and singular gradients",
    "epsilon": "Epsilon misuse",
    "linear-algebra": "Linear algebra",
    "dtype": "Dtype and accumulation",
    "comparison-and-shape": "Comparison and shapes",
    "loss": "Loss functions",
    "gradient-check": "Gradient checks and custom gradients",
}
LEFT_OUT = "left-out.toml"

_INTRODUCTION = """\
# Rules

Each page below is a rule: what `stabcheck explain CODE` shows, what the linter reads, and what the tests run.
This page is made by `stabcheck rules --format markdown`.

Severity: **error** means non-finite or wholly wrong for ordinary inputs, **warning** that digits are lost,
**info** is style of numerics. Fix: *safe* ones are made by `--fix`, *unsafe* ones by `--fix --unsafe-fixes`.
Rules that are *off* speak only if they are selected.
"""


def text(cards: Sequence[Card]) -> str:
    """A row a rule."""
    rows = [
        (
            card.code,
            card.name,
            card.severity,
            card.fix or "-",
            "on" if card.default else "off",
            _plain(card.summary),
        )
        for card in cards
    ]
    heads = ["code", "name", "severity", "fix", "default", "what it says"]
    return tabulate(rows, heads, tablefmt="simple", maxcolwidths=[None, None, None, None, None, 60])


def as_json(cards: Sequence[Card]) -> str:
    """A list of objects, with the whole page of each rule."""
    items = [
        {
            "code": card.code,
            "name": card.name,
            "family": _family(card),
            "severity": card.severity,
            "summary": _plain(card.summary),
            "fix": card.fix,
            "default": card.default,
            "libraries": list(card.libraries),
            "page": card.page,
        }
        for card in cards
    ]
    return dumps(items)


def markdown(cards: Sequence[Card]) -> str:
    """The page rules/README.md: a table a family, and what was left out of the catalogue with the reason."""
    home = builtin_folder()
    parts = [_INTRODUCTION]
    for family in dict.fromkeys(_family(card) for card in cards):
        rows = [
            (
                f"[{card.code}]({_link(card, home)})",
                card.name,
                card.severity,
                card.fix or "",
                "" if card.default else "off",
                _escape(_plain(card.summary)),
            )
            for card in cards
            if _family(card) == family
        ]
        table = tabulate(rows, ["code", "name", "severity", "fix", "", "what it says"], tablefmt="github")
        parts.append(f"## {FAMILIES.get(family, family)}\n\n{table}\n")
    parts += _left_out(home)
    return "\n".join(parts).rstrip() + "\n"


def _left_out(home: Path) -> Iterator[str]:
    """What is known and is no rule: too noisy, or not to be seen in the text of a program."""
    path = home / LEFT_OUT
    if not path.is_file():
        return
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("entry", [])
    rows = [(_escape(entry["pattern"]), _escape(entry["reason"])) for entry in entries]
    if rows:
        yield f"## Not rules\n\n{tabulate(rows, ['pattern', 'why not'], tablefmt='github')}\n"


def _family(card: Card) -> str:
    return Path(card.path).parent.name


def _link(card: Card, home: Path) -> str:
    """The card's page relative to the catalogue; a card of another pack by its path."""
    path = Path(card.path)
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else os.path.relpath(path)


def _plain(summary: str) -> str:
    """The message with the metavariables as they are called: `exp({z})` is `exp(z)`."""
    return re.sub(r"\{(\w+)\}", r"\1", summary)


def _escape(cell: str) -> str:
    return re.sub(r"([\\|*_`<>])", r"\\\1", cell)
