"""Whether an eps, a clip or a choice keeps a value from 0 before its logarithm is taken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from stabcheck.static.detectors._passed import passed
from stabcheck.static.detectors._probability import saturates
from stabcheck.static.graph import Apply, Call, Constant, Item, Merge, Symbol, Value, scalar, strip, walk
from stabcheck.static.identity import number
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source
from stabcheck.static.lower.conditions import COMPARISONS

_MOST_NODES = 60
# What is kept from 0 in their argument is not kept from it in their value.
_BOUNDED = frozenset({"softmax", "sigmoid", "exp"})
_FLOOR_NAME = re.compile(r"(?:^|[._])(?:floor|min|minimum|eps\w*|alpha|smooth\w*|pseudo_?counts?|offset)$")
_FLOORING = re.compile(r"clip|clamp|safe|eps|smooth")


def floored(value: Value, facts: Facts) -> bool:
    """Whether an eps, a clip or a choice stands between the logarithm and the data."""
    stack, seen = [value], 0
    while stack and seen < _MOST_NODES:
        seen += 1
        node = source(stack.pop())
        match node:
            case Apply(op="clip" | "maximum" | "relu" | "softplus" | "nan_to_num"):
                return True
            case Apply(op="where", operands=(condition, *choices)):
                if not _is_about_others(condition, choices):
                    return True
                stack.extend(choices)
            case Apply(op="add") if any(_is_small(each, facts) for each in node.operands):
                return True
            case Apply(op="divide") if _is_smoothed(*node.operands):
                return True
            case Apply() if node.op not in _BOUNDED:
                stack.extend(node.operands)
            case Item():
                stack.append(node.base)
            case Merge():
                stack.extend(node.choices)
            case Call() if _FLOORING.search(node.function or ""):
                return True
            case _:
                continue
    return False


def is_given_floored(value: Value, facts: Facts) -> bool:
    """Whether every call of the function in the file passes something that is kept from 0."""
    given = list(passed(facts.module, value))
    return bool(given) and all(
        floored(each, facts) or (facts.interval(each).excludes_zero and not saturates(each)) for each in given
    )


def _is_about_others(condition: Value, choices: Sequence[Value]) -> bool:
    """Whether a choice does not go by what it chooses, but by the label: `where(y == 1, p, 1 - p)`."""
    test = source(condition)
    if not isinstance(test, Apply) or test.op not in COMPARISONS:
        return False
    looked_at = {number(strip(each)) for each in walk(test) if not isinstance(each, Constant)}
    chosen = (each for choice in choices for each in islice(walk(choice), _MOST_NODES))
    return all(isinstance(each, Constant) or number(strip(each)) not in looked_at for each in chosen)


def _is_small(value: Value, facts: Facts) -> bool:
    """A positive number, or a setting that is called an eps, a floor or a pseudocount."""
    size = scalar(value)
    if size is not None:
        return size > 0
    node = source(value)
    if isinstance(node, Call) and node.function == "builtins.float" and node.arguments:
        node = source(node.arguments[0])
    named = isinstance(node, Symbol) and _FLOOR_NAME.search(node.name) is not None
    return named or "named-epsilon" in facts.tags(value)


def _is_smoothed(above: Value, below: Value) -> bool:
    """`(count + k) / (total + 2 * k)`: a pseudocount keeps it from 0 and from 1."""
    left, right = source(above), source(below)
    if not isinstance(left, Apply) or not isinstance(right, Apply) or (left.op, right.op) != ("add", "add"):
        return False
    added = {number(source(each)) for each in islice(walk(right), 20) if isinstance(each, Symbol | Constant)}
    return any(number(source(each)) in added for each in left.operands)
