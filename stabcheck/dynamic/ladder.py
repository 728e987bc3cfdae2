"""Central differences over a ladder of steps, extrapolated, with an error bar.

φ(t) = <w, f(x + t d)>, D(t) = (φ(t) − φ(−t)) / 2t. Truncation falls as t², round-off grows as 1/t. Neville's
scheme on t² removes the first orders of truncation; every entry of its table has an error bar of what the
next order changed plus the noise that reached it. The entry with the smallest bar that all finer steps agree
with is the derivative: without that condition two coarse steps that agree by accident win (Ridders, Advances
in Engineering Software 4(2), 1982, and the flaws since found in his choice).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.noise import NoiseProfile
from stabcheck.dynamic.sampling import Direction, Sampler, inner, length
from stabcheck.dynamic.stack import Stack, on_line

Float64 = npt.NDArray[np.float64]

LOST = 0.98  # cosine of nominal and real displacement below which a step is lost in the rounding of x
DEEPEST = 3  # orders of extrapolation
SHARED = 8.0  # roundings of x that a gradient may have been reckoned beside it


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
    rounding: float = 0.0  # what of `analytic` may be rounding that its entries share
    power: int = 2  # of t, in which the truncation of `numeric` falls: 1 for one-sided differences

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
        return 2 * self.unit * self.curvature

    @property
    def curvature(self) -> float:
        """|φ''|, as the steps of the middle of the ladder show it."""
        if not self.steps.size:
            return 0.0
        return float(median((np.abs(self.right - self.left) / self.steps).tolist()))


@dataclass(frozen=True, slots=True)
class Centre:
    """The point under test in float64: f, the cotangent, the gradient (None if it is not finite)."""

    value: Float64
    cotangent: Float64
    gradient: Direction | None
    spread: float = 0.0  # of <w, f> over repeated evaluations
    rounding: Direction | None = (
        None  # absolute error granted to the gradient's entries, beside a relative one
    )
    stored: float = 0.0  # unit roundoff of the point that a stored gradient was reckoned at, if it is coarser


def climb(
    sampler: Sampler,
    centre: Centre,
    directions: Sequence[Direction],
    noise: NoiseProfile,
    steps: Sequence[float] | None = None,
) -> list[Rungs]:
    """Measure φ along each direction at each step of the ladder, both ways, in one batch."""
    ladder = np.asarray(sampler.steps if steps is None else steps)
    taken: list[_Taken] = []
    rises = sampler.rises(_stacks(sampler, centre, directions, ladder, taken), centre.value, centre.cotangent)
    pairs = rises.reshape(-1, 2)
    numbers = np.repeat([step.number for step in taken], [step.steps.size for step in taken])
    reached = np.isfinite(pairs).all(axis=1)
    table = np.concatenate([np.empty((0, 3)), *(step.table for step in taken)])
    return [
        _rungs(sampler, centre, direction, noise, table[mine], pairs[mine])
        for number, direction in enumerate(directions)
        for mine in [(numbers == number) & reached]
    ]


@dataclass(frozen=True, slots=True)
class _Taken:
    """Steps x ± t d as the dtype of x allowed them: what is kept of them when their points are gone."""

    number: int  # of the direction
    steps: Float64
    reach: Float64  # largest displacement of an entry
    along: Float64  # <gradient, displacement>, by the length of both sides

    @property
    def table(self) -> Float64:
        """One row a step."""
        return np.stack([self.steps, self.reach, self.along], axis=1)


def _stacks(
    sampler: Sampler,
    centre: Centre,
    directions: Sequence[Direction],
    ladder: Float64,
    taken: list[_Taken],
) -> Iterator[Stack]:
    """The points ahead and behind of each step that isn't lost in the rounding of x; noted in `taken`.

    Stack after stack, because all of them together would not fit into memory for large arguments.
    """
    pairs = max(1, sampler.most // 2)
    for number, direction in enumerate(directions):
        moving = [index for index, part in enumerate(direction) if part.any()]
        norm = np.sqrt(inner(direction, direction))
        for begin in range(0, ladder.size, pairs):
            steps = ladder[begin : begin + pairs]
            stack = on_line(sampler.point, direction, np.stack([steps, -steps], axis=1).ravel())
            wide = {
                index: np.subtract(column[::2], column[1::2], dtype=np.float64).reshape(steps.size, -1)
                for index, column in enumerate(stack.columns)
                if index in moving
            }
            squares = sum(np.einsum("ki,ki->k", part, part) for part in wide.values())
            length = np.sqrt(squares) * norm
            kept = (length > 0) & (_inner(wide, direction) >= LOST * length)
            if not kept.any():
                continue
            reach = np.max([np.abs(part).max(axis=1, initial=0.0) for part in wide.values()], axis=0) / 2
            along = np.zeros(steps.size)
            if centre.gradient is not None:
                along = _inner(wide, centre.gradient) / (2 * steps)
            taken.append(_Taken(number, steps[kept], reach[kept], along[kept]))
            yield stack if kept.all() else stack[np.repeat(kept, 2)]


def _inner(wide: Mapping[int, Float64], direction: Direction) -> Float64:
    """<·, direction> of each row over the leaves that move."""
    found: Float64 = sum(np.einsum("ki,i->k", part, direction[index].ravel()) for index, part in wide.items())
    return found


def _rungs(
    sampler: Sampler,
    centre: Centre,
    direction: Direction,
    noise: NoiseProfile,
    taken: Float64,
    rises: Float64,
) -> Rungs:
    steps, reach, along = taken.T
    numeric = (rises[:, 0] - rises[:, 1]) / (2 * steps)
    correction, analytic, size = np.zeros(steps.size), 0.0, 0.0
    if centre.gradient is not None:
        analytic = inner(centre.gradient, direction)
        size = length(centre.gradient, direction)
        correction = analytic - along
    found = Rungs(
        dtype=sampler.precision.name,
        unit=sampler.precision.unit,
        direction=direction,
        steps=steps,
        reach=reach,
        ahead=rises[:, 0],
        behind=rises[:, 1],
        numeric=numeric + correction,
        correction=correction,
        noise=noise.at(steps),
        analytic=analytic,
        size=size,
        compared=centre.gradient is not None,
        rounding=0.0 if centre.rounding is None else length(centre.rounding, direction),
    )
    if not centre.stored:
        return found
    return replace(found, rounding=found.rounding + SHARED * centre.stored * found.curvature)


def extrapolate(rungs: Rungs, extra: Float64 | float = 0.0) -> tuple[Estimate, Float64]:
    """The numeric derivative with its error bar, and the noise that it was found to be consistent with.

    `extra` is noise on top of that of the rungs.

    If no entry of the table agrees with all finer steps, the noise was underestimated: it is raised to what
    the finest steps show, and the table is read again.
    """
    noise = rungs.noise + extra
    for _ in range(4):
        table = _neville(rungs, noise)
        agreeing = np.flatnonzero(_agree_with_finer(table, rungs, noise))
        if agreeing.size:
            return table.estimate(agreeing[np.argmin(table.bars[agreeing])]), noise
        finest = max(2, rungs.steps.size // 3)
        tail = rungs.numeric[-finest:]
        shown = float(np.median(np.abs(tail - np.median(tail)) * rungs.steps[-finest:]))
        noise = np.maximum(4 * noise, shown)
    return table.estimate(int(np.argmin(table.bars))), noise


def without_first_order(rungs: Rungs) -> Rungs:
    """The rungs but the coarsest, each with the truncation that falls as t taken out by its neighbour.

    What is left falls as t², as that of other functions does from the start.
    """
    ratio = rungs.steps[:-1] / rungs.steps[1:]
    finer, coarser = rungs.numeric[1:], rungs.numeric[:-1]
    return replace(
        rungs,
        steps=rungs.steps[1:],
        reach=rungs.reach[1:],
        ahead=rungs.ahead[1:],
        behind=rungs.behind[1:],
        numeric=finer + (finer - coarser) / (ratio - 1),
        correction=rungs.correction[1:],
        noise=rungs.noise[1:] * (ratio + 1) / (ratio - 1),
    )


def rung_bars(rungs: Rungs, noise: Float64) -> Float64:
    """Error bar of each rung by itself: round-off, and the truncation that its neighbours show.

    The next finer rung shows it where it stands out of the round-off; below that it falls on.
    """
    round_off = 2 * noise / rungs.steps + rungs.shift
    ratio = (rungs.steps[:-1] / rungs.steps[1:]) ** rungs.power
    seen = np.abs(rungs.numeric[:-1] - rungs.numeric[1:])
    excess = np.maximum(seen - round_off[:-1] - round_off[1:], 0.0)
    truncation = [*(excess * ratio / (ratio - 1)).tolist(), 0.0]
    falls = ((rungs.steps[1:] / rungs.steps[:-1]) ** rungs.power).tolist()
    for index, fall in enumerate(falls):
        truncation[index + 1] = max(truncation[index + 1], truncation[index] * fall)
    return np.asarray(truncation + round_off)


@dataclass(frozen=True, slots=True)
class _Table:
    """Neville's table on t²: an estimate an entry, rung by rung, with its bar."""

    values: Float64
    bars: Float64
    rungs: npt.NDArray[np.intp]
    orders: npt.NDArray[np.intp]

    def estimate(self, entry: int | np.intp) -> Estimate:
        return Estimate(
            float(self.values[entry]),
            float(self.bars[entry]),
            int(self.rungs[entry]),
            int(self.orders[entry]),
        )


