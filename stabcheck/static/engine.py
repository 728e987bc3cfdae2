"""One file: source text in, findings out.

`parse -> lower -> match -> guard -> witness -> fix`. The patterns that match are judged from the largest to
the smallest, and one that is found covers what its operations matched: a naive softplus is not reported a
second time as a missing log1p, nor the exp in it as a raw exp. What is acquitted (by a guard, or because no
input within the known ranges goes wrong) covers nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from stabcheck.ops.symbols import expression_precedence
from stabcheck.static.advice import advised
from stabcheck.static.branch import Uses
from stabcheck.static.card import Card
from stabcheck.static.detectors import detector
from stabcheck.static.expected import PLAIN, is_expectation
from stabcheck.static.finding import SEVERITIES, Finding, Fix, Witness
from stabcheck.static.graph import Apply, Constant, Site, Span, Value, strip, walk
from stabcheck.static.guard import Knowledge, Scene, holds
from stabcheck.static.hit import Hit
from stabcheck.static.judge import Acquitted, witness_of, working_dtypes
from stabcheck.static.match import Index, Match, matches
from stabcheck.static.message import tail
from stabcheck.static.module import Module
from stabcheck.static.places import within
from stabcheck.static.portion import portion
from stabcheck.static.source_text import Text, described
from stabcheck.static.trigger import Needs, silent, triggers
from stabcheck.static.written import written

__all__ = ["check", "check_whole", "reasons", "triggers"]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def check(text: str, path: str, cards: Iterable[Card]) -> list[Finding]:
    """What the cards have to say of a file.

    Parameters
    ----------
    text
        the source, decoded.
    path
        what findings call the file.
    cards
        the rules that are on.

    Returns
    -------
    list of Finding
        by position and code, one for each code and span.

    Raises
    ------
    SyntaxError
        if the text does not parse.
    RecursionError, MemoryError
        if it is nested too deeply for Python's own parser.
    """
    from stabcheck.static.infer import Facts  # noqa: PLC0415 - both load NumPy, which `triggers` does without
    from stabcheck.static.lower import lower  # noqa: PLC0415
    from stabcheck.static.lower.imports import inner_imports  # noqa: PLC0415

    selection = _selection(tuple(cards))
    tree = _parsed(text)
    imports = inner_imports(tree, text)
    spoken = portion(tree, text, selection.needs)
    if not spoken:
        return []
    module = lower(tree, text, path, imports)
    facts = Facts(module)
    try:
        return _Check(module, facts, selection, spoken).findings()
    finally:
        facts.release()
        module.release()


def check_whole(text: str, path: str, cards: Iterable[Card]) -> list[Finding]:
    """As `check`, with nothing left out that rules can't speak of: what `check` is measured by."""
    from stabcheck.static.infer import Facts  # noqa: PLC0415
    from stabcheck.static.lower import lower  # noqa: PLC0415

    selection = _selection(tuple(cards))
    module = lower(_parsed(text), text, path)
    spoken = frozenset(selection.needs.codes) - silent(selection.needs, text)
    return _Check(module, Facts(module), selection, spoken).findings()


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except ValueError as error:  # null bytes, before Python 3.12
        raise SyntaxError(str(error)) from None


