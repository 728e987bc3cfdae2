"""Is the derivative of the gradient right: the gradient is treated as a function of its own.

A gradient that is right at a point can still have a wrong derivative: intermediates saved as constants, or a
stop_gradient inside. Where the adapter has products with the second derivative, they are checked like any
gradient. Where nobody claims to know them, the gradient must be right beside the point, too, and its
differences symmetric: <v, H u> = <u, H v>.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.contract_causes import gradient_location
from stabcheck.dynamic.contracts import as_cotangent, examine, fitted
from stabcheck.dynamic.directions import draw
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.formula_examination import examine_formula
from stabcheck.dynamic.ladder import Centre, climb, extrapolate
from stabcheck.dynamic.noise import profile
from stabcheck.dynamic.precision import numpy_dtype
from stabcheck.dynamic.problem import Leaf, Point, Problem
from stabcheck.dynamic.report import Cause, Location
from stabcheck.dynamic.sampling import Direction, Sampler
from stabcheck.dynamic.stack import on_line
from stabcheck.dynamic.trace.event import Trace
from stabcheck.dynamic.verdict import ACCUSED

Array = npt.NDArray[Any]

BESIDE = 2.0**-6  # how far, relatively, the point is moved at which a gradient is looked at again


@dataclass(slots=True)
class GradientProblem:
    """The gradient of a problem by a fixed cotangent, as a function with several values.

    Its own gradient are products with the second derivative, which is symmetric, so that they are what
    `second_derivative` of the inner problem gives.
    """

    inner: Problem
    cotangent: Array
    name: str
    library: str
    dtype: str
    leaves: tuple[Leaf, ...]
    location: Location | None
    notes: tuple[str, ...] = ()
    suspects: tuple[Cause, ...] = ()

    def value(self, point: Point) -> Array:
        """All entries of the gradient by varied leaves, in one vector."""
        parts = fitted(self.inner.gradient(point, self.cotangent), self.inner.leaves)
        return np.concatenate([part.reshape(-1) for part in parts]).astype(numpy_dtype(self.dtype))

    def values(self, points: Sequence[Point]) -> Sequence[Array]:
        """The gradient at several points."""
        return [self.value(point) for point in points]

    def gradient(self, point: Point, cotangent: Array) -> tuple[Array | None, ...]:
        """H · cotangent."""
        sizes = np.cumsum([leaf.value.size for leaf in self.inner.leaves])[:-1]
        parts = np.split(cotangent, sizes)
        direction = tuple(
            part.reshape(leaf.value.shape).astype(leaf.value.dtype)
            for part, leaf in zip(parts, self.inner.leaves, strict=True)
        )
        found: tuple[Array | None, ...] = self.inner.second_derivative(  # type: ignore[attr-defined]
            point, self.cotangent, direction
        )
        return found

    def gradients(
        self, point: Point, cotangents: Sequence[Array]
    ) -> tuple[None, list[tuple[Array | None, ...]]]:
        """H · each cotangent, without the gradient."""
        return None, [self.gradient(point, cotangent) for cotangent in cotangents]

    def at(self, dtype: str) -> Problem | None:
        """Not needed: the inner problem is at its best dtype already."""
        return None

    def trace(self, cotangent: Array | None) -> Trace | None:
        """Not recorded."""
        return None


def second_order_causes(formula: Formula, rng: np.random.Generator) -> list[Cause]:
    """`second-order-error` if the gradient's derivative is wrong, or it is the gradient of no function."""
    problem = formula.sampler.problem
    empty = not any(leaf.varied and leaf.value.size for leaf in problem.leaves)
    if empty or formula.centre.gradient is None or getattr(problem, "gradient_fixed", False):
        return []
    cotangent = as_cotangent(formula.contracts.cotangent, formula.contracts.value, formula.sampler)
    gradient = Sampler(_gradient_of(problem, cotangent), formula.sampler.effort)
    if getattr(problem, "second_derivative", None) is not None:
        try:
            return _against_differences(gradient, rng)
        except LookupError:  # an operation on the way has no second derivative, and claims none
            pass
    return _beside(formula, rng) or _symmetry(gradient, rng)


def _gradient_of(problem: Problem, cotangent: Array) -> GradientProblem:
    return GradientProblem(
        inner=problem,
        cotangent=cotangent,
        name=problem.name,
        library=problem.library,
        dtype=problem.dtype,
        leaves=problem.leaves,
        location=gradient_location(problem),
    )


