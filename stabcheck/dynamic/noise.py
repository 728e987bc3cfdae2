"""How noisy a function is, as a function of the step at which it is looked at.

Differences of order k of equally spaced values annihilate the smooth part and keep the noise, times a known
factor: Moré & Wild, "Estimating Computational Noise", SIAM J. Sci. Comput. 33(3), 2011. One spacing is not
enough: the noise of a cancellation inside the function is a staircase wider than an ulp of the argument, and
a kink near the point would pass for noise at a wide spacing. So the noise seen by a step t is that of the
spacings up to t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.sampling import Direction, Sampler
from stabcheck.dynamic.stack import on_line

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
        reached = np.asarray(self.spacings)[:, None] <= steps
        seen = np.where(reached, np.asarray(self.levels)[:, None], 0.0)
        return np.asarray(seen.max(axis=0, initial=max(self.floor, 0.0)), dtype=np.float64)


def ecnoise(rises: Float64, level: float) -> Float64:
    """Noise of runs of equally spaced values `level + rises` (runs, values); 0 where differences show none.

    An estimate σ_k is taken where three orders agree within a factor 4 and the differences of that order
    change sign; values that don't move at all (spacing too small) or move by more than a tenth (too large)
    show none.
    """
    finite = np.all(np.isfinite(rises), axis=1)
    rises = np.where(finite[:, None], rises, 0.0)
    still = (rises[:, 1:] == rises[:, :-1]).sum(axis=1) >= rises.shape[1] / 2
    far = rises.max(axis=1) - rises.min(axis=1) > 0.1 * np.abs(level + rises).max(axis=1)
    orders = rises.shape[1] - 1
    estimates, changes_sign = np.zeros((len(rises), orders)), np.zeros((len(rises), orders), dtype=bool)
    gamma, differences = 1.0, rises
    for order in range(1, orders + 1):
        differences = differences[:, 1:] - differences[:, :-1]
        gamma *= 0.5 * order / (2 * order - 1)  # (k!)² / (2k)!
        estimates[:, order - 1] = np.sqrt(gamma * ((differences**2).sum(axis=1) / differences.shape[1]))
        changes_sign[:, order - 1] = differences.min(axis=1) * differences.max(axis=1) < 0
    windows = np.stack([estimates[:, :-2], estimates[:, 1:-1], estimates[:, 2:]])
    steady = (windows.min(0) > 0) & (windows.max(0) <= 4 * windows.min(0)) & changes_sign[:, :-2]
    first = np.argmax(steady, axis=1)
    shown = steady.any(axis=1) & finite & ~still & ~far
    return np.where(shown, estimates[np.arange(len(rises)), first], 0.0)


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
    offsets = np.concatenate([_run(sampler, spacing, number) for number, spacing in enumerate(spacings)])
    pieces = (offsets[begin : begin + sampler.most] for begin in range(0, offsets.size, sampler.most))
    stacks = (on_line(sampler.point, direction, piece) for piece in pieces)
    rises = sampler.rises(stacks, value, cotangent).reshape(len(spacings), RUN)
    level = float(np.sum(cotangent * value))
    return NoiseProfile(tuple(spacings), tuple(ecnoise(rises, level).tolist()), floor)


def _spacings(sampler: Sampler) -> list[float]:
    spacings, spacing = [], 4 * sampler.precision.unit
    while spacing <= sampler.steps[0] / 8:
        spacings.append(spacing)
        spacing *= GROWTH
    return spacings


def _run(sampler: Sampler, spacing: float, number: int) -> Float64:
    side = 1.0 if number % 2 == 0 else -1.0
    start = min(sampler.steps[len(sampler.steps) // 2], spacing)
    return np.asarray(side * (start + np.arange(RUN) * spacing), dtype=np.float64)
