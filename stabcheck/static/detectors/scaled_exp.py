"""exp(c·x) with a factor c that makes inputs of ordinary size overflow."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from stabcheck.static.card import Card
from stabcheck.static.detectors._precision import exponential, just_above, working_format
from stabcheck.static.detectors._values import operations
from stabcheck.static.finding import Witness
from stabcheck.static.graph import Apply, Site, Value, operands, scalar, strip, walk
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module
from stabcheck.static.normal import term

ORDINARY = 10.0  # inputs of this magnitude are ordinary: standardised data, activations, coordinates
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
        if facts.tags(scaled.value) & _HARMLESS or facts.integer(scaled.value) or _in_reciprocal(site, node):
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
