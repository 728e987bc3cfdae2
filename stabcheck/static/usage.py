"""Where the values of a module are used, and what is rounded there: each statement is looked through once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from stabcheck.static.graph import Apply, Call, Item, Site, Span, Value, operands, strip, walk
from stabcheck.static.latest import of_latest

if TYPE_CHECKING:
    from stabcheck.static.module import Module

Above = dict[Span, list[Value]]  # the nodes of an expression by what they use
_MOST_NODES = 200
_MOST_KEPT = 1_000
_ROUNDING = frozenset({"round", "floor", "ceil", "rint", "trunc"})


def where_written(value: Value) -> Span:
    """Where a value is written: the same for the copies that are made of a function for those who call it."""
    return strip(value).span


class Statements:
    """What the statements of a module use and round: each is looked through once, whoever asks.

    A function may have as many statements as values that are asked about.
    """

    def __init__(self, module: Module) -> None:
        self.functions: dict[str, list[Site]] = {}
        for site in module.sites:
            self.functions.setdefault(site.function, []).append(site)
        self.owned: dict[str, list[Site]] = {}  # by the function or class of the module that they stand in
        for function, sites in self.functions.items():
            self.owned.setdefault(function.partition(".")[0], []).extend(sites)
        self._using: dict[str, dict[Span, list[int]]] = {}
        self._above: dict[int, Above] = {}  # of the statements that were asked about last
        self._rounded: dict[str, list[tuple[Site, set[Span]]]] = {}
        self._uses: dict[str, dict[Span, list[tuple[Site, Span]]]] = {}

    def using(self, wanted: Span, function: str) -> list[tuple[Site, Above]]:
        """The statements of a function that use what is written at a span, with all that they use."""
        # Where many statements change a name, each uses what the 200 before it did: only numbers are kept.
        sites = self.functions.get(function, [])
        found = self._using.get(function)
        if found is None:
            found = self._using[function] = {}
            for number, site in enumerate(sites):
                for span in users(site.value):
                    found.setdefault(span, []).append(number)
        return [(sites[number], self._users(sites[number])) for number in found.get(wanted, ())]

    def _users(self, site: Site) -> Above:
        above = self._above.get(id(site))
        if above is None:
            if len(self._above) >= _MOST_KEPT:
                self._above.clear()
            above = self._above[id(site)] = users(site.value)
        return above

    def rounded_in(self, function: str) -> list[tuple[Site, set[Span]]]:
        """The statements of a function that round something, with where that and its parts are written."""
        found = self._rounded.get(function)
        if found is None:
            found = self._rounded[function] = [
                (site, set(map(where_written, islice(walk(node), _MOST_NODES))))
                for site in self.functions.get(function, ())
                for node in islice(walk(site.value), _MOST_NODES)
                if _rounds(node)
            ]
        return found

    def uses_in_owner(self, site: Site) -> dict[Span, list[tuple[Site, Span]]]:
        """Where values are used in a function or class with all that stands in it."""
        owner = site.function.partition(".")[0]
        found = self._uses.get(owner)
        if found is None:
            found = self._uses[owner] = {}
            for other in self.owned.get(owner, ()):
                for node in islice(walk(other.value), _MOST_NODES):
                    for span in _used(node):
                        found.setdefault(span, []).append((other, node.span))
        return found


@of_latest
def statements(module: Module) -> Statements:
    """What the statements of a module use and round."""
    return Statements(module)


def users(root: Value) -> Above:
    """The nodes of an expression by what they use."""
    found: Above = {}
    for inner in islice(walk_inside(root), 3 * _MOST_NODES):
        for each in operands(inner):
            found.setdefault(where_written(each), []).append(inner)
    return found


def is_shared(module: Module, site: Site, target: Value) -> bool:
    """Whether a value is used at several places: what is computed once and applied many times."""
    wanted = where_written(target)
    elsewhere = statements(module).uses_in_owner(site).get(wanted, ())
    found = {span for other, span in elsewhere if other is not site}
    # A function that was followed is used here as it is written there.
    for node in islice(walk_inside(site.value), 5 * _MOST_NODES):
        if wanted in _used(node):
            found.add(node.span)
    return len(found) > 1


def is_rounded_later(module: Module, site: Site, target: Value) -> bool:
    """Whether a statement of the function rounds to whole numbers what is made of a value."""
    wanted = where_written(target)
    rounded = statements(module).rounded_in(site.function)
    return any(other is not site and wanted in spans for other, spans in rounded)


def _used(node: Value) -> set[Span]:
    """Where the values are written that a node takes, if it does more than to pass them on."""
    if not isinstance(node, Apply | Call | Item):
        return set()
    return {where_written(each) for each in operands(node) if strip(each) is not node}


def _rounds(node: Value) -> bool:
    if isinstance(node, Apply):
        return node.op in _ROUNDING
    return isinstance(node, Call) and (node.function or "").rpartition(".")[2] in _ROUNDING | {"int"}


def walk_inside(value: Value) -> Iterator[Value]:
    """Every node below a value, what followed calls return included."""
    seen: set[int] = set()
    stack = [value]
    while stack:
        node = strip(stack.pop())
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        stack.extend(operands(node))
