"""The values of a module: its operations and calls, each once, and what they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from operator import itemgetter

from stabcheck.static.graph import Apply, Call, Constant, Reference, Site, Span, Value, strip
from stabcheck.static.module import Module
from stabcheck.static.names import normalize
from stabcheck.static.written import written


def operations(module: Module, *names: str) -> Iterator[tuple[Site, Apply]]:
    """The canonical operations of these names, each once, with the first statement that computes it."""
    by_name = written(module).operations
    groups = [by_name[name] for name in names if name in by_name]
    ordered = groups[0] if len(groups) == 1 else sorted(chain(*groups), key=itemgetter(0))
    for _, home, node in ordered:
        yield module.sites[home], node


def calls(module: Module) -> tuple[tuple[Site, Call], ...]:
    """The calls of what the operation table does not know."""
    return written(module).calls


def qualified(value: Value | None) -> str:
    """The qualified name of what a value refers to or calls, "" if it has none."""
    inner = None if value is None else strip(value)
    if isinstance(inner, Reference):
        return normalize(inner.name)
    if isinstance(inner, Call):
        return normalize(inner.function or "")
    return ""


def method(call: Call) -> str:
    """The last part of the name that is called: "compile" for `model.compile(…)`."""
    return (call.function or "").rpartition(".")[2]


def literal(value: Value | None) -> object:
    """The constant that a value is, None if it isn't one."""
    inner = None if value is None else strip(value)
    return inner.value if isinstance(inner, Constant) else None


def is_op(value: Value | None, *names: str) -> bool:
    """Whether a value is one of these operations."""
    inner = None if value is None else strip(value)
    return isinstance(inner, Apply) and inner.op in names


def is_given(node: Apply, name: str) -> bool:
    """Whether an attribute is written; the defaults of parameters stand where their call does."""
    value = node.attributes.get(name)
    return value is not None and value.span != node.span


def by_span(module: Module) -> dict[Span, tuple[Site, Value]]:
    """The value of each whole expression of a statement, by where it stands."""
    return {site.value.span: (site, site.value) for site in module.sites}
