"""The variables of a comprehension: each stands for any one entry of what the comprehension runs over."""

from __future__ import annotations

import ast
from itertools import islice

from stabcheck.static.comprehension import each_of, entry_of
from stabcheck.static.graph import Call, Constant, Sequence, Symbol, Value, strip, walk
from stabcheck.static.lower.frame import Frame
from stabcheck.static.lower.inline import substitute
from stabcheck.static.lower.targets import assign, bind_counter, bind_element

_MOST_NODES = 200  # of an element that is searched for the variables it is made of


def bind_entries(frame: Frame, target: ast.expr, iterable: Value) -> list[Value]:
    """Bind what a comprehension over `iterable` binds; the values that stand for any one of its entries.

    An entry of the same values is the same symbol in every comprehension, so that `e / total` for e in a list
    of exponentials, and their sum, are made of one x. Where one such entry is bound already, as in
    `[a - b for a in x for b in x]`, the inner one is another.
    """
    inner = strip(iterable)
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else []
    made = each_of(iterable)
    if made is not None:
        return _bind_made(frame, target, made)
    if isinstance(inner, Call) and parts and inner.arguments:
        if inner.function == "builtins.enumerate" and len(parts) == 2:
            bind_counter(frame, parts[0])
            return bind_entries(frame, parts[1], inner.arguments[0])
        if inner.function == "builtins.zip" and len(parts) == len(inner.arguments):
            pairs = zip(parts, inner.arguments, strict=True)
            return [entry for part, source in pairs for entry in bind_entries(frame, part, source)]
    if not isinstance(target, ast.Name) or isinstance(inner, Constant):
        bind_element(frame, target, iterable)
        return []
    entry = entry_of(iterable, target.id, 0, frame.unit.place(target))
    around = sum(
        isinstance(each, Symbol) and each.definition[1] == entry.definition[1] for each in _live(frame)
    )
    if around:
        entry = entry_of(iterable, target.id, around, entry.place)
    frame.scope.bind(target.id, entry)
    return [entry]


def as_outer(frame: Frame, element: Value, entries: list[Value]) -> tuple[Value, list[Value]]:
    """An element of an inner comprehension in terms of the outer one over the same values.

    `[exp(a) / sum(exp(b) for b in x) for a in x]`: the sum runs over all of x, a is any entry of it. Where
    the element is made of both, they stay two.
    """
    live = {each.definition: each for each in _live(frame) if isinstance(each, Symbol)}
    for i, entry in enumerate(entries):
        if not isinstance(entry, Symbol):
            continue
        _, name, depth = entry.definition
        outer = [live[other] for d in range(depth) if (other := ("", name, d)) in live]
        if not outer or is_made_of(element, list(outer)):
            continue
        found = substitute(element, {id(entry): outer[0]})
        if found is not None:
            element, entries = found, [*entries[:i], outer[0], *entries[i + 1 :]]
    return element, entries


def is_made_of(element: Value, entries: list[Value]) -> bool:
    """Whether an element of a comprehension depends on what the comprehension runs over."""
    wanted = set(map(id, entries))
    return any(id(node) in wanted for node in islice(walk(element), _MOST_NODES))


def _bind_made(frame: Frame, target: ast.expr, made: Value) -> list[Value]:
    """Bind an entry of what another comprehension made."""
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else []
    items = strip(made)
    bound = {id(each) for each in _live(frame)}
    if isinstance(target, ast.Name) and id(made) not in bound:
        frame.scope.bind(target.id, made)
        return [made]
    if (
        isinstance(items, Sequence)
        and len(parts) == len(items.items)
        and not bound & set(map(id, items.items))
    ):
        for part, item in zip(parts, items.items, strict=True):
            assign(frame, part, item)
        return list(items.items)
    bind_element(frame, target, Constant(made.place, None))
    return []


def _live(frame: Frame) -> list[Value]:
    return list(frame.scope.names.values())
