"""exp of a value that is clipped at a bound whose exponential overflows all the same."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from stabcheck.static.card import Card
from stabcheck.static.detectors._precision import exponential, working_format
from stabcheck.static.detectors._values import operations
from stabcheck.static.finding import Witness
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

_LARGEST_BOUND = 1e6  # a larger one is no guard of the exponential but of something else


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Exponentials whose argument has been clipped, above what the format can hold."""
    for site, node in operations(module, "exp", "cosh", "expm1"):
        argument = node.operands[0]
        limits = working_format(facts, node, argument)
        if limits is None or "clipped" not in facts.tags(argument):
            continue
        bound = facts.interval(argument).upper
        if not limits.exp_overflow < bound < _LARGEST_BOUND:
            continue
        yield Hit(
            node.span,
            site,
            node,
            bindings={"x": argument},
            message=f"the clip at {bound:g} does not protect this {node.op}: {limits.name} ends at "
            f"exp({limits.exp_overflow:.4g})",
            witness=Witness({"x": bound}, limits.name, inf, exponential(bound), float(limits.precision)),
        )
