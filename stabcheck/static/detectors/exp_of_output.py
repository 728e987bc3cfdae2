"""exp of the output of a network, which nothing bounds: of a linear layer, a log-variance, an advantage."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._precision import working_format
from stabcheck.static.detectors._unbounded import (
    is_advantage,
    is_affine,
    is_bounded_later,
    is_layer,
    is_log_scale,
    weighs_a_draw,
)
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Value
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.infer.autodiff import DIFFERENTIATING
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module
from stabcheck.static.normal import term

_HELD = frozenset({"shifted", "clipped"})


def _is_clipped(value: Value) -> bool:
    """Between limits of any kind: those that are no numbers here are the author's."""
    node = source(value)
    return isinstance(node, Apply) and node.op in ("clip", "maximum", "minimum", "tanh")


_LOGARITHMS = frozenset({"shifted", "clipped", "log-quantity", "named-log"})
_DRAW = "exp({x}) overflows above 88.7 in float32 (11.1 in float16), and a draw with weights of inf fails"
_SOFTMAX = "torch.softmax({x}, dim=-1) as the weights: the same distribution, shifted by its maximum"
_WEIGHT = (
    "exp of the advantage {x} overflows above 88.7 in float32 (11.1 in float16), and one inf makes the loss "
    "NaN: bound the exponent, or the weight"
)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Exponentials of what a network puts out, where gradients flow, and of advantages that weigh a loss."""
    for site, node in operations(module, "exp"):
        argument = node.operands[0]
        limits = working_format(facts, node, argument)
        if limits is None or facts.interval(argument).upper <= limits.exp_overflow:
            continue
        output = term(argument).value
        if _is_clipped(argument) or _is_clipped(output):
            continue
        if "logit" in facts.tags(output) or is_affine(output) or is_layer(output, module, facts):
            if facts.differentiated(site, node):
                yield Hit(node.span, site, node, bindings={"x": argument})
            continue
        if facts.library(node) not in DIFFERENTIATING:
            continue
        if is_log_scale(output, module, site):
            if facts.differentiated(site, node):
                yield Hit(node.span, site, node, bindings={"x": argument})
        elif not facts.tags(argument) & _LOGARITHMS and weighs_a_draw(node, module, site):
            yield Hit(node.span, site, node, bindings={"x": argument}, message=_DRAW, advice=_SOFTMAX)
        elif (
            is_advantage(argument, site)
            and not facts.tags(argument) & _HELD
            and not is_bounded_later(node, module, site)
        ):
            yield Hit(node.span, site, node, bindings={"x": argument}, message=_WEIGHT)
