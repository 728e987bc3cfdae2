"""The order of a diagnosis: contracts, the formula at high precision, the arithmetic at the working dtype, the check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.answers import answers
from stabcheck.dynamic.causes import believable, ranked, verdict_of
from stabcheck.dynamic.contract_causes import contract_causes, nondeterministic
from stabcheck.dynamic.contracts import as_cotangent, examine
from stabcheck.dynamic.custom import in_custom_gradient
from stabcheck.dynamic.formula import Formula, centre_of, examine_formula, granted
from stabcheck.dynamic.formula_causes import formula_causes
from stabcheck.dynamic.ladder import rung_bars
from stabcheck.dynamic.noise import profile
from stabcheck.dynamic.problem import Problem
from stabcheck.dynamic.report import Cause, DtypeSummary, Location, Report, Step, Verdict
from stabcheck.dynamic.sampling import Effort, Sampler
from stabcheck.dynamic.secondorder import second_order_causes
from stabcheck.dynamic.soundness import Examined, function_causes, traced_causes, with_traced_nan
from stabcheck.dynamic.trace.event import Trace
from stabcheck.dynamic.usercheck import Check, Replay, check_causes, replay
from stabcheck.dynamic.verdict import Judgement, Outcome, judge_all

Float64 = npt.NDArray[np.float64]

TELLING = 0.05  # a difference that knows the derivative to no better than this tells nothing
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


def diagnose_problem(problem: Problem, request: Request, effort: Effort) -> Report:
    """Diagnose a problem; its verdict is that of the first of the ranked causes."""
    rng = np.random.default_rng(request.seed)
    given = bool(getattr(problem, "gradient_given", True))
    sampler = Sampler(problem, effort)
    working = Examined(sampler, examine(sampler, None, rng, with_gradient=given))
    if working.contracts.random_value or working.contracts.random_gradient:
        return _report(problem, effort, [nondeterministic(problem, working.contracts)])
    reference = at_float64(working, rng, given)
    causes: list[Cause] = [*problem.suspects, *contract_causes(sampler, working.contracts)]
    trace, notes = _recorded(working)
    traced = traced_causes(trace)
    formula = None
    if reference.contracts.finite:
        fixed = bool(getattr(problem, "gradient_fixed", False))
        formula = examine_formula(reference.sampler, reference.contracts, rng, fixed_gradient=fixed)
        upstream = any(cause.kind == "upstream-ignored" for cause in causes)
        found = [] if upstream else formula_causes(formula, rng, full=request.full)
        causes += in_custom_gradient(with_traced_nan(found, traced), trace)
    lost = function_causes(working, reference, formula, traced, rng)
    causes = believable(causes, lost, working is reference)
    ladders = _ladders(formula, working, reference, rng)
    if formula is not None and formula.outcome == "agrees" and verdict_of(ranked(causes)) == "pass" and given:
        if request.order == 2:
            causes += second_order_causes(formula, rng)
        causes += _of_the_check(request, working, reference, ladders, rng)
    steps = tuple(step for judgement in ladders for step in _steps(judgement))
    summaries = tuple(_summary(judgement) for judgement in ladders)
    report = _report(problem, effort, causes, steps, summaries)
    return replace(report, trace=trace, notes=(*report.notes, *notes))


def _recorded(working: Examined) -> tuple[Trace | None, tuple[str, ...]]:
    """One recording of the run at the point, of the gradient too; not of a function that changes its argument."""
    contracts = working.contracts
    if contracts.mutated or working.sampler.effort.exhausted:
        return None, ()
    cotangent = (
        as_cotangent(contracts.cotangent, contracts.value, working.sampler) if contracts.entries else None
    )
    working.sampler.effort.evaluations += 1
    try:
        with np.errstate(all="ignore"):
            return working.sampler.problem.trace(cotangent), ()
    except Exception as problem:  # the user's code ran before: what fails here is the recording alone
        return None, (f"the run could not be recorded ({type(problem).__name__}): causes carry no line",)


def _of_the_check(
    request: Request,
    working: Examined,
    reference: Examined,
    ladders: Sequence[Judgement],
    rng: np.random.Generator,
) -> list[Cause]:
    """The check that the user ran, replayed at each of its dtypes; without one, whether the dtype allows any."""
    location = working.sampler.problem.location
    if request.step is None and request.tolerance is None and not request.dtypes:
        return [
            _too_coarse(judgement, location) for judgement in ladders if _is_too_coarse(judgement, working)
        ]
    check = Check(request.scheme, request.step, request.tolerance)
    found: list[Cause] = []
    for dtype in request.dtypes or (working.sampler.precision.name,):
        here = _at(dtype, working, reference, rng)
        if here is None or not here.contracts.finite or here.contracts.nonfinite:
            continue

        def wide(dtype: str = dtype) -> Replay | None:
            return None if dtype == "float64" or reference is working else replay(reference, check, rng)

        found += check_causes(replay(here, check, rng), check, wide, location)
    return found


def _at(dtype: str, working: Examined, reference: Examined, rng: np.random.Generator) -> Examined | None:
    for known in (working, reference):
        if known.sampler.precision.name == dtype:
            return known
    return examined_at(working, dtype, rng, bool(working.contracts.entries))


def _is_too_coarse(judgement: Judgement, working: Examined) -> bool:
    """At the working dtype the best difference knows the derivative to no better than this: it tells nothing."""
    narrow = judgement.rungs.dtype == working.sampler.precision.name != "float64"
    return (
        narrow and judgement.resolution > TELLING and judgement.outcome in ("unresolved", "rough", "agrees")
    )


def _too_coarse(judgement: Judgement, location: Location | None) -> Cause:
    dtype = judgement.rungs.dtype
    text = (
        f"a {dtype} difference can't tell: its best error bar is {judgement.resolution:.1g} of the derivative"
    )
    evidence = {"dtype": dtype, "resolution": judgement.resolution, "best_step": judgement.best_step}
    return Cause("dtype-too-coarse", text, "run the check in float64", evidence, location)


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
        contracts = examine(sampler, working.contracts.cotangent, rng, with_gradient=given)
        return Examined(sampler, contracts)
    except Exception:
        return None


def _ladders(
    formula: Formula | None, working: Examined, reference: Examined, rng: np.random.Generator
) -> list[Judgement]:
    """One ladder a dtype, along the same direction: the reference, the working dtype, float32."""
    if formula is None:
        return []
    found = [formula.judgements[0]]
    for name in dict.fromkeys((working.sampler.precision.name, "float32")):
        if name == reference.sampler.precision.name or working.sampler.effort.exhausted:
            continue
        here = _at(name, working, reference, rng)
        if here is not None and here.contracts.finite:
            found.append(_ladder_at(here, found[0]))
    return found


def _ladder_at(here: Examined, like: Judgement) -> Judgement:
    fixed = bool(getattr(here.sampler.problem, "gradient_fixed", False))
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
