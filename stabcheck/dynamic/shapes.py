"""A gradient whose shape is not that of its argument: what was forgotten on the way."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.contract_causes import gradient_location
from stabcheck.dynamic.contracts import Misfit
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.probing import probe_leaf, usable
from stabcheck.dynamic.relation import explains, factor_of
from stabcheck.dynamic.report import Cause
from stabcheck.dynamic.verdict import Judgement

Float64 = npt.NDArray[np.float64]


def shape_cause(formula: Formula, misfit: Misfit, rng: np.random.Generator) -> Cause:
    """Why the shape does not fit, tested on the derivatives along three directions of the leaf.

    TensorFlow's tape and NumPy's broadcasting accept most wrong shapes silently, and the optimizer then adds
    a matrix to a vector.
    """
    leaf = formula.sampler.problem.leaves[misfit.leaf]
    judged = [judgement for judgement in probe_leaf(formula, misfit.leaf, rng) if usable(judgement)]
    shapes = f"{misfit.gradient.shape} for an argument of shape {leaf.value.shape}"
    evidence: dict[str, Any] = {
        "leaf": leaf.name,
        "gradient_shape": list(misfit.gradient.shape),
        "argument_shape": list(leaf.value.shape),
    }
    location = gradient_location(formula.sampler.problem)
    axes = forgotten_sum(misfit.gradient, leaf.value.shape)
    if axes is not None and _sum_explains(
        misfit.gradient, axes, leaf.value.shape, judged, misfit.leaf, evidence
    ):
        text = (
            f"the gradient by {leaf.name} has shape {shapes}: {leaf.name} is broadcast in the function, "
            "and its "
        )
        text += f"gradient is not summed over axis {_listed(axes)}"
        if "factor" in evidence:
            text += f" (and is then {evidence['factor']:.6g} times the right one)"
        advice = f"sum over axis {_listed(axes)}, and give the result the shape {leaf.value.shape}"
        return Cause("missing-broadcast-sum", text, advice, {**evidence, "axes": list(axes)}, location)
    if misfit.gradient.ndim >= 2 and np.swapaxes(misfit.gradient, -1, -2).shape == leaf.value.shape:
        text = f"the gradient by {leaf.name} has shape {shapes}"
        if judged and explains(np.swapaxes(misfit.gradient, -1, -2), judged, misfit.leaf):
            text += ": it is the transpose of the right one"
            return Cause("transposed", text, "transpose it", evidence, location)
    text = f"the gradient by {leaf.name} has shape {shapes}"
    if misfit.gradient.size == leaf.value.size and judged:
        if explains(misfit.gradient.reshape(leaf.value.shape), judged, misfit.leaf):
            evidence["values"] = "right"
            text += ": its values are right, only the shape is not"
    elif misfit.gradient.size < leaf.value.size:
        text += summed_away(misfit.gradient, leaf.value.shape)
    return Cause("shape-mismatch", text, f"return an array of shape {leaf.value.shape}", evidence, location)


def forgotten_sum(gradient: Float64, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The axes over which a gradient of the broadcast shape is to be summed for that of the argument."""
    lead = gradient.ndim - len(shape)
    if lead < 0 or gradient.size <= int(np.prod(shape)):
        return None
    for axis, length in enumerate(shape):
        if gradient.shape[lead + axis] != length and length != 1:
            return None
    stretched = [
        lead + axis for axis, length in enumerate(shape) if length == 1 and gradient.shape[lead + axis] != 1
    ]
    return (*range(lead), *stretched)


def _sum_explains(
    gradient: Float64,
    axes: tuple[int, ...],
    shape: tuple[int, ...],
    judged: list[Judgement],
    leaf: int,
    evidence: dict[str, Any],
) -> bool:
    """Whether the sum is the right gradient, or a constant times it; if nothing was measured, shapes tell."""
    total = gradient.sum(axis=axes).reshape(shape)
    if not judged or explains(total, judged, leaf):
        return True
    factor = factor_of(total, judged, leaf)
    if factor is not None:
        evidence["factor"] = factor
    return factor is not None


def summed_away(gradient: Float64, shape: tuple[int, ...]) -> str:
    """Which axes of the argument the gradient has lost."""
    for count in range(1, len(shape) + 1):
        for axes in combinations(range(len(shape)), count):
            kept = tuple(1 if axis in axes else length for axis, length in enumerate(shape))
            dropped = tuple(length for axis, length in enumerate(shape) if axis not in axes)
            if gradient.shape in (kept, dropped):
                return f": it was summed over axis {_listed(axes)}, which the argument has"
    return ""


def _listed(axes: tuple[int, ...]) -> str:
    return str(axes[0]) if len(axes) == 1 else str(axes)