def _neville(rungs: Rungs, noise: Float64) -> _Table:
    """Every entry T[i][j], i the rung from 1 and j the order, with a bar of what the next order changed."""
    count, depth = rungs.steps.size, min(DEEPEST, rungs.steps.size - 1) + 1
    values, carried, changes = np.full((3, count, depth), np.nan)
    values[:, 0], carried[:, 0] = rungs.numeric, 2 * noise / rungs.steps
    changes[1:, 0] = np.abs(rungs.numeric[1:] - rungs.numeric[:-1])
    for j in range(1, depth):
        ratio = (rungs.steps[:-j] / rungs.steps[j:]) ** rungs.power
        values[j:, j] = (ratio * values[j:, j - 1] - values[j - 1 : -1, j - 1]) / (ratio - 1)
        carried[j:, j] = (ratio * carried[j:, j - 1] + carried[j - 1 : -1, j - 1]) / (ratio - 1)
        changes[j:, j] = np.abs(values[j:, j] - values[j:, j - 1])
    rows, columns = _below_first(count, depth)
    bars = changes[rows, columns] + carried[rows, columns] + rungs.shift
    return _Table(values[rows, columns], bars, rows, columns)


@lru_cache(maxsize=64)
def _below_first(count: int, depth: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns of the entries of a table of so many rungs and orders, the first rung left out."""
    rows, columns = np.nonzero(np.tri(count, depth, dtype=bool)[1:])
    return rows + 1, columns


def _agree_with_finer(table: _Table, rungs: Rungs, noise: Float64) -> npt.NDArray[np.bool_]:
    """Which entries all finer steps agree with."""
    allowed = table.bars[:, None] + 6 * noise / rungs.steps + 2 * rungs.shift
    apart = np.abs(rungs.numeric - table.values[:, None])
    coarser = np.arange(rungs.steps.size) < table.rungs[:, None]
    return np.asarray(((apart <= allowed) | coarser).all(axis=1))
