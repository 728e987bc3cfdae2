"""The quantities that can be 0, each told by its form or by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stabcheck.static.detectors._data import SETTLED_NAME, Place, is_data, name_of
from stabcheck.static.detectors._terms import is_square, terms
from stabcheck.static.graph import Apply, Call, Item, Merge, Symbol, Value, scalar, strip
from stabcheck.static.identity import number
from stabcheck.static.infer.layout import source
from stabcheck.static.normal import term

_DIFFERENTIATES = frozenset({"tensorflow", "keras", "jax", "torch"})
# Names of what is 0 by their meaning, where nothing else is known of them.
_VARIANCE_NAME = re.compile(r"^(?!n_|num_|nb_|number_)(?:\w+_)?(?:variances?|vars?)$")
_CORRELATION_NAME = re.compile(r"^(?:\w*_)?(?:rhos?|corrs?|correlations?)$", re.IGNORECASE)
_SIZE_NAME = re.compile(
    r"^(?!\w*spectral)(?:\w+_)?(?:norms?|nrms?|amplitudes?|magnitudes?|energy|energies|rms)$"
)
LOUDNESS = re.compile(r"amplitude|magnitude|energy|rms", re.IGNORECASE)
_DEGREE_NAME = re.compile(r"^(?:(?:in|out|node|row|col)_)?deg(?:rees?)?$")


@dataclass(frozen=True, slots=True)
class Vanishing:
    """A factor that can be 0: what kind of quantity it is, and what it is made of."""

    kind: str
    factor: Value
    of: Value


# What each kind says of itself in a message.
REASONS = {
    "norm": "made of a norm, which is 0 for a vector of zeros",
    "spread": "made of a standard deviation, which is 0 for constant data",
    "sum": "made of a sum, which is 0 where all its terms are",
    "largest": "made of a maximum, which is 0 where all entries are",
    "range": "made of a range, which is 0 for constant data",
    "variance": "made of a variance, which is 0 for constant data",
    "difference": "the root of a difference, which is 0 or, by rounding, below it where its parts are equal",
    "count": "made of a count, which is 0 where nothing is selected",
    "squares": "made of a sum of squares, which is 0 where all of them are",
    "moments": "made of squares of gradients, which are 0 where all gradients were",
    "scores": "a sum of counts or scores, which is 0 where all of them are",
    "degree": "made of a degree, which is 0 for an isolated node",
    "size": "a magnitude, which is 0 for silence or zeros",
    "saturated": "made of 1 - tanh(z)**2, which rounds to 0 beyond |z| = 9 in float32",
    "correlation": "made of 1 minus the square of a correlation, which rounds to 0 where it saturates",
    "prediction": "made of a probability, which rounds to 0 or 1 for a confident model",
    "overlap": "the size of two sets, which is 0 where both are empty",
    "density": "made of densities, which underflow to 0 far from all centres (normal: 39 deviations)",
    "actual": "what was observed, which may be 0",
}


def made(kind: str, node: Value, of: Value, place: Place) -> Vanishing | None:
    """A quantity that `node` makes of data; None if what it is made of is never all zeros."""
    inner = source(of)
    if kind in ("sum", "norm", "largest") and _is_raised(inner):
        return None
    if kind != "sum" and any(map(SETTLED_NAME.search, place.names(inner))):
        return None
    if _is_normalised(inner):
        return None
    if kind == "norm" and _is_centred(inner):
        kind = "variance"
    if isinstance(inner, Apply) and inner.op == "abs":
        of = inner.operands[0]
    return Vanishing(kind, node, of) if is_data(of, place.facts) else None


def _is_raised(node: Value) -> bool:
    """`counts + 1`: where data are 0, this is not."""
    if not isinstance(node, Apply) or node.op != "add":
        return False
    return any((scalar(each) or 0) > 0 for each in terms(node))


def _is_normalised(node: Value) -> bool:
    """`a / trace(a)`, `x / norm(x)`: where that is no number, it is NaN long before its norm is 0."""
    if not isinstance(node, Apply) or node.op != "divide":
        return False
    below, above = source(node.operands[1]), number(source(node.operands[0]))
    if not isinstance(below, Apply) or below.op not in ("trace", "sum", "norm", "max"):
        return False
    return any(number(source(each)) == above for each in below.operands)


def _is_centred(node: Value) -> bool:
    """`x - mean(x)`: what is left of a constant is 0."""
    if not isinstance(node, Apply) or node.op != "subtract":
        return False
    mean = source(node.operands[1])
    if not isinstance(mean, Apply) or mean.op != "mean":
        return False
    return number(source(mean.operands[0])) == number(source(node.operands[0]))


def is_range(left: Value, right: Value) -> bool:
    """`max(x) - min(x)`."""
    a, b = source(left), source(right)
    if not isinstance(a, Apply) or not isinstance(b, Apply) or (a.op, b.op) != ("max", "min"):
        return False
    return number(source(a.operands[0])) == number(source(b.operands[0]))


def is_above_least(value: Value) -> bool:
    """`x - min(x)`: all 0 where x is constant."""
    node = source(value)
    if not isinstance(node, Apply) or node.op != "subtract":
        return False
    least = source(node.operands[1])
    if not isinstance(least, Apply) or least.op != "min":
        return False
    return number(source(least.operands[0])) == number(source(node.operands[0]))


def saturated(node: Apply, square: Value, place: Place) -> Vanishing | None:
    """`1 - tanh(z)**2`, and what a correlation leaves of 1 where it is learned."""
    if not isinstance(square, Apply):
        return None
    base = source(square.operands[0])
    if isinstance(base, Apply) and base.op == "tanh":
        return Vanishing("saturated", node, base)
    learned = place.facts.library(node) in _DIFFERENTIATES and isinstance(base, Symbol | Item | Call)
    named = learned and any(map(_CORRELATION_NAME.search, place.names(base)))
    return Vanishing("correlation", node, base) if named else None


def under_root(value: Value, place: Place) -> Vanishing | None:
    """What is 0, or by rounding below it, under a root: `a - x**2`, `1 - x**2`, a variance."""
    node = source(value)
    if isinstance(node, Apply) and node.op == "subtract" and is_square(term(node.operands[1]).value):
        left, right = node.operands
        if scalar(left) in (None, 1) and is_data(right, place.facts):
            return made("difference", node, left if scalar(left) is None else right, place)
    return _variance(value, place)


def _variance(value: Value, place: Place) -> Vanishing | None:
    """A variance by its name, under a root."""
    node = source(term(value).value)
    if isinstance(node, Apply) and node.op in ("diag", "diagonal", "diag_part"):
        return Vanishing("variance", node, node.operands[0])
    if not isinstance(node, Symbol | Call | Item | Merge) or not is_data(node, place.facts):
        return None
    known = any(map(_VARIANCE_NAME.search, place.names(node)))
    return Vanishing("variance", node, node) if known else None


def accumulated(symbol: Symbol, place: Place) -> Vanishing | None:
    """A total within the loop that gathers it, which starts from 0."""
    before, again = place.facts.module.loops[symbol.definition]
    if scalar(before) != 0:
        return None
    for total, part in _additions(again):
        if number(strip(total)) == number(symbol):
            return _total(symbol, part, place)
    return None


def gathered_total(node: Merge, place: Place) -> Vanishing | None:
    """A total behind the loop that has gathered it, which started from 0."""
    if not any(scalar(each) == 0 for each in node.choices):
        return None
    for each in node.choices:
        for total, part in _additions(each):
            inner = strip(total)
            if isinstance(inner, Symbol) and inner.definition in place.facts.module.loops:
                return _total(node, part, place)
    return None


def _additions(value: Value) -> Iterator[tuple[Value, Value]]:
    """The two ways to read an addition: what there was, and what is added to it."""
    node = strip(value)
    if isinstance(node, Apply) and node.op == "add":
        left, right = node.operands
        yield left, right
        yield right, left


def _total(node: Value, part: Value, place: Place) -> Vanishing | None:
    return made("squares" if is_square(part) else "sum", node, part, place)


def named(node: Value, place: Place) -> Vanishing | None:
    """A magnitude that a function measures, or a degree, by their names."""
    called = name_of(node) if isinstance(node, Call) else ""
    # What a function of another file does about zeros is not known; a signal is silent at times.
    near = LOUDNESS.search(called) or getattr(node, "function", None) in place.facts.module.functions
    if isinstance(node, Call) and near and _SIZE_NAME.search(called) and node.arguments:
        return made("size", node, node.arguments[0], place)
    known = any(map(_DEGREE_NAME.search, place.names(node)))
    return Vanishing("degree", node, node) if known else None
