"""A place where a card applies, before it is turned into a finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stabcheck.static.card import Pattern
from stabcheck.static.finding import Edit, Severity, Witness
from stabcheck.static.graph import Site, Span, Value


@dataclass(frozen=True, slots=True)
class Hit:
    """What the matcher or a detector found.

    A detector that knows more than its card overrides: `message` (else the card's summary), `severity`,
    `witness`, `edits` and `advice`.
    """

    span: Span
    site: Site | None = None
    value: Value | None = None
    pattern: Pattern | None = None
    bindings: Mapping[str, Value] = field(default_factory=dict)  # metavariable -> value
    message: str | None = None
    severity: Severity | None = None
    witness: Witness | None = None
    edits: tuple[Edit, ...] = ()
    replacement: str | None = None
    advice: str | None = None
