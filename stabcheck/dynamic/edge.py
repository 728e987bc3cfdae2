"""A point at the edge of where the function is defined: differences towards the inside, to one side alone.

A rate that must not be negative, at 0; a probability, at 1. Central differences can't be taken there, but
what an optimizer follows is the derivative on the domain. D(t) = (φ(t) − φ(0)) / t, whose truncation falls
as t, so that Neville's scheme runs on t instead of t².
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.ladder import Centre, Rungs
from stabcheck.dynamic.noise import NoiseProfile
from stabcheck.dynamic.problem import Point
from stabcheck.dynamic.sampling import Direction, Sampler, inner, length
from stabcheck.dynamic.stack import on_line

Float64 = npt.NDArray[np.float64]

FEWEST = 5  # steps on one side that are worth a look


def climb_inwards(
    sampler: Sampler, centre: Centre, direction: Direction, noise: NoiseProfile, steps: Sequence[float]
) -> Rungs | None:
    """One-sided differences along a direction that is turned to the inside; None if no side is inside."""
    for turned in _turned(sampler.point, direction):
        taken = np.asarray(steps)
        pieces = (taken[begin : begin + sampler.most] for begin in range(0, taken.size, sampler.most))
        stacks = (on_line(sampler.point, turned, piece) for piece in pieces)
        rises = sampler.rises(stacks, centre.value, centre.cotangent)
        inside = np.isfinite(rises)
        if np.count_nonzero(inside) >= min(FEWEST, taken.size):
            return _rungs(sampler, centre, turned, noise, taken[inside], rises[inside])
    return None


def _turned(point: Point, direction: Direction) -> Iterator[Direction]:
    """The direction to either side; with zeros moved up, or down; with everything moved towards 0."""
    upwards = tuple(np.where(x == 0, np.abs(d), d) for x, d in zip(point, direction, strict=True))
    downwards = tuple(np.where(x == 0, -np.abs(d), d) for x, d in zip(point, direction, strict=True))
    to_zero = tuple(
        np.where(x == 0, np.abs(d), -np.sign(x.astype(np.float64)) * np.abs(d))
        for x, d in zip(point, direction, strict=True)
    )
    yield direction
    yield tuple(-d for d in direction)
    yield upwards
    yield downwards
    yield to_zero


def _rungs(
    sampler: Sampler,
    centre: Centre,
    direction: Direction,
    noise: NoiseProfile,
    steps: Float64,
    rises: Float64,
) -> Rungs:
    """The rungs as if the other side mirrored this one: its difference is the one-sided one."""
    gradient = centre.gradient
    largest = max(float(np.max(np.abs(part), initial=0.0)) for part in direction)
    return Rungs(
        dtype=sampler.precision.name,
        unit=sampler.precision.unit,
        direction=direction,
        steps=steps,
        reach=steps * largest,
        ahead=rises,
        behind=-rises,
        numeric=rises / steps,
        correction=np.zeros(steps.size),
        noise=noise.at(steps),
        analytic=0.0 if gradient is None else inner(gradient, direction),
        size=0.0 if gradient is None else length(gradient, direction),
        compared=gradient is not None,
        rounding=0.0 if centre.rounding is None else length(centre.rounding, direction),
        power=1,
    )
