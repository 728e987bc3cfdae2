"""The variance as a difference of moments: the mean of squares, less the square of the mean."""

from __future__ import annotations

import re

from stabcheck.static.detectors._data import Place
from stabcheck.static.graph import Apply, Value
from stabcheck.static.identity import number
from stabcheck.static.infer.layout import picked_from, source
from stabcheck.static.normal import own_exponent

_QUOTIENTS = frozenset({"divide", "divide_no_nan"})
# A running mean, and one of squares.
_MEAN_NAME = re.compile(
    r"^(?:(?:running|moving|global|batch|dist|pop\w*|x|ema|m)_?)?(?:means?|avg|averages?|mus?)(?:_?(?:x|ema))?_?$",
    re.IGNORECASE,
)
_COUNT_NAME = re.compile(
    r"^(?:n|num|\w*(?:counts?|denom\w*|weights?|total|samples|sizes?))_?$", re.IGNORECASE
)
_SQUARES_NAME = re.compile(
    r"^(?:\w*_)?(?:means?|avg|averages?|moments?|sums?|x|e)?_?(?:of_)?(?:sq|sqs|sqr|squares?|squared|x?2|second)(?:_?(?:means?|avg|moments?|sums?|x|ema))?_?$",
    re.IGNORECASE,
)


def variance_of_moments(value: Value, place: Place) -> Value | None:
    """The mean in `sum2 / n - (sum1 / n)**2` and `mean_sq - mean**2`, whose cancellation can pass 0."""
    node = source(value)
    if not isinstance(node, Apply) or node.op != "subtract":
        return None
    base = base_of_square(node.operands[1])
    if base is None:
        return None
    above, mean = source(node.operands[0]), source(base)
    if isinstance(above, Apply) and isinstance(mean, Apply) and {above.op, mean.op} <= _QUOTIENTS:
        count = source(mean.operands[1])
        counted = any(
            map(_COUNT_NAME.search, place.names(picked_from(count)))
        ) or "count" in place.facts.tags(count)
        if number(source(above.operands[1])) != number(count):
            return None
        if counted:
            return mean
    elif isinstance(above, Apply) and above.op in _QUOTIENTS:
        above = source(above.operands[0])  # `sumsq / n - mean**2`
    named = any(map(_SQUARES_NAME.search, place.names(above)))
    return mean if named and any(map(_MEAN_NAME.search, place.names(mean))) else None


def base_of_square(value: Value) -> Value | None:
    """The base of a square."""
    node = source(value)
    if not isinstance(node, Apply):
        return None
    if node.op == "multiply" and number(node.operands[0]) == number(node.operands[1]):
        return node.operands[0]
    return node.operands[0] if own_exponent(node) == 2.0 else None
