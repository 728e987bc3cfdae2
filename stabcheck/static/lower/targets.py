"""Assignment targets: names, tuples of them, attributes, subscripts, and loop variables."""

from __future__ import annotations

import ast

from stabcheck.ops.interval import NON_NEGATIVE
from stabcheck.static.comprehension import each_of
from stabcheck.static.graph import Apply, Assume, Call, Constant, Merge, Place, Sequence, Symbol, Value, strip
from stabcheck.static.lower.attributes import dotted
from stabcheck.static.lower.classes import store
from stabcheck.static.lower.conditions import is_mask
from stabcheck.static.lower.frame import Frame
from stabcheck.static.lower.picking import picked


def assign(frame: Frame, target: ast.expr, value: Value) -> None:
    """`target = value`."""
    match target:
        case ast.Name():
            frame.scope.bind(target.id, value)
        case ast.Tuple() | ast.List():
            _unpack(frame, target, value)
        case ast.Starred():
            assign(frame, target.value, unknown(frame, target.value, "local"))
        case ast.Attribute():
            name = dotted(target)
            if name is None:
                frame.site(target.value)
                return
            frame.scope.bind(name, value)
            if isinstance(target.value, ast.Name) and target.value.id == frame.receiver:
                store(frame, target.attr, value)
        case ast.Subscript():
            _assign_item(frame, target, value)
        case _:
            return


def _unpack(frame: Frame, target: ast.Tuple | ast.List, value: Value) -> None:
    inner = strip(value)
    starred = [i for i, each in enumerate(target.elts) if isinstance(each, ast.Starred)]
    known = (
        isinstance(inner, Sequence)
        and not starred
        and len(inner.items) == len(target.elts)
        and each_of(value) is None
    )
    for i, each in enumerate(target.elts):
        if known and isinstance(inner, Sequence):
            assign(frame, each, inner.items[i])
            continue
        place = frame.unit.place(each)
        if starred and i >= starred[0]:
            position = i - len(target.elts)
        else:
            position = i
        assign(frame, each, picked(value, Constant(place, position), place))


def _assign_item(frame: Frame, target: ast.Subscript, value: Value) -> None:
    """`name[index] = value`: the name holds a new array from here on."""
    index = frame.site(target.slice)
    name = dotted(target.value)
    if name is None:
        if not isinstance(target.value, ast.Subscript):
            frame.site(target.value)
            return
        base: ast.expr = target.value
        while isinstance(base, ast.Subscript):
            frame.site(base.slice)
            base = base.value
        root = dotted(base)
        if root is not None and root in frame.scope.names:
            frame.scope.set(root, frame.scope.fresh(root, frame.unit.place(target)))
        return
    old = frame.scope.names.get(name)
    if old is None:
        return
    place = frame.unit.place(target)
    new: Value
    if is_mask(index):
        new = Apply(place, "where", (index, value, old))
    elif isinstance(strip(old), Call | Sequence):
        new = frame.scope.fresh(name, place)
    else:
        new = Merge(place, (old, value))
    frame.scope.assigned[name] = frame.scope.assigned.get(name, 0) + 1
    frame.scope.set(name, new)


def unknown(frame: Frame, target: ast.expr, kind: str) -> Symbol:
    """A new unknown for a target."""
    place = frame.unit.place(target)
    return frame.scope.fresh(dotted(target) or "_", place, kind)


def bind_element(frame: Frame, target: ast.expr, iterable: Value) -> None:
    """Bind a loop variable to an element of what the loop runs over.

    `enumerate` and `zip` are seen through.
    """
    inner = iterable if each_of(iterable) is not None else strip(iterable)
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else []
    if isinstance(inner, Call) and parts and inner.arguments:
        if inner.function == "builtins.enumerate" and len(parts) == 2:
            bind_counter(frame, parts[0])
            bind_element(frame, parts[1], inner.arguments[0])
            return
        if inner.function == "builtins.zip" and len(parts) == len(inner.arguments):
            for part, source in zip(parts, inner.arguments, strict=True):
                bind_element(frame, part, source)
            return
    if parts:
        for part in parts:
            bind_element(frame, part.value if isinstance(part, ast.Starred) else part, _nothing(inner.place))
        return
    if isinstance(target, ast.Name):
        drawn = None if isinstance(inner, Constant) else iterable
        frame.scope.bind(target.id, frame.scope.fresh(target.id, frame.unit.place(target), "loop", drawn))
    else:
        assign(frame, target, unknown(frame, target, "loop"))


def bind_counter(frame: Frame, target: ast.expr) -> None:
    """Bind what `enumerate` counts with: a whole number from 0."""
    if not isinstance(target, ast.Name):
        assign(frame, target, unknown(frame, target, "loop"))
        return
    place = frame.unit.place(target)
    source = Call(place, "builtins.range", None, ())
    symbol = frame.scope.fresh(target.id, place, "loop", source)
    frame.scope.bind(target.id, Assume(place, symbol, NON_NEGATIVE))


def _nothing(place: Place) -> Constant:
    return Constant(place, None)
