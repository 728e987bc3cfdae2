"""What a rule predicts of a run: the events on its line and the causes of failure that would prove it right.

A finding is only called confirmed by something of its own kind: an overflow does not prove a broadcast.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Literal

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
# Rules whose family says too much: of gradient checks and custom gradients each speaks of its own cause.
_BY_NAME = {
    "gradcheck-float32": ("dtype-too-coarse", "step-too-small", "dtype-mismatch"),
    "step-too-small": ("step-too-small",),
    "step-too-large": ("step-too-large",),
    "one-sided-difference": ("one-sided-difference",),
    "ten-e-minus-seven": ("tolerance-too-tight",),
    "tolerance-too-tight": ("tolerance-too-tight",),
    "absolute-error-only": ("tolerance-too-tight",),
    "random-layer-in-check": ("nondeterministic",),
    "random-in-checked-function": ("nondeterministic",),
    "perturbation-not-restored": ("mutates-input",),
    "perturbation-aliases-input": ("mutates-input",),
    "integer-input": ("integer-input", "dtype-mismatch"),
    "check-at-kink": ("non-differentiable", "discontinuous"),
    "detached-path-in-check": ("missing-gradient",),
    "ignores-upstream": ("upstream-ignored",),
    "missing-broadcast-reduction": ("missing-broadcast-sum", "shape-mismatch"),
    "wrong-gradient-count": ("shape-mismatch", "missing-gradient"),
    "missing-variables-argument": ("missing-gradient",),
    "rebound-input": ("wrong-gradient", "scale-error", "localized-error"),
    "float-equality": ("non-differentiable", "discontinuous"),
}


def expectation(finding: Finding) -> Expectation:
    """What the finding predicts; of a rule that is not ours, what its witness shows."""
    shown = _shown(finding)
    if finding.name in _BY_NAME:
        return _of(shown, _BY_NAME[finding.name])
    code = finding.code
    if not code.startswith("NS"):
        return _of(shown, (*_RANGE, *_DIGITS) if shown else ())
    family = _FAMILIES.get(code[2:3], _of((), ()))
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
