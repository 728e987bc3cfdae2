"""Central differences over a ladder of steps, extrapolated, with an error bar.

φ(t) = <w, f(x + t d)>, D(t) = (φ(t) − φ(−t)) / 2t. Truncation falls as t², round-off grows as 1/t. Neville's
scheme on t² removes the first orders of truncation; every entry of its table has an error bar of what the
next order changed plus the noise that reached it. The entry with the smallest bar that all finer steps agree
with is the derivative: without that condition two coarse steps that agree by accident win (Ridders, Advances
in Engineering Software 4(2), 1982, and the flaws since found in his choice).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.noise import NoiseProfile, moved
from stabcheck.dynamic.problem import Point
from stabcheck.dynamic.sampling import Direction, Sampler, inner, length

Float64 = npt.NDArray[np.float64]

LOST = 0.98  # cosine of nominal and real displacement below which a step is lost in the rounding of x
DEEPEST = 3  # orders of extrapolation


@dataclass(frozen=True, slots=True)
class Estimate:
    """A numeric derivative: its value, error bar, and the rung and order of extrapolation it comes from."""

    value: float
    bar: float
    rung: int
    order: int


@dataclass(frozen=True, slots=True)
class Rungs:
    """What was measured along one direction, coarsest step first; steps that could not be taken are left out.

    `ahead` = φ(t) − φ(0), `behind` = φ(−t) − φ(0). `numeric` is the central difference, corrected to first
    order for the difference between the displacement that was asked for and the one that the dtype of x
    allowed; `analytic` is <∇, d> and `size` = (Σ(∇_i d_i)²)^½, both 0 if the gradient is not finite.
    """

    dtype: str
    unit: float
    direction: Direction
    steps: Float64
    reach: Float64  # largest absolute displacement of an entry
    ahead: Float64
    behind: Float64
    numeric: Float64
    correction: Float64  # that was added to `numeric` for it: right only if the gradient is
    noise: Float64
    analytic: float
    size: float
    compared: bool  # whether there is a finite gradient to compare with

    @property
    def right(self) -> Float64:
        """One-sided differences towards +d."""
        return self.ahead / self.steps

    @property
    def left(self) -> Float64:
        """One-sided differences towards −d."""
        return -self.behind / self.steps

    @property
    def scale(self) -> float:
        """The function's own rate of change over the ladder: what "small" is measured by at an optimum."""
        if not self.steps.size:
            return 0.0
        return max(self.size, abs(float(self.right[0])), abs(float(self.left[0])), 1e-300)

    @property
    def shift(self) -> float:
        """What rounding of x itself does to the difference: it moves the centre by u, the slope by u·φ''."""
        if not self.steps.size:
            return 0.0
        curvature = float(np.median(np.abs(self.right - self.left) / self.steps))
        return 2 * self.unit * curvature


@dataclass(frozen=True, slots=True)
class Centre:
    """The point under test in float64: f, the cotangent, the gradient (None if it is not finite)."""

    value: Float64
    cotangent: Float64
    gradient: Direction | None
    spread: float = 0.0  # of <w, f> over repeated evaluations


def climb(
    sampler: Sampler,
    centre: Centre,
    directions: Sequence[Direction],
    noise: NoiseProfile,
    steps: Sequence[float] | None = None,
) -> list[Rungs]:
    """Measure φ along each direction at each step of the ladder, both ways, in one batch."""
    ladder = sampler.steps if steps is None else steps
    taken: list[_Taken] = []
    points = _points(sampler.point, centre, directions, ladder, taken)
    rises = np.asarray(list(sampler.rises(points, centre.value, centre.cotangent))).reshape(-1, 2)
    results = []
    for number, direction in enumerate(directions):
        mine = [
            row for row, step in enumerate(taken) if step.number == number and np.all(np.isfinite(rises[row]))
        ]
        results.append(_rungs(sampler, centre, direction, noise, [taken[row] for row in mine], rises[mine]))
    return results


@dataclass(frozen=True, slots=True)
class _Taken:
    """A step x ± t d as the dtype of x allowed it: what is kept of it when its points are gone."""

    number: int  # of the direction
    step: float
    reach: float  # largest displacement of an entry
    along: float  # <gradient, displacement>, by the length of both sides


def _points(
    point: Point,
    centre: Centre,
    directions: Sequence[Direction],
    ladder: Sequence[float],
    taken: list[_Taken],
) -> Iterator[Point]:
    """The points ahead and behind of each step that isn't lost in the rounding of x; noted in `taken`.

    One after the other, because all of them together would not fit into memory for large arguments.
    """
    for number, direction in enumerate(directions):
        norm = np.sqrt(inner(direction, direction))
        for step in ladder:
            ahead, behind = moved(point, direction, step), moved(point, direction, -step)
            wide = _difference(ahead, behind)
            length = np.sqrt(inner(wide, wide)) * norm
            if not length > 0 or not inner(wide, direction) >= LOST * length:
                continue
            reach = max(float(np.max(np.abs(part), initial=0.0)) for part in wide) / 2
            along = 0.0 if centre.gradient is None else inner(centre.gradient, wide) / (2 * step)
            taken.append(_Taken(number, step, reach, along))
            yield ahead
            yield behind


