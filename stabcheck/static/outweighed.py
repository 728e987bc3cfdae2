"""Whether the digits that a value loses where it vanishes are outweighed by what it is added to, or are seen.

They are small beside a term of ordinary size. A factor that is no share of 1, or a sum of many, makes them
count again.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from stabcheck.static.graph import Apply, Site, Span, Value, scalar, strip, walk
from stabcheck.static.infer.layout import moved
from stabcheck.static.normal import DEEPEST, key, term
from stabcheck.static.usage import Above, statements, where_written

if TYPE_CHECKING:
    from stabcheck.static.module import Module

_MOST_NODES = 200
_DEEPEST = 8
_FACTORS = frozenset({"multiply", "divide", "negative"})
_TERMS = frozenset({"add", "subtract"})
_PASSED = frozenset({"where", "maximum", "minimum", "clip"})
# A factor that vanishes with what it is made of passes none of these.
_FAR_FROM_ZERO = frozenset({"exp", "log", "log2", "log10", "cos", "cosh", "sigmoid", "softmax"})


def is_outweighed(module: Module, site: Site, target: Value, small: Value, kind: str) -> bool:
    """Whether `target`, which vanishes with `small`, is always a term beside another that does not.

    The digits that are lost near 0 are not seen in such a sum. `kind` says what counts as such a sum: "any",
    "unweighted" (no factors beside `target` but shares of 1), or "complement", `e * x + (1 - e) * y` with the
    exponential of `small` in the other term.
    """
    wanted = where_written(target)
    used = False
    for other, above in statements(module).using(wanted, site.function):
        if where_written(other.value) == wanted:
            continue
        used = True
        if not all(_is_outweighed(each, wanted, above, small, kind, _DEEPEST) for each in above[wanted]):
            return False
    return used


def _is_outweighed(user: Value, part: Span, above: Above, small: Value, kind: str, depth: int) -> bool:
    if depth == 0 or not isinstance(user, Apply):
        return False
    others = [each for each in user.operands if where_written(each) != part]
    if user.op in _TERMS and others:
        if kind == "complement":
            return any(scalar(each) or _carries_exponential(each, small) for each in others)
        if not all(_vanishes(each, small) for each in others):
            return True
    elif (
        (user.op == "divide" and where_written(user.operands[1]) == part)
        or user.op not in _FACTORS
        or not (kind != "unweighted" or all(map(_is_share, others)))
    ):
        return False
    further = above.get(where_written(user), [])
    return bool(further) and all(
        _is_outweighed(each, where_written(user), above, small, kind, depth - 1) for each in further
    )


def is_amplified(module: Module, site: Site, target: Value, small: Value) -> bool:
    """Whether the function multiplies `target` by what is no share of 1, or sums it: its digits are seen."""
    wanted = where_written(target)
    for other, above in statements(module).using(wanted, site.function):
        if where_written(other.value) == wanted:
            continue
        stack, seen = [(each, wanted) for each in above.get(wanted, ())], set[int]()
        while stack:
            user, part = stack.pop()
            if id(user) in seen or not isinstance(user, Apply):
                continue
            seen.add(id(user))
            if user.op in ("sum", "cumsum", "dot", "matmul"):
                return True
            if user.op in _FACTORS:
                rest = [each for each in user.operands if where_written(each) != part]
                if not all(_is_share(each) or _is_made_of(each, small) for each in rest):
                    return True
            elif user.op not in _PASSED and moved(user) is None:
                continue
            stack.extend((each, where_written(user)) for each in above.get(where_written(user), ()))
    return False


def _is_made_of(value: Value, small: Value) -> bool:
    """Whether a factor is made of the small value itself: `(1 - q) * log(1 - q)`."""
    wanted = key(term(small).value)
    return any(key(each) == wanted for each in islice(walk(value), _MOST_NODES))


def _carries_exponential(value: Value, small: Value) -> bool:
    wanted = key(small)
    return any(
        isinstance(node, Apply) and node.op == "exp" and key(node.operands[0]) == wanted
        for node in map(strip, islice(walk(value), _MOST_NODES))
    )


def _is_share(value: Value) -> bool:
    """A number, or `1 - y` of a label or a weight."""
    node = strip(value)
    if scalar(node) is not None:
        return True
    return isinstance(node, Apply) and node.op == "subtract" and scalar(node.operands[0]) == 1


def _vanishes(value: Value, small: Value, depth: int = DEEPEST) -> bool:
    """Whether a term is, or may be, 0 where `small` is: one of its factors is made of it."""
    wanted = key(term(small).value)
    node = strip(value)
    if depth and isinstance(node, Apply) and node.op in _TERMS:
        return all(_vanishes(each, small, depth - 1) for each in node.operands if scalar(each) is None)
    factors, seen = [node], set[int]()
    while factors:
        factor = strip(factors.pop())
        if id(factor) in seen:
            continue
        seen.add(id(factor))
        if isinstance(factor, Apply) and factor.op in _FACTORS:
            factors.extend(factor.operands)
        elif isinstance(factor, Apply) and factor.op in _FAR_FROM_ZERO:
            continue
        elif any(key(each) == wanted for each in islice(walk(factor), _MOST_NODES)):
            return True
    return False
