"""One view of arithmetic, however it is written: sums of signed terms, products of powers.

`a - b`, `a + (-b)` and `-(b - a)` are the same sum; `x*x`, `square(x)` and `x**2`, `sqrt(x)` and `x**0.5`,
`1/x` and `reciprocal(x)`, `x/2` and `0.5*x` the same product. The graph keeps what was written; this module
reads it both ways: `sums` and `products` list how a node can be taken apart, `key` numbers values so that
equal arithmetic gets equal numbers, `scaled` makes the value that is a number times another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import inf
from typing import NamedTuple

from stabcheck.static.graph import Apply, Constant, Span, Value, scalar, strip
from stabcheck.static.identity import may_be_same, number

UNWRITTEN = Span(0, 0, 0, 0)  # of values that the matcher makes: they stand nowhere in the source

SUM_OPERATIONS = frozenset({"add", "subtract", "negative", "add_n"})
PRODUCT_OPERATIONS = frozenset(
    {"multiply", "divide", "negative", "reciprocal", "square", "power", "sqrt", "rsqrt"}
)

_SCALING = frozenset({"multiply", "divide", "negative"})
_MOST_FACTORS = 100  # that follow each other

DEEPEST = 12  # levels of a sum or product that are taken apart: what people write has fewer


@dataclass(frozen=True, slots=True)
class Term:
    """`coefficient` times `value`, where the value has no numeric factor that could be taken out."""

    coefficient: float
    value: Value


class SumParts(NamedTuple):
    """A way to read a node as a sum: signed terms, and numbers; `nodes` are the sums inside."""

    terms: tuple[tuple[int, Value], ...]
    numbers: tuple[float, ...]
    nodes: tuple[Value, ...]


class ProductParts(NamedTuple):
    """A way to read a node as a product: powers of values, one number; `nodes` are the products inside."""

    factors: tuple[tuple[Value, float], ...]
    coefficient: float
    nodes: tuple[Value, ...]


def sums(value: Value, most: int) -> Iterator[SumParts]:
    """Every way to read `value` as a sum of at most `most` terms and any number of numbers, widest last."""
    for terms, numbers, nodes in _sums(value, 1, most, DEEPEST):
        if nodes:
            yield SumParts(terms, numbers, nodes)


_Terms = tuple[tuple[tuple[int, Value], ...], tuple[float, ...], tuple[Value, ...]]


def _sums(value: Value, sign: int, most: int, depth: int) -> Iterator[_Terms]:
    literal = scalar(value)
    if literal is not None:
        yield (), (sign * literal,), ()
        return
    if most >= 1:
        yield ((sign, value),), (), ()
    node = strip(value)
    if depth == 0 or not isinstance(node, Apply) or node.op not in SUM_OPERATIONS:
        return
    if node.op == "negative":
        for terms, numbers, nodes in _sums(node.operands[0], -sign, most, depth - 1):
            yield terms, numbers, (node, *nodes)
        return
    if len(node.operands) != 2 or node.attributes:
        return
    right = -sign if node.op == "subtract" else sign
    for terms, numbers, nodes in _sums(node.operands[0], sign, most, depth - 1):
        for more, literals, inner in _sums(node.operands[1], right, most - len(terms), depth - 1):
            yield terms + more, numbers + literals, (node, *nodes, *inner)


def products(value: Value, most: int) -> Iterator[ProductParts]:
    """Every way to read `value` as a product of at most `most` powers and a number; equal bases joined."""
    for factors, coefficient, nodes in _products(value, 1.0, most, DEEPEST):
        if not nodes:
            continue
        yield ProductParts(factors, coefficient, nodes)
        if any(may_be_same(a, b) for (a, _), (b, _) in combinations(factors, 2)):
            joined = _join(factors)
            if len(joined) < len(factors):
                yield ProductParts(joined, coefficient, nodes)


_Factors = tuple[tuple[tuple[Value, float], ...], float, tuple[Value, ...]]


def _products(value: Value, exponent: float, most: int, depth: int) -> Iterator[_Factors]:
    literal = scalar(value)
    if literal is not None:
        yield (), _power(literal, exponent), ()
        return
    if most >= 1:
        yield ((value, exponent),), 1.0, ()
    node = strip(value)
    if depth == 0 or not isinstance(node, Apply) or node.op not in PRODUCT_OPERATIONS or not node.operands:
        return
    base = node.operands[0]
    if node.op == "negative":
        if abs(exponent) == 1:
            for factors, coefficient, nodes in _products(base, exponent, most, depth - 1):
                yield factors, -coefficient, (node, *nodes)
    elif node.op in ("multiply", "divide"):
        if len(node.operands) != 2:
            return
        right = -exponent if node.op == "divide" else exponent
        if not float(exponent).is_integer():
            return
        for factors, coefficient, nodes in _products(base, exponent, most, depth - 1):
            for more, other, inner in _products(node.operands[1], right, most - len(factors), depth - 1):
                yield factors + more, coefficient * other, (node, *nodes, *inner)
    else:
        own = own_exponent(node)
        if own is not None and most >= 1 and scalar(base) is None:
            yield ((base, own * exponent),), 1.0, (node,)


def own_exponent(node: Apply) -> float | None:
    """The number that the operation raises its first operand to; None if that is not known."""
    match node.op:
        case "square":
            return 2.0
        case "sqrt":
            return 0.5
        case "rsqrt":
            return -0.5
        case "reciprocal":
            return -1.0
        case "power" if len(node.operands) == 2:
            exponent = scalar(node.operands[1])
            return None if exponent is None else float(exponent)
        case _:
            return None


def _join(factors: tuple[tuple[Value, float], ...]) -> tuple[tuple[Value, float], ...]:
    joined: dict[int, tuple[Value, float]] = {}
    for value, exponent in factors:
        name = number(value)
        known = joined.get(name)
        joined[name] = (value, exponent if known is None else known[1] + exponent)
    return tuple(joined.values())


def _power(base: float, exponent: float) -> float:
    try:
        result = float(base) ** exponent
    except (OverflowError, ZeroDivisionError):
        return inf
    return result if isinstance(result, float) else inf


def term(value: Value) -> Term:
    """`value` with its numeric factor taken out: `2*x` is (2, x), `-x` is (-1, x), `x/4` is (0.25, x)."""
    return _term(value, {}, _MOST_FACTORS)


def _term(value: Value, known: dict[int, Term], depth: int) -> Term:
    """As `term`; each value once, since `x = x * x` sixty times over has 2^60 factors."""
    node = strip(value)
    if depth == 0 or not isinstance(node, Apply) or node.op not in _SCALING:
        return Term(1.0, value)
    found = known.get(id(value))
    if found is None:
        found = known[id(value)] = _taken_out(value, node, known, depth - 1)
    return found


def _taken_out(value: Value, node: Apply, known: dict[int, Term], depth: int) -> Term:
    if node.op == "negative":
        inner = _term(node.operands[0], known, depth)
        return Term(-inner.coefficient, inner.value)
    if len(node.operands) != 2:
        return Term(1.0, value)
    left, right = node.operands
    first, second = scalar(left), scalar(right)
    if first is not None and node.op == "multiply":
        inner = _term(right, known, depth)
        return Term(first * inner.coefficient, inner.value)
    if second:
        inner = _term(left, known, depth)
        factor = second if node.op == "multiply" else 1 / second
        return Term(factor * inner.coefficient, inner.value)
    above, below = _term(left, known, depth), _term(right, known, depth)
    if above.coefficient == 1 and below.coefficient == 1:
        return Term(1.0, value)
    ratio = below.coefficient if node.op == "multiply" else 1 / below.coefficient
    made = Apply(UNWRITTEN, node.op, (above.value, below.value), node.attributes, node.library)
    return Term(above.coefficient * ratio, made)


def scaled(value: Value, factor: float) -> Value:
    """`factor` times `value` in the simplest form: itself, an operand of it, or a node made for it."""
    if factor == 1:
        return value
    literal = scalar(value)
    if literal is not None:
        return made_number(factor * literal)
    inner = term(value)
    total = factor * inner.coefficient
    if total == 1:
        return inner.value
    node = strip(inner.value)
    if total == -1:
        if isinstance(node, Apply) and node.op == "subtract":
            return Apply(UNWRITTEN, "subtract", (node.operands[1], node.operands[0]), {}, node.library)
        return Apply(UNWRITTEN, "negative", (inner.value,))
    return Apply(UNWRITTEN, "multiply", (made_number(total), inner.value))


def made_number(x: float) -> Constant:
    """A number that stands nowhere in the source; whole ones as integers, as a person writes them."""
    return Constant(UNWRITTEN, int(x) if float(x).is_integer() and abs(x) < 2**53 else x)


def is_written(value: Value) -> bool:
    """Whether `value` stands in the source; the matcher makes some that don't."""
    return value.span.line > 0


