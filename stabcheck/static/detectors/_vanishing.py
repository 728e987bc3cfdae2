"""What is exactly 0 for data that a program meets sooner or later, and why.

A norm is 0 for a vector of zeros, a spread for a constant, a count where nothing is selected, a sum for a row
of zeros. A value is judged by how it was made; what an eps, a clip or a test keeps from zero has an interval
without it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from stabcheck.static.detectors._data import MOST_NODES, SETTLED_NAME, Place, is_data, is_text, name_of
from stabcheck.static.graph import Apply, Call, Item, Merge, Opaque, Symbol, Value, scalar, strip, walk
from stabcheck.static.identity import number
from stabcheck.static.infer.layout import source
from stabcheck.static.infer.suggested import of_name
from stabcheck.static.normal import own_exponent, term

_DEEPEST = 8
_EVEN = frozenset({"square", "abs"})
# Names of what is 0 by their meaning, where nothing else is known of them.
_VARIANCE_NAME = re.compile(r"^(?!n_|num_|nb_|number_)(?:\w+_)?(?:variances?|vars?)$")
_CORRELATION_NAME = re.compile(r"^(?:\w*_)?(?:rhos?|corrs?|correlations?)$", re.IGNORECASE)
_DIFFERENTIATES = frozenset({"tensorflow", "keras", "jax", "torch"})
_SIZE_NAME = re.compile(r"^(?:\w+_)?(?:norms?|nrms?|amplitudes?|magnitudes?|energy|energies|rms)$")
LOUDNESS = re.compile(r"amplitude|magnitude|energy|rms", re.IGNORECASE)
_FLOOR_NAME = re.compile(
    r"^(?:[ck]\d|const\w*|gamma|lambda\w*|lamb?da?|damp\w*|reg\w*|ridge|nugget|noise\w*|tol\w*)$",
    re.IGNORECASE,
)
_SCORE_NAME = re.compile(
    r"^(?:tp|fp|tn|fn|tps|fps|tns|fns|n_?(?:tp|fp|tn|fn)|true_?(?:pos|neg)\w*|false_?(?:pos|neg)\w*|"
    r"(?:\w+_)?(?:precisions?|recalls?|intersections?|unions?))$",
    re.IGNORECASE,
)
_SLOPE_NAME = re.compile(r"^(?:d[wbWB]\d?|g|\w*grad(?:s|ients?)?)$")
_PROBABILITY_NAME = re.compile(  # whose sum is 1, or at least 1
    r"(?:^|_)(?:prob(?:a|s|as|abilit(?:y|ies))?|priors?|importances|class_counts?)(?:_|$)|_mask$"
)
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
    "actual": "what was observed, which may be 0",
}


def vanishing(value: Value, place: Place) -> Vanishing | None:
    """The factor of `value` that can be 0 for ordinary data; None if none is known to."""
    return _vanishing(value, place, _DEEPEST)


def _vanishing(value: Value, place: Place, depth: int) -> Vanishing | None:
    if depth == 0 or place.facts.interval(value).excludes_zero:
        return None
    node = source(value)
    if place.facts.interval(node).excludes_zero:
        return None
    match node:
        case Apply():
            return _operation(node, place, depth)
        case Item(index=index) if index is not None and not is_text(index):
            picks = isinstance(strip(node.base), Call)  # one of the results of a function
            return None if picks else _vanishing(node.base, place, depth - 1)
        case Merge():
            found = [_vanishing(each, place, depth - 1) for each in node.choices]
            known = next((each for each in found if each is not None), None)
            return known or _gathered(node, place) or _named(node, place)
        case Symbol() if node.definition in place.facts.module.loops:
            return _accumulated(node, place, depth)
        case Symbol() | Call() | Item():
            return _named(node, place)
        case _:
            return None


def _operation(node: Apply, place: Place, depth: int) -> Vanishing | None:
    below = depth - 1
    match node.op, node.operands:
        case "multiply", (left, right):
            return _vanishing(left, place, below) or _vanishing(right, place, below)
        case (("dot" | "matmul" | "inner" | "vdot"), (left, right)) if number(left) == number(right):
            return _made("norm", node, left, place)
        case "outer", (left, right):
            return _vanishing(left, place, below) or _vanishing(right, place, below)
        case (("divide" | "negative" | "square" | "abs"), (operand, *_)):
            return _vanishing(operand, place, below)
        case (("sqrt" | "power"), (operand, *_)):
            exponent = own_exponent(node)
            if exponent is None or exponent < 0:
                return None
            return _vanishing(operand, place, below) or (
                _under_root(operand, place) if exponent == 0.5 else None
            )
        case "norm", (operand, *_):
            return _made("norm", node, operand, place)
        case (("std" | "var"), (operand, *_)):
            return _made("spread", node, operand, place)
        case (("sum" | "mean"), (operand, *_)):
            return _summed(node, operand, place)
        case "count_nonzero", (operand, *_):
            return _made("count", node, operand, place)
        case "max", (operand, *_):
            return _made("largest", node, operand, place)
        case "add", (left, right):
            return _added(node, left, right, place)
        case "subtract", (left, right) if _is_range(left, right):
            return _made("range", node, strip(left), place)
        case "subtract", (left, right) if scalar(left) == 1 and _is_square(right):
            return _saturated(node, source(right), place)
        case _:
            return None


def _saturated(node: Apply, square: Value, place: Place) -> Vanishing | None:
    """`1 - tanh(z)**2`, and what a correlation leaves of 1 where it is learned."""
    if not isinstance(square, Apply):
        return None
    base = source(square.operands[0])
    if isinstance(base, Apply) and base.op == "tanh":
        return Vanishing("saturated", node, base)
    learned = place.facts.library(node) in _DIFFERENTIATES and isinstance(base, Symbol | Item | Call)
    named = learned and any(_CORRELATION_NAME.search(name) for name in place.names(base))
    return Vanishing("correlation", node, base) if named else None


def _made(kind: str, node: Value, of: Value, place: Place) -> Vanishing | None:
    inner = source(of)
    if kind in ("sum", "norm", "largest") and _is_raised(inner):
        return None
    if kind != "sum" and any(SETTLED_NAME.search(name) for name in place.names(inner)):
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
    return any((scalar(each) or 0) > 0 for each in _terms(node, _DEEPEST))


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


def _is_range(left: Value, right: Value) -> bool:
    a, b = source(left), source(right)
    if not isinstance(a, Apply) or not isinstance(b, Apply) or (a.op, b.op) != ("max", "min"):
        return False
    return number(source(a.operands[0])) == number(source(b.operands[0]))


def _summed(node: Apply, operand: Value, place: Place) -> Vanishing | None:
    inner = source(operand)
    if isinstance(inner, Opaque) and len(inner.parts) == 1:  # of each entry: `sum(v * v for v in x)`
        if place.facts.interval(inner.parts[0]).excludes_zero:
            return None
        nested = _vanishing(inner.parts[0], place, 3)
        if nested is not None:
            return nested
        if not isinstance(source(inner.parts[0]), Symbol):
            inner = source(inner.parts[0])
    tags = place.facts.tags(inner)
    if isinstance(inner, Apply) and (inner.op in _EVEN or own_exponent(inner) in (2.0, 4.0)):
        return _made("norm", node, inner.operands[0], place)
    if (
        isinstance(inner, Apply)
        and inner.op == "multiply"
        and number(inner.operands[0]) == number(inner.operands[1])
    ):
        return _made("norm", node, inner.operands[0], place)
    if isinstance(inner, Item | Call | Merge):
        called = place.names(inner) | place.names(strip(operand))
        tags = tags.union(*(of_name(name) for name in called))
    if "mask" in tags or ("named-mask" in tags and "named-padding" not in tags):
        return _made("count", node, inner, place)
    if tags & {"probability", "named-padding", "random", "constant", "shifted", "log-quantity"}:
        return None
    if any(_PROBABILITY_NAME.search(name) for name in place.names(inner) | place.names(strip(operand))):
        return None
    if any(_is_weight(each, place) for each in islice(walk(inner), MOST_NODES)):
        return None
    return _made("sum", node, operand, place) if node.op == "sum" else None


def _is_weight(value: Value, place: Place) -> bool:
    """The largest entries of a softmax, and masks of padding, never sum to 0."""
    node = strip(value)
    if isinstance(node, Apply):
        return node.op in ("softmax", "sigmoid")
    return isinstance(node, Symbol) and "named-padding" in place.facts.tags(node)


def _under_root(value: Value, place: Place) -> Vanishing | None:
    node = source(value)
    if isinstance(node, Apply) and node.op == "subtract" and _is_square(node.operands[1], scaled=True):
        left, right = node.operands
        if scalar(left) in (None, 1) and is_data(right, place.facts):
            return _made("difference", node, left if scalar(left) is None else right, place)
    return _variance(value, place)


def _variance(value: Value, place: Place) -> Vanishing | None:
    """A variance by its name, under a root."""
    node = source(value)
    if isinstance(node, Apply) and node.op in ("diag", "diagonal", "diag_part"):
        return Vanishing("variance", node, node.operands[0])
    if not isinstance(node, Symbol | Call | Item | Merge) or not is_data(node, place.facts):
        return None
    known = any(_VARIANCE_NAME.search(name) for name in place.names(node))
    return Vanishing("variance", node, node) if known else None


def _added(node: Apply, left: Value, right: Value, place: Place) -> Vanishing | None:
    """A sum of terms none of which is negative, and all of which can be 0 at once."""
    terms = _terms(node, _DEEPEST)
    if all(_is_score(each, place) for each in terms):
        return Vanishing("scores", node, terms[0])
    if any(_is_floor(each, place) for each in terms):
        return None
    if all(_is_square(each) for each in terms):
        return _made("squares", node, terms[0], place)
    if any(_is_square(each, scaled=True) and _is_slope(term(each).value) for each in terms):
        return _made("moments", node, terms[0], place)
    found = [_vanishing(each, place, 4) for each in terms]
    if all(
        each is not None and place.facts.interval(term).lower >= 0
        for each, term in zip(found, terms, strict=True)
    ):
        return found[0]
    sums = [source(each) for each in terms]
    if all(isinstance(each, Apply) and each.op == "sum" for each in sums):
        return found[0] if all(each is not None for each in found) else None
    return None


def _is_slope(value: Value) -> bool:
    """The square of a gradient, which an optimizer gathers."""
    node = source(value)
    base = node.operands[0] if isinstance(node, Apply) and node.operands else node
    return _SLOPE_NAME.search(name_of(source(base))) is not None


def _is_floor(term: Value, place: Place) -> bool:
    """A number, an eps, or a setting that is there to keep the sum from 0."""
    inner = source(term)
    base = inner.operands[0] if isinstance(inner, Apply) and inner.operands else inner
    if scalar(term) is not None or any("named-epsilon" in place.facts.tags(each) for each in (term, base)):
        return True
    return any(_FLOOR_NAME.search(name) for name in place.names(strip(term))) or not is_data(
        term, place.facts
    )


def _terms(value: Value, depth: int) -> list[Value]:
    node = strip(value)
    if depth and isinstance(node, Apply) and node.op == "add":
        return [term for each in node.operands for term in _terms(each, depth - 1)]
    return [value]


def _is_square(value: Value, *, scaled: bool = False) -> bool:
    node = source(term(value).value) if scaled else source(value)
    if not isinstance(node, Apply):
        return False
    if node.op == "multiply":
        return number(node.operands[0]) == number(node.operands[1])
    return own_exponent(node) == 2.0


def _is_score(value: Value, place: Place) -> bool:
    node = source(value)
    if isinstance(node, Apply) and node.op == "multiply":
        rest = [each for each in node.operands if scalar(each) is None]
        return any(_is_score(each, place) for each in rest)
    return any(_SCORE_NAME.search(name) for name in place.names(node))


def _accumulated(symbol: Symbol, place: Place, depth: int) -> Vanishing | None:
    before, again = place.facts.module.loops[symbol.definition]
    node = strip(again)
    if scalar(before) != 0 or not isinstance(node, Apply) or node.op != "add":
        return None
    for one, other in (node.operands, node.operands[::-1]):
        if number(strip(one)) == number(symbol):
            kind = "squares" if _is_square(other) else "sum"
            return _made(kind, symbol, other, place)
    return None


def _gathered(node: Merge, place: Place) -> Vanishing | None:
    """A total that a loop has gathered, which started from 0."""
    if not any(scalar(each) == 0 for each in node.choices):
        return None
    for each in node.choices:
        total = strip(each)
        if not isinstance(total, Apply) or total.op != "add":
            continue
        for one, other in (total.operands, total.operands[::-1]):
            inner = strip(one)
            if isinstance(inner, Symbol) and inner.definition in place.facts.module.loops:
                return _made("squares" if _is_square(other) else "sum", node, other, place)
    return None


def _named(node: Value, place: Place) -> Vanishing | None:
    called = name_of(node) if isinstance(node, Call) else ""
    # What a function of another file does about zeros is not known; a signal is silent at times.
    near = LOUDNESS.search(called) or getattr(node, "function", None) in place.facts.module.functions
    if isinstance(node, Call) and near and _SIZE_NAME.search(called) and node.arguments:
        return _made("size", node, node.arguments[0], place)
    known = any(_DEGREE_NAME.search(name) for name in place.names(node))
    return Vanishing("degree", node, node) if known else None
