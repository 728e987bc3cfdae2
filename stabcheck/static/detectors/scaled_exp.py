"""exp(c·x) with a factor c that makes inputs of ordinary size overflow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import inf

from stabcheck.static.card import Card
from stabcheck.static.detectors._precision import exponential, just_above, working_format
from stabcheck.static.detectors._values import operations
from stabcheck.static.finding import Witness
from stabcheck.static.graph import Apply, Site, Symbol, Value, operands, scalar, strip, walk
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module
from stabcheck.static.normal import term

ORDINARY = 10.0  # inputs of this magnitude are ordinary: standardised data, activations, coordinates
_COSINE = re.compile(r"(?:^|[_.])(?:cos|cosine|sims?|similarity|similarities)(?:$|_)", re.IGNORECASE)
_LOOKED_THROUGH = frozenset({"reshape", "transpose", "squeeze", "expand_dims", "cast", "take_along_axis"})
_HARMLESS = frozenset({"probability", "shifted", "log-quantity", "count", "constant"})


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Exponentials whose factor brings the overflow down to inputs below `ORDINARY`."""
    for site, node in operations(module, "exp", "cosh", "sinh", "expm1"):
        scaled = term(node.operands[0])
        limits = working_format(facts, node, node.operands[0])
        if limits is None or scalar(scaled.value) is not None:
            continue
        factor = scaled.coefficient
        if not limits.exp_overflow / ORDINARY < factor < inf:
            continue
        if facts.interval(node.operands[0]).upper <= limits.exp_overflow:
            continue
        if (
            _is_cosine(scaled.value, facts)
            or facts.tags(scaled.value) & _HARMLESS
            or facts.integer(scaled.value)
            or _in_reciprocal(site, node)
        ):
            continue
        worst = just_above(limits.exp_overflow / factor)
        if worst not in facts.interval(scaled.value):
            continue
        yield Hit(
            node.span,
            site,
            node,
            bindings={"x": scaled.value},
            message=f"{node.op} of {factor:g} times {{x}} overflows {limits.name} for inputs above "
            f"{limits.exp_overflow / factor:.2g}",
            witness=Witness(
                {"x": worst}, limits.name, inf, exponential(factor * worst), float(limits.precision)
            ),
        )


def _is_bounded(value: Value, facts: Facts) -> bool:
    """Whether nothing large is to be expected: probabilities, cosines, shifted values, logarithms, counts."""
    return bool(facts.tags(value) & _HARMLESS) or facts.integer(value) or _is_cosine(value, facts)


def _is_cosine(value: Value, facts: Facts) -> bool:
    """A product of normalised vectors, or what is called one: it lies in [-1, 1]."""
    node = strip(value)
    if isinstance(node, Symbol) or (isinstance(node, Apply) and node.op in _LOOKED_THROUGH):
        return any(isinstance(each, Symbol) and _COSINE.search(each.name) for each in walk(node))
    if not isinstance(node, Apply) or node.op not in ("matmul", "dot", "sum"):
        return False
    parts = node.operands if node.op != "sum" else operands(strip(node.operands[0]))
    return any("normalized" in facts.tags(each) for each in parts)


def _in_reciprocal(site: Site, node: Apply) -> bool:
    """C / (1 + exp(…)): the overflow gives 0, which is right."""
    for outer in walk(site.value):
        if isinstance(outer, Apply) and outer.op == "divide" and scalar(outer.operands[0]) is not None:
            below = strip(outer.operands[1])
            if isinstance(below, Apply) and below.op == "add" and _is_term(below, node):
                return True
    return False


def _is_term(total: Apply, node: Value) -> bool:
    return any(strip(each) is node for each in operands(total)) and any(
        (scalar(each) or 0) > 0 for each in operands(total)
    )
