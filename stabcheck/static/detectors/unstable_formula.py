"""Expressions that are measured to lose far more bits than their conditioning explains, whatever they are."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.instability import unstable_expressions
from stabcheck.static.module import Module
from stabcheck.static.places import places


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """The smallest unstable expressions of the module, with the worst of the sampled inputs."""
    where = places(module)
    for found in unstable_expressions(module, facts):
        _, site = where[found.place]
        if card.autodiff and not facts.differentiated(site, found.value):
            continue
        yield Hit(
            found.value.span,
            site,
            found.value,
            bindings=found.variables,
            message=f"the formula loses {found.witness.lost_bits:.0f} bits that its conditioning does not "
            f"explain (on {found.share:.0%} of the inputs tried)",
            witness=found.witness,
        )
