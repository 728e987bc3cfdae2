"""As few parentheses as mean the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

WHOLE = -1  # the pair of parentheses around a new expression; the others count its operands


def fewest(
    pairs: frozenset[int], built: Callable[[frozenset[int]], T], meaning: Callable[[T], str | None]
) -> T | None:
    """What is built with those of the pairs without which it would mean something else.

    With all of them the meaning is plain; None if that does not parse.
    """
    kept, best = pairs, built(pairs)
    meant = meaning(best)
    if meant is None:
        return None
    for pair in sorted(pairs):
        without = built(kept - {pair})
        if meaning(without) == meant:
            kept, best = kept - {pair}, without
    return best
