"""The order of a diagnosis: contracts, formula in float64, arithmetic at the working dtype, check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stabcheck.dynamic.answers import answers
from stabcheck.dynamic.broadcasts import tied
from stabcheck.dynamic.causes import believable, ranked, verdict_of
from stabcheck.dynamic.checked import judge_check
from stabcheck.dynamic.contract_causes import contract_causes, nondeterministic
from stabcheck.dynamic.contracts import as_cotangent
from stabcheck.dynamic.custom import in_custom_gradient
from stabcheck.dynamic.examined import Examined, at_float64, examined_here
from stabcheck.dynamic.formula import Formula, examine_formula
from stabcheck.dynamic.formula_causes import formula_causes
from stabcheck.dynamic.ladders import ladders, steps_of, summary_of
from stabcheck.dynamic.problem import Problem
from stabcheck.dynamic.report import Cause, Report
from stabcheck.dynamic.request import Request
from stabcheck.dynamic.sampling import Effort, Sampler
from stabcheck.dynamic.secondorder import second_order_causes
from stabcheck.dynamic.soundness import function_causes, traced_causes, with_traced_nan
from stabcheck.dynamic.trace.event import Trace
from stabcheck.dynamic.usercheck import Replay


def diagnose_problem(problem: Problem, request: Request, effort: Effort) -> Report:
    """Diagnose a problem; its verdict is that of the first of the ranked causes."""
    rng = np.random.default_rng(request.seed)
    given = bool(getattr(problem, "gradient_given", True))
    working = examined_here(Sampler(problem, effort), rng, given=given)
    if working.contracts.random_value or working.contracts.random_gradient:
        report = _report(problem, effort, [nondeterministic(problem, working.contracts)])
        return replace(report, answers=answers(report, problem.dtype, given))
    reference = at_float64(working, rng)
    trace, notes = _recorded(working)
    formula, causes = _formula(working, reference, trace, request, rng)
    lost = function_causes(working, reference, formula, traced_causes(trace), rng)
    causes = believable(causes, lost, working is reference)
    measured = ladders(formula, working, reference, rng)
    replays: list[Replay] = []
    if given and formula is not None and formula.outcome == "agrees" and verdict_of(ranked(causes)) == "pass":
        if request.order == 2:
            causes += second_order_causes(formula, rng)
        checked, replays = judge_check(request, working, reference, measured, rng)
        causes += checked
    report = replace(
        _report(problem, effort, causes),
        steps=tuple(step for judgement in measured for step in steps_of(judgement)),
        dtypes=tuple(summary_of(judgement) for judgement in measured),
        notes=(*problem.notes, *notes),
        trace=trace,
    )
    return replace(report, answers=answers(report, problem.dtype, given, replays))


def _formula(
    working: Examined, reference: Examined, trace: Trace | None, request: Request, rng: np.random.Generator
) -> tuple[Formula | None, list[Cause]]:
    """Question 1, with the causes that the problem's adapter and its contracts showed before."""
    problem = working.sampler.problem
    causes = [*problem.suspects, *contract_causes(working.sampler, working.contracts)]
    if not reference.contracts.finite:
        return None, causes
    formula = examine_formula(
        reference.sampler, reference.contracts, rng, fixed_gradient=reference.fixed_gradient
    )
    if any(cause.kind == "upstream-ignored" for cause in causes):
        return formula, in_custom_gradient(causes, trace)
    found = with_traced_nan(formula_causes(formula, rng, full=request.full), traced_causes(trace))
    return formula, in_custom_gradient([*causes, *found], trace)


def _recorded(working: Examined) -> tuple[Trace | None, tuple[str, ...]]:
    """One recording of the run and its gradient; not of a function that changes its argument."""
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


def _report(problem: Problem, effort: Effort, causes: Sequence[Cause]) -> Report:
    order = tied(ranked(causes))
    return Report(
        name=problem.name,
        verdict=verdict_of(order),
        causes=order,
        steps=(),
        evaluations=effort.evaluations,
        path=problem.location.path if problem.location else None,
        line=problem.location.line if problem.location else None,
        notes=problem.notes,
    )
