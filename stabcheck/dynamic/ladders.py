"""The ladder of each dtype, as the report shows it."""

from __future__ import annotations

import numpy as np

from stabcheck.dynamic.examined import Examined, at_dtype
from stabcheck.dynamic.formula import Formula, centre_of, granted
from stabcheck.dynamic.ladder import rung_bars
from stabcheck.dynamic.noise import profile
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
    if formula is None:
        return []
    found = [formula.judgements[0]]
    for dtype in dict.fromkeys((working.dtype, "float32")):
        if dtype == reference.dtype or working.sampler.effort.exhausted:
            continue
        here = at_dtype(dtype, working, reference, rng)
        if here is not None and here.contracts.finite:
            found.append(_ladder_at(here, found[0]))
    return found


def steps_of(judgement: Judgement) -> list[Step]:
    """The rungs of a ladder, with errors and bars relative to the size of the derivative."""
    rungs = judgement.rungs
    if not rungs.steps.size:
        return []
    size = max(judgement.size, 1e-300)
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


def _ladder_at(here: Examined, like: Judgement) -> Judgement:
    centre, direction = centre_of(here.contracts), like.rungs.direction
    noise = profile(here.sampler, centre.value, centre.cotangent, direction, centre.spread)
    grant = granted(here.sampler, here.contracts, here.fixed_gradient)
    return judge_all(here.sampler, centre, [direction], noise, grant)[0]
