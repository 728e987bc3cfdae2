"""One file: source text in, findings out.

`leave out what no rule can speak of -> parse -> lower -> infer -> judge`; judging is
`stabcheck.static.inspection`.
"""

from __future__ import annotations

from collections.abc import Iterable

from stabcheck.static.card import Card
from stabcheck.static.finding import Finding
from stabcheck.static.inspection import Inspection
from stabcheck.static.needs import silent
from stabcheck.static.parsing import parse
from stabcheck.static.portion import portion
from stabcheck.static.selection import selection


def check(text: str, path: str, cards: Iterable[Card]) -> list[Finding]:
    """What the cards have to say of a file.

    Parameters
    ----------
    text
        the source, decoded.
    path
        what findings call the file.
    cards
        the rules that are on.

    Returns
    -------
    list of Finding
        by position and code, one for each code and span.

    Raises
    ------
    SyntaxError
        if the text does not parse.
    RecursionError, MemoryError
        if it is nested too deeply for Python's own parser.
    """
    from stabcheck.static.infer import Facts  # noqa: PLC0415 - both load NumPy, which not every file needs
    from stabcheck.static.lower import lower  # noqa: PLC0415

    on = selection(tuple(cards))
    left = portion(text, on.needs)
    if left is None:
        return []
    module = lower(left.tree, text, path, left.imports)
    facts = Facts(module)
    try:
        return Inspection(module, facts, on, left.spoken).findings()
    finally:
        facts.release()
        module.release()


def check_whole(text: str, path: str, cards: Iterable[Card]) -> list[Finding]:
    """As `check`, with nothing left out that rules can't speak of: what `check` is measured by."""
    from stabcheck.static.infer import Facts  # noqa: PLC0415
    from stabcheck.static.lower import lower  # noqa: PLC0415

    on = selection(tuple(cards))
    module = lower(parse(text), text, path)
    spoken = frozenset(on.needs.codes) - silent(on.needs, text)
    return Inspection(module, Facts(module), on, spoken).findings()
