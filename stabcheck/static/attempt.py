"""One compiled pattern tried at one value: every way in which it fits.

Sums and products are tried in each way that they can be read (`stabcheck.static.normal`), with a budget on
the steps, so that no expression makes the search explode. Assumptions are seen through; a merge of branches
is a value like any other, never one of its choices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from stabcheck.ops import OPERATIONS
from stabcheck.static.counting import counts
from stabcheck.static.graph import Apply, Constant, Item, Value, scalar, strip
from stabcheck.static.normal import UNWRITTEN, scaled, term
from stabcheck.static.pattern import Compiled
from stabcheck.static.pattern_numbers import coefficient_rest, is_literal, near, with_numbers
from stabcheck.static.pattern_tree import (
    Anything,
    Literal,
    Node,
    NumberVariable,
    Operate,
    Product,
    Sum,
    Variable,
)
from stabcheck.static.readings import Readings
from stabcheck.static.solution import Rest, Solution

BUDGET = 4000  # steps of one attempt; a match of the largest built-in pattern takes some 200
SOLUTIONS = 8  # readings of a place that are offered to the guards

# Operations that leave the values of their first operand as they are; a pattern may look through them.
_LAYOUT = frozenset(
    {
        "reshape",
        "expand_dims",
        "squeeze",
        "transpose",
        "ravel",
        "flatten",
        "broadcast_to",
        "identity",
        "moveaxis",
    }
)


class _Exhausted(Exception):
    """The budget of an attempt is spent."""


class _Attempt:
    """One pattern tried at one value."""

    __slots__ = ("readings", "steps")

    def __init__(self, readings: Readings) -> None:
        self.readings = readings
        self.steps = 0

    def root(self, node: Node, value: Value) -> Iterator[Solution]:
        """Every way in which a whole pattern matches; a product may then stand beside other factors."""
        if isinstance(node, Product) and not _is_scaled_variable(node):
            yield from self._product(node, value, Solution(), at_root=True)
        else:
            yield from self.match(node, value, Solution())

    def match(self, node: Node, value: Value, state: Solution) -> Iterable[Solution]:
        """Every way in which `node` matches `value`, given what `state` binds."""
        self.steps += 1
        if self.steps > BUDGET:
            raise _Exhausted
        if isinstance(node, Variable):
            return _if_any(state.bound(node.name, value))
        if isinstance(node, Operate):
            return self._operate(node, value, state)
        if isinstance(node, Sum):
            return self._sum(node, value, state)
        if isinstance(node, Product):
            return self._product(node, value, state)
        if isinstance(node, NumberVariable):
            return () if scalar(value) is None else _if_any(state.bound(node.name, value))
        if isinstance(node, Literal):
            return (state,) if is_literal(value, node.value) else ()
        assert isinstance(node, Anything)
        return (state,)

    def _operate(self, node: Operate, value: Value, state: Solution) -> Iterator[Solution]:
        inner = strip(value)
        if not isinstance(inner, Apply | Item):
            return
        if isinstance(inner, Apply) and inner.op == node.op:
            yield from self._operands(node, inner, state.entered(value, inner))
        elif node.op == "mean" and isinstance(inner, Apply):
            yield from self._mean(node, inner, state)
        elif node.op == "power" and isinstance(inner, Apply) and len(node.operands) == 2:
            exponent = {"square": 2, "sqrt": 0.5}.get(inner.op)
            if exponent is not None:
                made = Constant(UNWRITTEN, exponent)
                for found in self.match(node.operands[0], inner.operands[0], state.entered(value, inner)):
                    yield from self.match(node.operands[1], made, found)
        below = _under_layout(inner)
        if below is not None:
            yield from self._operate(node, below, state.entered(value, inner).through_layout())

    def _operands(self, node: Operate, value: Apply, state: Solution) -> Iterator[Solution]:
        row = OPERATIONS[node.op]
        orders = [value.operands]
        if row.commutative and len(value.operands) == 2 and len(node.operands) == 2:
            orders.append(value.operands[::-1])
        for order in orders:
            if len(order) < len(node.operands):
                continue
            for found in self._each(node.operands, order, state):
                yield from self._attributes(node, value, found)

    def _each(
        self, nodes: tuple[Node, ...], values: tuple[Value, ...], state: Solution
    ) -> Iterator[Solution]:
        if not nodes:
            yield state
            return
        for found in self.match(nodes[0], values[0], state):
            yield from self._each(nodes[1:], values[1:], found)

    def _attributes(self, node: Operate, value: Apply, state: Solution) -> Iterator[Solution]:
        nodes = tuple(each for _, each in node.attributes)
        values = tuple(_attribute(value, name) for name, _ in node.attributes)
        yield from self._each(nodes, values, state)

    def _mean(self, node: Operate, value: Apply, state: Solution) -> Iterator[Solution]:
        """A mean written as `sum(x) / n`, where n counts."""
        if value.op != "divide" or len(value.operands) != 2:
            return
        above, below = strip(value.operands[0]), strip(value.operands[1])
        if isinstance(above, Apply) and above.op == "sum" and counts(below):
            entered = state.entered(value, above)
            yield from self._operands(Operate("mean", node.operands, node.attributes), above, entered)

    def _sum(self, node: Sum, value: Value, state: Solution) -> Iterator[Solution]:
        for reading in self.readings.sums(value, len(node.terms)):
            if len(reading.terms) == len(node.terms):
                found = with_numbers(node, reading.numbers, state)
                if found is not None:
                    yield from self._terms(node.terms, reading.terms, found.entered(value, *reading.nodes))
            elif node.number == 0 and node.variable is None and reading.numbers:
                literals = tuple((1, Constant(UNWRITTEN, x)) for x in reading.numbers)
                if len(reading.terms) + len(literals) == len(node.terms):
                    terms = reading.terms + literals
                    yield from self._terms(node.terms, terms, state.entered(value, *reading.nodes))

    def _terms(
        self, nodes: tuple[tuple[float, Node], ...], values: tuple[tuple[int, Value], ...], state: Solution
    ) -> Iterator[Solution]:
        """Terms in any order; the most specific node is placed first."""
        if not nodes:
            yield state
            return
        first = _most_specific([term for _, term in nodes])
        coefficient, node = nodes[first]
        for index, (sign, value) in enumerate(values):
            for found in self._scaled(node, coefficient, sign, value, state):
                yield from self._terms(
                    nodes[:first] + nodes[first + 1 :], values[:index] + values[index + 1 :], found
                )

    def _scaled(
        self, node: Node, coefficient: float, sign: float, value: Value, state: Solution
    ) -> Iterator[Solution]:
        """`coefficient * node` against `sign * value`."""
        if isinstance(node, Variable | Anything):
            ratio = sign / coefficient
            if abs(ratio) == 1 or term(value).coefficient != 1:
                yield from self.match(node, scaled(value, ratio), state)
            return
        if near(sign, coefficient):
            yield from self.match(node, value, state)
            return
        if isinstance(node, Product):  # `2 / x` has no part that is `1 / x`
            own = replace(node, coefficient=node.coefficient * coefficient / sign)
            yield from self._product(own, value, state)
            return
        inner = term(value)
        if inner.coefficient != 1 and near(sign * inner.coefficient, coefficient):
            yield from self.match(node, inner.value, state.entered(value, strip(value)))

    def _product(
        self, node: Product, value: Value, state: Solution, *, at_root: bool = False
    ) -> Iterator[Solution]:
        if _is_scaled_variable(node):
            ((inner, _),) = node.factors
            yield from self._scaled(inner, node.coefficient, 1.0, value, state)
            return
        specific = at_root and not any(isinstance(each, Variable | Anything) for each, _ in node.factors)
        fewest = len(node.factors)
        for reading in self.readings.products(value, node.written + (2 if specific else 0)):
            if len(reading.factors) < fewest:
                continue
            if not at_root and _degree(reading.factors) > node.degree:
                continue  # only the root may hold more than the pattern: `a - c*b` is no `a - b`
            rest: float | None = 1.0
            found: Solution | None = state
            if node.variable is None:
                rest = coefficient_rest(node, reading.coefficient, at_root)
            elif reading.coefficient == 1:
                continue
            else:
                left = Constant(UNWRITTEN, reading.coefficient / node.coefficient)
                found = state.bound(node.variable, left)
            if found is not None and rest is not None:
                entered = found.entered(value, *reading.nodes)
                yield from self._factors(node.factors, reading.factors, rest, entered)

    def _factors(
        self,
        nodes: tuple[tuple[Node, float], ...],
        values: tuple[tuple[Value, float], ...],
        coefficient: float,
        state: Solution,
    ) -> Iterator[Solution]:
        if not nodes:
            if values or coefficient != 1:
                state = state.beside(Rest(values, coefficient))
            yield state
            return
        first = _most_specific([factor for factor, _ in nodes])
        node, exponent = nodes[first]
        for index, (value, power) in enumerate(values):
            if not near(power, exponent):
                continue
            for found in self.match(node, value, state):
                remaining = values[:index] + values[index + 1 :]
                yield from self._factors(nodes[:first] + nodes[first + 1 :], remaining, coefficient, found)


def _if_any(state: Solution | None) -> tuple[Solution, ...]:
    return () if state is None else (state,)


def _most_specific(nodes: list[Node]) -> int:
    """The place of the first node that is more than a metavariable, else 0."""
    for index, node in enumerate(nodes):
        if node.__class__ is not Variable:
            return index
    return 0


def _degree(factors: Sequence[tuple[object, float]]) -> float:
    """How many factors there are, powers written out."""
    return sum(abs(power) for _, power in factors)


def _is_scaled_variable(node: Product) -> bool:
    """`-$x`, `2*$x`: any value is one."""
    if node.variable is not None or len(node.factors) != 1:
        return False
    ((inner, exponent),) = node.factors
    return exponent == 1 and isinstance(inner, Variable | Anything)


def _under_layout(value: Value) -> Value | None:
    """The values that a reshape, a transposition or `[:, None]` rearranges."""
    if isinstance(value, Apply) and value.op in _LAYOUT and value.operands:
        return value.operands[0]
    return None


def _attribute(value: Apply, name: str) -> Value:
    """The attribute as it is given, else the default of the operation (None if it has none)."""
    given = value.attributes.get(name)
    if given is not None:
        return given
    row = OPERATIONS[value.op]
    return Constant(UNWRITTEN, row.defaults.get(name))


def solutions(compiled: Compiled, value: Value, readings: Readings | None = None) -> list[Solution]:
    """The first ways in which a pattern matches a value; `readings` of who tries more than one pattern."""
    attempt = _Attempt(readings or Readings())
    try:
        return list(islice(attempt.root(compiled.root, value), SOLUTIONS))
    except (_Exhausted, RecursionError):
        return []
