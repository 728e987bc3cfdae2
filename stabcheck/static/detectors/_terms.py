"""The terms of a sum: squares, scores, and what is there to keep the sum from 0."""

from __future__ import annotations

import re

from stabcheck.static.detectors._data import Place, is_data, name_of
from stabcheck.static.graph import Apply, Value, scalar, strip
from stabcheck.static.identity import number
from stabcheck.static.infer.layout import source
from stabcheck.static.normal import DEEPEST, own_exponent, term

_DEEPEST = 8
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


def terms(value: Value, depth: int = _DEEPEST) -> list[Value]:
    """What a sum is made of, sums in it taken apart; of anything else itself."""
    node = strip(value)
    if depth and isinstance(node, Apply) and node.op == "add":
        return [inner for each in node.operands for inner in terms(each, depth - 1)]
    return [value]


def is_square(value: Value) -> bool:
    """`x * x`, `x**2`, `square(x)`."""
    node = source(value)
    if not isinstance(node, Apply):
        return False
    if node.op == "multiply":
        return number(node.operands[0]) == number(node.operands[1])
    return own_exponent(node) == 2.0


def is_moment(value: Value) -> bool:
    """A number times the square of a gradient, which an optimizer gathers."""
    square = source(term(value).value)
    if not isinstance(square, Apply) or not is_square(square):
        return False
    return _SLOPE_NAME.search(name_of(source(square.operands[0]))) is not None


def is_floor(value: Value, place: Place) -> bool:
    """A number, an eps, or a setting that is there to keep the sum from 0."""
    inner = source(value)
    base = inner.operands[0] if isinstance(inner, Apply) and inner.operands else inner
    if scalar(value) is not None or any("named-epsilon" in place.facts.tags(each) for each in (value, base)):
        return True
    return any(map(_FLOOR_NAME.search, place.names(strip(value)))) or not is_data(value, place.facts)


def is_score(value: Value, place: Place, depth: int = DEEPEST) -> bool:
    """A count of right or wrong answers, a precision or a recall, or a number times one."""
    node = source(value)
    if depth and isinstance(node, Apply) and node.op == "multiply":
        return any(is_score(each, place, depth - 1) for each in node.operands if scalar(each) is None)
    return any(map(_SCORE_NAME.search, place.names(node)))
