"""Subscripts and comprehensions: picking values out of others, and making new ones of each."""

from __future__ import annotations

import ast

from stabcheck.static.comprehension import EACH
from stabcheck.static.graph import Apply, Call, Constant, Opaque, Place, Value
from stabcheck.static.lower.conditions import assume
from stabcheck.static.lower.entries import as_outer, bind_entries, is_made_of
from stabcheck.static.lower.frame import Frame, expression
from stabcheck.static.lower.picking import picked


@expression(ast.Subscript)
def _subscript(frame: Frame, node: ast.Subscript) -> Value:
    base = frame.value(node.value)
    place = frame.unit.place(node)
    if _only_layout(node.slice):
        return _expanded(frame, base, node.slice, place)
    index = frame.value(node.slice)
    return picked(base, index, place)


def _parts(index: ast.expr) -> list[ast.expr]:
    return index.elts if isinstance(index, ast.Tuple) else [index]


def _is_new_axis(part: ast.expr) -> bool:
    if isinstance(part, ast.Constant):
        return part.value is None
    return isinstance(part, ast.Attribute) and part.attr == "newaxis"


def _is_whole(part: ast.expr) -> bool:
    if isinstance(part, ast.Slice):
        return part.lower is None and part.upper is None and part.step is None
    return isinstance(part, ast.Constant) and part.value is Ellipsis


def _only_layout(index: ast.expr) -> bool:
    """Whether an index keeps every entry: whole slices, `...`, `None`."""
    parts = _parts(index)
    return bool(parts) and all(_is_new_axis(part) or _is_whole(part) for part in parts)


def _expanded(frame: Frame, base: Value, index: ast.expr, place: Place) -> Value:
    """`x[:, None]` as expand_dims, an axis at a time; `x[:]` is x."""
    parts = _parts(index)
    ellipsis = next(
        (i for i, part in enumerate(parts) if isinstance(part, ast.Constant) and part.value is Ellipsis), None
    )
    library = frame.unit.origin(base) or "python"
    # Axes before an ellipsis count from the front; those after it from the back, the last one first.
    front = [i for i, part in enumerate(parts) if _is_new_axis(part) and (ellipsis is None or i < ellipsis)]
    back = [i for i, part in enumerate(parts) if _is_new_axis(part) and ellipsis is not None and i > ellipsis]
    value = base
    for axis in (*front, *(i - len(parts) for i in back)):
        value = Apply(place, "expand_dims", (value,), {"axis": Constant(place, axis)}, library)
    return value


@expression(ast.ListComp, ast.GeneratorExp, ast.SetComp)
def _comprehension(frame: Frame, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Value:
    """What holds of one element holds of all, if the elements are made of the entries that are run over."""
    mark = frame.scope.mark()
    entries = _generators(frame, node.generators)
    element = frame.site(node.elt)
    _leave(frame, mark)
    element, entries = as_outer(frame, element, entries)
    place = frame.unit.place(node)
    if len(node.generators) == 1 and not isinstance(node, ast.SetComp) and is_made_of(element, entries):
        return Call(place, EACH, None, (element,), {}, element)
    return Opaque(place, (element,))


@expression(ast.DictComp)
def _dict_comprehension(frame: Frame, node: ast.DictComp) -> Value:
    mark = frame.scope.mark()
    _generators(frame, node.generators)
    parts = (frame.site(node.key), frame.site(node.value))
    _leave(frame, mark)
    return Opaque(frame.unit.place(node), parts)


def _generators(frame: Frame, generators: list[ast.comprehension]) -> list[Value]:
    """Bind the variables; the values that stand for the entries of what is run over."""
    entries: list[Value] = []
    for each in generators:
        iterable = frame.site(each.iter)
        entries += bind_entries(frame, each.target, iterable)
        for test in each.ifs:
            assume(frame, frame.site(test), True)
    return entries


def _leave(frame: Frame, mark: int) -> None:
    frame.scope.rollback(mark)
