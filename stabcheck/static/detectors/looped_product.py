"""A product of probabilities that a loop multiplies up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from stabcheck.static.card import Card
from stabcheck.static.detectors._data import called
from stabcheck.static.detectors._density import factors, is_density, unassumed
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Call, Item, Site, Symbol, Value, scalar, strip
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import picked_from, source
from stabcheck.static.module import Module
from stabcheck.static.source_text import text_of

_PROBABILITY = re.compile(
    r"^(?:\w*_)?(?:prob(?:a|s|as|abilit(?:y|ies))?|likelihoods?|pdf|condprob|cond_?prob\w*|p_\w+_given_\w+)(?:_\w+)?$",
    re.IGNORECASE,
)
_MESSAGE = (
    "a product of probabilities or densities, multiplied up in a loop, underflows: 0.01**154 is 0 in float64 "
    "(0.01**23 in float32)"
)
_OVER_AXIS = (
    "a product of densities underflows in the tail of any, and in dozens of dimensions anywhere: add their "
    "logarithms"
)
_IN_LOGARITHMS = re.compile(r"\blog\w*\(|\.log\w*\(|_log_|\blog_|scal(?:e|ed|ing)\b", re.IGNORECASE)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`p = 1; for …: p *= density(x)`, and `prod(density(x), axis)`."""
    for site, node in operations(module, "prod"):
        if any(is_density(each) or _is_bell(each, facts) for each in islice(factors(node.operands[0]), 8)):
            yield Hit(node.span, site, node, message=_OVER_AXIS)
    for site, node in operations(module, "multiply"):
        if strip(site.value) is not node:
            continue
        for total, factor in (node.operands, tuple(reversed(node.operands))):
            if _starts_from_one(total, module) and _is_probability(factor, site, facts):
                function = module.functions.get(site.function)
                text = text_of(module)[function.span] if function is not None else ""
                if not _IN_LOGARITHMS.search(text):
                    yield Hit(node.span, site, node, bindings={"p": factor}, message=_MESSAGE)
                break


def _is_bell(value: Value, facts: Facts) -> bool:
    """`exp(-z**2 / 2)`: an exponent that is never positive, and has no lower end."""
    node = strip(value)
    if not isinstance(node, Apply) or node.op != "exp":
        return False
    interval = facts.interval(node.operands[0])
    return interval.upper <= 0 and interval.lower < -80


def _starts_from_one(value: Value, module: Module) -> bool:
    """A name that a loop carries on from 1, or from a prior."""
    node = strip(value)
    if not isinstance(node, Symbol) or node.definition not in module.loops:
        return False
    before = source(module.loops[node.definition][0])
    first = scalar(before)
    return first == 1 or (first is None and isinstance(before, Item | Call | Symbol))


def _is_probability(factor: Value, site: Site, facts: Facts) -> bool:
    if any(is_density(each) for each in islice(factors(factor), 8)):
        return True
    node = unassumed(factor)
    picked = picked_from(source(factor))
    names = set().union(*(called(each, site) for each in (node, picked)))
    return any(map(_PROBABILITY.search, names)) or "probability" in facts.tags(factor)
