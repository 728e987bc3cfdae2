"""The square root of a difference that is 0 at least in exact arithmetic, and below it by rounding."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._data import is_data
from stabcheck.static.detectors._tested import handled, tested, text_of
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Call, Item, Symbol, Value, number, scalar, strip
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module
from stabcheck.static.normal import own_exponent, term

_PRODUCTS = frozenset({"dot", "matmul", "vdot", "sum", "inner", "einsum", "mean", "divide"})


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Roots of `1 - c**2` of a computed cosine or correlation, and of `x @ (A @ x)`."""
    for site, node in operations(module, "sqrt"):
        argument = node.operands[0]
        if node.span.line <= 0 or facts.interval(argument).lower >= 0:
            continue
        found = _rounded(argument, facts)
        if found is None or handled(module, site, node.span):
            continue
        written = text_of(module)[node.span]
        if tested(module, site, written.partition("(")[2].rpartition(")")[0], (argument, found)):
            continue
        yield Hit(node.span, site, node, bindings={"x": argument})


def _rounded(value: Value, facts: Facts) -> Value | None:
    """What is squared in `1 - c**2`, or the quadratic form, if rounding can pass its bound."""
    node = source(term(value).value)
    if not isinstance(node, Apply):
        return None
    if node.op == "divide" and scalar(node.operands[1]) is None:
        return _rounded(node.operands[0], facts)
    if node.op == "subtract" and scalar(node.operands[0]) == 1:
        base = _base(node.operands[1])
        if base is not None and _is_computed(base) and is_data(base, facts):
            return base
    if node.op in ("dot", "vdot", "inner") and _is_quadratic(node):
        return node
    return None


def _base(value: Value) -> Value | None:
    """The base of a square."""
    node = source(value)
    if not isinstance(node, Apply):
        return None
    if node.op == "multiply" and number(node.operands[0]) == number(node.operands[1]):
        return node.operands[0]
    return node.operands[0] if own_exponent(node) == 2.0 else None


def _is_computed(value: Value) -> bool:
    """A cosine or a correlation, made of products and a quotient."""
    node = source(value)
    return isinstance(node, Apply) and node.op in _PRODUCTS


def _is_quadratic(node: Apply) -> bool:
    """`x @ f(x)`: the second factor is a function of the first."""
    left, right = node.operands[:2]
    inner = strip(right)
    if not isinstance(inner, Call) or not isinstance(source(left), Symbol | Item | Call):
        return False
    return any(number(strip(each)) == number(strip(left)) for each in inner.arguments)
