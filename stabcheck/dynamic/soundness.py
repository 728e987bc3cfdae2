"""Is the function sound at the working dtype: values and gradient there against those in float64.

What is compared is the loss beyond conditioning. Rounding the inputs to the working dtype alone changes f by
about u Σ|∂f/∂x_i · x_i|, and the gradient by what it moves under such a nudge; no code could avoid that, so
only what is far above it is the function's fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.contract_causes import gradient_location
from stabcheck.dynamic.contracts import as_cotangent, fitted
from stabcheck.dynamic.directions import scale_of
from stabcheck.dynamic.evident import digits_kept, no_accident
from stabcheck.dynamic.examined import Examined
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.nearby import nudged
from stabcheck.dynamic.noise import rounding_floor
from stabcheck.dynamic.recording import Recording
from stabcheck.dynamic.report import Cause
from stabcheck.dynamic.trace.attribution import is_bad
from stabcheck.dynamic.trace.blame import zero_origin
from stabcheck.dynamic.trace.event import Trace
from stabcheck.dynamic.trace.event_causes import underflow

Float64 = npt.NDArray[np.float64]

EXCUSED = 16.0  # times the inherent error that is granted to a function that rounds on its way
AMPLIFIED = 100.0  # noise over the rounding of the result from which it comes from larger numbers on the way
LOST_DIGITS = ("cancellation", "precision-loss", "underflow", "overflow")
NONFINITE = ("overflow", "underflow", "domain-error", "cancellation")


def function_causes(
    working: Examined,
    reference: Examined,
    formula: Formula | None,
    recording: Recording,
    rng: np.random.Generator,
    *,
    suspected: bool,
) -> list[Cause]:
    """Overflow, underflow, domain errors and lost digits at the working dtype; silent broadcasts anywhere.

    The run is recorded for it where something may be found: `suspected`, if something has been found before.
    """
    contracts = working.contracts
    finite = contracts.finite and not contracts.nonfinite
    alone = working is reference  # nothing wider to compare with, but for what a recording has
    losses = _losses(working, reference, formula, rng) if finite and not alone else []
    lossless = finite and (digits_kept(formula) if alone else not losses)
    if lossless and not suspected and no_accident(working):
        return []
    traced = recording.causes
    broadcasts = [cause for cause in traced if cause.kind == "silent-broadcast"]
    if not finite:
        found = [cause for cause in traced if cause.kind in NONFINITE]
        if not found and not contracts.finite:
            found = [_nonfinite_value(working, reference)]
        elif not found and not reference.contracts.nonfinite:
            found = [_nonfinite_gradient(working)]
        return [*found, *broadcasts]
    found = [cause for cause in traced if cause.kind in LOST_DIGITS]
    return [*(found if alone else (found or _unseen(losses, recording)) if losses else ()), *broadcasts]


def _unseen(losses: list[Cause], recording: Recording) -> list[Cause]:
    """Losses that the recording has no place for; none if it saw the whole run, and that it is accurate.

    Then it is another function that runs in float64: one that draws random numbers in the dtype of its
    arguments, or takes an eps from it.
    """
    trace = recording.trace
    if trace is not None and trace.results and any(loss.kind == "underflow" for loss in losses):
        return [_where_it_vanished(loss, trace) for loss in losses]
    if trace is None or trace.notes or not trace.results:
        return losses
    seen = all(result.event >= 0 for result in trace.results)
    return [] if seen and not is_bad(trace.results) else losses


def _where_it_vanished(loss: Cause, trace: Trace) -> Cause:
    """An underflow too small to be an error by the dtype's own measure, at the operation that made the 0."""
    ends = [result.event for result in trace.results if result.event >= 0 and result.working == 0]
    origins = [zero_origin(trace, end) for end in ends if trace.events[end].vanished]
    found = next((event for event in origins if event.underflowed and event.location), None)
    if loss.kind != "underflow" or found is None:
        return loss
    placed = underflow(found, f"; {loss.explanation}")
    return replace(placed, evidence={**loss.evidence, **placed.evidence})


def _losses(
    working: Examined, reference: Examined, formula: Formula | None, rng: np.random.Generator
) -> list[Cause]:
    """What the values alone show, without a place for it; a value that is 0 by an identity has no digits."""
    if formula is not None and formula.constant:
        return []
    if not reference.contracts.finite or reference.contracts.nonfinite:
        return []
    vanished = _underflow(working, reference)
    if vanished is not None:
        return [vanished]
    value = _value_loss(working, reference)
    if value is not None:
        return [_cancelled(value, formula) or value]
    gradient = _gradient_loss(working, reference, rng)
    return [] if gradient is None else [gradient]


