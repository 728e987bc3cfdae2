"""The order of a diagnosis: contracts, the formula at high precision, the arithmetic at the working dtype, the check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.answers import answers
from stabcheck.dynamic.causes import ranked, verdict_of
from stabcheck.dynamic.contract_causes import contract_causes, nondeterministic
from stabcheck.dynamic.contracts import Contracts, examine
from stabcheck.dynamic.formula import Formula, centre_of, examine_formula, granted
from stabcheck.dynamic.formula_causes import formula_causes
from stabcheck.dynamic.ladder import rung_bars
from stabcheck.dynamic.noise import profile
from stabcheck.dynamic.problem import Problem
from stabcheck.dynamic.report import Cause, DtypeSummary, Report, Step, Verdict
from stabcheck.dynamic.sampling import Effort, Sampler
from stabcheck.dynamic.verdict import Judgement, Outcome, judge_all

Float64 = npt.NDArray[np.float64]

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


@dataclass(frozen=True, slots=True)
class Request:
    """What `diagnose` was asked, besides the problem: see there."""

    order: int = 1
    scheme: str = "central"
    step: float | None = None
    tolerance: float | None = None
    dtypes: tuple[str, ...] = ()
    full: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Examined:
    """A problem at one dtype with the results of its evaluations at the point."""

    sampler: Sampler
    contracts: Contracts


def diagnose_problem(problem: Problem, request: Request, effort: Effort) -> Report:
    """Diagnose a problem: the rule of every verdict is the first of the ranked causes."""
    rng = np.random.default_rng(request.seed)
    given = bool(getattr(problem, "gradient_given", True))
    fixed = bool(getattr(problem, "gradient_fixed", False))
    sampler = Sampler(problem, effort)
    working = Examined(sampler, examine(sampler, None, rng, with_gradient=given))
    if working.contracts.random_value or working.contracts.random_gradient:
        return _report(problem, effort, [nondeterministic(problem, working.contracts)])
    reference = at_float64(working, rng, given)
    causes: list[Cause] = [*problem.suspects, *contract_causes(problem, working.contracts)]
    formula = None
    if reference.contracts.finite:
        formula = examine_formula(reference.sampler, reference.contracts, rng, fixed_gradient=fixed)
        causes += formula_causes(formula, rng)
    ladders = _ladders(formula, working, reference, rng, given, fixed)
    steps = tuple(step for judgement in ladders for step in _steps(judgement))
    summaries = tuple(_summary(judgement) for judgement in ladders)
    return _report(problem, effort, causes, steps, summaries)


def at_float64(working: Examined, rng: np.random.Generator, given: bool) -> Examined:
    """The problem in float64, or as it is if it is there already, can't be run there, or gains nothing by it."""
    if working.sampler.precision.name == "float64":
        return working
    wide = examined_at(working, "float64", rng, given)
    if wide is None or wide.sampler.unit >= working.sampler.unit:
        return working
    return wide


def examined_at(working: Examined, dtype: str, rng: np.random.Generator, given: bool) -> Examined | None:
    """The problem at another dtype; None if the user's code refuses to run there."""
    try:
        problem = working.sampler.problem.at(dtype)
        if problem is None:
            return None
        sampler = Sampler(problem, working.sampler.effort)
        return Examined(sampler, examine(sampler, working.contracts.cotangent, rng, with_gradient=given))
    except Exception:
        return None


def _ladders(
    formula: Formula | None,
    working: Examined,
    reference: Examined,
    rng: np.random.Generator,
    given: bool,
    fixed: bool,
) -> list[Judgement]:
    """One ladder a dtype, along the same direction: the reference, the working dtype, float32."""
    if formula is None:
        return []
    found = [formula.judgements[0]]
    names = dict.fromkeys((working.sampler.precision.name, "float32"))
    for name in names:
        if name == reference.sampler.precision.name or working.sampler.effort.exhausted:
            continue
        here = working if name == working.sampler.precision.name else examined_at(working, name, rng, given)
        if here is None or not here.contracts.finite:
            continue
        found.append(_ladder_at(here, found[0], fixed))
    return found


def _ladder_at(here: Examined, like: Judgement, fixed: bool) -> Judgement:
    centre = centre_of(here.contracts)
    direction = like.rungs.direction
    noise = profile(here.sampler, centre.value, centre.cotangent, direction, centre.spread)
    return judge_all(here.sampler, centre, [direction], noise, granted(here.sampler, here.contracts, fixed))[
        0
    ]


def _steps(judgement: Judgement) -> list[Step]:
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


def _summary(judgement: Judgement) -> DtypeSummary:
    return DtypeSummary(
        dtype=judgement.rungs.dtype,
        verdict=VERDICTS[judgement.outcome],
        analytic=judgement.rungs.analytic,
        numeric=judgement.numeric,
        bar=judgement.bar,
        best_step=judgement.best_step,
        resolution=judgement.resolution,
    )


def _report(
    problem: Problem,
    effort: Effort,
    causes: Sequence[Cause],
    steps: tuple[Step, ...] = (),
    summaries: tuple[DtypeSummary, ...] = (),
) -> Report:
    order = ranked(causes)
    report = Report(
        name=problem.name,
        verdict=verdict_of(order),
        causes=order,
        steps=steps,
        dtypes=summaries,
        evaluations=effort.evaluations,
        path=problem.location.path if problem.location else None,
        line=problem.location.line if problem.location else None,
        notes=problem.notes,
    )
    return replace(report, answers=answers(report))
