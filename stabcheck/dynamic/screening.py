"""Which entries of a gradient need no ladder: one central difference for each, where there are many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.directions import scale_of
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.probing import short_ladder
from stabcheck.dynamic.problem import Point

Float64 = npt.NDArray[np.float64]
Entry = tuple[int, int]  # leaf, flat index

ALLOWED = 4.0  # standard deviations of f's noise that a difference of two values may be off by


def unsettled(formula: Formula, entries: Sequence[Entry]) -> list[Entry]:
    """The entries that a central difference at the best step does not confirm: they alone need a ladder.

    Two evaluations an entry instead of eight. The difference is allowed its round-off and no truncation,
    which is less than the `ACCUSED` error bars that a ladder grants: what a ladder would accuse is not
    confirmed here.
    """
    step = short_ladder(formula)[-1]
    lengths = [step * scale_of(leaf.value).reshape(-1) for leaf in formula.sampler.problem.leaves]
    point, centre = formula.sampler.point, formula.centre
    supply = _pairs(point, entries, lengths)
    rises = np.asarray(list(formula.sampler.rises(supply, centre.value, centre.cotangent))).reshape(-1, 2)
    taken = np.asarray([_distance(point, entry, lengths) for entry in entries])
    gradient = [part.reshape(-1) for part in formula.centre_gradient]
    expected = np.asarray([gradient[leaf][entry] for leaf, entry in entries]) * taken
    noise = float(formula.noise.at(np.asarray([step]))[0])
    off = np.abs(rises[:, 0] - rises[:, 1] - expected)
    confirmed = (taken > 0) & (off <= ALLOWED * noise + formula.grant * np.abs(expected))
    return [entry for entry, sound in zip(entries, confirmed, strict=True) if not sound]


def _pairs(point: Point, entries: Sequence[Entry], lengths: Sequence[Float64]) -> Iterator[Point]:
    """The points on both sides of `point`, entry after entry; leaves that don't move are shared."""
    for leaf, entry in entries:
        for side in (1.0, -1.0):
            moved = point[leaf].copy()
            moved.reshape(-1)[entry] += side * lengths[leaf][entry]
            yield (*point[:leaf], moved, *point[leaf + 1 :])


def _distance(point: Point, where: Entry, lengths: Sequence[Float64]) -> float:
    """From one of these points to the other, as far as the dtype of the argument allows."""
    leaf, entry = where
    here, length = point[leaf].reshape(-1)[entry], lengths[leaf][entry]
    ahead, behind = (np.asarray(here + side * length).astype(point[leaf].dtype) for side in (1.0, -1.0))
    return float(ahead.astype(np.float64) - behind.astype(np.float64))
