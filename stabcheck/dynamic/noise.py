"""How noisy a function is, as a function of the step at which it is looked at.

Differences of order k of equally spaced values annihilate the smooth part and keep the noise, times a known
factor: Moré & Wild, "Estimating Computational Noise", SIAM J. Sci. Comput. 33(3), 2011. One spacing is not
enough: the noise of a cancellation inside the function is a staircase wider than an ulp of the argument, and
a kink near the point would pass for noise at a wide spacing. So the noise seen by a step t is that of the
spacings up to t.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.problem import Point
from stabcheck.dynamic.sampling import Array, Direction, Sampler

Float64 = npt.NDArray[np.float64]

RUN = 8  # values a spacing
GROWTH = 64.0  # from one spacing to the next


@dataclass(frozen=True, slots=True)
class NoiseProfile:
    """Standard deviation of the noise of φ by spacing (relative, ascending); 0 where none was seen."""

    spacings: tuple[float, ...]
    levels: tuple[float, ...]
    floor: float  # rounding of the values themselves, and the spread of repeated evaluations

    def at(self, steps: Float64) -> Float64:
        """Noise that a difference with each of these steps sees."""
        seen = [
            max(
                (level for spacing, level in zip(self.spacings, self.levels, strict=True) if spacing <= t),
                default=0.0,
            )
            for t in steps
        ]
        return np.maximum(np.asarray(seen, dtype=np.float64), self.floor)


def ecnoise(rises: Float64, level: float) -> float:
    """Noise of equally spaced values `level + rises`, 0.0 if the differences don't show any.

    An estimate σ_k is taken where three orders agree within a factor 4 and the differences of that order
    change sign; values that don't move at all (spacing too small) or move by more than a tenth (too large)
    show none.
    """
    if not np.all(np.isfinite(rises)) or np.ptp(rises) == 0:
        return 0.0
    if np.ptp(rises) > 0.1 * np.max(np.abs(level + rises)):
        return 0.0
    estimates, changes_sign = [], []
    gamma, differences = 1.0, rises
    for order in range(1, rises.size):
        differences = np.diff(differences)
        if order == 1 and np.count_nonzero(differences == 0) >= rises.size / 2:
            return 0.0
        gamma *= 0.5 * order / (2 * order - 1)  # (k!)² / (2k)!
        estimates.append(float(np.sqrt(gamma * np.mean(differences**2))))
        changes_sign.append(bool(differences.min() * differences.max() < 0))
    for order in range(rises.size - 3):
        window = estimates[order : order + 3]
        if min(window) > 0 and max(window) <= 4 * min(window) and changes_sign[order]:
            return window[0]
    return 0.0


def rounding_floor(unit: float, value: Float64, cotangent: Float64) -> float:
    """Standard deviation of <w, f> if each value is rounded once: u ‖w ∘ f‖ / √3."""
    return unit * float(np.sqrt(np.sum((cotangent * value) ** 2) / 3))


def profile(
    sampler: Sampler, value: Float64, cotangent: Float64, direction: Direction, spread: float
) -> NoiseProfile:
    """Measure the noise of φ(t) = <w, f(x + t d)> by short one-sided runs at growing spacings.

    A run lies on one side of the point, so that a kink at the point itself does not count as noise.
    """
    floor = max(rounding_floor(sampler.unit, value, cotangent), spread)
    spacings = _spacings(sampler)
    points = (
        point
        for number, spacing in enumerate(spacings)
        for point in _run(sampler, direction, spacing, number)
    )
    rises = np.asarray(list(sampler.rises(points, value, cotangent))).reshape(len(spacings), RUN)
    level = float(np.sum(cotangent * value))
    return NoiseProfile(tuple(spacings), tuple(ecnoise(run, level) for run in rises), floor)


def _spacings(sampler: Sampler) -> list[float]:
    spacings, spacing = [], 4 * sampler.precision.unit
    while spacing <= sampler.steps[0] / 8:
        spacings.append(spacing)
        spacing *= GROWTH
    return spacings


def _run(sampler: Sampler, direction: Direction, spacing: float, number: int) -> Iterator[Point]:
    side = 1.0 if number % 2 == 0 else -1.0
    start = min(sampler.steps[len(sampler.steps) // 2], spacing)
    for index in range(RUN):
        yield moved(sampler.point, direction, side * (start + index * spacing))


def moved(point: Point, direction: Direction, step: float) -> Point:
    """X + step · d, rounded to the dtype of the leaves; leaves that don't move stay the same objects."""
    return tuple(
        _moved(array, part, step) if np.any(part) else array
        for array, part in zip(point, direction, strict=True)
    )


def _moved(array: Array, part: Float64, step: float) -> Array:
    with np.errstate(all="ignore"):
        there = step * part
        there += array
        return there.astype(array.dtype, copy=False)