def key(value: Value) -> int:
    """Equal for values that are equal arithmetic: signs taken out, commutative operands in any order."""
    coefficient, inner = signed(value)
    return hash((coefficient, inner))


def signed(value: Value) -> tuple[float, int]:
    """The numeric factor of `value`, and the key of what it is a multiple of: `x` and `-x/2` share theirs."""
    return _signed(value, 6)  # shallow: a value may be shared many times over


def _signed(value: Value, depth: int) -> tuple[float, int]:
    """The numeric factor of `value` and the key of the rest; below `depth`, structure as it is written."""
    literal = scalar(value)
    if literal is not None:
        return (float(literal) if abs(literal) < 1e300 else 1.0), hash(
            ("number", abs(literal) >= 1e300 and literal)
        )
    node = strip(value)
    if not isinstance(node, Apply) or depth == 0:
        return 1.0, number(node)
    below = depth - 1
    match node.op:
        case "negative":
            coefficient, inner = _signed(node.operands[0], below)
            return -coefficient, inner
        case "add" | "subtract" if len(node.operands) == 2:
            (a, left), (b, right) = (_signed(each, below) for each in node.operands)
            terms = [(a, left), (-b if node.op == "subtract" else b, right)]
            terms.sort(key=lambda each: (each[1], each[0]))
            factor = terms[0][0] or 1.0
            return factor, hash(("sum", *((c / factor, n) for c, n in terms)))
        case "multiply" | "divide" if len(node.operands) == 2:
            (a, left), (b, right) = (_signed(each, below) for each in node.operands)
            if node.op == "divide" and b == 0:
                return 1.0, number(node)
            ratio = a / b if node.op == "divide" else a * b
            powers = {left: 1.0}
            powers[right] = powers.get(right, 0.0) + (-1.0 if node.op == "divide" else 1.0)
            return ratio, _product_number(powers)
        case _:
            return _power_number(node, below)


def _power_number(node: Apply, depth: int) -> tuple[float, int]:
    exponent = own_exponent(node)
    if exponent is not None:
        coefficient, inner = _signed(node.operands[0], depth)
        outer = _power(coefficient, exponent)
        if 0 < abs(outer) < inf and (coefficient > 0 or float(exponent).is_integer()):
            return outer, _product_number({inner: exponent})
        return 1.0, hash(("power", coefficient, inner, exponent))
    parts = [_signed(each, depth) for each in node.operands]
    if all(each == (1.0, number(operand)) for each, operand in zip(parts, node.operands, strict=True)):
        return 1.0, number(node)
    attributes = sorted((name, number(each)) for name, each in node.attributes.items())
    return 1.0, hash((node.op, *parts, *attributes))


def _product_number(powers: dict[int, float]) -> int:
    kept = sorted((inner, exponent) for inner, exponent in powers.items() if exponent)
    if len(kept) == 1 and kept[0][1] == 1:
        return kept[0][0]
    return hash(("product", *kept))
