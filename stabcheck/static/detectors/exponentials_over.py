"""A quotient whose dividend and divisor both grow exponentially: inf/inf where the value is ordinary."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import is_op, operations
from stabcheck.static.graph import Apply, Value, scalar, walk
from stabcheck.static.hit import Hit
from stabcheck.static.identity import number
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module
from stabcheck.static.normal import DEEPEST, own_exponent, term

_HELD = 80.0  # exponents up to it are far from overflow in float32
_KNOWN = frozenset({"shifted", "log-quantity", "named-log", "constant"})
_SLOW = frozenset({"tanh", "sigmoid", "sin", "cos", "log", "log1p", "relu", "abs", "softplus", "sqrt"})
_MOST_NODES = 80
_ADVICE = (
    "with s = sigmoid(x), s * (1 - s) is exp(-x) / (1 + exp(-x))**2; else divide through by the largest power"
)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`exp(-x) / (1 + exp(-x))**2` and the like; simpler quotients have rules of their own."""
    for site, node in operations(module, "divide"):
        above, below = node.operands
        if not _is_raised(below):
            continue
        for exponent in _exponents(below):
            variable = source(term(exponent).value)
            if scalar(variable) is not None or facts.tags(exponent) & _KNOWN or facts.tags(variable) & _KNOWN:
                continue
            sign = 1.0 if term(exponent).coefficient > 0 else -1.0
            if facts.interval(exponent).upper <= _HELD:
                continue
            least = min(_rate(above, variable, sign) or 0.0, _rate(below, variable, sign) or 0.0)
            if least > 0:
                message = (
                    "powers of exp({x}) stand above and below the line: inf/inf = NaN where |{x}| passes "
                    f"{709.8 / least:.0f} ({88.7 / least:.0f} in float32), and the value is of ordinary size"
                )
                yield Hit(node.span, site, node, bindings={"x": variable}, message=message, advice=_ADVICE)
                break


def _is_raised(divisor: Value) -> bool:
    """A power or a product: sums alone are those of softmax, sigmoid and tanh."""
    node = source(term(divisor).value)
    return isinstance(node, Apply) and (
        is_op(node, "square") or (own_exponent(node) or 0) > 1 or node.op == "multiply"
    )


def _exponents(value: Value) -> Iterator[Value]:
    for each in islice(walk(value), _MOST_NODES):
        if isinstance(each, Apply) and each.op == "exp":
            yield each.operands[0]


def _rate(value: Value, variable: Value, sign: float, depth: int = DEEPEST) -> float | None:
    """The r of the growth exp(r * |x|) where x goes to infinity with a sign; None if it can't be told."""
    node = source(value)
    if number(node) == number(variable) or scalar(node) is not None:
        return 0.0
    if depth == 0 or not isinstance(node, Apply):
        return 0.0 if not _depends(node, variable) else None
    inner = [_rate(each, variable, sign, depth - 1) for each in node.operands]
    if node.op == "exp":
        power = term(node.operands[0])
        if number(source(power.value)) == number(variable):
            return power.coefficient * sign
        return 0.0 if not _depends(node, variable) else None
    if any(each is None for each in inner):
        return None
    known = [each for each in inner if each is not None]
    exponent = own_exponent(node)
    if exponent is not None and known:
        return known[0] * exponent
    match node.op:
        case "multiply":
            return sum(known)
        case "divide":
            return known[0] - known[1]
        case "add" | "subtract":
            return max(known)
        case "negative" | "sum" | "mean" | "max":
            return known[0]
        case _:
            return 0.0 if node.op in _SLOW or not _depends(node, variable) else None


def _depends(node: Value, variable: Value) -> bool:
    wanted = number(variable)
    return any(number(each) == wanted for each in islice(walk(node), _MOST_NODES))
