"""A variance in one pass: from sums that comprehensions make, and from what is called a sum of squares."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from stabcheck.static.card import Card
from stabcheck.static.comprehension import each_of, is_entry
from stabcheck.static.detectors._data import Place
from stabcheck.static.detectors._moments import base_of_square, variance_of_moments
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Site, Value, strip, walk
from stabcheck.static.hit import Hit
from stabcheck.static.identity import number
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module
from stabcheck.static.naming import NAMES
from stabcheck.static.normal import DEEPEST, own_exponent, term

_MOMENTS = (
    "{x}, a mean of squares, less the square of the mean cancels where the mean is large against the spread"
)


_FLOORS = frozenset({"maximum", "clip", "relu", "abs"})


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`sum(x * x for x in xs) / n - (sum(xs) / n) ** 2`, and the same times n."""
    for site, node in operations(module, "subtract"):
        if len(node.operands) != 2:
            continue
        if _is_of_named_moments(node, site, facts):
            yield Hit(node.span, site, node, bindings={"x": node.operands[0]}, message=_MOMENTS)
            continue
        squared, above = _squared_sum(node.operands[0]), _square_of_sum(node.operands[1])
        if squared is None or above is None or number(squared) != number(above) or facts.integer(squared):
            continue
        yield Hit(node.span, site, node, bindings={"x": squared})


def _is_of_named_moments(node: Apply, site: Site, facts: Facts) -> bool:
    """`sumsq / n - mean**2`, floored nowhere, and not below a root, of which sqrt-of-difference speaks."""
    place = Place(facts, site)
    if variance_of_moments(node, place) is None or facts.interval(node).lower >= 0:
        return False
    above = source(node.operands[0])
    if not isinstance(above, Apply) or above.op != "divide":
        return False  # means of squares of activations lose little
    if not any(map(NAMES["a sum of squares"], place.names(source(above.operands[0])))):
        return False
    return not any(
        isinstance(each, Apply)
        and (each.op in _FLOORS or own_exponent(each) in (0.5, -0.5))
        and any(source(term(part).value) is node for part in each.operands)
        for each in islice(walk(site.value), 60)
    )


def _square(value: Value | None) -> Value | None:
    return None if value is None else base_of_square(value)


def _squared_sum(value: Value) -> Value | None:
    """The xs of `sum(x**2 for x in xs)`, times or over anything."""
    for factor in _factors(value):
        if factor.op != "sum":
            continue
        entry = _square(each_of(factor.operands[0]))
        variable = None if entry is None else strip(entry)
        if variable is not None and is_entry(variable) and variable.source is not None:
            return source(variable.source)
    return None


def _square_of_sum(value: Value) -> Value | None:
    """The xs of `sum(xs)**2`, or of `(sum(xs) / n)**2`, times or over anything."""
    for factor in _factors(value):
        base = base_of_square(factor)
        inner = None if base is None else next((each for each in _factors(base) if each.op in _SUMS), None)
        if inner is not None:
            return source(inner.operands[0])
    return None


_SUMS = frozenset({"sum", "mean"})


def _factors(value: Value, depth: int = DEEPEST) -> Iterator[Apply]:
    """The operations among the factors above the line."""
    node = source(value)
    if depth == 0 or not isinstance(node, Apply):
        return
    if node.op == "multiply" and number(node.operands[0]) != number(node.operands[1]):
        for each in node.operands:
            yield from _factors(each, depth - 1)
    elif node.op == "divide":
        yield from _factors(node.operands[0], depth - 1)
    else:
        yield node
