"""A rule card for people: its page without what only the engine reads."""

from __future__ import annotations

import re

from stabcheck.static.card import Card


def readable(card: Card) -> str:
    """The page without its title, which is the rule's name, and without the block that the engine reads."""
    without_block = re.sub(r"^```toml\n.*?^```\n", "", card.page, count=1, flags=re.MULTILINE | re.DOTALL)
    without_title = re.sub(r"\A\s*# .*\n", "", without_block)
    return re.sub(r"\n{3,}", "\n\n", without_title).strip()


def plain_summary(card: Card) -> str:
    """The message with the metavariables as they are called: `exp({z})` is `exp(z)`."""
    return re.sub(r"\{(\w+)\}", r"\1", card.summary)
