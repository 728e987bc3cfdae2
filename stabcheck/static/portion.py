"""The portion of a module that rules can speak of: whole functions, methods and classes are left out of it.

Rules can speak of a unit of a module (`stabcheck.static.units`) only if it holds, together with all that it
depends on, what some rule needs (`stabcheck.static.needs`). Such units are kept with what they depend on,
and with the methods that read what they store, since where a value is used bears on what is said of it; those
that hold a logarithm or a loss with the units that name them, since they know what is passed. The rest is
taken away, and nothing that is found changes. Where a rule could speak of a statement of the module itself,
all of it is kept.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import reduce
from operator import or_

from stabcheck.static.lower.imports import Import
from stabcheck.static.needs import Needs
from stabcheck.static.parsing import check_syntax
from stabcheck.static.remainder import remainder
from stabcheck.static.units import Units
from stabcheck.static.words import code_of, words_of

# Where a rule asks what the callers of a function pass (`stabcheck.static.detectors._passed`).
_JUDGED_BY_CALLERS = frozenset(
    {b"log", b"log2", b"log10", b"from_logits", b"cross_entropy", b"CrossEntropyLoss", b"BCEWithLogitsLoss"}
    | {b"binary_cross_entropy_with_logits", b"softmax_cross_entropy", b"sigmoid_cross_entropy"}
    | {b"softmax_cross_entropy_with_logits", b"softmax_cross_entropy_with_logits_v2"}
    | {b"sparse_softmax_cross_entropy", b"sparse_softmax_cross_entropy_with_logits"}
    | {b"sigmoid_cross_entropy_with_logits", b"weighted_cross_entropy_with_logits"}
)


@dataclass(frozen=True, slots=True)
class Portion:
    """What rules can speak of: their codes, the tree, and the imports inside of all functions of the text."""

    spoken: frozenset[str]
    tree: ast.Module
    imports: tuple[Import, ...]


def portion(text: str, needs: Needs) -> Portion | None:
    """Parse of a text what rules can speak of; None if there is nothing.

    Raises
    ------
    SyntaxError, RecursionError, MemoryError
        as `stabcheck.static.parsing.parse`, whether rules could speak of the text or not.
    """
    code = code_of(text)
    words = words_of(code)
    met = needs.may_meet(code, words)
    if met:
        units = Units(code)
        cut = _Cut(units, needs, met, words)
        spoken, kept = cut.spoken()
        if spoken:
            return Portion(spoken, *remainder(text, units, kept))
    check_syntax(text)
    return None


class _Cut:
    """The cutting of one module that may meet these alternatives as a whole, and has these words."""

    def __init__(self, units: Units, needs: Needs, met: Sequence[int], words: Set[bytes]) -> None:
        self.units = units
        self.needs = needs
        self.met = met
        within = reduce(or_, met)
        telling, here = needs.telling(words, within)
        # By unit, as bits: the clauses that it meets for itself and all that depends on it, those that it
        # meets for itself only, and those that marks were looked for.
        self.shared = [
            telling.by(unit.words) | needs.handed_on(unit.words, unit.code, within) for unit in units.all
        ]
        self.own = [needs.of_written(unit.words) | here.by(unit.words) for unit in units.all]
        self.sought = ([0] * len(self.shared), [0] * len(self.shared))
        self.shared[0] |= needs.of_file(words)  # what it imports holds for all of it

    def spoken(self) -> tuple[frozenset[str], set[int]]:
        """The codes of the rules that may speak of the module, and the units that are kept for them."""
        units, needs = self.units.all, self.needs
        reach = self.units.related()
        if self._met(0, reach[0]):
            return needs.spoken(self.met), set(range(len(units)))
        kept, alive, found = set(reach[0]), set[int](), set[int]()
        for number in range(1, len(units)):
            unit = units[number]
            met = self._met(number, reach[number] | reach[0])
            if not met:
                continue
            found.update(met)
            alive.add(number)
            kept |= reach[number]
            users = self.units.methods_of(number) if unit.home == number else unit.readers
            for user in users:
                kept |= reach[user]
        asked = {number for number in alive if not _JUDGED_BY_CALLERS.isdisjoint(units[number].words)}
        for number, unit in enumerate(units):
            if (unit.chooses and not alive.isdisjoint(reach[number])) or not asked.isdisjoint(unit.on):
                kept |= reach[number]
        return needs.spoken(found), kept

    def _met(self, number: int, reach: Iterable[int]) -> list[int]:
        """The alternatives that a unit meets with all that it depends on.

        What words alone rule out is not searched for marks.
        """
        needs = self.needs
        found = 0
        for each in reach:
            found |= self.shared[each]
        met = needs.met(found | self.own[number] | needs.by_marks[0], self.met)
        for kind in (0, 1):
            if not met:
                return met
            found |= self._looked_for(reach, reduce(or_, met), kind)
            later = needs.by_marks[1] if kind == 0 else 0
            met = needs.met(found | self.own[number] | later, met)
        return met

    def _looked_for(self, reach: Iterable[int], within: int, kind: int) -> int:
        """The clauses that units meet for all, those `within` some by marks of a kind, too."""
        needs, found = self.needs, 0
        by_marks, sought = needs.by_marks[kind], self.sought[kind]
        for each in reach:
            left = within & ~(sought[each] | self.shared[each])
            if left & by_marks:
                unit = self.units.all[each]
                anywhere, own = needs.marked(unit.code, unit.words, left, kind)
                sought[each] |= left
                self.shared[each] |= anywhere
                self.own[each] |= own
            found |= self.shared[each]
        return found
