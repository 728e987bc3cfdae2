"""Rule cards: the data model. `stabcheck.static.cards` reads them from their Markdown pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stabcheck.static.finding import Safety, Severity


@dataclass(frozen=True, slots=True)
class Pattern:
    """An expression over canonical operations with `$x` metavariables, and what to write instead.

    `find` and `replace` are Python expressions: operators are the operations of the same meaning, calls are
    canonical operations, `$x` stands for any value, twice for the same value, `$x:const` for a number and
    `$_` for anything. `safe_when` are guards over what is known of the values: one that holds silences the
    pattern. `only_when` are guards that must all hold for it to speak.
    """

    find: str
    replace: str | None = None
    safe_when: tuple[str, ...] = ()
    only_when: tuple[str, ...] = ()
    fix: Safety | None = None  # if it differs from the card's
    reason: str | None = None  # of an unsafe fix


@dataclass(frozen=True, slots=True)
class Domain:
    """Where a witness for a metavariable is looked for; `size` 1 is a scalar, more a vector."""

    low: float
    high: float
    spacing: Literal["linear", "log"] = "linear"
    size: int = 1
    points: tuple[float, ...] = ()  # inputs known to be bad, tried first


@dataclass(frozen=True, slots=True)
class Example:
    """A fenced `python` block of a card.

    The lines of a *Found* block carry `# found` marks; a block headed *Safe* has none; a block headed
    *Fixed* is what the fixes make of the block before it.
    """

    source: str
    heading: Literal["Found", "Safe", "Fixed"]
    line: int  # of the block in the card


@dataclass(frozen=True, slots=True)
class Card:
    """A rule: what its page says, and what the engine needs."""

    code: str
    name: str
    severity: Severity
    summary: str  # the message: one line; may hold {x} for the source of a metavariable
    page: str  # the whole Markdown text
    path: str
    patterns: tuple[Pattern, ...] = ()
    identities: tuple[Pattern, ...] = ()  # ways of writing the same that a detector may propose
    detector: str | None = None
    fix: Safety | None = None
    default: bool = True  # in the default selection
    yields: bool = False  # silent where another card speaks of the same expression
    comments: bool = False  # speaks of the comments that silence, when all others have spoken
    autodiff: bool = False  # speaks only where gradients flow
    libraries: tuple[str, ...] = ()  # speaks only of these; empty: of all
    quantity: Literal["value", "gradient"] = "value"
    dtypes: tuple[str, ...] = ("float32", "float64")  # tried for a witness, in order, if none is known
    assume: str | None = None  # the working dtype where code tells none, if the settings name one
    representable: bool = True  # a witness has an exact result that the dtype can hold: no pole, no overflow
    # Words and marks (`stabcheck.static.trigger`): a detector needs one of each of these.
    triggers: tuple[tuple[str, ...], ...] = ()
    witness: Mapping[str, Domain] = field(default_factory=dict)
    advice: Mapping[str, str] = field(
        default_factory=dict
    )  # library -> what to write, where no fix can be made
    examples: tuple[Example, ...] = ()
    # What `stabcheck.static.trigger` makes of triggers and patterns, if that is known already.
    needed: tuple[tuple[frozenset[str], ...], ...] | None = field(default=None, compare=False)
