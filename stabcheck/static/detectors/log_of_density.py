"""The logarithm of a density: of `dist.pdf(x)`, or of a product with an exponential among its factors."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import is_op, method, operations
from stabcheck.static.graph import Apply, Call, Value, scalar, strip
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

_DENSITIES = frozenset({"pdf", "pmf"})
_HELD = -80.0  # exponents above it are far from underflow in float32
_PRODUCT = (
    "exp is 0 below -745 and inf above 710 in float64 (-104 and 88.7 in float32): "
    "the logarithm of the product is then -inf or inf"
)
_SUM = "a sum of logarithms: log(exp(a) * b / c) is a + log(b) - log(c)"


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Logarithms of what underflows in the tail."""
    for site, node in operations(module, "log", "log10", "log2"):
        argument = strip(node.operands[0])
        if is_op(argument, "norm_pdf") or (isinstance(argument, Call) and method(argument) in _DENSITIES):
            yield Hit(node.span, site, node)
        elif isinstance(argument, Apply) and argument.op in ("multiply", "divide"):
            exponents = [_exponent(each) for each in _factors(argument) if is_op(each, "exp")]
            lost = [each for each in exponents if _underflows(each, facts)]
            if lost:
                bell = any(facts.interval(each).upper <= 0 for each in lost)  # -z**2 / 2
                yield Hit(node.span, site, node, message=None if bell else _PRODUCT, advice=_SUM)


def _factors(value: Value) -> Iterator[Value]:
    """The factors above the line of a product or quotient."""
    node = strip(value)
    if isinstance(node, Apply) and node.op == "multiply":
        for each in node.operands:
            yield from _factors(each)
    elif isinstance(node, Apply) and node.op == "divide":
        yield from _factors(node.operands[0])
    else:
        yield node


def _exponent(factor: Value) -> Value:
    inner = strip(factor)
    assert isinstance(inner, Apply)
    return inner.operands[0]


def _underflows(exponent: Value, facts: Facts) -> bool:
    return scalar(exponent) is None and facts.interval(exponent).lower < _HELD
