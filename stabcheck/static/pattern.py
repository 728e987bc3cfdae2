"""The pattern language of rule cards: Python expressions with `$x`, compiled to a small tree.

- `$x` stands for any value, the second time for the same value; `$x:const` for a number; `$_` for anything.
- Operators are the canonical operations of that meaning, calls are canonical operations with operands and
  attributes: `sum(exp($x), axis=$a)`. An attribute that a pattern does not mention may be anything,
  `axis=$a` also matches where none is given, and `axis=None` demands that none is (or None itself).
- Numbers are compared by value; `pi` and `e` are those numbers.

Sums and products are compiled to flat, signed form (`stabcheck.static.normal`), so one pattern finds every
way of writing them: `1 - $x` also `-$x + 1`, `$x**2` also `$x*$x` and `square($x)`.
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass
from functools import cache

from stabcheck.ops import OPERATIONS
from stabcheck.ops.symbols import BINARY, COMPARISONS
from stabcheck.static.normal import PRODUCT_OPERATIONS, SUM_OPERATIONS

CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf}

_METAVARIABLE = re.compile(r"\$([A-Za-z][A-Za-z0-9_]*|_)(?::([A-Za-z]+))?")
_LONGEST = 500  # characters of a pattern


class PatternError(ValueError):
    """What is wrong with a pattern, and what is allowed."""


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


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pattern ready to be matched.

    `roots` are the operations that the value at its root may have; `required` those that every match
    contains; `size` counts what the pattern fixes (operations and numbers): of two that match at a place,
    the larger is the more specific.
    """

    text: str
    root: Node
    names: frozenset[str]
    roots: frozenset[str]
    required: frozenset[str]
    size: int


@cache
def compile_pattern(text: str) -> Compiled:
    """Parse a pattern.

    Raises
    ------
    PatternError
        if it is not an expression of the language.
    """
    tree = parse_template(text)
    root = _Compiler(text).compile(tree)
    if not isinstance(root, Operate | Sum | Product):
        raise PatternError(f"{text!r} matches everything; a pattern is an operation, such as log(1 + $x)")
    names = frozenset(_variables(root))
    return Compiled(text, root, names, _root_operations(root), frozenset(_required(root)), _size(root))


def compile_replacement(text: str, names: frozenset[str]) -> ast.expr:
    """Parse what is written instead: an expression over the metavariables `names` of its pattern.

    Raises
    ------
    PatternError
        if it is no such expression.
    """
    tree = parse_template(text)
    for node in ast.walk(tree):
        name = metavariable(node)
        if name is not None and name[0] not in names:
            known = ", ".join(f"${each}" for each in sorted(names)) or "none"
            raise PatternError(f"{text!r} uses ${name[0]}, which the pattern does not bind; it binds {known}")
    _Compiler(text).compile(tree)
    return tree


