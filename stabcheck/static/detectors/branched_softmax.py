"""A softmax written out, whose exponentials a branch may have masked, or whose sum a loop gathers."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import is_op, operations
from stabcheck.static.graph import Apply, Merge, Value, strip
from stabcheck.static.hit import Hit
from stabcheck.static.identity import number
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import filled, gathered, picked_from, source
from stabcheck.static.module import Module
from stabcheck.static.normal import DEEPEST, term

_HELD = 80.0  # exponents up to it are far from overflow in float32


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`e / sum(e)`: an exponential in each branch, times a mask in one of them, or summed by a loop."""
    for site, node in operations(module, "divide"):
        exponent = _over_gathered(node)
        if exponent is not None:
            if term(exponent).coefficient > 0 and _may_overflow(exponent, facts):  # no Boltzmann factors
                yield Hit(node.span, site, node, bindings={"z": exponent})
            continue
        above = source(node.operands[0])
        total = None if not isinstance(above, Merge) else _total(node.operands[1])
        if not isinstance(above, Merge) or total is None or number(source(total)) != number(above):
            continue
        entries = filled(above)
        exponents = [_exponent(each) for each in (above.choices if entries is None else (entries,))]
        if any(each is None for each in exponents):
            continue
        loose = next((each for each in exponents if each is not None and _may_overflow(each, facts)), None)
        if loose is not None:
            yield Hit(node.span, site, node, bindings={"z": loose})


def _over_gathered(quotient: Apply) -> Value | None:
    """The z of `exp(z[k]) / total` after `for j in …: total += exp(z[j])`, or of entries of one exp(z)."""
    sums = gathered(quotient.operands[1])
    above, added = (None, None) if sums is None else (picked_from(quotient.operands[0]), picked_from(sums))
    if not (isinstance(above, Apply) and isinstance(added, Apply) and above.op == added.op == "exp"):
        return None
    over, of = above.operands[0], added.operands[0]
    return of if number(picked_from(over)) == number(picked_from(of)) else None


def _total(divisor: Value) -> Value | None:
    """What is summed in `sum(e)` or `sum(e) + eps`."""
    node = source(divisor)
    if isinstance(node, Apply) and node.op == "add":
        node = next((each for each in map(source, node.operands) if is_op(each, "sum")), node)
    return node.operands[0] if isinstance(node, Apply) and node.op == "sum" else None


def _exponent(value: Value, depth: int = DEEPEST) -> Value | None:
    """The z of `exp(z)` or `exp(z) * mask`; None of anything else."""
    node = source(value)
    if depth and isinstance(node, Apply) and node.op == "multiply":
        found = (_exponent(each, depth - 1) for each in node.operands)
        return next((each for each in found if each is not None), None)
    return node.operands[0] if isinstance(node, Apply) and node.op == "exp" else None


def _may_overflow(exponent: Value, facts: Facts) -> bool:
    held = facts.tags(exponent) & {"shifted", "log-quantity"} or is_op(strip(exponent), "clip")
    return not held and facts.interval(exponent).upper > _HELD
