"""Extremes: whether a value is the maximum, or minimum, of another, as shifts against overflow take it."""

from __future__ import annotations

import re
from itertools import islice

from stabcheck.static.graph import Apply, Call, Constant, Item, Merge, Symbol, Value, strip, walk
from stabcheck.static.identity import same
from stabcheck.static.infer.layout import picked_from, runs_over, source
from stabcheck.static.normal import DEEPEST

# What an exponent is shifted by, where only its name is known: a maximum, the logarithm of a normaliser.
_SHIFT_NAME = re.compile(
    r"^(?:\w+_)?max(?:imum|v|val|value)?(?:_\w+)?$|^(?:log_?z|lse|logsumexp|log_?(?:norm\w*|evidence|partition))$"
)
_PICKS = frozenset({"gather", "take_along_axis"})
_MAXIMUM = re.compile(r"(?:^|[._])a?max$")


def is_largest(bound: Value, value: Value) -> bool:
    """`bound` is the maximum, or the logsumexp, of `value`.

    Whether it is aligned with `value` is not asked: `x - x.max(axis=-1)` is a shift for a vector, and for a
    matrix the mistake is another one than a missing shift.
    """
    node = source(bound)
    if _SHIFT_NAME.search(_own_name(node)) or _runs_up(node) or _is_picked_by_rank(node, value):
        return True
    if _gathers_largest(node, value):
        return True
    unscaled = _unscaled(node, source(value))
    if unscaled is not None:
        return is_largest(*unscaled)
    if isinstance(node, Call) and node.arguments and _MAXIMUM.search(_called(node)):
        return runs_over(node.arguments[0], value)  # a maximum of one's own: `safe_amax(x)`
    if isinstance(node, Apply) and node.op == "maximum":
        return any(same(each, value) for each in node.operands[:2])
    if not isinstance(node, Apply) or node.op not in ("max", "logsumexp") or not node.operands:
        return False
    return runs_over(node.operands[0], value)


def _is_picked_by_rank(node: Value, value: Value) -> bool:
    """`x[0, argmax(x)]`, or `gather(x, 1, argmax(x))`: the largest entries, by where they stand."""
    if isinstance(node, Item):
        base, index = node.base, node.index
    elif isinstance(node, Apply) and node.op in _PICKS and node.operands:
        base, index = node.operands[0], node.attributes.get("indices")
    else:
        return False
    if index is None or not runs_over(base, value):
        return False
    return any(
        isinstance(each, Apply) and each.op == "argmax" and runs_over(each.operands[0], value)
        for each in islice(walk(index), 20)
    )


def _runs_up(node: Value, depth: int = DEEPEST) -> bool:
    """What a loop raises to each larger entry, by its name: `if v > maxv: maxv = v`."""
    choices = node.choices if isinstance(node, Merge) and depth else ()
    return any(
        _SHIFT_NAME.search(_own_name(source(each))) or _runs_up(source(each), depth - 1) for each in choices
    )


def _gathers_largest(node: Value, value: Value) -> bool:
    """What a loop compares with each entry: `m = -inf; for i in range(n): m = max(m, x[i])`."""
    raised = [source(each) for each in node.choices] if isinstance(node, Merge) else []
    entries = picked_from(value)
    return any(
        isinstance(each, Apply)
        and each.op == "maximum"
        and any(isinstance(source(part), Item) and same(picked_from(part), entries) for part in each.operands)
        for each in raised
    )


def is_least(bound: Value, value: Value) -> bool:
    """`bound` is the minimum of `value`."""
    node = source(bound)
    if not isinstance(node, Apply) or node.op != "min" or not node.operands:
        return False
    return runs_over(node.operands[0], value)


def _unscaled(bound: Value, value: Value) -> tuple[Value, Value] | None:
    """What is divided, or multiplied, by the same: `max(x) / t` and `x / t`."""
    if not isinstance(bound, Apply) or not isinstance(value, Apply) or bound.op != value.op:
        return None
    if bound.op not in ("divide", "multiply") or len(bound.operands) != 2 or len(value.operands) != 2:
        return None
    (x, s), (y, t) = bound.operands, value.operands
    if same(s, t):
        return x, y
    return (s, t) if bound.op == "multiply" and same(x, y) else None


def _own_name(node: Value) -> str:
    """The name of a symbol, or of what an entry is picked from."""
    while isinstance(node, Item):
        index = None if node.index is None else strip(node.index)
        if isinstance(index, Constant) and isinstance(index.value, str):
            return index.value
        node = strip(node.base)
    return node.name.rpartition(".")[2] if isinstance(node, Symbol) else ""


def _called(node: Call) -> str:
    """The name by which a function is called, of a library or not."""
    callee = None if node.callee is None else strip(node.callee)
    return node.function or (callee.name if isinstance(callee, Symbol) else "")
