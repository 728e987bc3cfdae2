"""What is known of values inside a branch of `where`: only what its condition lets through is used.

`where(x > 20, x, log1p(exp(x)))` evaluates the exponential everywhere and uses it where x <= 20. Rules
about values judge what is used; those about gradients are not told of the condition, because gradients
flow through both branches.
"""

from __future__ import annotations

from typing import Any

from stabcheck.ops import Interval
from stabcheck.static.graph import Apply, Site, Value, operands, strip
from stabcheck.static.guard import Knowledge
from stabcheck.static.module import Module

Conditions = tuple[tuple[Value, bool], ...]  # conditions, and whether they hold
_MOST_NODES = 2000  # of a statement that are looked through


def used(facts: Knowledge, module: Module, site: Site, target: Value) -> Knowledge:
    """`facts` as they are known where `target`, computed at `site`, is used.

    A value that a statement merely names is used where the statements behind it use it.
    """
    places = [_conditions(site.value, target)]
    if strip(site.value) is strip(target):
        behind = [_conditions(other.value, target) for other in module.sites if other is not site]
        places = [each for each in behind if each is not None] or places
    conditions = [each for each in places if each is not None]
    if not conditions or () in conditions:
        return facts
    return _InBranch(facts, conditions)


def _conditions(root: Value, target: Value) -> Conditions | None:
    """The conditions under which `root` uses `target`, on the way with the fewest; None if it does not."""
    wanted, seen = strip(target), set[int]()
    layer: list[tuple[Value, Conditions]] = [(root, ())]
    while layer:
        deeper: list[tuple[Value, Conditions]] = []
        while layer:
            value, conditions = layer.pop()
            node = strip(value)
            if node is wanted:
                return conditions
            if id(node) in seen or len(seen) > _MOST_NODES:
                continue
            seen.add(id(node))
            if isinstance(node, Apply) and node.op == "where" and len(node.operands) == 3:
                condition, chosen, otherwise = node.operands
                layer.append((condition, conditions))
                deeper.append((chosen, (*conditions, (condition, True))))
                deeper.append((otherwise, (*conditions, (condition, False))))
            else:
                layer.extend((each, conditions) for each in operands(node))
        layer = deeper
    return None


class _InBranch:
    """Facts whose intervals hold where a value is used; everything else is as before."""

    __slots__ = ("_facts", "_places")

    def __init__(self, facts: Knowledge, places: list[Conditions]) -> None:
        self._facts = facts
        self._places = places

    def __getattr__(self, name: str) -> Any:
        return getattr(self._facts, name)

    def interval(self, value: Value) -> Interval:
        """What holds of `value` at any of the places."""
        from stabcheck.static.infer.intervals import given  # noqa: PLC0415 - loads NumPy

        known = self._facts.interval(value)
        found: Interval | None = None
        for conditions in self._places:
            here = known
            for condition, holds in conditions:
                here = here.meet(given(value, condition, holds, self._facts.interval))
            found = here if found is None else found.hull(here)
        return known if found is None else found