def _against_differences(gradient: Sampler, rng: np.random.Generator) -> list[Cause]:
    contracts = examine(gradient, None, rng, with_gradient=True)
    if not contracts.finite or contracts.random_value:
        return []
    formula = examine_formula(gradient, contracts, rng)
    if contracts.nonfinite:
        return [_not_finite(formula)]
    if formula.outcome not in ("differs", "kink-outside"):
        return []
    judgement = formula.gravest
    analytic, numeric = judgement.rungs.analytic, judgement.numeric
    names = [leaf.name for leaf in gradient.problem.leaves if leaf.varied]
    cut = [gradient.problem.leaves[index].name for index in contracts.missing]
    if len(cut) == len(names) or not any(np.any(part) for part in contracts.gradient):
        what = "None" if cut else "zero"
        text = (
            f"the gradient is right, its own derivative is {what}: the gradient changes by {numeric:.6g} ± "
            f"{judgement.bar:.1g} along a random direction"
        )
        advice = (
            "in the gradient function, compute from the inputs with operations that can be differentiated: "
            "no .numpy(), no stop_gradient, no value kept from the forward run as a constant"
        )
    else:
        text = (
            "the gradient is right, its own derivative is not: along a random direction the second "
            f"derivative gives {analytic:.6g}, the gradient changes by {numeric:.6g} ± {judgement.bar:.1g}"
        )
        advice = (
            "look in the gradient function for a forward value that is kept as a constant, or a "
            "stop_gradient: compute it anew from the inputs"
        )
        if cut:
            text += f"; by {', '.join(cut)} it is None"
    evidence = {
        "analytic": analytic,
        "numeric": numeric,
        "bar": judgement.bar,
        "ratio": analytic / numeric if numeric else None,
        "missing": cut,
    }
    return [Cause("second-order-error", text, advice, evidence, gradient.problem.location)]


def _not_finite(formula: Formula) -> Cause:
    """The gradient is finite, its derivative is not."""
    contracts, problem = formula.contracts, formula.sampler.problem
    leaf = problem.leaves[contracts.nonfinite[0]].name
    part = contracts.gradient[contracts.nonfinite[0]]
    value = float(part[~np.isfinite(part)][0])
    return Cause(
        "second-order-error",
        f"the gradient is right and finite, its own derivative by {leaf} is {value}",
        "look for a root, a norm or a quotient at its singular point inside the gradient, or a where() whose "
        "other branch is not finite",
        {"leaf": leaf, "value": str(value), "missing": []},
        problem.location,
    )


def _beside(formula: Formula, rng: np.random.Generator) -> list[Cause]:
    """The gradient against the function on either side of x: right at x alone, its derivative is wrong."""
    sampler = formula.sampler
    direction = draw(sampler.problem.leaves, rng)
    for near in on_line(sampler.point, direction, np.array([BESIDE, -BESIDE])):
        there = Sampler(sampler.problem, sampler.effort)
        there.point = near
        contracts = examine(there, formula.contracts.cotangent, rng, with_gradient=True)
        if not contracts.finite or contracts.nonfinite or contracts.value.shape != formula.centre.value.shape:
            continue
        found = examine_formula(there, contracts, rng)
        if found.outcome != "differs":
            continue
        analytic, numeric = found.gravest.rungs.analytic, found.gravest.numeric
        return [
            Cause(
                "second-order-error",
                f"the gradient is right at this point and wrong beside it: moved by {BESIDE:.1%} along a "
                f"random direction, it gives {analytic:.6g} where the function changes by {numeric:.6g} ± "
                f"{found.gravest.bar:.1g}",
                "look in the gradient for a value that belongs to this point alone: a constant, a cached "
                "intermediate, a branch",
                {"analytic": analytic, "numeric": numeric, "bar": found.gravest.bar, "moved": BESIDE},
                gradient_location(sampler.problem),
            )
        ]
    return []


def _symmetry(gradient: Sampler, rng: np.random.Generator) -> list[Cause]:
    value = gradient.value().astype(np.float64)
    leaves = gradient.problem.leaves
    first, second = draw(leaves, rng), draw(leaves, rng)
    forth, forth_bar = _projected(gradient, value, first, second)
    back, back_bar = _projected(gradient, value, second, first)
    if not abs(forth - back) > ACCUSED * (forth_bar + back_bar):
        return []
    return [
        Cause(
            "second-order-error",
            f"the derivative of the gradient is not symmetric ({forth:.6g} and {back:.6g} for two "
            "directions, "
            f"± {forth_bar + back_bar:.1g}): near this point it is the gradient of no function",
            "check the gradient at other points: it is right here by accident, or a branch of it is wrong",
            {"forth": forth, "back": back, "bar": forth_bar + back_bar},
            gradient.problem.location,
        )
    ]


def _projected(
    gradient: Sampler, value: npt.NDArray[np.float64], along: Direction, onto: Direction
) -> tuple[float, float]:
    """<onto, H along> with its error bar."""
    cotangent = np.concatenate([part.reshape(-1) for part in onto])
    centre = Centre(value, cotangent, None)
    noise = profile(gradient, value, cotangent, along, 0.0)
    rungs = climb(gradient, centre, [along], noise)[0]
    if rungs.steps.size < 3:
        return 0.0, float("inf")
    estimate, _ = extrapolate(rungs)
    return estimate.value, estimate.bar
