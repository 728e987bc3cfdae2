"""What is known of values inside a branch of `where`: only what its condition lets through is used.

`where(x > 20, x, log1p(exp(x)))` evaluates the exponential everywhere and uses it where x <= 20. Rules
about values judge what is used; those about gradients are not told of the condition, because gradients
flow through both branches.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stabcheck.ops import Interval
from stabcheck.static.graph import COMPOSED, Apply, Site, Value, operands, strip
from stabcheck.static.guard import Knowledge
from stabcheck.static.module import Module

Conditions = tuple[tuple[Value, bool], ...]  # conditions, and whether they hold
_MOST_NODES = 2000  # of a statement that are looked through


class Uses:
    """Who uses which value in a module: made by one walk, asked for each value that is judged."""

    def __init__(self, module: Module) -> None:
        self._sites = module.sites
        self._users: dict[int, list[tuple[Value, bool]]] = {}  # of a value: what uses it, whether always
        self._roots: dict[int, list[Site]] = {}
        self._has_where = False
        self._note_all()

    def _note_all(self) -> None:
        seen: set[int] = set()
        for site in self._sites:
            root = strip(site.value)
            if root.__class__ in COMPOSED:  # nobody asks of a name or a number
                self._roots.setdefault(id(root), []).append(site)
            stack = [root]
            while stack:
                node = stack.pop()
                if id(node) in seen:
                    continue
                seen.add(id(node))
                always, branches = _below(node)
                self._has_where |= bool(branches)
                for used in map(strip, always):
                    if used.__class__ in COMPOSED:
                        self._users.setdefault(id(used), []).append((node, True))
                        stack.append(used)
                for used in map(strip, branches):
                    if used.__class__ in COMPOSED:
                        self._users.setdefault(id(used), []).append((node, False))
                        stack.append(used)

    def known(self, facts: Knowledge, site: Site, target: Value) -> Knowledge:
        """`facts` as they are known where `target`, computed at `site`, is used.

        A value that a statement merely names is used where the statements behind it use it.
        """
        if not self._has_where:
            return facts
        wanted = strip(target)
        named = strip(site.value) is wanted

        def counts(other: Site) -> bool:
            return (other is not site) is named

        if any(map(counts, self._statements(wanted, always=True))):
            return facts
        using = {id(other): other for other in self._statements(wanted, always=False) if counts(other)}
        found = [_conditions(other.value, target) for other in using.values()]
        conditions = [each for each in found if each is not None]
        return _InBranch(facts, conditions) if conditions and () not in conditions else facts

    def _statements(self, wanted: Value, *, always: bool) -> Iterator[Site]:
        """The statements that use a value; only those that do so whatever a condition says, if `always`."""
        seen: set[int] = set()
        stack = [wanted]
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            yield from self._roots.get(id(node), ())
            stack.extend(
                user for user, unconditional in self._users.get(id(node), ()) if unconditional or not always
            )


def _below(node: Value) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """What a value is computed from: what is used always, and what a condition may leave out."""
    if isinstance(node, Apply) and node.op == "where" and len(node.operands) == 3:
        return node.operands[:1], node.operands[1:]
    return operands(node), ()


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
