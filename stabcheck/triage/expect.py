"""What a rule predicts of a run: the events on its line and the causes of failure that would prove it right.

A finding is only called confirmed by something of its own kind: an overflow does not prove a broadcast.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from stabcheck.dynamic.report import CHECK_CAUSES, GRADIENT_CAUSES
from stabcheck.dynamic.trace.event import Event
from stabcheck.static.finding import Finding

Symptom = Literal["nonfinite", "underflow", "digits-lost", "broadcast"]

PRECISION = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}  # bits of the significand, IEEE 754


@dataclass(frozen=True, slots=True)
class Expectation:
    """The symptoms that the events on a line would show, and the causes that a diagnosis would name."""

    symptoms: frozenset[Symptom]
    causes: frozenset[str]


def _of(symptoms: Iterable[Symptom], causes: Iterable[str]) -> Expectation:
    return Expectation(frozenset(symptoms), frozenset(causes))


_RANGE = ("overflow", "underflow", "domain-error", "nan-gradient")
_DIGITS = ("cancellation", "precision-loss")

# By family: the first digit of a code of ours.
_FAMILIES = {
    "1": _of(("nonfinite",), _RANGE),
    "2": _of(("digits-lost",), _DIGITS),
    "3": _of(("nonfinite",), ("domain-error", "nan-gradient", "overflow", "missing-gradient")),
    "4": _of(("nonfinite", "underflow"), (*_RANGE, *_DIGITS)),
    "5": _of(("nonfinite", "underflow", "digits-lost"), (*_RANGE, *_DIGITS)),
    "6": _of(
        ("nonfinite", "underflow", "digits-lost"), (*_RANGE, *_DIGITS, "dtype-too-coarse", "integer-input")
    ),
    "7": _of(("broadcast",), ("silent-broadcast", "missing-broadcast-sum", "shape-mismatch")),
    "8": _of(("nonfinite", "digits-lost"), (*_RANGE, *_DIGITS)),
}
_COMPARISON = _of((), ("tolerance-too-tight", "non-differentiable", "discontinuous"))  # NS70x: == of floats
_CUSTOM_GRADIENT = _of((), GRADIENT_CAUSES)  # NS95x

# Rules of gradient checks (NS9xx) say different things of one place: the rule's name tells which cause.
_CHECK_WORDS = {
    "step": ("step-too-small", "step-too-large"),
    "float32": ("dtype-too-coarse", "step-too-small", "dtype-mismatch"),
    "one-sided": ("one-sided-difference",),
    "tolerance": ("tolerance-too-tight",),
    "ten-e": ("tolerance-too-tight",),
    "absolute": ("tolerance-too-tight",),
    "relative": ("tolerance-too-tight",),
    "random": ("nondeterministic",),
    "restored": ("mutates-input",),
    "aliases": ("mutates-input",),
    "int-array": ("integer-input", "dtype-mismatch"),
    "kink": ("non-differentiable", "discontinuous"),
    "offset": ("cancellation", "precision-loss", "dtype-too-coarse"),
    "detached": ("missing-gradient",),
    "upstream": ("upstream-ignored",),
    "broadcast": ("missing-broadcast-sum", "shape-mismatch"),
    "naive": (*_RANGE, *_DIGITS),
}


def expectation(finding: Finding) -> Expectation:
    """What the finding predicts; of a rule that is not ours, what its witness shows."""
    shown = _shown(finding)
    code = finding.code
    if not code.startswith("NS") or len(code) < 3:
        causes = (*_RANGE, *_DIGITS) if shown else ()
        return _of(shown, causes)
    if code[2] == "7" and code < "NS711":
        return _COMPARISON
    if code[2] == "9":
        named = [cause for word, causes in _CHECK_WORDS.items() if word in finding.name for cause in causes]
        general = _CUSTOM_GRADIENT.causes if code >= "NS951" else frozenset()
        return _of((), frozenset(named) or general)
    family = _FAMILIES.get(code[2], _of((), ()))
    return Expectation(family.symptoms | shown, family.causes)


def _shown(finding: Finding) -> frozenset[Symptom]:
    """The symptom at the witness: what the code does at the input that proves the finding."""
    witness = finding.witness
    if witness is None:
        return frozenset()
    if not isfinite(witness.computed):
        return frozenset({"nonfinite"})
    if witness.computed == 0.0 and witness.exact != 0.0:
        return frozenset({"underflow", "digits-lost"})
    return frozenset({"digits-lost"})


def symptoms(event: Event, inherited: float) -> frozenset[Symptom]:
    """What went wrong in an event; `inherited` is the largest relative error among its inputs from elsewhere.

    Digits count as lost where the result has fewer than half of its dtype's left, and the line made that so:
    the error is more than 16 times (4 bits) what came in.
    """
    seen: set[Symptom] = set()
    if event.overflowed or event.first_nonfinite or event.first_nan:
        seen.add("nonfinite")
    if event.underflowed:
        seen.add("underflow")
    half = 2.0 ** (-PRECISION.get(event.dtype, 53) / 2)
    if isfinite(event.accumulated_error) and event.accumulated_error > max(half, 16 * inherited):
        seen.add("digits-lost")
    if event.broadcast in ("rank-expanding", "outer"):
        seen.add("broadcast")
    return frozenset(seen)


def is_about_the_check(cause: str) -> bool:
    """Whether the cause lies with the user's check, not with a line of the function."""
    return cause in CHECK_CAUSES
