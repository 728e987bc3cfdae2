"""Causes that the evaluations at the point itself show, without any step."""

from __future__ import annotations

import numpy as np

from stabcheck.dynamic.casts import narrow_result
from stabcheck.dynamic.contracts import Contracts
from stabcheck.dynamic.drawn import drawn_at
from stabcheck.dynamic.problem import Problem
from stabcheck.dynamic.report import Cause, Location
from stabcheck.dynamic.sampling import Sampler
from stabcheck.dynamic.trace.event import Event

NONLINEAR = 64.0  # roundings of the gradient between vjp(2w) and 2 vjp(w) that are granted


def gradient_location(problem: Problem) -> Location | None:
    """Where the gradient is written, or the function if it has no gradient of its own."""
    found: Location | None = getattr(problem, "gradient_location", None)
    return found or problem.location


def nondeterministic(problem: Problem, contracts: Contracts, change: Event | None) -> Cause:
    """The values, or the gradients, of repeated calls differ; `change` is the first operation that does."""
    what = "the function" if contracts.random_value else "its gradient"
    size = max(float(np.nanmax(np.abs(contracts.value.astype(np.float64)), initial=0.0)), 1e-300)
    evidence = {"spread": contracts.spread, "relative": contracts.spread / size, "of": what}
    spread = (
        f" by {contracts.spread:.3g} ({contracts.spread / size:.1g} relative)"
        if contracts.random_value
        else ""
    )
    location = drawn_at(change.location) if change is not None else None
    if location is not None and change is not None:
        evidence["operation"] = change.operation
        spread += ", from this line on"
    return Cause(
        "nondeterministic",
        f"repeated calls of {what} at the same point differ{spread}: it is random, or keeps state",
        "fix the seed inside the function, switch dropout off, or pass the state as an argument",
        evidence,
        location or problem.location,
    )


def contract_causes(sampler: Sampler, contracts: Contracts) -> list[Cause]:
    """Mutated inputs, a result narrower than the arguments, a gradient that is not linear."""
    problem, causes = sampler.problem, []
    narrow = narrow_result(sampler, contracts.value)
    if narrow is not None and not any(cause.kind == narrow.kind for cause in problem.suspects):
        causes.append(narrow)
    if contracts.mutated:
        where = getattr(problem, "line_that_writes", None)
        names = ", ".join(sorted(contracts.mutated))
        causes.append(
            Cause(
                "mutates-input",
                f"a call writes into its argument {names}: the next evaluation, and the gradient, see "
                "other data",
                "work on a copy (x = x.copy()), or make a new array: x = x - m instead of x -= m",
                {"leaves": sorted(contracts.mutated)},
                (where and where()) or problem.location,
            )
        )
    upstream = _upstream_ignored(problem, contracts)
    return causes if upstream is None else [*causes, upstream]


def _upstream_ignored(problem: Problem, contracts: Contracts) -> Cause | None:
    found = contracts.linearity
    if found is None:
        return None
    size = max((float(np.max(np.abs(part), initial=0.0)) for part in contracts.gradient), default=0.0)
    if found.at_zero == 0 and not found.doubled > NONLINEAR * contracts.gradient_unit * max(size, 1e-300):
        return None
    if not np.isfinite(found.doubled) or not np.isfinite(found.at_zero):
        return None
    evidence = {"at_zero": found.at_zero, "doubled": found.doubled}
    if found.at_zero == 0:
        return Cause(
            "upstream-ignored",
            "the gradient is not proportional to the upstream gradient: twice that makes it off by "
            f"{found.doubled:.3g}",
            "take a clip, sign or norm of dy out of the gradient function (clip in the optimizer's step); "
            "else multiply: return dy * …",
            evidence,
            gradient_location(problem),
        )
    return Cause(
        "upstream-ignored",
        f"the gradient does not depend on the upstream gradient as it must: with a zero one it is "
        f"{found.at_zero:.3g}, not 0",
        "multiply by the upstream gradient: return dy * …",
        evidence,
        gradient_location(problem),
    )
