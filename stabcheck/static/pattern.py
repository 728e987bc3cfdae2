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
from math import isfinite

from stabcheck.ops import OPERATIONS
from stabcheck.ops.symbols import BINARY, COMPARISONS
from stabcheck.static.pattern_tree import (
    Anything,
    Literal,
    Node,
    NumberVariable,
    Operate,
    Product,
    Sum,
    Variable,
    arithmetic,
    multiplied,
    numbers,
    raised,
    required,
    root_operations,
    scaled,
    size,
    summed,
    variables,
)

CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf}

_METAVARIABLE = re.compile(r"\$([A-Za-z][A-Za-z0-9_]*|_)(?::([A-Za-z]+))?")
_LONGEST = 500  # characters of a pattern


class PatternError(ValueError):
    """What is wrong with a pattern, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pattern ready to be matched.

    `roots` are the operations that the value at its root may have; every match contains an operation of each
    of the sets in `required`; `size` counts what the pattern fixes (operations and numbers): of two that
    match at a place, the larger is the more specific.
    """

    text: str
    root: Node
    names: frozenset[str]
    roots: frozenset[str]
    required: frozenset[frozenset[str]]
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
    root = _compiled(text, tree)
    if not isinstance(root, Operate | Sum | Product):
        raise PatternError(f"{text!r} matches everything; a pattern is an operation, such as log(1 + $x)")
    names = frozenset(variables(root))
    return Compiled(text, root, names, root_operations(root), frozenset(required(root)), size(root))


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
    _compiled(text, tree)
    return tree


def _compiled(text: str, tree: ast.expr) -> Node:
    try:
        root = _Compiler(text).compile(tree)
    except (ArithmeticError, TypeError):  # 1e308**2, 0**-1, an integer of hundreds of digits
        root = None
    if root is None or not all(isinstance(each, int | float) and isfinite(each) for each in numbers(root)):
        raise PatternError(f"{text!r} holds a number that float64 can't")
    return root


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
                return scaled(self.compile(operand), -1.0)
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
                return summed(a, b, 1.0)
            case "subtract":
                return summed(a, b, -1.0)
            case "multiply":
                return multiplied(a, b, 1.0)
            case "divide":
                return multiplied(a, b, -1.0)
            case "power" if isinstance(b, Literal) and isinstance(b.value, int | float):
                return raised(a, float(b.value))
            case _:
                return Operate(op, (a, b))

    def _operate(self, name: str, operands: list[ast.expr], keywords: list[ast.keyword]) -> Node:
        row = OPERATIONS.get(name)
        if row is None:
            from difflib import get_close_matches  # noqa: PLC0415  (only for mistakes)

            near = ", ".join(get_close_matches(name, OPERATIONS, n=3))
            hint = f"did you mean {near}?" if near else "allowed are the names of the operation table"
            raise self._error(f"unknown operation {name!r}; {hint}")
        if len(operands) > row.operands:
            raise self._error(f"{name} takes {row.operands} operands ({', '.join(row.parameters)})")
        values = [self.compile(operand) for operand in operands]
        attributes: list[tuple[str, Node]] = []
        for keyword in keywords:
            if keyword.arg not in row.parameters:
                raise self._error(f"{name} has no {keyword.arg!r}; it has {', '.join(row.parameters)}")
            attributes.append((keyword.arg, self.compile(keyword.value)))
        return arithmetic(name, values) if not attributes else Operate(name, tuple(values), tuple(attributes))

    def _error(self, message: str) -> PatternError:
        return PatternError(f"{message} (in {self.text!r})")
