"""The ladder of each dtype, as the report shows it."""

from __future__ import annotations

import numpy as np

from stabcheck.dynamic.examined import Examined, glanced_at
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.granted import centre_of, granted
from stabcheck.dynamic.ladder import rung_bars
from stabcheck.dynamic.noise import NoiseProfile, profile, rounding_floor
from stabcheck.dynamic.probing import varied
from stabcheck.dynamic.report import DtypeSummary, Step, Verdict
from stabcheck.dynamic.verdict import Judgement, Outcome, judge_all

VERDICTS: dict[Outcome, Verdict] = {
    "agrees": "pass",
    "differs": "fail",
    "kink-outside": "fail",
    "jump": "inconclusive",
    "kink-inside": "inconclusive",
    "rough": "inconclusive",
    "unresolved": "inconclusive",
    "unreachable": "inconclusive",
}


def ladders(
    formula: Formula | None, working: Examined, reference: Examined, rng: np.random.Generator
) -> list[Judgement]:
    """One ladder a dtype, along the same direction: the reference, the working dtype, float32."""
    if formula is None or not varied(formula):
        return []
    found = [formula.judgements[0]]
    if working is not reference and working.contracts.finite:
        found.append(_ladder_at(working, found[0], _measured_noise(working, found[0])))
    if "float32" not in (working.dtype, reference.dtype) and not working.sampler.effort.exhausted:
        here = glanced_at(working, reference, "float32")
        if here is not None and here.contracts.finite:
            found.append(_ladder_at(here, found[0], _scaled_noise(here, formula)))
    return found


def steps_of(judgement: Judgement) -> list[Step]:
    """The rungs of a ladder, with errors and bars relative to the size of the derivative.

    A derivative that is 0 within its bar has no size: then they are relative to how fast the function changes
    over the whole ladder.
    """
    rungs = judgement.rungs
    if not rungs.steps.size:
        return []
    size = max(judgement.size if judgement.size > judgement.bar else rungs.scale, 1e-300)
    bars = rung_bars(rungs, rungs.noise if judgement.noise is None else judgement.noise)
    return [
        Step(
            dtype=rungs.dtype,
            step=float(rungs.steps[index]),
            size=float(rungs.reach[index]),
            numeric=float(rungs.numeric[index]),
            analytic=rungs.analytic,
            error=abs(float(rungs.numeric[index]) - rungs.analytic) / size,
            bar=float(bars[index]) / size,
        )
        for index in range(rungs.steps.size)
    ]


def summary_of(judgement: Judgement) -> DtypeSummary:
    """What a ladder can tell."""
    return DtypeSummary(
        dtype=judgement.rungs.dtype,
        verdict=VERDICTS[judgement.outcome],
        analytic=judgement.rungs.analytic,
        numeric=judgement.numeric,
        bar=judgement.bar,
        best_step=judgement.best_step,
        resolution=judgement.resolution,
    )


def _ladder_at(here: Examined, like: Judgement, noise: NoiseProfile) -> Judgement:
    grant = granted(here.sampler, here.contracts, here.fixed_gradient)
    return judge_all(here.sampler, centre_of(here.contracts), [like.rungs.direction], noise, grant)[0]


def _measured_noise(here: Examined, like: Judgement) -> NoiseProfile:
    centre = centre_of(here.contracts)
    return profile(here.sampler, centre.value, centre.cotangent, like.rungs.direction, centre.spread)


def _scaled_noise(here: Examined, formula: Formula) -> NoiseProfile:
    """What the noise at the reference's dtype becomes at a narrower one that the user does not work in.

    Spacings and levels of rounding noise grow with the unit roundoff; the ladder raises what is too low.
    """
    known, centre = formula.noise, centre_of(here.contracts)
    ratio = here.sampler.unit / formula.sampler.unit
    return NoiseProfile(
        spacings=tuple(spacing * ratio for spacing in known.spacings),
        levels=tuple(level * ratio for level in known.levels),
        floor=rounding_floor(here.sampler.unit, centre.value, centre.cotangent),
    )
