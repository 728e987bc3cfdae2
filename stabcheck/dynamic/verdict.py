"""One direction: does the gradient agree with the function, and how finely could that be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.directions import shortened
from stabcheck.dynamic.edge import climb_inwards
from stabcheck.dynamic.jumps import (
    STATIONARY,
    Kink,
    Staircase,
    curvature_jumps,
    discontinuity,
    flat_between_jumps,
    kink,
    staircase,
    steepening,
    unsettled,
)
from stabcheck.dynamic.ladder import Centre, Estimate, Rungs, climb, extrapolate, without_first_order
from stabcheck.dynamic.noise import NoiseProfile
from stabcheck.dynamic.report import ACCUSED as ACCUSED  # noqa: PLC0414
from stabcheck.dynamic.sampling import Direction, Sampler

Float64 = npt.NDArray[np.float64]

Outcome = Literal[
    "agrees", "differs", "kink-inside", "kink-outside", "jump", "rough", "unresolved", "unreachable"
]

FEWEST = 3  # steps that a ladder needs
STEPS = 5  # fewer are reason to try shorter ones
COARSE = 1e-2  # a derivative known to no better than this is not resolved
FINEST = 64.0  # units of roundoff that the finest step of all has
ROUGH = 1e-3  # a staircase that hides more than this part of the derivative is worth a word


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one direction tells of the gradient.

    `bar` is the error bar of the numeric derivative together with the rounding of the analytic one;
    `resolution` the same relative to the derivative: the smallest relative error that would have been seen.
    """

    outcome: Outcome
    rungs: Rungs
    estimate: Estimate | None = None
    noise: Float64 | None = None
    bar: float = float("inf")
    kink: Kink | None = None
    jump: float | None = None
    staircase: Staircase | None = None
    steepening: float | None = None
    constant: bool = False  # the function changes by rounding alone

    @property
    def numeric(self) -> float:
        """The extrapolated derivative along the direction."""
        return self.estimate.value if self.estimate else float("nan")

    @property
    def residual(self) -> float:
        """|analytic − numeric|."""
        return abs(self.rungs.analytic - self.numeric)

    @property
    def size(self) -> float:
        """The size of the derivative: analytic or numeric, whichever is larger."""
        return max(self.rungs.size, abs(self.numeric) if self.estimate else 0.0)

    @property
    def resolution(self) -> float:
        """`bar` relative to the derivative."""
        return self.bar / max(self.size, 1e-300)

    @property
    def best_step(self) -> float:
        """The step that the estimate comes from."""
        return float(self.rungs.steps[self.estimate.rung]) if self.estimate else float("nan")


def judge_all(
    sampler: Sampler,
    centre: Centre,
    directions: list[Direction],
    noise: NoiseProfile,
    gradient_unit: float,
    steps: tuple[float, ...] | None = None,
) -> list[Judgement]:
    """Climb the ladder along each direction and judge each; steps that leave the domain are taken shorter.

    `gradient_unit` is the relative rounding to be granted to the entries of the gradient.
    """
    judged = []
    for taken in climb(sampler, centre, directions, noise, steps):
        rungs = taken
        if taken.steps.size < min(STEPS, len(steps or sampler.steps)):
            shorter = climb(
                sampler, centre, [shortened(taken.direction, sampler.problem.leaves)], noise, steps
            )
            rungs = max(taken, *shorter, key=lambda tried: tried.steps.size)
        if rungs.steps.size < FEWEST:
            inwards = climb_inwards(sampler, centre, taken.direction, noise, steps or sampler.steps)
            rungs = inwards or rungs
        stairs = staircase(rungs) if centre.gradient is not None else None
        if stairs is not None:
            judged.append(_judge_staircase(sampler, centre, rungs, stairs, noise, gradient_unit))
        else:
            judged.append(_settled(sampler, centre, judge(rungs, gradient_unit), noise, gradient_unit))
    return judged


def _settled(
    sampler: Sampler, centre: Centre, found: Judgement, noise: NoiseProfile, gradient_unit: float
) -> Judgement:
    """The judgement with finer steps, where the finest ones of the ladder are still far apart.

    If those do not settle either there is no accusation; nor if they are within one stair of a staircase.
    """
    rungs = found.rungs
    if found.outcome in ("agrees", "unreachable") or not unsettled(rungs, rungs.noise):
        return found
    finest, limit = float(rungs.steps[-1]), FINEST * sampler.precision.unit
    steps = tuple(finest / 8.0**k for k in range(-1, 8) if finest / 8.0**k >= limit)
    finer = judge(climb(sampler, centre, [rungs.direction], noise, steps)[0], gradient_unit)
    told = ("agrees",) if found.outcome == "unresolved" else ("agrees", "differs")
    within = finer.rungs.size > 0 and flat_between_jumps(finer.rungs, finer.rungs.noise)
    if finer.outcome in told and not within and not unsettled(finer.rungs, finer.rungs.noise):
        return finer
    return replace(found, outcome="unresolved") if found.outcome in ("differs", "kink-outside") else found


