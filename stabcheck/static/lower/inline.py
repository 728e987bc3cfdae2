"""Seeing through calls of small functions of the same file: what they return, for the arguments given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from stabcheck.static.comprehension import entry_of, is_entry
from stabcheck.static.graph import Apply, Assume, Call, Item, Merge, Opaque, Span, Symbol, Value, operands
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
    span: Span,
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
    copies = [substitute(value, known) for value in lowered.returns]
    choices = [copy for copy in copies if copy is not None]
    if len(choices) != len(copies):
        return None
    return choices[0] if len(choices) == 1 else Merge(span, tuple(choices))


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
    order: list[Value] = []
    seen: set[int] = set()
    stack = [value]
    while stack:
        node = stack.pop()
        if id(node) in seen or id(node) in known:
            continue
        seen.add(id(node))
        order.append(node)
        if len(order) > _LARGEST:
            return None
        stack.extend(_below(node))
    copies: dict[int, Value] = dict(known)
    pending = [value]
    while pending:
        node = pending[-1]
        if id(node) in copies:
            pending.pop()
            continue
        missing = [each for each in _below(node) if id(each) not in copies]
        if missing:
            pending.extend(missing)
            continue
        copies[id(node)] = _copy(node, copies)
        pending.pop()
    return copies[id(value)]


def _below(node: Value) -> tuple[Value, ...]:
    if isinstance(node, Call) and node.result is not None:
        return (*operands(node), node.result)
    if is_entry(node) and node.source is not None:
        return (node.source,)
    return operands(node)


def _copy(node: Value, copies: Mapping[int, Value]) -> Value:
    """`node` over the copies of its operands; itself if none of them changed."""
    if all(copies[id(each)] is each for each in _below(node)):
        return node

    def of(values: Sequence[Value]) -> tuple[Value, ...]:
        return tuple(copies[id(each)] for each in values)

    def named(values: Mapping[str, Value]) -> dict[str, Value]:
        return {name: copies[id(each)] for name, each in values.items()}

    match node:
        case Apply():
            return replace(node, operands=of(node.operands), attributes=named(node.attributes))
        case Call():
            if node.function is None and node.callee is not None and not node.keywords:
                applied = called_as(copies[id(node.callee)], of(node.arguments), node.span)
                if applied is not None:
                    return applied
            return replace(
                node,
                callee=None if node.callee is None else copies[id(node.callee)],
                arguments=of(node.arguments),
                keywords=named(node.keywords),
                result=None if node.result is None else copies[id(node.result)],
            )
        case Display():
            return replace(node, items=of(node.items))
        case Item():
            return replace(
                node,
                base=copies[id(node.base)],
                index=None if node.index is None else copies[id(node.index)],
            )
        case Merge():
            return replace(node, choices=of(node.choices))
        case Assume():
            return replace(node, base=copies[id(node.base)])
        case Opaque():
            return replace(node, parts=of(node.parts))
        case Symbol(source=drawn) if drawn is not None:  # an entry of what a comprehension runs over
            return entry_of(copies[id(drawn)], node.name, node.definition[2], node.span)
        case _:
            return node
