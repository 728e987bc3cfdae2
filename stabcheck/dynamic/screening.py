"""Which entries of a gradient need no ladder: one central difference for each, where there are many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.directions import scale_of
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.probing import short_ladder
from stabcheck.dynamic.sampling import Sampler
from stabcheck.dynamic.stack import Stack, by_entry

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
    centre = formula.centre
    ends = np.asarray([lengths[leaf][entry] for leaf, entry in entries])[:, None] * [1.0, -1.0]
    taken: list[Float64] = []
    stacks = _stacks(formula.sampler, entries, ends, taken)
    rises = formula.sampler.rises(stacks, centre.value, centre.cotangent).reshape(-1, 2)
    distance = np.concatenate([np.zeros(0), *taken])
    gradient = [part.reshape(-1) for part in formula.centre_gradient]
    expected = np.asarray([gradient[leaf][entry] for leaf, entry in entries]) * distance
    noise = float(formula.noise.at(np.asarray([step]))[0])
    off = np.abs(rises[:, 0] - rises[:, 1] - expected)
    allowed = ALLOWED * noise + formula.grant * np.abs(expected)
    if centre.rounding is not None:
        allowed += (
            np.asarray([centre.rounding[leaf].reshape(-1)[entry] for leaf, entry in entries]) * distance
        )
    confirmed = (distance > 0) & (off <= allowed)
    return [entry for entry, sound in zip(entries, confirmed, strict=True) if not sound]


def _stacks(
    sampler: Sampler, entries: Sequence[Entry], ends: Float64, taken: list[Float64]
) -> Iterator[Stack]:
    """The points on both sides, entry after entry; noted in `taken` is how far apart they really are."""
    most = max(1, sampler.most // 2)
    for begin in range(0, len(entries), most):
        block = entries[begin : begin + most]
        stack = by_entry(sampler.point, block, ends[begin : begin + most])
        taken.append(
            np.asarray(
                [
                    np.subtract(
                        *stack.columns[leaf][2 * row : 2 * row + 2].reshape(2, -1)[:, flat], dtype=float
                    )
                    for row, (leaf, flat) in enumerate(block)
                ]
            )
        )
        yield stack