def _cancelled(loss: Cause, formula: Formula | None) -> Cause | None:
    """The loss as a cancellation, if the noise of f in float64 is far above the rounding of its value."""
    if formula is None or not formula.noise.levels:
        return None
    value = formula.centre.value
    rounding = rounding_floor(formula.sampler.unit, value, formula.centre.cotangent)
    amplification = max(formula.noise.levels) / max(rounding, 1e-300)
    if amplification <= AMPLIFIED:
        return None
    text = f"{loss.explanation}; rounding errors on the way are multiplied by {amplification:.1g}"
    return replace(
        loss,
        kind="cancellation",
        explanation=text,
        evidence={**loss.evidence, "amplification": amplification},
    )


def _nonfinite_value(working: Examined, reference: Examined) -> Cause:
    """Without a trace: what the value is here, and what it is in float64."""
    problem, contracts = working.sampler.problem, working.contracts
    given = _nonfinite_argument(working)
    if given is not None:
        return given
    value = contracts.value.astype(np.float64).reshape(-1)
    bad = value[~np.isfinite(value)]
    dtype = working.sampler.precision.name
    evidence: dict[str, Any] = {"value": str(bad[0]), "entries": int(bad.size), "dtype": dtype}
    if reference.contracts.finite and working is not reference:
        wide = reference.contracts.value.astype(np.float64).reshape(-1)[~np.isfinite(value)]
        kind = "underflow" if np.all(np.isneginf(bad)) else "overflow"
        evidence["float64"] = float(wide[0])
        text = f"the function is {bad[0]} in {dtype}, and {wide[0]:.6g} in float64"
        advice = (
            "rewrite it so that no intermediate leaves the range (a shifted exponential, logsumexp, log1p)"
        )
        return Cause(kind, text, advice, evidence, problem.location)
    kind = "overflow" if np.all(np.isposinf(bad)) else "domain-error"
    text = f"the function is {bad[0]} at this point, in {dtype} as in any wider dtype that was tried"
    advice = "look for a logarithm or a root of a number that isn't positive, or a division by 0"
    return Cause(kind, text, advice, evidence, problem.location)


def _nonfinite_argument(working: Examined) -> Cause | None:
    """The point itself, if it holds NaN or an infinity."""
    for leaf in working.sampler.problem.leaves:
        bad = np.argwhere(~np.isfinite(leaf.value.astype(np.float64)))
        if len(bad):
            index = [int(k) for k in bad[0]]
            value = str(leaf.value[tuple(index)])
            return Cause(
                "domain-error",
                f"the argument {leaf.name}{index or ''} is {value} itself, and the function is not finite "
                "with it",
                "check at a point of finite numbers; look for what made this one",
                {"leaf": leaf.name, "indices": [index], "count": len(bad), "value": value},
                working.sampler.problem.location,
            )
    return None


def _nonfinite_gradient(working: Examined) -> Cause:
    dtype = working.sampler.precision.name
    leaf = working.contracts.nonfinite[0]
    name = working.sampler.problem.leaves[leaf].name
    return Cause(
        "overflow",
        f"the gradient by {name} is not finite in {dtype}, though it is in float64: an intermediate leaves "
        "the range",
        "rewrite the gradient so that no intermediate overflows (divide by the larger exponential)",
        {"leaf": name, "dtype": dtype},
        gradient_location(working.sampler.problem),
    )


def _underflow(working: Examined, reference: Examined) -> Cause | None:
    """A value, or the gradient by a leaf, that is exactly 0 here and not in float64."""
    problem, dtype = working.sampler.problem, working.sampler.precision.name
    here, wide = working.contracts.value, reference.contracts.value
    pairs = [("the function", here, wide)]
    for leaf, a, b in zip(
        problem.leaves, working.contracts.gradient, reference.contracts.gradient, strict=True
    ):
        pairs.append((f"the gradient by {leaf.name}", a, b))
    for what, narrow, exact in pairs:
        largest = float(np.max(np.abs(exact.astype(np.float64)), initial=0.0))
        if largest > 0 and not np.any(narrow):
            return Cause(
                "underflow",
                f"{what} is 0 in {dtype}, and {largest:.3g} in float64",
                "work with logarithms, or scale: the products on the way are smaller than the dtype can hold",
                {"dtype": dtype, "float64": largest},
                problem.location,
            )
    return None


