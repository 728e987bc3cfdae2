"""Matching compiled patterns against the value graph of a module.

One walk visits every node that stands in a statement once; patterns are indexed by the operation at their
root, so a node meets only those that could match. How a pattern fits a value is in
`stabcheck.static.attempt`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from stabcheck.static.attempt import solutions
from stabcheck.static.card import Card, Pattern
from stabcheck.static.graph import Apply, Site, Value
from stabcheck.static.module import Module
from stabcheck.static.pattern import Compiled, compile_pattern
from stabcheck.static.places import Operations, mask, places
from stabcheck.static.readings import Readings
from stabcheck.static.solution import Rest

__all__ = ["Index", "Match", "Rest", "matches"]


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern of a card met at a node.

    `inside` are the nodes that the pattern's operations matched, `rest` what the root holds beside them, and
    `reshaped` says that a reshape was looked through, so that a fix could change shapes.
    """

    card: Card
    pattern: Pattern
    compiled: Compiled
    value: Apply
    site: Site
    bindings: Mapping[str, Value]
    inside: frozenset[int]
    rest: Rest
    reshaped: bool


class Index:
    """The patterns of some cards by the operations that their root may have.

    Those of a card are compiled when it is asked for: most files speak to few of them.
    """

    def __init__(self, cards: Iterable[Card]) -> None:
        self.entries: list[tuple[Card, Pattern, Compiled]] = []
        self.required: list[int] = []  # by entry: the choices of operations without which it does not match
        self._choices: dict[int, int] = {}  # sets of operations as bits -> the bit of this choice
        self._met: dict[int, int] = {}
        self._of_code: dict[str, list[int]] = {}
        self._left = {card.code: card for card in cards}  # not asked for yet

    def of(self, codes: Collection[str]) -> dict[str, list[int]]:
        """The entries of the cards with these codes, by operation."""
        for code in [code for code in self._left if code in codes]:
            self._add(self._left.pop(code))
        found: dict[str, list[int]] = {}
        for number in sorted(number for code in codes for number in self._of_code.get(code, ())):
            for op in self.entries[number][2].roots:
                found.setdefault(op, []).append(number)
        return found

    def _add(self, card: Card) -> None:
        own = self._of_code[card.code] = []
        for pattern in card.patterns:
            compiled = compile_pattern(pattern.find)
            own.append(len(self.entries))
            self.entries.append((card, pattern, compiled))
            self.required.append(sum(self._choice(mask(ops)) for ops in compiled.required))
        self._met.clear()

    def _choice(self, ops: int) -> int:
        return self._choices.setdefault(ops, 1 << len(self._choices))

    def met(self, operations: int) -> int:
        """The choices that a value with these operations holds one of, as bits."""
        found = self._met.get(operations)
        if found is None:
            found = sum(bit for ops, bit in self._choices.items() if ops & operations)
            self._met[operations] = found
        return found


def matches(
    module: Module, index: Index, codes: Collection[str]
) -> Iterator[tuple[Apply, Site, list[Match]]]:
    """For each place of the module, in the order of the text, the patterns that match there.

    Those of the cards with these `codes`; the others in the index are not tried.
    """
    tried = index.of(codes)
    if not tried:
        return
    present, readings = Operations(), Readings()
    required = index.required
    for node, site in places(module, tried.keys()):
        missing = ~index.met(present.of(node))
        fitting = [number for number in tried[node.op] if not required[number] & missing]
        found = [
            Match(
                *index.entries[number],
                node,
                site,
                state.bindings,
                frozenset(state.inside),
                state.rest,
                state.reshaped,
            )
            for number in fitting
            for state in solutions(index.entries[number][2], node, readings)
        ]
        if found:
            yield node, site, found
