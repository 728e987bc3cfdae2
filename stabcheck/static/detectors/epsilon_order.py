"""log(1 + eps - x): an eps that is rounded away beside the 1; log(1 - (x + eps)): one that is taken off."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._absorbed import absorbed
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Value, scalar, strip
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

_LARGEST = 1e-2  # of what is meant as an eps
_UNKNOWN = 1e-7  # stands for an eps of which only the name is known
_LESSENED = (
    "the eps is taken off: at {x} = 1 the logarithm gets 0 or less, -inf or NaN; 1 - {x} + eps keeps it above"
)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Logarithms of a difference from a constant that should have been more than 1 and is not."""
    for site, node in operations(module, "log", "log2", "log10"):
        found = absorbed(node.operands[0], facts, node)
        if found is not None:
            yield Hit(
                node.span,
                site,
                node,
                bindings={"x": found.subtracted},
                message=f"the eps is added to the 1 and lost in {found.dtype}: log(0) = -inf at {{x}} = 1",
            )
            continue
        lessened = _lessened(node.operands[0], facts)
        if lessened is not None:
            yield Hit(node.span, site, node, bindings={"x": lessened}, message=_LESSENED)


def _lessened(value: Value, facts: Facts) -> Value | None:
    """The probability p in `1 - (p + eps)` or `1 - p - eps`; None if `value` is no such difference."""
    numbers = 0.0
    rest: list[tuple[int, Value]] = []
    terms = list(_terms(value, 1, 4))
    if all(scalar(term) is None for _, term in terms):
        return None
    for sign, term in terms:
        size = scalar(term)
        if size is not None:
            numbers += sign * size
        elif "named-epsilon" in facts.tags(term) and sign < 0:
            numbers -= _UNKNOWN
        else:
            rest.append((sign, term))
    if not 1 - _LARGEST <= numbers < 1 or [sign for sign, _ in rest] != [-1]:
        return None
    p = rest[0][1]
    likely = facts.tags(p) & {"probability", "named-prediction", "named-probability"}
    return p if likely and facts.interval(p).upper >= 1 else None


def _terms(value: Value, sign: int, depth: int) -> Iterator[tuple[int, Value]]:
    node = strip(value)
    if depth and isinstance(node, Apply) and node.op in ("add", "subtract"):
        left, right = node.operands
        yield from _terms(left, sign, depth - 1)
        yield from _terms(right, sign if node.op == "add" else -sign, depth - 1)
    else:
        yield sign, value
