"""Causes that the formula's ladders show."""

from __future__ import annotations

import numpy as np

from stabcheck.dynamic.contract_causes import gradient_location
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.report import Cause


def formula_causes(formula: Formula, rng: np.random.Generator) -> list[Cause]:
    """What is wrong with the gradient, or with the function that it is of."""
    outcome = formula.outcome
    problem = formula.sampler.problem
    judgement = formula.gravest
    if outcome == "differs":
        ratios = [j.rungs.analytic / j.numeric for j in formula.judgements if j.numeric]
        factor = float(np.median(ratios))
        if np.ptp(ratios) <= 1e-6 * abs(factor):
            kind = "sign-error" if abs(factor + 1) < 1e-3 else "scale-error"
            return [
                Cause(
                    kind,
                    f"analytic = {factor:.6g} × numeric",
                    "",
                    {"factor": factor},
                    gradient_location(problem),
                )
            ]
        return [
            Cause(
                "wrong-gradient",
                f"residual {judgement.residual:.3g}, bar {judgement.bar:.3g}",
                "",
                {},
                gradient_location(problem),
            )
        ]
    return []