def parse_template(text: str) -> ast.expr:
    """The Python expression of a pattern, `$x` become names that `metavariable` recognises.

    Raises
    ------
    PatternError
        if it does not parse.
    """
    if len(text) > _LONGEST:
        raise PatternError(f"a pattern of {len(text)} characters; at most {_LONGEST} are allowed")
    python = _METAVARIABLE.sub(lambda found: f"_mv_{found[1]}__{found[2] or ''}", text)
    if "$" in python:
        raise PatternError(f"{text!r}: a metavariable is $name, $name:const or $_")
    try:
        return ast.parse(python.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise PatternError(f"{text!r} is not a Python expression") from None


def metavariable(node: ast.AST) -> tuple[str, str] | None:
    """(name, kind) if the node is a metavariable: kind is "" or "const"; the name of `$_` is "_"."""
    if isinstance(node, ast.Name) and node.id.startswith("_mv_"):
        name, _, kind = node.id[4:].rpartition("__")
        return name, kind
    return None


class _Compiler:
    """From the syntax tree of one pattern to its nodes."""

    def __init__(self, text: str) -> None:
        self.text = text

    def compile(self, tree: ast.expr) -> Node:
        variable = metavariable(tree)
        if variable is not None:
            return self._variable(*variable)
        match tree:
            case ast.Constant(value=value):
                if isinstance(value, complex | bytes) or value is ...:
                    raise self._error(f"a pattern can't hold {value!r}")
                return Literal(value)
            case ast.Name(id=name):
                if name not in CONSTANTS:
                    raise self._error(f"unknown name {name!r}; a value is written ${name}")
                return Literal(CONSTANTS[name])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _multiplied(self.compile(operand), -1.0)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.compile(operand)
            case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
                return self._operate("logical_not", [operand], [])
            case ast.BinOp(left=left, op=operator, right=right):
                return self._binary(left, operator, right)
            case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in COMPARISONS:
                return self._operate(COMPARISONS[type(operator)], [left, right], [])
            case ast.Call(func=ast.Name(id=name), args=operands, keywords=keywords):
                return self._operate(name, operands, keywords)
            case _:
                raise self._error(f"{ast.unparse(tree)!r} is not part of the pattern language")

    def _variable(self, name: str, kind: str) -> Node:
        if kind not in ("", "const"):
            raise self._error(f"${name}:{kind} is unknown; the only kind is ${name}:const")
        if name == "_":
            return Anything()
        return NumberVariable(name) if kind else Variable(name)

    def _binary(self, left: ast.expr, operator: ast.operator, right: ast.expr) -> Node:
        op = BINARY.get(type(operator))
        if op is None:
            raise self._error(
                f"the operator of {ast.unparse(left)} … {ast.unparse(right)} is not a numeric one"
            )
        a, b = self.compile(left), self.compile(right)
        match op:
            case "add":
                return _sum(a, b, 1.0)
            case "subtract":
                return _sum(a, b, -1.0)
            case "multiply":
                return _product(a, b, 1.0)
            case "divide":
                return _product(a, b, -1.0)
            case "power" if isinstance(b, Literal) and isinstance(b.value, int | float):
                return _power(a, float(b.value))
            case _:
                return Operate(op, (a, b))

    def _operate(self, name: str, operands: list[ast.expr], keywords: list[ast.keyword]) -> Node:
        row = OPERATIONS.get(name)
        if row is None:
            raise self._error(f"unknown operation {name!r}; allowed are the names of the operation table")
        if len(operands) > row.operands:
            raise self._error(f"{name} takes {row.operands} operands ({', '.join(row.parameters)})")
        values = [self.compile(operand) for operand in operands]
        attributes: list[tuple[str, Node]] = []
        for keyword in keywords:
            if keyword.arg not in row.parameters:
                raise self._error(f"{name} has no {keyword.arg!r}; it has {', '.join(row.parameters)}")
            attributes.append((keyword.arg, self.compile(keyword.value)))
        return (
            _arithmetic(name, values) if not attributes else Operate(name, tuple(values), tuple(attributes))
        )

    def _error(self, message: str) -> PatternError:
        return PatternError(f"{message} (in {self.text!r})")


def _arithmetic(name: str, values: list[Node]) -> Node:
    """Operations that have an operator are read like the operator."""
    match name, values:
        case "add", [a, b]:
            return _sum(a, b, 1.0)
        case "subtract", [a, b]:
            return _sum(a, b, -1.0)
        case "multiply", [a, b]:
            return _product(a, b, 1.0)
        case "divide", [a, b]:
            return _product(a, b, -1.0)
        case "negative", [a]:
            return _multiplied(a, -1.0)
        case "square", [a]:
            return _power(a, 2.0)
        case "sqrt", [a]:
            return _power(a, 0.5)
        case "rsqrt", [a]:
            return _power(a, -0.5)
        case "reciprocal", [a]:
            return _power(a, -1.0)
        case _:
            return Operate(name, tuple(values))


def _sum(a: Node, b: Node, sign: float) -> Node:
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


def _product(a: Node, b: Node, exponent: float) -> Node:
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


def _power(base: Node, exponent: float) -> Node:
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


def _multiplied(node: Node, factor: float) -> Node:
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


def _variables(node: Node) -> list[str]:
    own = [node.name] if isinstance(node, Variable | NumberVariable) else []
    if isinstance(node, Sum | Product) and node.variable:
        own.append(node.variable)
    return own + [name for child in children(node) for name in _variables(child)]


def _root_operations(root: Node) -> frozenset[str]:
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


def _required(node: Node) -> set[str]:
    """The operations without which nothing matches: not those that have other spellings."""
    own = {node.op} if isinstance(node, Operate) and node.op not in ("mean", "power") else set()
    return own.union(*(_required(child) for child in children(node)))


def _size(node: Node) -> int:
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
    return own + sum(_size(child) for child in children(node))
