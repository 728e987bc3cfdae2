"""The values that are written in a module: one walk for all who look at each of them."""

from __future__ import annotations

from dataclasses import dataclass

from stabcheck.static.graph import Apply, Call, Site, Value, operands
from stabcheck.static.latest import of_latest
from stabcheck.static.module import Module


@dataclass(frozen=True, slots=True)
class Written:
    """Each value once, with the first statement that computes it.

    `operations` are those of them by name, with their positions in `all`.
    """

    all: tuple[tuple[Site, Value], ...]
    operations: dict[str, list[tuple[int, Site, Apply]]]
    calls: tuple[tuple[Site, Call], ...]


@of_latest
def written(module: Module) -> Written:
    """What is written in a module."""
    found: list[tuple[Site, Value]] = []
    operations: dict[str, list[tuple[int, Site, Apply]]] = {}
    calls: list[tuple[Site, Call]] = []
    seen: set[int] = set()
    for site in module.sites:
        stack = [site.value]
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if node.span[0] > 0:  # its line
                if isinstance(node, Apply):
                    operations.setdefault(node.op, []).append((len(found), site, node))
                elif isinstance(node, Call):
                    calls.append((site, node))
                found.append((site, node))
            below = operands(node)
            if below:
                stack.extend(below[::-1])
    return Written(tuple(found), operations, tuple(calls))
