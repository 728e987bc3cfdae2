"""Expressions that are measured to lose far more bits than their conditioning explains, whatever they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isfinite

from stabcheck.static.card import Card, Pattern
from stabcheck.static.formula import Unmeasurable
from stabcheck.static.graph import Site, walk
from stabcheck.static.guard import Scene, holds
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.match import Match, Rest
from stabcheck.static.module import Module
from stabcheck.static.pattern import compile_pattern
from stabcheck.static.places import places
from stabcheck.static.repair import Repair, repair
from stabcheck.static.replace import fix, suggestion
from stabcheck.static.rewrite import expression_over, identities
from stabcheck.static.source_text import text_of
from stabcheck.static.unstable import Unstable, unstable_expressions

_REASON = "an identity, measured over the inputs that were tried and no others"


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """The smallest unstable expressions of the module, with the worst of the sampled inputs.

    Where the identities of the card lead to a formula that is measured to be stable, that is the fix.
    """
    where = places(module)
    for found in unstable_expressions(module, facts):
        if not isfinite(found.witness.lost_bits):
            continue  # nothing was lost of a result that is 0
        _, site = where[found.place]
        if card.autodiff and not facts.differentiated(site, found.value):
            continue
        hit = Hit(
            found.value.span,
            site,
            found.value,
            bindings=found.free,
            message=f"the formula loses {found.witness.lost_bits:.0f} bits that its conditioning does not "
            f"explain (on {found.share:.0%} of the inputs tried)",
            witness=found.witness,
        )
        better = _repaired(found, site, facts, card)
        if better is not None:
            hit = _with_fix(hit, _match(found, better, site, card), better, module, facts)
        yield hit


def _repaired(found: Unstable, site: Site, facts: Facts, card: Card) -> Repair | None:
    known = identities(_true_here(card.identities, found, site, facts))
    try:
        return repair(found.value, found.free, found.variables, found.witness.dtype, known)
    except Unmeasurable:  # what was evaluated over its own variables can't be over those of the whole
        return None


def _true_here(known: tuple[Pattern, ...], found: Unstable, site: Site, facts: Facts) -> tuple[Pattern, ...]:
    """The identities whose guards hold where the expression stands."""
    scene = Scene(facts, site, found.value, {})
    return tuple(each for each in known if all(holds(guard, frozenset(), scene) for guard in each.only_when))


def _match(found: Unstable, better: Repair, site: Site, card: Card) -> Match:
    """The repair as a replacement of the whole expression."""
    expression, bindings = expression_over(better.value)
    return Match(
        card=card,
        pattern=Pattern(expression, expression, reason=_REASON),
        compiled=compile_pattern(expression),
        value=found.value,
        site=site,
        bindings=bindings,
        inside=frozenset(map(id, walk(found.value))),
        rest=Rest(),
        reshaped=False,
    )


def _with_fix(hit: Hit, match: Match, better: Repair, module: Module, facts: Facts) -> Hit:
    """The hit with what to write instead, if that can be written here, and what it loses."""
    text = text_of(module)
    made = fix(match, module, facts, text)
    told = made.replacement if made is not None else suggestion(match, module, facts, text)
    if told is None:
        return hit
    message = f"{hit.message}; rewritten it loses at most {better.excess:.1f}"
    if made is None:
        return replace(hit, message=message, advice=told)
    return replace(hit, message=message, edits=made.edits, replacement=told)
