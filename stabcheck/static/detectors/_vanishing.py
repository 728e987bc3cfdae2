"""What is exactly 0 for data that a program meets sooner or later: the factor of a value that vanishes.

A norm is 0 for a vector of zeros, a spread for a constant, a count where nothing is selected, a sum for a row
of zeros. A value is judged by how it was made; what an eps, a clip or a test keeps from zero has an interval
without it.
"""

from __future__ import annotations

import re
from itertools import islice

from stabcheck.static.detectors._data import MOST_NODES, Place, is_text
from stabcheck.static.detectors._quantities import (
    Vanishing,
    accumulated,
    gathered_total,
    is_above_least,
    is_range,
    made,
    named,
    saturated,
    under_root,
)
from stabcheck.static.detectors._terms import is_floor, is_moment, is_score, is_square, terms
from stabcheck.static.detectors._values import is_op
from stabcheck.static.graph import Apply, Call, Item, Merge, Opaque, Symbol, Value, scalar, strip, walk
from stabcheck.static.identity import number
from stabcheck.static.infer.layout import source
from stabcheck.static.infer.suggested import of_name
from stabcheck.static.normal import own_exponent

_DEEPEST = 8
_EVEN = frozenset({"square", "abs"})
_PROBABILITY_NAME = re.compile(  # whose sum is 1, or at least 1
    r"(?:^|_)(?:prob(?:a|s|as|abilit(?:y|ies))?|priors?|importances|class_counts?)(?:_|$)|_mask$"
)


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
            return known or gathered_total(node, place) or named(node, place)
        case Symbol() if node.definition in place.facts.module.loops:
            return accumulated(node, place)
        case Symbol() | Call() | Item():
            return named(node, place)
        case _:
            return None


def _operation(node: Apply, place: Place, depth: int) -> Vanishing | None:
    below = depth - 1
    match node.op, node.operands:
        case (("multiply" | "outer"), (left, right)):
            return _vanishing(left, place, below) or _vanishing(right, place, below)
        case (("dot" | "matmul" | "inner" | "vdot"), (left, right)) if number(left) == number(right):
            return made("norm", node, left, place)
        case (("divide" | "negative" | "square" | "abs"), (operand, *_)):
            return _vanishing(operand, place, below)
        case (("sqrt" | "power"), (operand, *_)):
            exponent = own_exponent(node)
            if exponent is None or exponent < 0:
                return None
            known = _vanishing(operand, place, below)
            return under_root(operand, place) if known is None and exponent == 0.5 else known
        case "norm", (operand, *_):
            return made("norm", node, operand, place)
        case (("std" | "var"), (operand, *_)):
            return made("spread", node, operand, place)
        case (("sum" | "mean"), (operand, *_)):
            return _summed(node, operand, place, depth)
        case "count_nonzero", (operand, *_):
            return made("count", node, operand, place)
        case "max", (operand, *_) if is_above_least(operand):
            return made("range", node, operand, place)
        case "max", (operand, *_):
            return made("largest", node, operand, place)
        case "add", (_, _):
            return _added(node, place, depth)
        case "subtract", (left, right) if is_range(left, right):
            return made("range", node, strip(left), place)
        case "subtract", (left, right) if scalar(left) == 1 and is_square(right):
            return saturated(node, source(right), place)
        case _:
            return None


def _summed(node: Apply, operand: Value, place: Place, depth: int) -> Vanishing | None:
    inner = source(operand)
    if isinstance(inner, Opaque) and len(inner.parts) == 1:  # of each entry: `sum(v * v for v in x)`
        if place.facts.interval(inner.parts[0]).excludes_zero:
            return None
        nested = _vanishing(inner.parts[0], place, min(3, depth - 1))
        if nested is not None:
            return nested
        if not isinstance(source(inner.parts[0]), Symbol):
            inner = source(inner.parts[0])
    if isinstance(inner, Apply) and _is_even(inner):
        return made("norm", node, inner.operands[0], place)
    tags = place.facts.tags(inner)
    called = place.names(inner) | place.names(strip(operand))
    if isinstance(inner, Item | Call | Merge):
        tags = tags.union(*map(of_name, called))
    if "mask" in tags or ("named-mask" in tags and "named-padding" not in tags):
        return made("count", node, inner, place)
    if tags & {"probability", "named-padding", "random", "constant", "shifted", "log-quantity"}:
        return None
    if any(map(_PROBABILITY_NAME.search, called)):
        return None
    if any(_is_weight(each, place) for each in islice(walk(inner), MOST_NODES)):
        return None
    return made("sum", node, operand, place) if node.op == "sum" else None


def _is_even(node: Apply) -> bool:
    """`x**2`, `x * x`, `abs(x)`, `x**4`: their sum is 0 only where all of x is."""
    return is_square(node) or node.op in _EVEN or own_exponent(node) == 4.0


def _is_weight(value: Value, place: Place) -> bool:
    """The largest entries of a softmax, and masks of padding, never sum to 0."""
    node = strip(value)
    if isinstance(node, Apply):
        return node.op in ("softmax", "sigmoid")
    return isinstance(node, Symbol) and "named-padding" in place.facts.tags(node)


def _added(node: Apply, place: Place, depth: int) -> Vanishing | None:
    """A sum of terms none of which is negative, and all of which can be 0 at once."""
    parts = list({id(strip(each)): each for each in terms(node)}.values())
    if all(is_score(each, place) for each in parts):
        return Vanishing("scores", node, parts[0])
    if any(is_floor(each, place) for each in parts):
        return None
    if all(map(is_square, parts)):
        return made("squares", node, parts[0], place)
    if any(map(is_moment, parts)):
        return made("moments", node, parts[0], place)
    found = [_vanishing(each, place, min(4, depth - 1)) for each in parts]
    if any(each is None for each in found):
        return None
    positive = all(place.facts.interval(each).lower >= 0 for each in parts)
    return found[0] if positive or all(is_op(source(each), "sum") for each in parts) else None
