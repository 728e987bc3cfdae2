"""Whether the evaluations alone show that a run is sound, so that a recording of it would explain nothing."""

from __future__ import annotations

import numpy as np

from stabcheck.dynamic.examined import Examined
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.sampling import length
from stabcheck.dynamic.verdict import Judgement

SPARE = 0.25  # of the error at which half the digits are lost: how far below it an error bar must be


def no_accident(working: Examined) -> bool:
    """Whether the adapter knows that no operands are broadcast by accident, in function or gradient."""
    return bool(getattr(working.sampler.problem, "shapes_meet", False))


def digits_kept(formula: Formula | None) -> bool:
    """Whether no entry of the value, and no leaf's gradient, can have lost half its digits.

    The noise of the function bounds the errors of its values, the error bars along random directions those
    of the gradient: so long as neither is small beside the others.
    """
    if formula is None or formula.outcome != "agrees":
        return False
    half = SPARE * float(np.sqrt(formula.sampler.unit))
    entries = np.abs(formula.centre.value * formula.centre.cotangent)
    noise = max((formula.noise.floor, *formula.noise.levels))
    return bool(noise < half * entries.min()) and all(
        _gradient_known(judgement, formula, half) for judgement in formula.judgements
    )


def _gradient_known(judgement: Judgement, formula: Formula, half: float) -> bool:
    """Whether the gradient agrees along a direction to more than half the digits of its smallest leaf.

    A leaf by which the value changes less, relatively, than the leaf itself does is measured by the value, as
    in `trace.attribution`.
    """
    gradient, direction = formula.centre.gradient, judgement.rungs.direction
    if gradient is None:
        return False
    sizes = [
        length((part,), (along,))
        for part, along, leaf in zip(gradient, direction, formula.sampler.problem.leaves, strict=True)
        if leaf.varied and leaf.value.size
    ]
    value = float(np.max(np.abs(formula.centre.value)))
    return max(judgement.bar, judgement.residual) < half * max(min(sizes), value)
