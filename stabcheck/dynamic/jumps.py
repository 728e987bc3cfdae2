"""Where there is no derivative: kinks, jumps and staircases, told from the rungs of a ladder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.ladder import Rungs

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kink:
    """One-sided derivatives along the direction, their difference, and its error bar."""

    left: float
    right: float
    difference: float
    bar: float


@dataclass(frozen=True, slots=True)
class Staircase:
    """A function that is constant at the finest steps, where its gradient says that it changes."""

    quantum: float  # the smallest change that was seen


def discontinuity(rungs: Rungs, noise: Float64) -> float | None:
    """The limit of φ(t) − φ(−t) where that is not 0: the height of a jump at the point."""
    count = min(4, rungs.steps.size)
    if count < 3:
        return None
    heights = (rungs.ahead - rungs.behind)[-count:]
    shrinks = abs(heights[-1]) / max(abs(float(heights[0])), 1e-300)
    expected = float(rungs.steps[-1] / rungs.steps[-count])
    same_sign = bool(np.all(np.sign(heights) == np.sign(heights[0])))
    stands_out = abs(float(np.mean(heights))) > 20 * float(noise[-1])
    if stands_out and same_sign and shrinks > max(0.5, 10 * expected):
        return float(heights[-1])
    return None


def kink(rungs: Rungs, noise: Float64) -> Kink | None:
    """A difference of one-sided derivatives that does not vanish with the step, at every finer one."""
    steps, gap = rungs.steps, rungs.right - rungs.left
    for bar, difference, index in sorted(_limits(steps, gap, noise)):
        finer = slice(index, None)
        allowed = (
            bar
            + 12 * noise[finer] / steps[finer]
            + abs(gap[index] - difference) * steps[finer] / steps[index]
            + 4 * rungs.unit / steps[finer] * rungs.size
        )
        if not np.all(np.abs(gap[finer] - difference) <= allowed):
            continue
        significant = abs(difference) > 3 * bar + 2 * rungs.unit / steps[index] * rungs.size
        if significant and abs(difference) > 1e-3 * rungs.scale:
            return Kink(float(rungs.left[index]), float(rungs.right[index]), difference, bar)
        return None
    return None


def staircase(rungs: Rungs) -> Staircase | None:
    """Equal values on both sides at the finest steps, though gradient and coarser steps are not flat."""
    if rungs.steps.size < 4 or not abs(rungs.analytic) > 0:
        return None
    change = np.abs(rungs.ahead - rungs.behind)
    if np.all(change[-2:] == 0) and np.any(change > 0):
        return Staircase(float(change[change > 0].min()))
    return None


def _limits(steps: Float64, gap: Float64, noise: Float64) -> list[tuple[float, float, int]]:
    """Linear extrapolations of the gap to t = 0 from neighbouring rungs: (bar, limit, rung)."""
    found = []
    for index in range(2, steps.size):
        near, far = steps[index - 1] / steps[index], steps[index - 2] / steps[index - 1]
        limit = float((near * gap[index] - gap[index - 1]) / (near - 1))
        before = float((far * gap[index - 1] - gap[index - 2]) / (far - 1))
        carried = 4 * (near * noise[index] / steps[index] + noise[index - 1] / steps[index - 1]) / (near - 1)
        found.append((abs(limit - before) + float(carried), limit, index))
    return found
