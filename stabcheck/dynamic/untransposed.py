"""A product with the Jacobian where the gradient takes one with its transpose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stabcheck.dynamic.contracts import as_cotangent, fitted
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.relation import EXACT, Relation
from stabcheck.dynamic.verdict import ACCUSED, Judgement


def times_jacobian(formula: Formula, judgements: Sequence[Judgement], leaf: int) -> Relation | None:
    """The relation if the gradient by an upstream one u is J u, for J the Jacobian by this leaf; else None.

    The function changes by <w, J d> along d. So <w, gradient by d> must be that, for every d along which it
    has been measured: one gradient each, and no evaluation of the function.
    """
    sampler, centre = formula.sampler, formula.centre
    leaves = sampler.problem.leaves
    if centre.value.size < 2 or centre.value.shape != leaves[leaf].value.shape:
        return None
    for judgement in judgements:
        upstream = as_cotangent(judgement.rungs.direction[leaf], formula.contracts.value, sampler)
        product = fitted(sampler.gradient(upstream), leaves)[leaf] * centre.cotangent
        rounding = formula.grant * float(np.sqrt(np.sum(product**2)))
        left = abs(float(np.sum(product)) - judgement.numeric)
        if not left <= ACCUSED * judgement.bar + EXACT * judgement.residual + rounding:
            return None
    return Relation("transposed", "J @ dy for the Jacobian J, where J.T @ dy is right")