def _difference(left: Point, right: Point) -> Direction:
    return tuple(
        np.zeros(a.shape) if a is b else np.subtract(a, b, dtype=np.float64)
        for a, b in zip(left, right, strict=True)
    )


def _rungs(
    sampler: Sampler,
    centre: Centre,
    direction: Direction,
    noise: NoiseProfile,
    taken: Sequence[_Taken],
    rises: Float64,
) -> Rungs:
    steps = np.asarray([step.step for step in taken])
    numeric = (rises[:, 0] - rises[:, 1]) / (2 * steps) if len(taken) else np.zeros(0)
    correction, analytic, size = np.zeros(steps.size), 0.0, 0.0
    if centre.gradient is not None:
        analytic = inner(centre.gradient, direction)
        size = length(centre.gradient, direction)
        correction = analytic - np.asarray([step.along for step in taken])
    return Rungs(
        dtype=sampler.precision.name,
        unit=sampler.precision.unit,
        direction=direction,
        steps=steps,
        reach=np.asarray([step.reach for step in taken]),
        ahead=rises[:, 0],
        behind=rises[:, 1],
        numeric=numeric + correction,
        correction=correction,
        noise=noise.at(steps),
        analytic=analytic,
        size=size,
        compared=centre.gradient is not None,
    )


def extrapolate(rungs: Rungs, extra: Float64 | float = 0.0) -> tuple[Estimate, Float64]:
    """The numeric derivative with its error bar, and the noise that it was found to be consistent with.

    `extra` is noise on top of that of the rungs.

    If no entry of the table agrees with all finer steps, the noise was underestimated: it is raised to what
    the finest steps show, and the table is read again.
    """
    noise = rungs.noise + extra
    for _ in range(4):
        candidates = sorted(_neville(rungs, noise), key=lambda candidate: candidate.bar)
        for candidate in candidates:
            if _agrees_with_finer(candidate, rungs, noise):
                return candidate, noise
        finest = max(2, rungs.steps.size // 3)
        tail = rungs.numeric[-finest:]
        shown = float(np.median(np.abs(tail - np.median(tail)) * rungs.steps[-finest:]))
        noise = np.maximum(4 * noise, shown)
    return candidates[0], noise


def rung_bars(rungs: Rungs, noise: Float64) -> Float64:
    """Error bar of each rung by itself: round-off, and the truncation that its neighbours show.

    The next finer rung shows it where it stands out of the round-off; below that it falls on as t².
    """
    round_off = np.asarray(2 * noise / rungs.steps + rungs.shift)
    truncation = np.zeros(rungs.steps.size)
    for index in range(rungs.steps.size):
        if index + 1 < rungs.steps.size:
            ratio = (rungs.steps[index] / rungs.steps[index + 1]) ** 2
            seen = abs(rungs.numeric[index] - rungs.numeric[index + 1])
            excess = max(0.0, float(seen - round_off[index] - round_off[index + 1]))
            truncation[index] = excess * ratio / (ratio - 1)
        if index:
            fallen = truncation[index - 1] * (rungs.steps[index] / rungs.steps[index - 1]) ** 2
            truncation[index] = max(truncation[index], fallen)
    return np.asarray(truncation + round_off)


def _neville(rungs: Rungs, noise: Float64) -> list[Estimate]:
    """Every entry T[i][j] of Neville's table on t², i the rung and j the order, with its bar."""
    steps, found = rungs.steps, []
    table: list[list[tuple[float, float]]] = []
    for i in range(steps.size):
        row = [(float(rungs.numeric[i]), float(2 * noise[i] / steps[i]))]
        for j in range(1, min(i, DEEPEST) + 1):
            ratio = float((steps[i - j] / steps[i]) ** 2)
            (finer, finer_noise), (coarser, coarser_noise) = row[j - 1], table[i - 1][j - 1]
            row.append(
                ((ratio * finer - coarser) / (ratio - 1), (ratio * finer_noise + coarser_noise) / (ratio - 1))
            )
        table.append(row)
        for j, (value, carried) in enumerate(row):
            if i == 0:
                continue
            before = row[j - 1][0] if j else float(rungs.numeric[i - 1])
            found.append(Estimate(value, abs(value - before) + carried + rungs.shift, i, j))
    return found


def _agrees_with_finer(estimate: Estimate, rungs: Rungs, noise: Float64) -> bool:
    finer = slice(estimate.rung, None)
    allowed = estimate.bar + 6 * noise[finer] / rungs.steps[finer] + 2 * rungs.shift
    return bool(np.all(np.abs(rungs.numeric[finer] - estimate.value) <= allowed))
