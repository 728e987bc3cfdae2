"""What keeps the patterns of a card silent, in words for its author."""

from __future__ import annotations

import ast

from stabcheck.static.card import Card
from stabcheck.static.guard import Knowledge
from stabcheck.static.inspection import Inspection
from stabcheck.static.judge import Acquitted, acquitting, unsure, witness_of, working_dtypes
from stabcheck.static.match import Match
from stabcheck.static.selection import selection


def reasons(text: str, card: Card) -> list[tuple[int, str]]:
    """For authors of cards: the lines on which its patterns match, and what keeps each silent."""
    from stabcheck.static.infer import Facts  # noqa: PLC0415 - both load NumPy
    from stabcheck.static.lower import lower  # noqa: PLC0415

    module = lower(ast.parse(text), text, "example.py")
    inspection = Inspection(module, Facts(module), selection((card,)), frozenset([card.code]))
    return [
        (group[0].value.span.line, f"{group[0].pattern.find!r} matches, but {_reason(inspection, group)}")
        for group in inspection.candidates()
    ]


def _reason(inspection: Inspection, readings: list[Match]) -> str:
    """What keeps a pattern silent that matches at a place."""
    first = readings[0]
    if not inspection.applies(first):
        library = inspection.facts.library(first.value)
        return f"the card does not apply (library {library}, or no gradient)"
    facts = inspection.known(first)
    match = next((reading for reading in readings if unsure(reading, facts) is None), None)
    if match is None:
        return f"only_when does not hold: {unsure(first, facts)!r} is not sure for {_ranges(first, facts)}"
    guard = acquitting(match, facts)
    if guard is not None:
        return f"safe_when holds: {guard!r} is true of {_ranges(match, facts)}"
    try:
        witness_of(match, facts)
    except Acquitted:
        dtypes = "/".join(working_dtypes(match, inspection.facts))
        told = f"goes wrong in {dtypes} by more than its conditioning, with {_ranges(match, facts)}"
        return f"no input of the witness domain {told}"
    return "a larger pattern covers it"


def _ranges(match: Match, facts: Knowledge) -> str:
    """What is known of the values that a pattern binds."""
    known = ((name, facts.interval(value)) for name, value in sorted(match.bindings.items()))
    return ", ".join(f"${name} in [{x.lower:g}, {x.upper:g}]" for name, x in known) or "any value"
