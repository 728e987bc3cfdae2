"""exp of the output of a linear layer, which nothing bounds."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._precision import working_format
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Value
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module
from stabcheck.static.normal import term


def _is_clipped(value: Value) -> bool:
    """Between limits of any kind: those that are no numbers here are the author's."""
    node = source(value)
    return isinstance(node, Apply) and node.op in ("clip", "maximum", "minimum", "tanh")


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Exponentials of what a layer without an activation returns, where gradients flow."""
    for site, node in operations(module, "exp"):
        argument = node.operands[0]
        limits = working_format(facts, node, argument)
        if limits is None or "logit" not in facts.tags(term(argument).value):
            continue
        if facts.interval(argument).upper <= limits.exp_overflow or not facts.differentiated(site, node):
            continue
        if _is_clipped(argument) or _is_clipped(term(argument).value):
            continue
        yield Hit(node.span, site, node, bindings={"x": argument})
