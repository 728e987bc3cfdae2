"""The logarithm of a sum of exponentials that a loop adds up."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import gathered, source
from stabcheck.static.module import Module
from stabcheck.static.normal import term

_HELD = 80.0  # exponents within it are far from overflow and underflow in float32
_KNOWN = frozenset({"shifted", "log-quantity", "constant"})


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`total = 0; for x in xs: total += exp(x)`, and `log(total)` behind the loop."""
    for site, node in operations(module, "log"):
        added = gathered(source(node.operands[0]))
        inner = None if added is None else source(added)
        if not isinstance(inner, Apply) or inner.op != "exp":
            continue
        exponent = inner.operands[0]
        interval = facts.interval(exponent)
        if interval.upper <= _HELD and interval.lower >= -_HELD:
            continue
        if term(exponent).coefficient > 0 and not facts.tags(exponent) & _KNOWN:
            yield Hit(node.span, site, node, bindings={"x": exponent})
