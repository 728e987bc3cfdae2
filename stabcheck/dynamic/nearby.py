"""Points beside the one under test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stabcheck.dynamic.directions import scale_of, signed_magnitudes
from stabcheck.dynamic.problem import Leaf, Point
from stabcheck.dynamic.sampling import Sampler


def moved_away(leaves: Sequence[Leaf], rng: np.random.Generator) -> Point:
    """Another point: every varied entry a fifth of its scale away."""
    return tuple(
        (
            leaf.value.astype(np.float64)
            + 0.2 * signed_magnitudes(leaf.value.shape, rng) * scale_of(leaf.value)
        ).astype(leaf.value.dtype)
        if leaf.varied
        else leaf.value
        for leaf in leaves
    )


def nudged(sampler: Sampler, rng: np.random.Generator, unit: float | None = None) -> Point:
    """The point with every varied entry moved by one to three units of roundoff."""
    size = 2 * (sampler.precision.unit if unit is None else unit)
    return tuple(
        (array.astype(np.float64) * (1 + size * signed_magnitudes(array.shape, rng))).astype(array.dtype)
        if leaf.varied
        else array
        for leaf, array in zip(sampler.problem.leaves, sampler.point, strict=True)
    )
