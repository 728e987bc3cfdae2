"""Compiled patterns: their nodes, and the flat, signed form that sums and products are brought to.

`1 - $x` and `-$x + 1` become one `Sum`, `$x*$x` and `square($x)` one `Product`. A pattern knows which
operations its root may have, which ones every match contains, and how specific it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf

from stabcheck.static.normal import PRODUCT_OPERATIONS, SUM_OPERATIONS

# What sums of several terms, products of several factors, and powers are written with: a product of roots is
# a power, too.
_SUMS = frozenset({"add", "subtract", "add_n"})
_PRODUCTS = frozenset({"multiply", "divide"})
_ROOTS = frozenset({"sqrt", "rsqrt", "power"})
_INVERSES = frozenset({"divide", "reciprocal", "rsqrt", "power"})
_POWERS = frozenset({"multiply", "divide", "square", "power"})


class Node:
    """A node of a compiled pattern."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Anything(Node):
    """`$_`."""


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """`$x`."""

    name: str


@dataclass(frozen=True, slots=True)
class NumberVariable(Node):
    """`$x:const`."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, text, truth value or None."""

    value: float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Operate(Node):
    """A canonical operation with its operands and the attributes that the pattern mentions."""

    op: str
    operands: tuple[Node, ...]
    attributes: tuple[tuple[str, Node], ...] = ()


@dataclass(frozen=True, slots=True)
class Sum(Node):
    """Terms with their coefficients, a number, and the name of a `$c:const` among them."""

    terms: tuple[tuple[float, Node], ...]
    number: float = 0.0
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Product(Node):
    """Powers of nodes, a numeric coefficient, and the name of a `$c:const` among the factors."""

    factors: tuple[tuple[Node, float], ...]
    coefficient: float = 1.0
    variable: str | None = None
    degree: float = field(init=False, repr=False, compare=False)  # how many factors, powers written out
    written: int = field(init=False, repr=False, compare=False)  # the same, each factor at least once

    def __post_init__(self) -> None:
        powers = [abs(power) for _, power in self.factors]
        object.__setattr__(self, "degree", sum(powers))
        finite = (power for power in powers if power < inf)  # a pattern with others is refused
        object.__setattr__(self, "written", sum(max(1, int(power)) for power in finite))


def arithmetic(name: str, values: list[Node]) -> Node:
    """Operations that have an operator are read like the operator."""
    match name, values:
        case "add", [a, b]:
            return summed(a, b, 1.0)
        case "subtract", [a, b]:
            return summed(a, b, -1.0)
        case "multiply", [a, b]:
            return multiplied(a, b, 1.0)
        case "divide", [a, b]:
            return multiplied(a, b, -1.0)
        case "negative", [a]:
            return scaled(a, -1.0)
        case "square", [a]:
            return raised(a, 2.0)
        case "sqrt", [a]:
            return raised(a, 0.5)
        case "rsqrt", [a]:
            return raised(a, -0.5)
        case "reciprocal", [a]:
            return raised(a, -1.0)
        case _:
            return Operate(name, tuple(values))


def summed(a: Node, b: Node, sign: float) -> Node:
    """`a + sign * b`, sums among them dissolved and numbers added."""
    terms: list[tuple[float, Node]] = []
    number, variable = 0.0, None
    for part, factor in ((a, 1.0), (b, sign)):
        match part:
            case Literal(value=value) if isinstance(value, int | float):
                number += factor * value
            case NumberVariable(name=name) if factor > 0 and variable is None:
                variable = name
            case Sum() if part.variable is None or (factor > 0 and variable is None):
                terms.extend((factor * coefficient, node) for coefficient, node in part.terms)
                number += factor * part.number
                variable = part.variable or variable
            case Product(coefficient=coefficient) if coefficient != 1:
                terms.append((factor * coefficient, _simple(Product(part.factors, 1.0, part.variable))))
            case _:
                terms.append((factor, part))
    if not terms and variable is None:
        return Literal(number)
    return Sum(tuple(terms), number, variable)


def multiplied(a: Node, b: Node, exponent: float) -> Node:
    """`a * b ** exponent`, products among them dissolved, numbers multiplied, equal bases joined."""
    factors: list[tuple[Node, float]] = []
    coefficient, variable = 1.0, None
    for part, power in ((a, 1.0), (b, exponent)):
        match part:
            case Literal(value=value) if isinstance(value, int | float) and value != 0:
                coefficient *= float(value) ** power
            case NumberVariable(name=name) if power > 0 and variable is None:
                variable = name
            case Product() if part.variable is None or (power > 0 and variable is None):
                factors.extend((node, own * power) for node, own in part.factors)
                coefficient *= part.coefficient**power
                variable = part.variable or variable
            case _:
                factors.append((part, power))
    joined: dict[Node, float] = {}
    for node, power in factors:
        joined[node] = joined.get(node, 0.0) + power
    if not joined and variable is None:
        return Literal(coefficient)
    return _simple(
        Product(tuple((node, power) for node, power in joined.items() if power), coefficient, variable)
    )


