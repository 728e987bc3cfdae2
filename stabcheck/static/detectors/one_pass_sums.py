"""A variance in one pass over numbers of Python, from sums that comprehensions make."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.comprehension import each_of, is_entry
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Value, strip
from stabcheck.static.hit import Hit
from stabcheck.static.identity import number
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module
from stabcheck.static.normal import DEEPEST, own_exponent


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`sum(x * x for x in xs) / n - (sum(xs) / n) ** 2`, and the same times n."""
    for site, node in operations(module, "subtract"):
        if len(node.operands) != 2:
            continue
        squared, above = _squared_sum(node.operands[0]), _square_of_sum(node.operands[1])
        if squared is None or above is None or number(squared) != number(above) or facts.integer(squared):
            continue
        yield Hit(node.span, site, node, bindings={"x": squared})


def _squared_sum(value: Value) -> Value | None:
    """The xs of `sum(x**2 for x in xs)`, times or over anything."""
    for factor in _factors(value):
        if factor.op != "sum":
            continue
        entry = _base(each_of(factor.operands[0]))
        variable = None if entry is None else strip(entry)
        if variable is not None and is_entry(variable) and variable.source is not None:
            return source(variable.source)
    return None


def _square_of_sum(value: Value) -> Value | None:
    """The xs of `sum(xs)**2`, or of `(sum(xs) / n)**2`, times or over anything."""
    for factor in _factors(value):
        base = _base(factor)
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


def _base(value: Value | None) -> Value | None:
    """The base of a square."""
    node = None if value is None else source(value)
    if not isinstance(node, Apply):
        return None
    if node.op == "multiply" and number(node.operands[0]) == number(node.operands[1]):
        return node.operands[0]
    return node.operands[0] if own_exponent(node) == 2.0 else None
