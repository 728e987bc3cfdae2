"""The order of a diagnosis: contracts, formula in float64, arithmetic at the working dtype, check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np

from stabcheck.dynamic.answers import answers
from stabcheck.dynamic.broadcasts import tied
from stabcheck.dynamic.casts import narrowed_cause
from stabcheck.dynamic.causes import believable, ranked, verdict_of
from stabcheck.dynamic.checked import judge_check
from stabcheck.dynamic.contract_causes import contract_causes, nondeterministic
from stabcheck.dynamic.contracts import is_random_after_all
from stabcheck.dynamic.custom import at_second_order, in_custom_gradient
from stabcheck.dynamic.examined import Examined, at_float64, examined_here
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.formula_causes import formula_causes, untested_causes
from stabcheck.dynamic.formula_examination import computed_in, examine_formula
from stabcheck.dynamic.ladders import ladders, steps_of, summary_of
from stabcheck.dynamic.places import narrowed_in, placed, without_gradient
from stabcheck.dynamic.problem import Problem
from stabcheck.dynamic.recording import Recording, first_change
from stabcheck.dynamic.report import Cause, Report
from stabcheck.dynamic.request import Request
from stabcheck.dynamic.sampling import Effort, OutOfTimeError, Sampler
from stabcheck.dynamic.secondorder import second_order_causes
from stabcheck.dynamic.soundness import function_causes, with_traced_nan
from stabcheck.dynamic.usercheck import Replay
from stabcheck.dynamic.verdict import Judgement

OUT_OF_TIME = "the time budget is used up"

NARROWED = 1e4  # noise over the rounding of the value from which it may be that of float32
_ERRATIC = ("rough", "discontinuous")  # what a function looks like that is seldom random

T = TypeVar("T")


def diagnose_problem(problem: Problem, request: Request, effort: Effort) -> Report:
    """Diagnose a problem; its verdict is that of the first of the ranked causes."""
    try:
        return _diagnosed(problem, request, effort)
    except OutOfTimeError:  # before there was anything to base a verdict on
        return replace(
            _report(problem, effort, ()),
            verdict="inconclusive",
            notes=(*problem.notes, f"{OUT_OF_TIME} before the gradient was measured: give it more"),
            answers=dict.fromkeys(("formula", "dtype", "check"), "not tested: out of time"),
        )


def _diagnosed(problem: Problem, request: Request, effort: Effort) -> Report:
    rng = np.random.default_rng(request.seed)
    given = bool(getattr(problem, "gradient_given", True))
    working = examined_here(Sampler(problem, effort), rng, given=given)
    if working.contracts.random_value or working.contracts.random_gradient:
        return _random(problem, working, effort, given=given)
    reference = at_float64(working, rng)
    recording = Recording(working)
    formula, causes = _formula(working, reference, recording, request, rng)
    if any(cause.kind in _ERRATIC for cause in causes) and _in_time(
        lambda: is_random_after_all(working.contracts, working.sampler), otherwise=False
    ):
        return _random(problem, working, effort, given=given)
    lost = _in_time(
        lambda: function_causes(working, reference, formula, recording, rng, suspected=bool(causes)),
        list[Cause](),
    )
    causes = believable(causes, lost, working is reference)
    measured = _in_time(lambda: ladders(formula, working, reference, rng), _known(formula))
    replays: list[Replay] = []
    if given and formula is not None and formula.outcome == "agrees" and verdict_of(ranked(causes)) == "pass":
        if request.order == 2:
            second = _in_time(partial(second_order_causes, formula, rng), list[Cause]())
            causes += at_second_order(second, recording.trace) if second else second
        if not formula.notes:  # else no check as people write it could have told
            checked, replays = _in_time(
                lambda: judge_check(request, working, reference, measured, rng), (list[Cause](), replays)
            )
            causes += checked
    notes = (*problem.notes, *(formula.notes if formula is not None else ()), *recording.notes)
    if given and formula is not None and not causes and not any(map(np.any, formula.centre_gradient)):
        notes += _in_time(lambda: without_gradient(recording.trace), tuple[str, ...]())
    if effort.exhausted:
        notes = (*notes, f"{OUT_OF_TIME}: what would have come after is not reported")
    report = replace(
        _report(problem, effort, causes),
        steps=tuple(step for judgement in measured for step in steps_of(judgement)),
        dtypes=tuple(summary_of(judgement) for judgement in measured),
        notes=notes,
        recording=recording,
    )
    return replace(report, answers=answers(report, problem.dtype, given, replays))


def _random(problem: Problem, working: Examined, effort: Effort, *, given: bool) -> Report:
    """Repeated calls differ: no difference says anything."""
    change = first_change(working)
    report = _report(problem, effort, [nondeterministic(problem, working.contracts, change)])
    return replace(report, answers=answers(report, problem.dtype, given))


def _in_time(measure: Callable[[], T], otherwise: T) -> T:
    """A measurement, or what is known without it if the time runs out."""
    try:
        return measure()
    except OutOfTimeError:
        return otherwise


def _known(formula: Formula | None) -> list[Judgement]:
    return [] if formula is None else [formula.judgements[0]]


def _formula(
    working: Examined,
    reference: Examined,
    recording: Recording,
    request: Request,
    rng: np.random.Generator,
) -> tuple[Formula | None, list[Cause]]:
    """Question 1, with the causes that the problem's adapter and its contracts showed before."""
    problem = working.sampler.problem
    causes = [*problem.suspects, *contract_causes(working.sampler, working.contracts)]
    if not reference.contracts.finite:
        return None, causes
    formula = examine_formula(
        reference.sampler, reference.contracts, rng, fixed_gradient=reference.fixed_gradient
    )
    formula, narrowed = _narrowed_inside(formula, recording) if working is reference else (formula, [])
    causes += _new(narrowed, causes)
    if any(cause.kind == "upstream-ignored" for cause in causes):
        return formula, in_custom_gradient(causes, recording.trace)
    try:
        found = formula_causes(formula, rng, full=request.full)
    except OutOfTimeError:
        found = untested_causes(formula)
    if any(cause.kind == "nan-gradient" for cause in found):
        found = with_traced_nan(found, recording.causes)
    causes += _new(found, causes)
    if not causes:
        return formula, causes
    return formula, placed(in_custom_gradient(causes, recording.trace), recording.trace)


def _narrowed_inside(formula: Formula, recording: Recording) -> tuple[Formula, list[Cause]]:
    """The formula by the steps of a narrower dtype, if its noise is that of one that it goes over to."""
    levels = max(formula.noise.levels, default=0.0)
    if formula.cast is not None or levels <= NARROWED * max(formula.noise.floor, 1e-300):
        return formula, []
    trace = recording.trace
    event = None if trace is None else narrowed_in(trace)
    if event is None:
        return formula, []
    directions = [judgement.rungs.direction for judgement in formula.judgements]
    again = computed_in(formula, event.dtype, directions)
    if again is None:
        return formula, []
    return again, [narrowed_cause(event.dtype, event.location)]


def _new(found: Sequence[Cause], known: Sequence[Cause]) -> list[Cause]:
    """What is found, but for a narrower dtype that the arguments or the result have shown before."""
    if any(cause.kind == "dtype-mismatch" for cause in known):
        return [cause for cause in found if cause.kind != "dtype-mismatch"]
    return list(found)


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
