"""Numbers of a pattern against those of the code: literals, the number in a sum, that before a product."""

from __future__ import annotations

from stabcheck.static.graph import Constant, Value, scalar, strip
from stabcheck.static.normal import UNWRITTEN
from stabcheck.static.pattern_tree import Product, Sum
from stabcheck.static.solution import Solution

_CLOSE = 1e-14  # relative: numbers are equal if their texts could be roundings of one


def near(a: float, b: float) -> bool:
    """Whether two numbers are equal but for how they are written."""
    return a == b or abs(a - b) <= _CLOSE * max(abs(a), abs(b))


def is_literal(value: Value, expected: object) -> bool:
    """Whether a value is a certain constant; numbers by value, anything else by type too."""
    inner = strip(value)
    if isinstance(expected, int | float) and not isinstance(expected, bool):
        literal = scalar(inner)
        return literal is not None and near(float(literal), float(expected))
    return isinstance(inner, Constant) and type(inner.value) is type(expected) and inner.value == expected


def with_numbers(node: Sum, numbers: tuple[float, ...], state: Solution) -> Solution | None:
    """`state` with the `$c:const` of a sum, where its other number is among `numbers`; None if it is not."""
    if node.variable is None:
        return state if near(sum(numbers), node.number) and (numbers or node.number == 0) else None
    left = list(numbers)
    if node.number:
        fitting = next((each for each in left if near(each, node.number)), None)
        if fitting is None:
            return None
        left.remove(fitting)
    return state.bound(node.variable, Constant(UNWRITTEN, sum(left))) if left else None


def coefficient_rest(node: Product, coefficient: float, at_root: bool) -> float | None:
    """What is left of the number beside the pattern's own; None if that may not be."""
    if near(coefficient, node.coefficient):
        return 1.0
    ratio = coefficient / node.coefficient
    if at_root and coefficient and (node.coefficient == 1 or near(abs(ratio), 1.0)):
        return ratio
    return None
