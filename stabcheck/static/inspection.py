"""What is found in one module: the patterns that match, from the largest to the smallest, then the detectors.

A pattern that is found covers what its operations matched: a naive softplus is not reported a second time as
a missing log1p, nor the exp in it as a raw exp. What is acquitted (by a guard, or because no input within the
known ranges goes wrong) covers nothing.
"""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import Any

from stabcheck.static.branch import Uses
from stabcheck.static.card import Card
from stabcheck.static.detectors import detector
from stabcheck.static.expected import PLAIN, is_expectation
from stabcheck.static.finding import SEVERITIES, Finding
from stabcheck.static.graph import Apply, Constant, Site, Span, Value, strip, walk
from stabcheck.static.guard import Knowledge
from stabcheck.static.hit import Hit
from stabcheck.static.judge import Acquitted, acquitting, contradicted, unsure, witness_of
from stabcheck.static.match import Match, matches
from stabcheck.static.module import Module
from stabcheck.static.places import within
from stabcheck.static.selection import Selection
from stabcheck.static.writer import Writer
from stabcheck.static.written import written


class Inspection:
    """The judging of one module.

    Parameters
    ----------
    module, facts
        what is judged, and what inference knows of it.
    selection
        the cards that are on.
    spoken
        the codes of those that may speak of the module.
    """

    def __init__(
        self, module: Module, facts: Knowledge, selection: Selection, spoken: frozenset[str]
    ) -> None:
        self.module = module
        self.facts = facts
        self.selection = selection
        self.spoken = spoken
        self.writer = Writer(module, facts)
        self.found: dict[tuple[str, Span], Finding] = {}
        self.by_line: dict[int, list[Span]] = {}  # of what was found, by the lines that it stands on
        self.covered: set[int] = set()
        self.roots: set[int] = set()
        self.spans: set[Span] = set()
        # A mask that is assigned under makes a `where` too; it bears on values only where one is written.
        named = "where" in module.text or "select" in module.text
        self.has_where = named and any(
            len(node.operands) == 3 for _, _, node in written(module).operations.get("where", ())
        )

    def findings(self) -> list[Finding]:
        """By position and code, one for each code and span."""
        for group in self.candidates():
            self._judge(group)
        for card in self.selection.detecting:
            if card.code in self.spoken:
                self._detect(card)
        return sorted(self.found.values(), key=lambda found: (_position(found.span), found.code))

    def candidates(self) -> list[list[Match]]:
        """The readings of each pattern at each place, the most specific patterns first."""
        groups: list[list[Match]] = []
        for _, _, readings in matches(self.module, self.selection.index, self.spoken):
            by_pattern: dict[tuple[str, str], list[Match]] = {}
            for reading in readings:
                by_pattern.setdefault((reading.card.code, reading.pattern.find), []).append(reading)
            groups.extend(by_pattern.values())
        groups.sort(key=lambda group: _specificity(group[0]))
        return groups

    def _judge(self, readings: list[Match]) -> None:
        first = readings[0]
        possible = [reading for reading in readings if not contradicted(reading, self.facts)]
        if not possible:
            return
        if id(first.value) in self.covered or first.value.span in self.spans or not self.applies(first):
            return
        if _beside(first) and first.inside & self.roots:
            return  # `sqrt(exp(x)) * y` holds nothing more than its factor, which is reported
        facts = self.known(first)
        match = next((reading for reading in possible if unsure(reading, facts) is None), None)
        if match is None or acquitting(match, facts) is not None:
            return
        try:
            witness = witness_of(match, facts)
        except Acquitted:
            return
        self.covered |= match.inside
        self.roots.add(id(match.value))
        self.spans.add(match.value.span)
        self._report(self.writer.of_match(match, witness))

    def applies(self, match: Match) -> bool:
        """Whether a card is about code of this library, at this place, with or without gradients."""
        card = match.card
        if card.code not in self.spoken or not self._is_about(card, match.site, match.value):
            return False
        if not card.autodiff:
            return True
        from stabcheck.static.infer.autodiff import made_without_gradient  # noqa: PLC0415 - loads NumPy

        operands = [each for each in match.bindings.values() if not isinstance(strip(each), Constant)]
        if operands and all(map(made_without_gradient, operands)):
            return False
        if self.facts.library(match.value) != "numpy" and _computes_in_numpy(match):
            return False
        return self.facts.differentiated(match.site, match.value)

    def known(self, match: Match) -> Knowledge:
        """What is known where the value is used; gradients flow through both branches of a `where`."""
        if match.card.autodiff or match.card.quantity == "gradient" or not self.has_where:
            return self.facts
        return self._uses.known(self.facts, match.site, match.value)

    @cached_property
    def _uses(self) -> Uses:
        return Uses(self.module)

    def _detect(self, card: Card) -> None:
        assert card.detector is not None
        for hit in detector(card.detector)(self.module, self.facts, card):
            if self._admits(card, hit):
                self._report(self.writer.of_hit(card, hit))

    def _admits(self, card: Card, hit: Hit) -> bool:
        """In a library of the card, and, if it yields to others, in no expression of theirs."""
        if hit.value is not None and not self._is_about(card, hit.site, hit.value):
            return False
        if not card.yields:
            return True
        lines = range(hit.span.line, hit.span.end_line + 1)
        near = (span for line in lines for span in self.by_line.get(line, ()))
        return not any(within(span, hit.span) or within(hit.span, span) for span in near)

    def _is_about(self, card: Card, site: Site | None, value: Value) -> bool:
        """Whether a value is of a library of the card, and not what a test computes to compare with."""
        if card.libraries and self.facts.library(value) not in card.libraries:
            return False
        if site is None or not is_expectation(card.code, self.module.path, site.function):
            return True
        return self.facts.library(value) not in PLAIN

    def _report(self, finding: Finding) -> None:
        span = finding.span
        if (finding.code, span) not in self.found:
            self.found[finding.code, span] = finding
            for line in range(span.line, span.end_line + 1):
                self.by_line.setdefault(line, []).append(span)


def _specificity(match: Match) -> tuple[Any, ...]:
    """Larger patterns first; then those that account for the whole node, graver ones, position."""
    return (
        -match.compiled.size,
        _beside(match),
        SEVERITIES.index(match.card.severity),
        _position(match.value.span),
        match.card.code,
    )


def _computes_in_numpy(match: Match) -> bool:
    """Whether NumPy computes a part of it, in a file of another library: no gradient flows through that."""
    return any(
        isinstance(node, Apply) and node.library == "numpy" and id(node) in match.inside
        for node in islice(walk(match.value), 40)
    )


def _beside(match: Match) -> int:
    """How much stands beside what the pattern matched."""
    return len(match.rest.factors) + (match.rest.coefficient != 1)


def _position(span: Span) -> tuple[int, int, int, int]:
    return span.line, span.column, span.end_line, span.end_column
