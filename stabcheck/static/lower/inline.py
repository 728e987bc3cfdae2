"""Seeing through calls of small functions of the same file: what they return, for the arguments given."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from stabcheck.static.comprehension import entry_of, is_entry
from stabcheck.static.graph import Apply, Assume, Call, Item, Merge, Opaque, Place, Symbol, Value, operands
from stabcheck.static.graph import Sequence as Display
from stabcheck.static.lower.frame import Frame
from stabcheck.static.lower.functions import demand
from stabcheck.static.lower.layers import called_as
from stabcheck.static.lower.local import Definition

_LONGEST = 40  # lines of a function that is lowered for the sake of a call
_LARGEST = 60  # nodes of what it returns
_MOST_RETURNS = 3


def returned(
    frame: Frame,
    definition: Definition,
    positional: Sequence[Value],
    keywords: Mapping[str, Value],
    place: Place,
) -> Value | None:
    """What the function returns for these arguments.

    None if it is too large, calls itself, or does not fit.
    """
    node = definition.node
    if (node.end_lineno or node.lineno) - node.lineno > _LONGEST:
        return None
    lowered = demand(frame.unit, definition)
    if lowered is None or not 1 <= len(lowered.returns) <= _MOST_RETURNS:
        return None
    arguments = _bound(definition, list(positional), dict(keywords))
    if arguments is None:
        return None
    known = {id(lowered.parameters[name]): value for name, value in arguments.items()}
    if definition.templates is None:  # the same parameters are bound by every call
        definition.templates = [_dependent(value, known) for value in lowered.returns]
    choices: list[Value] = []
    for value, template in zip(lowered.returns, definition.templates, strict=True):
        if template is None:
            return None
        choices.append(_copied(value, template, known))
    return choices[0] if len(choices) == 1 else Merge(place, tuple(choices))


def _bound(
    definition: Definition, positional: list[Value], keywords: dict[str, Value]
) -> dict[str, Value] | None:
    arguments = definition.node.args
    if arguments.vararg or arguments.kwarg:
        return None
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    if definition.owner is not None and not definition.is_static:
        names = names[1:]
    if len(positional) > len(names):
        return None
    bound = dict(zip(names, positional, strict=False))
    allowed = {*names, *(each.arg for each in arguments.kwonlyargs)}
    for name, value in keywords.items():
        if name not in allowed or name in bound:
            return None
        bound[name] = value
    for name in allowed - bound.keys():
        if name not in definition.defaults:
            return None
        bound[name] = definition.defaults[name]
    return bound


def substitute(value: Value, known: Mapping[int, Value]) -> Value | None:
    """A copy of a graph with some nodes (by id) replaced; what does not depend on them is shared, not copied.

    None if the graph is larger than what is worth following.
    """
    template = _dependent(value, known)
    return None if template is None else _copied(value, template, known)


def _dependent(value: Value, known: Container[int]) -> list[Value] | None:
    """The nodes that depend on some (by id), operands before what uses them; None if there are too many."""
    depends: set[int] = set()
    found: list[Value] = []
    opened: dict[int, tuple[Value, ...]] = {}
    stack = [value]
    while stack:
        node = stack.pop()
        name = id(node)
        if name in depends:
            continue
        if name in known:
            depends.add(name)
        elif name not in opened:
            if len(opened) == _LARGEST:
                return None
            opened[name] = below = _below(node)
            stack.append(node)
            stack.extend(below)
        elif not depends.isdisjoint(map(id, opened[name])):
            depends.add(name)
            found.append(node)
    return found


def _copied(value: Value, template: list[Value], known: Mapping[int, Value]) -> Value:
    """A copy of a graph whose nodes that depend on the known ones are those of `template`."""
    copies = dict(known)
    for node in template:
        copies[id(node)] = _copy(node, copies)
    return copies.get(id(value), value)


def _below(node: Value) -> tuple[Value, ...]:
    if isinstance(node, Call) and node.result is not None:
        return (*operands(node), node.result)
    if is_entry(node) and node.source is not None:
        return (node.source,)
    return operands(node)


def _copy(node: Value, copies: Mapping[int, Value]) -> Value:
    """`node` over the copies of its operands; itself if none of them changed."""
    for each in _below(node):
        if copies.get(id(each), each) is not each:
            break
    else:
        return node

    def one(value: Value) -> Value:
        return copies.get(id(value), value)

    def maybe(value: Value | None) -> Value | None:
        return None if value is None else one(value)

    def of(values: Sequence[Value]) -> tuple[Value, ...]:
        return tuple([copies.get(id(each), each) for each in values])

    def named(values: Mapping[str, Value]) -> dict[str, Value]:
        return {name: copies.get(id(each), each) for name, each in values.items()}

    place = node.place
    match node:
        case Apply():
            return Apply(place, node.op, of(node.operands), named(node.attributes), node.library)
        case Call(function=name, callee=callee):
            if name is None and callee is not None and not node.keywords:
                applied = called_as(one(callee), of(node.arguments), place)
                if applied is not None:
                    return applied
            return Call(
                place, name, maybe(callee), of(node.arguments), named(node.keywords), maybe(node.result)
            )
        case Display():
            return Display(place, of(node.items))
        case Item():
            return Item(place, one(node.base), maybe(node.index))
        case Merge():
            return Merge(place, of(node.choices))
        case Assume():
            return Assume(place, one(node.base), node.interval)
        case Opaque():
            return Opaque(place, of(node.parts))
        case Symbol(source=drawn) if drawn is not None:  # an entry of what a comprehension runs over
            return entry_of(one(drawn), node.name, node.definition[2], place)
        case _:
            return node