class _Check:
    """The judging of one module."""

    def __init__(
        self, module: Module, facts: Knowledge, selection: _Selection, spoken: frozenset[str]
    ) -> None:
        self.module = module
        self.facts = facts
        self.selection = selection
        self.spoken = spoken
        self.found: dict[tuple[str, Span], Finding] = {}
        self.covered: set[int] = set()
        self.roots: set[int] = set()
        self.spans: set[Span] = set()
        # A mask that is assigned under makes a `where` too; it bears on values only where one is written.
        named = "where" in module.text or "select" in module.text
        self.has_where = named and "where" in written(module).operations

    def findings(self) -> list[Finding]:
        for group in self.candidates():
            self._judge(group)
        for card in self.selection.detecting:
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
        if id(first.value) in self.covered or first.value.span in self.spans or not self._applies(first):
            return
        if _beside(first) and first.inside & self.roots:
            return  # `sqrt(exp(x)) * y` holds nothing more than its factor, which is reported
        facts = self._used(first)
        match = next((reading for reading in readings if self._speaks(reading, facts)), None)
        if match is None or self._safe(match, facts):
            return
        try:
            witness = witness_of(match, facts)
        except Acquitted:
            return
        self.covered |= match.inside
        self.roots.add(id(match.value))
        self.spans.add(match.value.span)
        self._report(self._finding(match, witness))

    def reason(self, readings: list[Match]) -> str:
        """What keeps a pattern silent at a place, in words for the author of its card."""
        first = readings[0]
        if not self._applies(first):
            told = f"library {self.facts.library(first.value)}"
            return f"{first.pattern.find!r} matches, but the card does not apply ({told}, or no gradient)"
        facts = self._used(first)
        match = next((reading for reading in readings if self._speaks(reading, facts)), None)
        if match is None:
            scene = Scene(facts, first.site, first.value, first.bindings)
            guards = (
                each for each in first.pattern.only_when if not holds(each, first.compiled.names, scene)
            )
            told = f"{next(guards)!r} is not sure for {_ranges(first, facts)}"
            return f"{first.pattern.find!r} matches, but only_when does not hold: {told}"
        if self._safe(match, facts):
            scene = Scene(facts, match.site, match.value, match.bindings)
            guards = (each for each in match.pattern.safe_when if holds(each, match.compiled.names, scene))
            told = f"{next(guards)!r} is true of {_ranges(match, facts)}"
            return f"{first.pattern.find!r} matches, but safe_when holds: {told}"
        try:
            witness_of(match, facts)
        except Acquitted:
            dtypes = "/".join(working_dtypes(match, self.facts))
            told = f"goes wrong in {dtypes} by more than its conditioning, with {_ranges(match, facts)}"
            return f"{first.pattern.find!r} matches, but no input of the witness domain {told}"
        return f"{first.pattern.find!r} matches, but a larger pattern covers it"

    def _applies(self, match: Match) -> bool:
        card = match.card
        if card.code not in self.spoken:
            return False
        if card.libraries and self.facts.library(match.value) not in card.libraries:
            return False
        if self._is_expectation(card, match.site, match.value):
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

    def _used(self, match: Match) -> Knowledge:
        """What is known where the value is used; gradients flow through both branches of a `where`."""
        if match.card.autodiff or match.card.quantity == "gradient" or not self.has_where:
            return self.facts
        return self._uses.known(self.facts, match.site, match.value)

    @cached_property
    def text(self) -> Text:
        """The lines of the module, which only findings need."""
        return Text(self.module.text)

    @cached_property
    def _uses(self) -> Uses:
        return Uses(self.module)

    def _speaks(self, match: Match, facts: Knowledge) -> bool:
        scene = Scene(facts, match.site, match.value, match.bindings)
        return all(holds(guard, match.compiled.names, scene) for guard in match.pattern.only_when)

    def _safe(self, match: Match, facts: Knowledge) -> bool:
        scene = Scene(facts, match.site, match.value, match.bindings)
        return any(holds(guard, match.compiled.names, scene) for guard in match.pattern.safe_when)

    def _finding(self, match: Match, witness: Witness | None) -> Finding:
        made, advice = self._fix(match)
        if witness is not None:
            witness = self._named(witness, match.bindings, match.value.span, match.site)
        summary = self._summary(match.card.summary, match.bindings, match.value.span, match.site)
        return Finding(
            code=match.card.code,
            name=match.card.name,
            message=summary + (tail(witness) if witness else ""),
            severity=match.card.severity,
            path=self.module.path,
            span=match.value.span,
            function=match.site.function,
            witness=witness,
            fix=made,
            advice=advice,
        )

    def _fix(self, match: Match) -> tuple[Fix | None, str | None]:
        from stabcheck.static.replace import fix, suggestion  # noqa: PLC0415 - needed where something is found

        made = fix(match, self.module, self.facts, self.text)
        if made is not None:
            return made, None
        library = self.facts.library(match.value)
        advice = match.card.advice
        told = advice.get(library or "") or suggestion(match, self.module, self.facts, self.text)
        return None, told or advised(advice, library)

    def _summary(self, summary: str, bindings: Mapping[str, Value], span: Span, site: Site) -> str:
        def name(found: re.Match[str]) -> str:
            value = bindings.get(found[1])
            called = (value and described(value, span, site, self.text)) or found[1]
            before, behind = summary[: found.start()].rstrip()[-1:], summary[found.end() :].lstrip()[:1]
            beside_operator = (before and before in "+-*/") or (behind and behind in "+-*/")
            return f"({called})" if beside_operator and _compound(called) else called

        return _PLACEHOLDER.sub(name, summary).replace("+ -", "- ")

    def _named(self, witness: Witness, bindings: Mapping[str, Value], span: Span, site: Site) -> Witness:
        """The witness with the inputs called as the source calls them."""
        inputs: dict[str, float | tuple[float, ...]] = {}
        for name, x in witness.inputs.items():
            value = bindings.get(name)
            called = (value and described(value, span, site, self.text)) or name.replace("_", "x")
            inputs[called if called not in inputs else name] = x
        return Witness(
            inputs, witness.dtype, witness.computed, witness.exact, witness.lost_bits, witness.quantity
        )

    def _detect(self, card: Card) -> None:
        assert card.detector is not None
        if card.code not in self.spoken:
            return
        for hit in detector(card.detector)(self.module, self.facts, card):
            if not self._admits(card, hit):
                continue
            self._report(self._from_hit(card, hit))

    def _admits(self, card: Card, hit: Hit) -> bool:
        """In a library of the card, and, if it yields to others, in no expression of theirs."""
        if card.libraries and hit.value is not None and self.facts.library(hit.value) not in card.libraries:
            return False
        if hit.site is not None and hit.value is not None and self._is_expectation(card, hit.site, hit.value):
            return False
        if not card.yields:
            return True
        return not any(within(span, hit.span) or within(hit.span, span) for _, span in self.found)

    def _is_expectation(self, card: Card, site: Site, value: Value) -> bool:
        return (
            is_expectation(card.code, self.module.path, site.function) and self.facts.library(value) in PLAIN
        )

    def _from_hit(self, card: Card, hit: Hit) -> Finding:
        site = hit.site
        witness = hit.witness
        if site is not None:
            message = self._summary(hit.message or card.summary, hit.bindings, hit.span, site)
            witness = self._named(witness, hit.bindings, hit.span, site) if witness else None
        else:
            message = hit.message or card.summary
        made = None
        safety = card.fix
        if hit.edits and safety is not None:
            made = Fix(safety, hit.edits, hit.replacement or hit.edits[-1].text)
        library = self.facts.library(hit.value) if hit.value is not None else None
        advice = hit.advice or advised(card.advice, library)
        return Finding(
            code=card.code,
            name=card.name,
            message=message + (tail(witness) if witness else ""),
            severity=hit.severity or card.severity,
            path=self.module.path,
            span=hit.span,
            function=site.function if site else "",
            witness=witness,
            fix=made,
            advice=None if made else advice,
        )

    def _report(self, finding: Finding) -> None:
        self.found.setdefault((finding.code, finding.span), finding)