def judge(rungs: Rungs, gradient_unit: float) -> Judgement:
    """Compare the gradient with the rungs of one direction."""
    if rungs.steps.size < FEWEST:
        return Judgement("unreachable", rungs)
    found = _estimated(rungs, gradient_unit)
    if found.residual > ACCUSED * found.bar:  # then the correction for the rounding of x was wrong, too
        found = _estimated(rungs, gradient_unit, np.abs(rungs.correction) * rungs.steps)
    untold = found.residual > ACCUSED * found.bar or found.resolution > COARSE
    if untold and rungs.power == 2 and curvature_jumps(rungs, rungs.noise):
        found = _estimated_where_curvature_jumps(rungs, gradient_unit)
    if found.size == 0 and not np.any(rungs.ahead) and not np.any(rungs.behind):
        return replace(found, bar=0.0)  # constant, bit for bit: a derivative of 0 is no estimate
    if rungs.compared and rungs.size == 0 and flat_between_jumps(rungs, rungs.noise):
        return replace(found, estimate=Estimate(0.0, 0.0, rungs.steps.size - 1, 0), bar=0.0)
    estimate, noise, bar = found.estimate, found.noise, found.bar
    assert estimate is not None
    assert noise is not None
    jump = discontinuity(rungs, noise)
    if jump is not None:
        return replace(found, outcome="jump", jump=jump)
    bend = kink(rungs, noise) if rungs.power == 2 else None
    if bend is not None:
        side = _side_of(bend, rungs.analytic, bar) if rungs.compared else "kink-inside"
        return replace(found, outcome=side, kink=bend)
    steep = steepening(rungs)
    if steep is not None:
        return replace(found, outcome="unresolved", steepening=steep)
    if not rungs.compared:
        return replace(found, outcome="agrees" if found.resolution <= COARSE else "unresolved")
    negligible = max(64 * rungs.unit, STATIONARY) * rungs.scale
    both_vanish = rungs.size <= max(bar, negligible) and estimate.bar <= negligible
    if found.residual <= ACCUSED * bar:
        # The rounding of the gradient itself is no lack of resolution: float16 has no better ones.
        coarse = estimate.bar / max(found.size, 1e-300) > max(COARSE, 8 * np.cbrt(rungs.unit) ** 2)
        return replace(found, outcome="unresolved" if coarse and not both_vanish else "agrees")
    if _agrees_when_coarser(found):
        return replace(found, outcome="rough")
    return replace(found, outcome="differs")


def _estimated(rungs: Rungs, gradient_unit: float, extra: Float64 | float = 0.0) -> Judgement:
    estimate, noise = extrapolate(rungs, extra)
    bar = estimate.bar + gradient_unit * rungs.size + rungs.rounding
    return Judgement("agrees", rungs, estimate, noise, bar)


def _estimated_where_curvature_jumps(rungs: Rungs, gradient_unit: float) -> Judgement:
    """Extrapolated over t, with a bar that covers a jump beside the point, nearer than the finest step."""
    found = _estimated(without_first_order(rungs), gradient_unit)
    assert found.estimate is not None
    beside = abs(float(rungs.numeric[-1] - rungs.numeric[-2]))
    estimate = replace(found.estimate, rung=found.estimate.rung + 1, bar=found.estimate.bar + beside)
    return replace(found, rungs=rungs, estimate=estimate, noise=rungs.noise, bar=found.bar + beside)


def _side_of(bend: Kink, analytic: float, bar: float) -> Outcome:
    low, high = sorted((bend.left, bend.right))
    slack = bend.bar + bar + 1e-3 * abs(bend.difference)
    return "kink-inside" if low - slack <= analytic <= high + slack else "kink-outside"


def _agrees_when_coarser(found: Judgement) -> bool:
    """Whether a coarser plateau has the gradient's value, and the function only ripples below it."""
    if found.estimate is None or found.noise is None:
        return False
    rungs, size = found.rungs, found.size
    for index in range(1, found.estimate.rung):
        here, before = rungs.numeric[index], rungs.numeric[index - 1]
        bar = abs(here - before) + 2 * found.noise[index] / rungs.steps[index]
        if (
            rungs.steps[index] > 3 * found.best_step
            and bar < 1e-2 * size
            and abs(here - rungs.analytic) <= 2 * bar + found.bar
            and abs(here - found.numeric) > max(10 * bar, 0.02 * size)
        ):
            return True
    return False


def _judge_staircase(
    sampler: Sampler,
    centre: Centre,
    rungs: Rungs,
    stairs: Staircase,
    noise: NoiseProfile,
    gradient_unit: float,
) -> Judgement:
    """Judge on the coarse side only, with the height of the steps for noise."""
    slope = max(abs(rungs.analytic), float(np.max(np.abs(rungs.numeric))))
    top = sampler.steps[0]
    quantum = max([stairs.quantum / 2, *noise.levels])
    finest = max(4 * quantum / max(slope, 1e-300), top / 64)
    steps = tuple(top * 2.0 ** (1 - k) for k in range(9) if top * 2.0 ** (1 - k) >= finest)
    floored = NoiseProfile((), (), quantum)
    coarse = climb(sampler, centre, [rungs.direction], floored, steps)[0] if steps else rungs
    if coarse.steps.size < 3:
        return replace(judge(rungs, gradient_unit), outcome="unresolved", staircase=stairs)
    estimate, levels = extrapolate(coarse)
    found = Judgement(
        "agrees", coarse, estimate, levels, estimate.bar + gradient_unit * coarse.size, staircase=stairs
    )
    if found.residual > ACCUSED * found.bar:
        return replace(found, outcome="differs")
    if found.resolution > 0.5:
        return replace(found, outcome="unresolved")
    return replace(found, outcome="rough" if found.resolution > ROUGH else "agrees")
