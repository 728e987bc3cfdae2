"""The square root of a difference that is 0 at least in exact arithmetic, and below it by rounding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from stabcheck.static.card import Card
from stabcheck.static.detectors._data import Place, is_data
from stabcheck.static.detectors._moments import base_of_square, variance_of_moments
from stabcheck.static.detectors._spectrum import semidefinite
from stabcheck.static.detectors._tested import handled, tested
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Call, Item, Symbol, Value, scalar, strip, walk
from stabcheck.static.hit import Hit
from stabcheck.static.identity import number
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module
from stabcheck.static.normal import own_exponent, term
from stabcheck.static.source_text import text_of

_PRODUCTS = frozenset({"dot", "matmul", "vdot", "sum", "inner", "einsum", "mean", "divide"})


_SIZES = frozenset({"sqrt", "norm", "std", "hypot", "rsqrt"})
_UNIT = frozenset({"normalize", "l2_normalize"})


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Roots of `1 - c**2`, of `x @ (A @ x)`, of variances less what is known of them, of eigenvalues."""
    for site, node in operations(module, "sqrt", "power"):
        argument = node.operands[0]
        if own_exponent(node) != 0.5:
            continue
        if node.span.line <= 0 or facts.interval(argument).lower >= 0:
            continue
        place = Place(facts, site)
        found = (
            _rounded(argument, facts)
            or variance_of_moments(argument, place)
            or _explained(argument)
            or semidefinite(argument, place)
        )
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
        base = base_of_square(node.operands[1])
        if base is not None and _is_computed(base) and is_data(base, facts):
            return base
        total = source(node.operands[1])
        summand = (
            base_of_square(total.operands[0]) if isinstance(total, Apply) and total.op == "sum" else None
        )
        if summand is not None and is_data(summand, facts):
            return summand  # of a vector in the unit ball: one on the sphere is outside by rounding
    if node.op in ("dot", "vdot", "inner") and _is_quadratic(node):
        return node
    return None


_INVERSES = frozenset({"inv", "pinv", "solve", "cho_solve", "triangular_solve"})
_INVERSE_NAME = re.compile(r"(?:^|[._])(?:\w+_)?(?:k?_?inv(?:erse)?|precision)(?:_\w+)?$", re.IGNORECASE)
_CONTRACTIONS = frozenset({"sum", "diag", "diagonal", "einsum", "dot", "matmul"})


def _explained(value: Value) -> Value | None:
    """What is explained in `k(x, x) - sum(K @ inv(G) * K)`, a variance less the part that data explain."""
    node = source(value)
    if not isinstance(node, Apply) or node.op != "subtract":
        return None
    explained = source(node.operands[1])
    if not isinstance(explained, Apply) or explained.op not in _CONTRACTIONS:
        return None
    parts = list(islice(walk(explained), 40))
    products = any(isinstance(each, Apply) and each.op in ("matmul", "dot") for each in parts)
    return explained if products and any(map(_is_inverse, parts)) else None


def _is_inverse(node: Value) -> bool:
    if isinstance(node, Apply):
        return node.op in _INVERSES
    if isinstance(node, Call):
        return (node.function or "").rpartition(".")[2] in _INVERSES
    return isinstance(node, Symbol) and _INVERSE_NAME.search(node.name) is not None


def _is_computed(value: Value) -> bool:
    """A cosine or a correlation, made of products and a quotient by norms."""
    node = source(value)
    if isinstance(node, Call) and (node.function or "").endswith("functional.linear"):
        return all(isinstance(each, Apply) and each.op in _UNIT for each in map(source, node.arguments[:2]))
    if isinstance(node, Apply) and node.op == "divide":
        factors = [source(node.operands[1])]
        for each in factors:
            if isinstance(each, Apply) and each.op in ("multiply", "add"):
                factors.extend(map(source, each.operands))
        return any(isinstance(each, Apply) and each.op in _SIZES for each in factors)
    return isinstance(node, Apply) and node.op in _PRODUCTS


def _is_quadratic(node: Apply) -> bool:
    """`x @ f(x)`: the second factor is a function of the first."""
    left, right = node.operands[:2]
    inner = strip(right)
    if not isinstance(inner, Call) or not isinstance(source(left), Symbol | Item | Call):
        return False
    return any(number(strip(each)) == number(strip(left)) for each in inner.arguments)
