"""What wrong entries of a gradient show beside their places: limits that cut them, an index that repeats."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SAME = 1e-6  # relative, how near to a limit entries lie that were cut by it (float32 rounds it)
APART = 1e-2  # of the largest entry, from which two entries are different ones
SIMPLE = 12  # largest denominator of a number that somebody has written
FITTED = 1e-7  # of the largest entry, how near to what is fitted a missing term must be
SHUFFLED = 1e-6  # of the largest entry, how near to each other entries at different places must be
MOST_INDICES = 10_000_000  # entries of an array of indices that are counted


def limits_of(gradient: Float64, numeric: Float64, wrong: Mask) -> tuple[float, float] | None:
    """The (low, high) that a gradient was clipped to, entry by entry; ±inf on a side where nothing is cut.

    Every wrong entry stands at a limit with the right value beyond it, every other one between the limits.
    Entries that are the same number for another reason are no evidence: two limits of opposite sign, or one
    with at least two entries at it and some right ones inside. Nor are right values that are all of one size:
    a factor is missing there (the δ of a Huber loss).

    Parameters
    ----------
    gradient, numeric, wrong
        of the same shape: the gradient, its measured right values, and where they differ.
    """
    cut = gradient[wrong]
    sizes = np.abs(numeric[wrong])
    if cut.size > 1 and np.ptp(sizes) <= SAME * np.max(sizes):
        return None
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


def missing_term(gradient: Float64, right: Float64, value: Float64) -> str | None:
    """What a gradient is short of, if that is the same, or goes with the argument, along an axis.

    That is what the derivative of a mean, a variance or a norm over the axis looks like. The argument must
    have enough entries along it for what is fitted to be tested.

    Parameters
    ----------
    gradient, right, value
        of the same shape: the gradient, its measured right values, and the argument.
    """
    missing, size = right - gradient, float(np.max(np.abs(right), initial=0.0))
    plain = float(np.median(missing))
    simple = Fraction(plain).limit_denominator(SIMPLE)
    if missing.size > 2 and simple and np.max(np.abs(missing - float(simple))) <= FITTED * size:
        return f"short of {float(simple):.6g} in every entry: a linear term left out, or with the wrong sign"
    for axis, length in enumerate(value.shape):
        lines = np.moveaxis(missing, axis, -1).reshape(-1, length)
        along = np.moveaxis(value, axis, -1).reshape(-1, length)
        for fewest, terms, text in _TERMS:
            if length >= fewest and all(
                _spans(line, x, terms, FITTED * size) for line, x in zip(lines, along, strict=True)
            ):
                where = "" if value.ndim == 1 else f" along axis {axis}"
                return f"short of {text.format(where)}"
    return None


_TERMS = (
    (3, ("1",), "a term that is the same for all entries{}: the derivative of a mean or a sum over them"),
    (4, ("x",), "a multiple of the argument{}: the derivative of a norm"),
    (5, ("1", "x"), "a constant and a multiple of the argument{}: the derivatives of a mean and a variance"),
)


def _spans(line: Float64, x: Float64, terms: Sequence[str], allowed: float) -> bool:
    columns = np.stack([np.ones_like(x) if term == "1" else x for term in terms], axis=1)
    fitted, *_ = np.linalg.lstsq(columns, line, rcond=None)
    return bool(np.max(np.abs(columns @ fitted - line)) <= allowed)


def factor_at(gradient: Float64, right: Float64) -> float | None:
    """The factor that all of these entries are off by, where there are two of them or more."""
    if right.size < 2 or not np.all(np.isfinite(right)) or np.any(np.abs(right) <= 1e-300):
        return None
    ratios = gradient / right
    factor = float(np.median(ratios))
    if factor == 0 or abs(factor - 1) < SAME or np.max(np.abs(ratios - factor)) > SAME * abs(factor):
        return None
    return factor


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
