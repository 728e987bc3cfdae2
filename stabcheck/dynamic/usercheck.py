"""Could the user's check have told: it is replayed as they ran it, and the part that fails it is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.examined import Examined
from stabcheck.dynamic.problem import Point
from stabcheck.dynamic.report import Cause

Float64 = npt.NDArray[np.float64]

MOST_ENTRIES = (
    256  # entries that are replayed for the user's own step; of a larger argument, so many at random
)
GRID_ENTRIES = 16  # entries for every other step that is tried
GRID = tuple(10.0**-k for k in range(14))


@dataclass(frozen=True, slots=True)
class Check:
    """A gradient check as people write one: one step h for all entries, a tolerance on the relative error."""

    scheme: str
    step: float | None
    tolerance: float | None


@dataclass(frozen=True, slots=True)
class Replay:
    """How a check fares at one dtype: its own error, and the best that any step reaches."""

    dtype: str
    tolerance: float
    error: float | None
    central_error: float | None
    one_sided_error: float | None
    scheme: str
    best_step: float
    best_error: float
    passing: tuple[float, ...]  # steps of the grid that pass


def replay(examined: Examined, check: Check, rng: np.random.Generator) -> Replay:
    """Run the check at the dtype of `examined`: perturb one entry at a time, as it is written everywhere."""
    tolerance = examined.sampler.precision.usual if check.tolerance is None else check.tolerance
    entries = _some(examined, MOST_ENTRIES, rng)
    few = _some(examined, GRID_ENTRIES, rng)
    grid = {step: _error(examined, few, step, "central") for step in GRID}
    error = central = one_sided = None
    if check.step is not None:
        central = _error(examined, entries, check.step, "central")
        one_sided = _error(
            examined, entries, check.step, "backward" if check.scheme == "backward" else "forward"
        )
        error = central if check.scheme == "central" else one_sided
    best = min(grid, key=lambda step: grid[step])
    passing = tuple(step for step, found in grid.items() if found <= tolerance)
    dtype = examined.sampler.precision.name
    return Replay(dtype, tolerance, error, central, one_sided, check.scheme, best, grid[best], passing)


def check_causes(here: Replay, check: Check, wide: Callable[[], Replay | None], location: Any) -> list[Cause]:
    """Why the check fails a right gradient: the single change that would repair it comes first.

    `wide` replays it in float64; it is asked only if no step helps at this dtype.
    """
    if here.error is not None and here.error <= here.tolerance:
        return []
    if here.error is None and here.best_error <= here.tolerance:
        return []
    evidence: dict[str, Any] = {
        "dtype": here.dtype,
        "tolerance": here.tolerance,
        "error": here.error,
        "step": check.step,
        "best_step": here.best_step,
        "best_error": here.best_error,
    }
    if here.error is not None and here.central_error is not None and here.central_error <= here.tolerance:
        text = (
            f"a one-sided difference with step {check.step:.0e} is off by {here.error:.1g}, over the "
            "tolerance "
            f"{here.tolerance:.1g}; the two-sided one is off by {here.central_error:.1g}"
        )
        advice = "take (f(x + h) − f(x − h)) / 2h: its error is h², not h"
        return [Cause("one-sided-difference", text, advice, evidence, location)]
    if here.passing and here.error is not None and check.step is not None:
        return [_step_cause(here, check.step, evidence, location)]
    there = wide()
    if there is not None and there.passing and here.tolerance >= 4 * _unit(here.dtype):
        evidence |= {"float64_error": there.best_error, "float64_step": there.best_step}
        text = (
            f"no step brings a {here.dtype} difference below {here.best_error:.1g}, and the tolerance is "
            f"{here.tolerance:.1g}; in float64 it reaches {there.best_error:.1g} with step "
            f"{there.best_step:.0e}"
        )
        advice = "run the check in float64 (cast arguments and weights), whatever the dtype of training"
        return [Cause("dtype-too-coarse", text, advice, evidence, location)]
    suggested = 10.0 ** np.ceil(np.log10(max(4 * here.best_error, 1e-300)))
    evidence["suggested"] = float(suggested)
    text = (
        f"the tolerance {here.tolerance:.1g} is below what any difference reaches here: the best is "
        f"{here.best_error:.1g}, "
        f"with step {here.best_step:.0e} in {here.dtype}"
    )
    return [Cause("tolerance-too-tight", text, f"allow {suggested:.0e}", evidence, location)]


def _step_cause(here: Replay, step: float, evidence: dict[str, Any], location: Any) -> Cause:
    small = step < min(here.passing, key=lambda passing: abs(np.log(passing / step)))
    kind = "step-too-small" if small else "step-too-large"
    reason = (
        "round-off: the values agree in all but their last digits"
        if small
        else "truncation: the function bends"
    )
    text = (
        f"with step {step:.0e} a {here.dtype} difference is off by {here.error:.1g} ({reason}), over the "
        "tolerance "
        f"{here.tolerance:.1g}; with {here.best_step:.0e} it is off by {here.best_error:.1g}"
    )
    return Cause(kind, text, f"use a step of {here.best_step:.0e} in {here.dtype}", evidence, location)


def _unit(dtype: str) -> float:
    from stabcheck.dynamic.precision import PRECISIONS  # noqa: PLC0415

    return PRECISIONS[dtype].unit


def _some(examined: Examined, count: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Entries (leaf, flat index), all of them or `count` at random."""
    leaves = examined.sampler.problem.leaves
    entries = [(i, k) for i, leaf in enumerate(leaves) if leaf.varied for k in range(leaf.value.size)]
    if len(entries) <= count:
        return entries
    return [entries[int(k)] for k in rng.choice(len(entries), count, replace=False)]


def _error(examined: Examined, entries: Sequence[tuple[int, int]], step: float, scheme: str) -> float:
    """The relative error over these entries, in the 2-norm; infinite where f is not finite."""
    sampler, contracts = examined.sampler, examined.contracts
    ends = {"central": (step, -step), "forward": (step, 0.0), "backward": (0.0, -step)}[scheme]
    points = (_perturbed(sampler.point, entry, end) for entry in entries for end in ends)
    rises = np.asarray(list(sampler.rises(points, contracts.value.astype(np.float64), contracts.cotangent)))
    pairs = rises.reshape(-1, 2)
    numeric = (pairs[:, 0] - pairs[:, 1]) / (ends[0] - ends[1])
    analytic = np.asarray([contracts.gradient[leaf].reshape(-1)[index] for leaf, index in entries])
    if not np.all(np.isfinite(numeric)):
        return float("inf")
    size = max(float(np.linalg.norm(numeric)), float(np.linalg.norm(analytic)))
    return float(np.linalg.norm(numeric - analytic)) / size if size else 0.0


def _perturbed(point: Point, entry: tuple[int, int], step: float) -> Point:
    """The point with `step` added to one entry, in the dtype of that entry."""
    leaf, index = entry
    array = np.array(point[leaf], copy=True)
    array.reshape(-1)[index] += array.dtype.type(step)
    return tuple(array if place == leaf else other for place, other in enumerate(point))