def _compound(called: str) -> bool:
    """Whether the text of a value would fall apart beside an operator."""
    try:
        return expression_precedence(called) < expression_precedence("x")
    except SyntaxError:  # shortened
        return True


def _specificity(match: Match) -> tuple[Any, ...]:
    """Larger patterns first; then those that account for the whole node, graver ones, position."""
    return (
        -match.compiled.size,
        _beside(match),
        SEVERITIES.index(match.card.severity),
        _position(match.value.span),
        match.card.code,
    )


def reasons(text: str, card: Card) -> list[tuple[int, str]]:
    """For authors of cards: the lines on which its patterns match, and what keeps each silent."""
    from stabcheck.static.infer import Facts  # noqa: PLC0415
    from stabcheck.static.lower import lower  # noqa: PLC0415

    module = lower(ast.parse(text), text, "example.py")
    judge = _Check(module, Facts(module), _selection((card,)), frozenset([card.code]))
    return [(group[0].value.span.line, judge.reason(group)) for group in judge.candidates()]


def _ranges(match: Match, facts: Knowledge) -> str:
    """What is known of the values that a pattern binds."""
    known = ((name, facts.interval(value)) for name, value in sorted(match.bindings.items()))
    return ", ".join(f"${name} in [{x.lower:g}, {x.upper:g}]" for name, x in known) or "any value"


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


@dataclass(frozen=True, slots=True)
class _Selection:
    """Cards that are on, with what is made of them once for all files."""

    cards: tuple[Card, ...]  # kept, so that the identities that it is known by stay theirs
    detecting: tuple[Card, ...]  # those with a detector, those that yield to others last
    index: Index
    needs: Needs


_selections: dict[tuple[int, ...], _Selection] = {}
_MOST_SELECTIONS = 16


def _selection(cards: tuple[Card, ...]) -> _Selection:
    known = tuple(map(id, cards))
    if known not in _selections:
        if len(_selections) >= _MOST_SELECTIONS:
            _selections.clear()
        detecting = sorted(
            (card for card in cards if card.detector is not None), key=lambda card: card.yields
        )
        _selections[known] = _Selection(cards, tuple(detecting), Index(cards), Needs(cards))
    return _selections[known]
