"""Where there is no derivative: kinks, jumps and staircases, told from the rungs of a ladder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.ladder import Rungs

Float64 = npt.NDArray[np.float64]

STATIONARY = 1e-6  # of the function's rate of change over the ladder, below which a derivative counts as 0
STEEP = 5  # of the finest steps that must show a vertical tangent
SPIKE = 0.7  # of the ratio of steps, by which one-sided differences grow where all steps stride over a pole
APART = 0.1  # of a difference, by which the next finer one is off where a ladder has not settled
BENT = 0.15  # how far the order of truncation may be from 1 where the second derivative jumps


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
    same_sign = bool((np.sign(heights) == np.sign(heights[0])).all())
    stands_out = abs(float(heights.mean())) > 20 * float(noise[-1])
    if stands_out and same_sign and shrinks > max(0.5, 10 * expected):
        return float(heights[-1])
    return None


def kink(rungs: Rungs, noise: Float64) -> Kink | None:
    """A difference of one-sided derivatives that does not vanish with the step, at every finer one."""
    steps, gap = rungs.steps, rungs.right - rungs.left
    if steps.size < 3:
        return None
    limits, bars = _limits(steps, gap, noise)
    rows = np.arange(2, steps.size)
    allowed = (
        bars[:, None]
        + 12 * noise / steps
        + np.abs(gap[rows] - limits)[:, None] * steps / steps[rows, None]
        + 4 * rungs.unit / steps * rungs.size
    )
    coarser = np.arange(steps.size) < rows[:, None]
    consistent = ((np.abs(gap - limits[:, None]) <= allowed) | coarser).all(axis=1)
    if not consistent.any():
        return None
    best = min(np.flatnonzero(consistent), key=lambda place: (bars[place], limits[place]))
    difference, bar, index = float(limits[best]), float(bars[best]), int(rows[best])
    significant = abs(difference) > 3 * bar + 2 * rungs.unit / steps[index] * rungs.size
    if significant and abs(difference) > 1e-3 * rungs.scale:
        return Kink(float(rungs.left[index]), float(rungs.right[index]), difference, bar)
    return None


def steepening(rungs: Rungs) -> float | None:
    """The power p with which one-sided differences grow as t^-p towards finer steps: a vertical tangent.

    0 if those of a point at the edge do not settle, without growing as a power does: x log x at 0.
    """
    if rungs.steps.size < STEEP:
        return None
    for side in (rungs.right, rungs.left):
        fine, steps = np.abs(side[-STEEP:]), rungs.steps[-STEEP:]
        if not (fine > 0).all():
            continue
        rises, falls = np.log(fine), np.log(steps)
        powers = (rises[1:] - rises[:-1]) / (falls[:-1] - falls[1:])
        if powers.max() - powers.min() < 0.1 and powers.min() > 0.15 and powers.max() < 0.9:
            return float(powers[-1])
    if rungs.power != 1:
        return None
    changes = np.abs(np.diff(rungs.right))
    above = changes[:-1] > 10 * rungs.noise[1:-1] / rungs.steps[1:-1]
    settling = changes[1:] <= 0.7 * changes[:-1]
    return 0.0 if np.count_nonzero(above & ~settling) > above.size / 2 else None


def curvature_jumps(rungs: Rungs, noise: Float64) -> bool:
    """Whether truncation falls as t and not as t²: the second derivative jumps at the point.

    Huber's loss at its threshold, a squared hinge at its corner: differentiable once, so that the curvatures
    of the two sides do not cancel in a central difference.
    """
    changes, steps = np.abs(np.diff(rungs.numeric)), rungs.steps
    round_off = 2 * noise / steps + rungs.shift + np.abs(rungs.correction)
    seen = np.flatnonzero(changes > 8 * (round_off[:-1] + round_off[1:]))[-3:]
    if seen.size < 3 or np.any(np.diff(seen) != 1):
        return False
    orders = -np.diff(np.log(changes[seen])) / -np.diff(np.log(steps[seen]))
    return bool(np.all(np.abs(orders - 1) < BENT))


def unsettled(rungs: Rungs, noise: Float64) -> bool:
    """Whether the finest two differences are still far apart, and not by round-off: finer steps would tell.

    Near a pole (the inverse of a nearly singular matrix) the ladder strides over it with all of its steps.
    """
    if rungs.steps.size < 3:
        return False
    first, before, last = (rungs.numeric - rungs.correction)[-3:]
    change = abs(float(last - before))
    round_off = float(np.sum(2 * noise[-2:] / rungs.steps[-2:])) + rungs.shift
    ratio = float(rungs.steps[-2] / rungs.steps[-1])
    slopes = [max(abs(float(rungs.right[k])), abs(float(rungs.left[k]))) for k in (-2, -1)]
    if slopes[1] > SPIKE * ratio * slopes[0] and slopes[1] > 100 * round_off:
        return True
    settling = change < 0.7 * abs(float(before - first))
    apart = change > max(100 * round_off, APART * max(abs(before), abs(last)), 1e-3 * slopes[1])
    return apart and not settling


def staircase(rungs: Rungs) -> Staircase | None:
    """Equal values on both sides at the finest steps, though gradient and coarser steps are not flat."""
    if rungs.steps.size < 4 or not abs(rungs.analytic) > STATIONARY * rungs.scale:
        return None
    change = np.abs(rungs.ahead - rungs.behind)
    if (change[-2:] == 0).all() and (change > 0).any():
        return Staircase(float(change[change > 0].min()))
    return None


def flat_between_jumps(rungs: Rungs, noise: Float64) -> bool:
    """Whether the function is constant at the finest steps and jumps farther out, by far more than round-off.

    A sign, a cast to integers: the derivative is 0, and not for want of digits.
    """
    changes = np.abs(np.stack([rungs.ahead, rungs.behind]))
    if rungs.steps.size < 4 or np.any(changes[:, -3:]) or not np.any(changes):
        return False
    return bool(changes[changes > 0].min() > 1e3 * noise[-1])


def _limits(steps: Float64, gap: Float64, noise: Float64) -> tuple[Float64, Float64]:
    """Linear extrapolations of the gap to t = 0 from neighbouring rungs, from the third on, with bars."""
    ratio = steps[:-1] / steps[1:]
    limits = (ratio * gap[1:] - gap[:-1]) / (ratio - 1)
    round_off = noise / steps
    carried = 4 * (ratio * round_off[1:] + round_off[:-1]) / (ratio - 1)
    return limits[1:], np.abs(limits[1:] - limits[:-1]) + carried[1:]
