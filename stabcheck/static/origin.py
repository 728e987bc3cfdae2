"""Where a value comes from: random draws, entries that a condition picked, a default, an operation."""

from __future__ import annotations

import re
from itertools import islice

from stabcheck.ops import OPERATIONS
from stabcheck.static.graph import Apply, Call, Item, Merge, Sequence, Symbol, Value, scalar, strip, walk
from stabcheck.static.identity import number
from stabcheck.static.infer.layout import source
from stabcheck.static.lower.conditions import is_condition
from stabcheck.static.normal import term
from stabcheck.static.usage import walk_inside

_MOST_NODES = 200
_DEEPEST = 8
# What these make of values of ordinary size is of ordinary size.
_OF_ORDINARY_SIZE = frozenset(
    {"add", "subtract", "multiply", "divide", "negative", "sum", "mean", "matmul", "dot", "abs", "square"}
)
_CHOSEN = re.compile(
    r"mask|valid|keep|kept|where|select|chosen|useful|used|nonzero|good|finite", re.IGNORECASE
)
_DRAWS = re.compile(r"\.(?:random|gauss|normalvariate|uniform|normal|standard_normal|randn|rand|rvs)$")


def is_drawn(value: Value) -> bool:
    """Whether a value is made of random draws and numbers only: of ordinary size."""
    return _is_drawn(value, _DEEPEST) is True


def _is_drawn(value: Value, depth: int) -> bool | None:
    """None for a number."""
    node = source(value)
    if scalar(node) is not None:
        return None
    if depth == 0:
        return False
    if isinstance(node, Call):
        return _DRAWS.search(node.function or "") is not None
    if isinstance(node, Item):
        return _is_drawn(node.base, depth - 1)
    if not isinstance(node, Apply):
        return False
    row = OPERATIONS.get(node.op)
    if row is not None and row.kind == "random":
        return True
    if node.op not in _OF_ORDINARY_SIZE:
        return False
    found = [_is_drawn(each, depth - 1) for each in node.operands]
    return False if False in found else True if True in found else None


def is_chosen(value: Value) -> bool:
    """Whether entries were picked by a condition, or by what is called so: the author has looked at them."""
    node = source(value)
    if isinstance(node, Merge):
        return all(map(is_chosen, node.choices))
    if not isinstance(node, Item) or node.index is None:
        return False
    index, base = strip(node.index), number(node.base)
    parts = index.items if isinstance(index, Sequence) else (index,)
    return any(_is_called_chosen(strip(each)) or _is_condition_of(each, base) for each in parts)


def _is_condition_of(part: Value, base: int) -> bool:
    """`x[x > 0]`, not `x[group == 1]`."""
    return is_condition(part) and any(number(each) == base for each in islice(walk(part), _MOST_NODES))


def _is_called_chosen(part: Value) -> bool:
    """By its name, or by a negated mask that it is made of: `where(~mask)`."""
    if any(isinstance(each, Apply) and each.op == "logical_not" for each in islice(walk(part), 10)):
        return True
    match part:
        case Symbol(name=name) | Call(function=str() as name):
            return _CHOSEN.search(name.rpartition(".")[2]) is not None
        case _:
            return False


def default(value: Value) -> float | None:
    """The number that a parameter is by default, with its factor; None if it has none."""
    inner = term(value)
    node = strip(inner.value)
    if not isinstance(node, Symbol) or node.kind != "parameter" or node.source is None:
        return None
    known = scalar(node.source)
    return None if known is None else inner.coefficient * known


def carries(value: Value, op: str) -> bool:
    """Whether an operation is part of what a value is made of."""
    return any(isinstance(node, Apply) and node.op == op for node in islice(walk_inside(value), _MOST_NODES))
