"""What is told of a finding: its message, witness, fix and advice, with values called as the source does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from stabcheck.ops.symbols import expression_precedence
from stabcheck.static.advice import advised
from stabcheck.static.card import Card
from stabcheck.static.finding import Finding, Fix, Witness
from stabcheck.static.graph import Site, Span, Value
from stabcheck.static.guard import Knowledge
from stabcheck.static.hit import Hit
from stabcheck.static.match import Match
from stabcheck.static.message import tail
from stabcheck.static.module import Module
from stabcheck.static.source_text import Text, described, text_of

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Writer:
    """Makes findings of one module."""

    def __init__(self, module: Module, facts: Knowledge) -> None:
        self.module = module
        self.facts = facts

    @property
    def text(self) -> Text:
        """The lines of the module, which only findings need."""
        return text_of(self.module)

    def of_match(self, match: Match, witness: Witness | None) -> Finding:
        """The finding of a pattern."""
        hit = Hit(match.value.span, match.site, match.value, bindings=match.bindings, witness=witness)
        made, advice = self._fix(match)
        return self._finding(match.card, hit, made, advice)

    def of_hit(self, card: Card, hit: Hit) -> Finding:
        """The finding of a detector."""
        if hit.edits and card.fix is not None:
            made = Fix(card.fix, hit.edits, hit.replacement or hit.edits[-1].text)
            return self._finding(card, hit, made, None)
        library = self.facts.library(hit.value) if hit.value is not None else None
        return self._finding(card, hit, None, hit.advice or advised(card.advice, library))

    def _finding(self, card: Card, hit: Hit, made: Fix | None, advice: str | None) -> Finding:
        message, witness, site = hit.message or card.summary, hit.witness, hit.site
        if site is not None:
            message = self._summary(message, hit.bindings, hit.span, site)
            witness = witness and self._named(witness, hit.bindings, hit.span, site)
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
        return replace(witness, inputs=inputs)


def _compound(called: str) -> bool:
    """Whether the text of a value would fall apart beside an operator."""
    try:
        return expression_precedence(called) < expression_precedence("x")
    except SyntaxError:  # shortened
        return True