def _value_loss(working: Examined, reference: Examined) -> Cause | None:
    here = working.contracts.value.astype(np.float64)
    wide = reference.contracts.value.astype(np.float64)
    if here.shape != wide.shape:
        return None
    size = max(float(np.max(np.abs(wide), initial=0.0)), 1e-300)
    error = float(np.max(np.abs(here - wide), initial=0.0)) / size
    unit = working.sampler.unit
    inherent = unit * (1 + _condition(reference) / size)
    if error <= max(np.sqrt(unit), EXCUSED * inherent):
        return None
    return _loss(working, "the function", error, inherent)


def _condition(examined: Examined) -> float:
    """Σ|∂φ/∂x_i · x_i|: how far f moves for a relative change of 1 in every entry."""
    leaves = examined.sampler.problem.leaves
    return sum(
        float(np.sum(np.abs(part * leaf.value.astype(np.float64))))
        for part, leaf in zip(examined.contracts.gradient, leaves, strict=True)
    )


def _gradient_loss(working: Examined, reference: Examined, rng: np.random.Generator) -> Cause | None:
    """The gradient here against the same formula in float64, leaf by leaf."""
    if not working.contracts.gradient or not reference.contracts.gradient:
        return None
    unit = max(working.sampler.precision.unit, working.contracts.gradient_unit)
    cotangent = as_cotangent(reference.contracts.cotangent, reference.contracts.value, reference.sampler)
    if getattr(reference.sampler.problem, "gradient_fixed", False):
        return None
    near = fitted(
        reference.sampler.gradient(cotangent, nudged(reference.sampler, rng, unit)),
        reference.sampler.problem.leaves,
    )
    leaves = working.sampler.problem.leaves
    scales = [scale_of(leaf.value) for leaf in leaves]
    whole = float(
        np.sqrt(sum(np.sum((g * s) ** 2) for g, s in zip(reference.contracts.gradient, scales, strict=True)))
    )
    for leaf, scale, here, wide, moved in zip(
        leaves, scales, working.contracts.gradient, reference.contracts.gradient, near, strict=True
    ):
        size = float(np.linalg.norm(wide))
        if size == 0 or not np.all(np.isfinite(moved)):
            continue
        # A gradient that is 0 but for rounding (a bias before batch normalization) has no digits to lose.
        if float(np.linalg.norm((here - wide) * scale)) <= EXCUSED * unit * whole:
            continue
        error = float(np.linalg.norm(here - wide)) / size
        inherent = float(np.linalg.norm(moved - wide)) / size
        if error > max(np.sqrt(unit), EXCUSED * inherent):
            return _loss(working, f"the gradient by {leaf.name}", error, inherent)
    return None


def _loss(working: Examined, what: str, error: float, inherent: float) -> Cause:
    dtype = working.sampler.precision.name
    return Cause(
        "precision-loss",
        f"{what} is off by {error:.2g} relative in {dtype}, where rounding its inputs would cost "
        f"{inherent:.1g}: "
        "it loses more than half its digits on the way",
        "look for a difference of nearly equal numbers, or compute this part in a wider dtype",
        {"dtype": dtype, "error": error, "inherent": inherent},
        working.sampler.problem.location,
    )


def with_traced_nan(causes: Sequence[Cause], traced: Sequence[Cause]) -> list[Cause]:
    """The NaN gradient that the ladder found, with the operation and line that the trace knows."""
    known = next((cause for cause in traced if cause.kind == "nan-gradient"), None)
    maker = next((cause for cause in traced if cause.kind in NONFINITE and cause.location), None)
    return [_placed(cause, known, maker) if cause.kind == "nan-gradient" else cause for cause in causes]


def _placed(cause: Cause, known: Cause | None, maker: Cause | None) -> Cause:
    if known is not None:
        return replace(known, evidence={**cause.evidence, **known.evidence})
    if maker is not None:
        where = cause.explanation.partition(", while")[0]
        return replace(
            cause,
            explanation=f"{where}, while the function is finite: {maker.explanation}",
            suggestion=maker.suggestion,
            location=maker.location,
        )
    return cause
