"""The place that a question is asked about, and what inference knows there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from stabcheck.ops import Interval
from stabcheck.static.graph import Apply, Site, Value, strip


class Knowledge(Protocol):
    """What inference says of values (`stabcheck.static.infer.Facts`)."""

    def interval(self, value: Value) -> Interval: ...  # noqa: D102
    def tags(self, value: Value) -> frozenset[str]: ...  # noqa: D102
    def dtype(self, value: Value) -> str | None: ...  # noqa: D102
    def shape(self, value: Value) -> tuple[int | str | None, ...] | None: ...  # noqa: D102
    def integer(self, value: Value) -> bool: ...  # noqa: D102
    def library(self, value: Value) -> str | None: ...  # noqa: D102
    def differentiated(self, site: Site, value: Value) -> bool: ...  # noqa: D102


class Scene:
    """The place that a guard is asked about: the matched value, its metavariables, what is known there."""

    __slots__ = ("bindings", "facts", "site", "value")

    def __init__(self, facts: Knowledge, site: Site, value: Value, bindings: Mapping[str, Value]) -> None:
        self.facts = facts
        self.site = site
        self.value = value
        self.bindings = bindings


def is_op(_: Scene, x: Value, op: str) -> bool:
    """`x` is an operation of this name."""
    node = strip(x)
    return isinstance(node, Apply) and node.op == op
