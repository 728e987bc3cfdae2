"""Constant folding: arithmetic of literals is a literal."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from stabcheck.static.graph import Constant, Place, Value

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "remainder": operator.mod,
}

# Of one operand; `numpy.sqrt(2.0)` is as much a number as 1.4142135623730951 is.
_UNARY: dict[str, Callable[[Any], Any]] = {
    "negative": operator.neg,
    "abs": abs,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "expm1": math.expm1,
    "log": math.log,
    "log1p": math.log1p,
    "log2": math.log2,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tanh": math.tanh,
    "square": lambda x: x * x,
}

_LARGEST_INTEGER = 1 << 64


def fold(op: str, operands: tuple[Value, ...], place: Place) -> Constant | None:
    """The number that an operation on numbers gives; None where an operand is none, or Python would raise."""
    numbers: list[float | int] = []
    for each in operands:
        if not isinstance(each, Constant):
            return None
        value = each.value
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        numbers.append(value)
    try:
        result = _compute(op, numbers)
    except (ArithmeticError, ValueError, TypeError):
        return None
    if isinstance(result, int) and abs(result) > _LARGEST_INTEGER:
        return None
    return Constant(place, result) if isinstance(result, int | float) else None


def _compute(op: str, numbers: list[float | int]) -> object:
    if len(numbers) == 1 and op in _UNARY:
        return _UNARY[op](numbers[0])
    if len(numbers) == 2 and op in _BINARY:
        return _BINARY[op](*numbers)
    if len(numbers) == 2 and op == "power":
        base, exponent = numbers
        if isinstance(base, int) and isinstance(exponent, int) and abs(exponent) * base.bit_length() > 64:
            return float(base) ** exponent
        return base**exponent
    return None
