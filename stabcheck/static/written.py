"""The operations and calls that are written in a module: one walk for all who look at each of them."""

from __future__ import annotations

from dataclasses import dataclass

from stabcheck.static.graph import COMPOSED, Apply, Call, Site
from stabcheck.static.latest import of_latest
from stabcheck.static.module import Module


@dataclass(frozen=True, slots=True)
class Written:
    """Each operation and each call once, with the first statement that computes it.

    `operations` are by name, each with its number in the order of the walk and that of its statement.
    """

    operations: dict[str, list[tuple[int, int, Apply]]]
    calls: tuple[tuple[Site, Call], ...]


@of_latest
def written(module: Module) -> Written:
    """What is written in a module."""
    operations: dict[str, list[tuple[int, int, Apply]]] = {}
    calls: list[tuple[Site, Call]] = []
    seen: set[int] = set()
    for home, site in enumerate(module.sites):
        stack = [site.value]
        while stack:
            node = stack.pop()
            below = COMPOSED.get(node.__class__)
            if below is None or id(node) in seen:
                continue
            seen.add(id(node))
            if node.__class__ is Apply:
                operations.setdefault(node.op, []).append((len(seen), home, node))
            elif node.__class__ is Call:
                calls.append((site, node))
            # Names and numbers, more than half of all, are not worth being looked at twice.
            stack += [each for each in below(node)[::-1] if each.__class__ in COMPOSED]
    return Written(operations, tuple(calls))
