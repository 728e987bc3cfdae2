"""Intervals: how large a value can be, and whether it can be zero.

Sound for real arithmetic: claimed is only what holds for every input. Names never give an interval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import isnan

from stabcheck.ops import OPERATIONS
from stabcheck.ops.interval import NON_NEGATIVE, REAL, UNIT, Interval
from stabcheck.static.graph import (
    Apply,
    Assume,
    Call,
    Constant,
    Item,
    Merge,
    Symbol,
    Value,
    operands,
    strip,
)
from stabcheck.static.graph import (
    Sequence as Display,
)
from stabcheck.static.identity import number
from stabcheck.static.infer.layout import moved, source
from stabcheck.static.infer.progressions import of_arange, of_range
from stabcheck.static.infer.relations import Known, relation
from stabcheck.static.infer.tallies import AT_LEAST_ONE, is_tally
from stabcheck.static.lower.attributes import dtype_name
from stabcheck.static.lower.conditions import COMPARISONS, bounds, is_mask

_ZERO_IF_EMPTY = frozenset({"sum", "norm", "mean", "var", "std"})
_ENTRYWISE = ("elementwise", "cast", "barrier")  # kinds of operations
_TRUTH = frozenset({"logical_and", "logical_or", "logical_not", "isnan", "isinf", "isfinite", "any", "all"})

# Codomains of functions that the table does not know, by the last part of their name.
_CODOMAIN: dict[str, Interval] = {
    "len": NON_NEGATIVE,
    "numel": NON_NEGATIVE,
    "count_nonzero": NON_NEGATIVE,
    "bincount": NON_NEGATIVE,
    "argmax": NON_NEGATIVE,
    "argmin": NON_NEGATIVE,
    "argsort": NON_NEGATIVE,
    "cdist": NON_NEGATIVE,
    "pdist": NON_NEGATIVE,
    "predict_proba": UNIT,
}
# Methods whose meaning is their class's: only functions of libraries count.
_METHODS = frozenset({".numel", ".argmax", ".argmin", ".argsort", ".nelement"})
# Over float16, bfloat16, float32 and float64.
_LIMITS: dict[str, Interval] = {
    "eps": Interval(2.0**-52, 2.0**-7),
    "tiny": Interval(2.0**-1022, 2.0**-14),
    "smallest_normal": Interval(2.0**-1022, 2.0**-14),
    "max": Interval(65504.0, 1.7976931348623157e308),
    "min": Interval(-1.7976931348623157e308, -65504.0),
}
_MOST_REVISED = 64  # nodes


def transfer(node: Value, known: Known) -> Interval:
    """The interval of a node from those of the nodes below it."""
    match node:
        case Constant():
            return of_constant(node.value)
        case Assume():
            return known(node.base).meet(node.interval)
        case Merge():
            return _hull([known(each) for each in node.choices])
        case Display():
            return _hull([known(each) for each in node.items])
        case Item() | Symbol() | Call() if is_tally(node):
            return AT_LEAST_ONE
        case Item():
            return _item(node, known)
        case Symbol():
            return _symbol(node, known)
        case Call():
            return _call(node, known)
        case Apply():
            return _apply(node, known)
        case _:
            return REAL


def of_constant(value: object) -> Interval:
    """The point that a number is."""
    if isinstance(value, bool):
        return Interval(float(value), float(value))
    if isinstance(value, int | float):
        try:
            x = float(value)
        except OverflowError:
            return REAL
        return REAL if isnan(x) else Interval(x, x)
    return REAL


def _hull(intervals: Sequence[Interval]) -> Interval:
    return reduce(Interval.hull, intervals) if intervals else REAL


def _item(node: Item, known: Known) -> Interval:
    """An entry is where all entries are; a name of an attribute tells nothing, but for limits of a dtype."""
    index = None if node.index is None else strip(node.index)
    base = strip(node.base)
    if isinstance(index, Constant) and isinstance(index.value, str):
        if isinstance(base, Apply) and base.op == "finfo":
            return _LIMITS.get(index.value, REAL)
        return REAL
    if isinstance(base, Apply | Item | Merge | Display):
        return known(node.base)
    return REAL


def _symbol(node: Symbol, known: Known) -> Interval:
    if node.kind != "loop" or node.source is None:
        return REAL
    iterable = strip(node.source)
    if isinstance(iterable, Call):
        return of_range(iterable, known)
    if isinstance(iterable, Apply | Display):
        return known(node.source)
    return REAL


def _call(node: Call, known: Known) -> Interval:
    if node.result is not None:
        return known(node.result)
    copied = moved(node)
    if copied is not None:
        return known(copied)
    name = node.function or ""
    if name == "builtins.range":
        return of_range(node, known)
    if "." in name and (not name.startswith(".") or name in _METHODS):
        return _CODOMAIN.get(name.rpartition(".")[2], REAL)
    return REAL


def _apply(node: Apply, known: Known) -> Interval:
    if node.op in COMPARISONS or node.op in _TRUTH:
        return UNIT
    if node.op == "where" and len(node.operands) == 3:
        return _where(node, known)
    if node.op == "arange":
        return of_arange(node, known)
    own = _by_row(node, known)
    if node.op in _ZERO_IF_EMPTY and node.operands and _may_be_empty(node.operands[0]):
        own = own.hull(Interval(0.0, 0.0))
    related = relation(node, known)
    return own if related == REAL else own.meet(related)


def _may_be_empty(value: Value) -> bool:
    """Entries picked by a condition, of which there may be none."""
    inner = source(value)
    return isinstance(inner, Item) and inner.index is not None and is_mask(inner.index)


def _by_row(node: Apply, known: Known) -> Interval:
    row = OPERATIONS.get(node.op)
    if row is None or row.range is None:
        inner = moved(node)
        return REAL if inner is None else known(inner)
    attributes: dict[str, object] = dict(row.defaults)
    for name, value in node.attributes.items():
        if name in ("lower", "upper", "min", "max"):
            attributes[name] = known(value)
            continue
        inner = strip(value)
        if name == "dtype":
            attributes[name] = dtype_name(inner)
        elif name in ("value", "nan"):
            attributes[name] = known(value)
        elif isinstance(inner, Constant):
            attributes[name] = inner.value
        elif name in row.defaults:
            del attributes[name]  # not the default, and not known
    intervals = [known(each) for each in node.operands]
    try:
        return row.range(*intervals, **attributes)
    except (TypeError, ValueError, ArithmeticError):
        return REAL


def _where(node: Apply, known: Known) -> Interval:
    """Each branch counts only where it is selected: `where(x > 0, x, 1)` is positive."""
    condition, chosen, otherwise = node.operands
    return given(chosen, condition, True, known).hull(given(otherwise, condition, False, known))


def given(value: Value, condition: Value, holds: bool, known: Known) -> Interval:
    """The interval of an entry of `value` where a condition holds (or does not) of that entry."""
    limits = bounds(condition, holds) or _truth_of(condition, holds)
    if not limits:
        return known(value)
    by_number: dict[int, Interval] = {}
    for each, interval in limits:
        key = number(each)
        by_number[key] = by_number[key].meet(interval) if key in by_number else interval
    return revised(value, by_number, known, _entry_below)


def _truth_of(condition: Value, holds: bool) -> list[tuple[Value, Interval]]:
    """A number as a condition, `where(x, x, eps)`: it holds where the number is not 0."""
    node = strip(condition)
    while isinstance(node, Apply) and node.op in ("cast", "asarray") and node.operands:
        node = strip(node.operands[0])
    if is_mask(node) or isinstance(node, Constant):
        return []
    return [(node, Interval(nonzero=True) if holds else Interval(0.0, 0.0))]


def revised(
    value: Value, limits: dict[int, Interval], known: Known, below: Callable[[Value], tuple[Value, ...]]
) -> Interval:
    """The interval of `value` with some nodes below it better known; as before if it is large.

    `below` gives the nodes that what is known passes through.
    """
    found: dict[int, Interval] = {}
    stack = [value]
    while stack:
        node = stack[-1]
        if id(node) in found:
            stack.pop()
            continue
        limit = limits.get(number(node))
        if limit is None and len(found) < _MOST_REVISED:
            missing = [each for each in below(node) if id(each) not in found]
            if missing:
                stack.extend(missing)
                continue
            found[id(node)] = transfer(node, lambda each: found.get(id(each)) or known(each))
        else:
            found[id(node)] = known(node) if limit is None else known(node).meet(limit)
        stack.pop()
    return found[id(value)]


def passed_through(node: Value) -> tuple[Value, ...]:
    """The nodes below `node` through which what is better known of them reaches it."""
    return operands(node) if isinstance(node, Apply | Assume | Merge) else ()


def _entry_below(node: Value) -> tuple[Value, ...]:
    """What an entry is made of, entry by entry: `x > 0` says nothing of the other entries in `x.max()`."""
    if isinstance(node, Apply) and node.op != "where" and OPERATIONS[node.op].kind not in _ENTRYWISE:
        return ()
    return passed_through(node)
