"""The logarithm of a density.

Of `dist.pdf(x)`, of a product with an exponential among its factors, of a mixture of such.
"""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._density import factors, is_density
from stabcheck.static.detectors._values import is_op, operations
from stabcheck.static.graph import Apply, Value, scalar, strip
from stabcheck.static.hit import Hit
from stabcheck.static.identity import same
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import is_setting, source
from stabcheck.static.module import Module

_HELD = -80.0  # exponents above it are far from underflow in float32
_PRODUCT = (
    "exp is 0 below -745 and inf above 710 in float64 (-104 and 88.7 in float32): "
    "the logarithm of the product is then -inf or inf"
)
_SUM = "a sum of logarithms: log(exp(a) * b / c) is a + log(b) - log(c)"
_MIXTURE = (
    "every density of the mixture underflows to 0 in its tail (13 standard deviations in float32, 38.6 in "
    "float64), and the logarithm of their sum is -inf"
)
_LOGSUMEXP = "logsumexp(log(w) - z**2 / 2 - log(sigma), axis), with the logarithms of the weights"


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Logarithms of what underflows in the tail."""
    for site, node in operations(module, "log", "log10", "log2"):
        argument = strip(node.operands[0])
        if is_density(argument):
            yield Hit(node.span, site, node)
        elif (
            isinstance(argument, Apply) and argument.op in ("multiply", "divide") and not _is_share(argument)
        ):
            exponents = [_exponent(each) for each in factors(argument) if is_op(each, "exp")]
            lost = [each for each in exponents if _underflows(each, facts)]
            if lost:
                bell = any(facts.interval(each).upper <= 0 for each in lost)  # -z**2 / 2
                yield Hit(node.span, site, node, message=None if bell else _PRODUCT, advice=_SUM)
            elif any(is_op(each, "sum", "mean") and _is_mixture(each, facts) for each in _parts(argument)):
                yield Hit(node.span, site, node, message=_MIXTURE, advice=_LOGSUMEXP)
        elif isinstance(argument, Apply) and _is_underflowing_sum(argument, facts):
            yield Hit(node.span, site, node, message=_MIXTURE, advice=_LOGSUMEXP)


def _is_mixture(total: Apply, facts: Facts) -> bool:
    """A sum of weighted bells `w * exp(-z**2)`: in the tail of all of them it is 0."""
    term = source(total.operands[0])
    if is_op(term, "exp"):
        return False  # a logsumexp, which naive-logsumexp knows
    found = list(factors(term))
    bells = [_exponent(each) for each in found if is_op(each, "exp")]
    return any(map(is_density, found)) or any(
        facts.interval(each).upper <= 0 and _underflows(each, facts) and "shifted" not in facts.tags(each)
        for each in bells
    )


def _is_underflowing_sum(total: Apply, facts: Facts) -> bool:
    if total.op == "add":
        return _is_written_mixture(total, facts)
    return total.op in ("sum", "mean") and _is_mixture(total, facts)


def _is_written_mixture(total: Apply, facts: Facts) -> bool:
    """`w1 * exp(-a**2) / s1 + w2 * exp(-b**2) / s2`: every term is a weighted bell."""
    terms = [source(each) for each in total.operands]
    if all(is_op(each, "exp") for each in terms):
        return False  # a logaddexp, which naive-logsumexp knows
    return all(any(_is_bell(factor, facts) for factor in factors(each)) for each in terms)


def _is_bell(factor: Value, facts: Facts) -> bool:
    if is_density(factor):
        return True
    if not is_op(factor, "exp"):
        return False
    exponent = _exponent(factor)
    known = "shifted" in facts.tags(exponent)
    return facts.interval(exponent).upper <= 0 and _underflows(exponent, facts) and not known


def _parts(product: Apply) -> list[Apply]:
    """The operations among the factors of a product or quotient: the mean in `mean(k) / h`."""
    return [each for each in map(source, factors(product)) if isinstance(each, Apply)]


def _is_share(node: Apply) -> bool:
    """`e / sum(e)`: a softmax, of which log-of-softmax speaks."""
    if node.op != "divide":
        return False
    total = source(node.operands[1])
    return isinstance(total, Apply) and total.op == "sum" and same(total.operands[0], node.operands[0])


def _exponent(factor: Value) -> Value:
    inner = strip(factor)
    assert isinstance(inner, Apply)
    return inner.operands[0]


def _underflows(exponent: Value, facts: Facts) -> bool:
    if is_setting(exponent) or "log-quantity" in facts.tags(exponent):
        return False
    return scalar(exponent) is None and facts.interval(exponent).lower < _HELD
