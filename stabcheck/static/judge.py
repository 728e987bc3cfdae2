"""Whether a match goes wrong within what is known of its values: by its guards, and at which input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stabcheck.ops.dtypes import DEFAULT_DTYPES, FORMATS, format_of
from stabcheck.static.finding import Witness
from stabcheck.static.formula import COUNT, Unmeasurable, formula
from stabcheck.static.graph import Value
from stabcheck.static.guard import Knowledge, Scene, holds
from stabcheck.static.match import Match

if TYPE_CHECKING:
    from stabcheck.static.sampling import Free


class Acquitted(Exception):
    """No input within the known ranges goes wrong."""


def contradicted(match: Match, facts: Knowledge) -> bool:
    """Whether a guard of `only_when` fails that compares numbers of the pattern, and asks nothing else."""
    guards = [guard for guard in match.pattern.only_when if "(" not in guard]
    if not guards:
        return False
    scene = Scene(facts, match.site, match.value, match.bindings)
    return not all(holds(guard, match.compiled.names, scene) for guard in guards)


def unsure(match: Match, facts: Knowledge) -> str | None:
    """The first guard of `only_when` that does not surely hold: the pattern says nothing then."""
    scene = Scene(facts, match.site, match.value, match.bindings)
    names = match.compiled.names
    return next((guard for guard in match.pattern.only_when if not holds(guard, names, scene)), None)


def acquitting(match: Match, facts: Knowledge) -> str | None:
    """The first guard of `safe_when` that holds."""
    scene = Scene(facts, match.site, match.value, match.bindings)
    names = match.compiled.names
    return next((guard for guard in match.pattern.safe_when if holds(guard, names, scene)), None)


def witness_of(match: Match, facts: Knowledge) -> Witness | None:
    """The input that proves a match; None if the card has no domain to look in, or the table no formula.

    Raises
    ------
    Acquitted
        if the inferred ranges of the values leave no input at which the code as written goes wrong.
    """
    card = match.card
    if not card.witness:
        return None
    from stabcheck.static.witness import search  # noqa: PLC0415 - loads NumPy and mpmath

    try:
        rest = tuple(value for value, _ in match.rest.factors)
        expression = formula(match.value, match.bindings, rest)
        variables = tuple(_free(name, match, facts) for name in expression.names if name != COUNT)
        library = facts.library(match.value) if card.quantity == "gradient" else None
        for dtype in working_dtypes(match, facts):
            found = search(expression, variables, dtype, card.quantity, card.representable, library)
            if found is not None:
                return found
    except Unmeasurable:
        return None
    raise Acquitted


def _free(name: str, match: Match, facts: Knowledge) -> Free:
    from stabcheck.static.sampling import Free  # noqa: PLC0415 - loads NumPy

    domain = match.card.witness.get(name)
    value: Value | None = match.bindings.get(name)
    plain = Free(name) if domain is None else Free(name, domain)
    if value is None:
        return plain
    return Free(name, plain.domain, facts.interval(value), facts.integer(value))


def working_dtypes(match: Match, facts: Knowledge) -> tuple[str, ...]:
    """The dtype known of the value, else what the settings assume, its library has, the card tries."""
    for value in (match.value, *match.bindings.values()):
        known = facts.dtype(value)
        limits = format_of(known) if known else None
        if limits is not None and limits.name in FORMATS:
            return (limits.name,)
    library = facts.library(match.value)
    default = match.card.assume or DEFAULT_DTYPES.get(library or "")
    return (default,) if default is not None else match.card.dtypes
