"""What wrong entries of a gradient show beside their places: limits that cut them, an index that repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SAME = 1e-6  # relative, how near to a limit entries lie that were cut by it (float32 rounds it)
APART = 1e-2  # of the largest entry, from which two entries are different ones
SHUFFLED = 1e-6  # of the largest entry, how near to each other entries at different places must be
MOST_INDICES = 10_000_000  # entries of an array of indices that are counted


def limits_of(gradient: Float64, numeric: Float64, wrong: Mask) -> tuple[float, float] | None:
    """The (low, high) that a gradient was clipped to, entry by entry; ±inf on a side where nothing is cut.

    Every wrong entry stands at a limit with the right value beyond it, every other one between the limits.
    Entries that are the same number for another reason are no evidence: two limits of opposite sign, or one
    with at least two entries at it and some right ones inside.

    Parameters
    ----------
    gradient, numeric, wrong
        of the same shape: the gradient, its measured right values, and where they differ.
    """
    cut = gradient[wrong]
    if not cut.size or not np.all(np.isfinite(numeric[wrong])) or np.any(cut == 0):
        return None
    above = numeric[wrong] > cut
    high = float(cut[above].max()) if above.any() else np.inf
    low = float(cut[~above].min()) if not above.all() else -np.inf
    at_limit = np.where(above, np.abs(cut - high) <= SAME * abs(high), np.abs(cut - low) <= SAME * abs(low))
    inside = gradient[~wrong]
    within = np.all(
        (inside <= high * (1 + np.sign(high) * SAME)) & (inside >= low * (1 + np.sign(low) * SAME))
    )
    both = np.isfinite(high) and np.isfinite(low) and low < high
    one = cut.size >= 2 and np.any((inside > low) & (inside < high))
    return (low, high) if np.all(at_limit) and within and cut.size >= 2 and (both or one) else None


def bounds_of(limits: tuple[float, float]) -> str:
    """Limits in words: [-5, 5], at most 5, at least -5."""
    low, high = limits
    if np.isinf(low):
        return f"at most {high:.6g}"
    return f"at least {low:.6g}" if np.isinf(high) else f"[{low:.6g}, {high:.6g}]"


def reworked(gradient: Float64, right: Float64) -> str | None:
    """What makes a gradient of its right entries: cut to whole numbers, or put in another order.

    Entries that are all alike are the same in any order: at least half of them must differ.
    """
    if np.any(gradient) and any(
        np.array_equal(gradient, cut(right)) for cut in (np.trunc, np.rint, np.floor)
    ):
        return "the right one, cut to whole numbers"
    largest = float(np.max(np.abs(right)))
    different = np.count_nonzero(np.diff(np.sort(right)) > APART * largest)
    shuffled = np.allclose(np.sort(gradient), np.sort(right), rtol=0, atol=SHUFFLED * largest)
    return (
        "made of the right entries, in another order" if shuffled and different >= right.size // 2 else None
    )


def repeated_by(wrong: Mask, indices: Sequence[tuple[str, npt.NDArray[Any]]]) -> str | None:
    """The array of indices whose repeated values are just the wrong rows: an addition that overwrites.

    `g[ids] += d` adds once where ids holds an index twice. Rows that are not repeated, and right, must be
    there, too.
    """
    if wrong.ndim < 1 or not wrong.any() or wrong.all():
        return None
    rows = np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1))
    for name, array in indices:
        if array.ndim < 1 or not 2 <= array.size <= MOST_INDICES:
            continue
        values, counts = np.unique(array, return_counts=True)
        usable = values[0] >= -len(wrong) and values[-1] < len(wrong) and np.any(counts == 1)
        if usable and np.array_equal(np.unique(values[counts > 1] % len(wrong)), rows):
            return name
    return None