def raised(base: Node, exponent: float) -> Node:
    """`base ** exponent`; powers of powers are joined where that is true of negative bases too."""
    if isinstance(base, Literal) and isinstance(base.value, int | float):
        return Literal(float(base.value) ** exponent)
    if isinstance(base, Product) and base.variable is None and exponent == -1:
        return Product(tuple((node, -own) for node, own in base.factors), 1 / base.coefficient)
    if (
        isinstance(base, Product)
        and base.variable is None
        and base.coefficient == 1
        and len(base.factors) == 1
    ):
        ((inner, own),) = base.factors
        if own.is_integer() and exponent.is_integer():
            return _simple(Product(((inner, own * exponent),)))
    return _simple(Product(((base, exponent),)))


def scaled(node: Node, factor: float) -> Node:
    """`factor * node`, sums term by term."""
    match node:
        case Literal(value=value) if isinstance(value, int | float):
            return Literal(factor * value)
        case Sum(variable=None):
            terms = tuple((factor * coefficient, term) for coefficient, term in node.terms)
            return Sum(terms, factor * node.number)
        case Product():
            return _simple(Product(node.factors, factor * node.coefficient, node.variable))
        case _:
            return Product(((node, 1.0),), factor)


def _simple(product: Product) -> Node:
    """The only factor of a product that is nothing but this factor."""
    if product.variable is None and product.coefficient == 1 and len(product.factors) == 1:
        ((node, exponent),) = product.factors
        if exponent == 1:
            return node
    return product


def children(node: Node) -> tuple[Node, ...]:
    """The nodes one step down."""
    match node:
        case Operate():
            return (*node.operands, *(value for _, value in node.attributes))
        case Sum():
            return tuple(term for _, term in node.terms)
        case Product():
            return tuple(factor for factor, _ in node.factors)
        case _:
            return ()


def variables(node: Node) -> list[str]:
    """The names of the metavariables."""
    own = [node.name] if isinstance(node, Variable | NumberVariable) else []
    if isinstance(node, Sum | Product) and node.variable:
        own.append(node.variable)
    return own + [name for child in children(node) for name in variables(child)]


def numbers(node: Node) -> Iterator[float | complex]:
    """The coefficients, exponents and numbers of sums and products; literals may be infinite."""
    match node:
        case Sum():
            yield from (node.number, *(coefficient for coefficient, _ in node.terms))
        case Product():
            yield from (node.coefficient, *(exponent for _, exponent in node.factors))
        case Literal(value=complex() as value):
            yield value
    for child in children(node):
        yield from numbers(child)


def root_operations(root: Node) -> frozenset[str]:
    """The operations that a value may have for the pattern to match it."""
    match root:
        case Sum():
            return SUM_OPERATIONS
        case Product():
            return PRODUCT_OPERATIONS
        case Operate(op="mean"):
            return frozenset({"mean", "divide", "multiply"})
        case Operate(op="power"):
            return frozenset({"power", "square", "sqrt"})
        case Operate(op=op):
            return frozenset({op})
        case _:
            return frozenset()


def required(node: Node) -> Iterator[frozenset[str]]:
    """For each part of a pattern, the operations of which every value that it matches holds at least one."""
    for child in children(node):
        yield from required(child)
    match node:
        case Operate(op="mean"):
            yield frozenset({"mean", "sum"})
        case Operate(op="power"):
            yield frozenset({"power", "square", "sqrt"})
        case Operate(op=op):
            yield frozenset({op})
        case Sum(terms=terms, number=number, variable=variable):
            if len(terms) + (number != 0) + (variable is not None) > 1:
                yield _SUMS
        case Product(factors=factors):
            powers = [power for _, power in factors]
            if len(powers) > 1:
                yield _PRODUCTS
            if any(not power.is_integer() for power in powers):
                yield _ROOTS
            if any(power < 0 for power in powers):
                yield _INVERSES
            if any(power > 1 for power in powers):
                yield _POWERS


def size(node: Node) -> int:
    """How much a pattern fixes: operations, numbers, powers."""
    match node:
        case Operate():
            own = 1
        case Literal():
            own = 1
        case Sum():
            own = max(1, len(node.terms) - 1 + (node.number != 0) + (node.variable is not None))
        case Product():
            powers = sum(exponent != 1 for _, exponent in node.factors)
            own = max(
                1, len(node.factors) - 1 + powers + (node.coefficient != 1) + (node.variable is not None)
            )
        case _:
            own = 0
    return own + sum(size(child) for child in children(node))
