"""Which entries of a gradient are wrong: entry by entry if there are few, else by bisection of groups.

A group is tested by a ladder along a random direction that moves its entries alone, and counts as wrong only
if it differs by more error bars than chance: in float32 an untested bisection lands on the wrong entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.probing import probe_masks, short_ladder, suspicious

Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.intp]

ZERO = 1e-9  # of the largest entry, below which one of the right gradient tells nothing
MOST_ENTRIES = 8  # wrong groups that bisection follows; more are no longer "few"


@dataclass(frozen=True, slots=True)
class Selection:
    """Entries of one leaf: what selects them, in words, the mask, and the limits if they were clipped."""

    text: str
    mask: Mask
    limits: tuple[float, float] | None = None


def conditions(value: npt.NDArray[np.float64], name: str) -> list[Selection]:
    """Conditions on the argument that gradients are forgotten under."""
    return [
        Selection(f"{name} < 0", value < 0),
        Selection(f"{name} > 0", value > 0),
        Selection(f"{name} <= 0", value <= 0),
        Selection(f"{name} >= 0", value >= 0),
        Selection(f"{name} == 0", value == 0),
        Selection(f"{name} != 0", value != 0),
        Selection(f"|{name}| > 1", np.abs(value) > 1),
        Selection(f"|{name}| < 1", np.abs(value) < 1),
    ]


def describe(
    bad: Mask, value: npt.NDArray[np.float64], name: str, unknown: Mask | None = None
) -> Selection | None:
    """What wrong entries have in common: a condition on the argument, slices of an axis, or being few.

    `unknown` entries are not `bad`, but could not be told either: a condition may hold for them or not.
    """
    if not bad.any() or bad.all():
        return None
    known = np.ones(bad.shape, dtype=bool) if unknown is None else ~unknown
    if known.sum() >= 6 and min(bad.sum(), (known & ~bad).sum()) >= 2:
        for condition in conditions(value, name):
            if np.array_equal(condition.mask[known], bad[known]):
                return condition
    bounds = _bounds(bad, known, value, name)
    if bounds is not None:
        return bounds
    slices = _slices(bad, name)
    if slices is not None:
        return slices
    count = int(bad.sum())
    if count <= max(1, bad.size // 4):
        return Selection(_indices(bad, name), bad)
    return None


def others_are_right(bad: Mask, known: Mask, slopes: npt.NDArray[np.float64], name: str) -> Selection | None:
    """The wrong entries, however many, if a good part of the others is right, and not by being 0.

    No wrong formula is right at some entries by accident, but where the right gradient is 0. `slopes` are its
    entries, all of them measured.
    """
    telling = known & (np.abs(slopes) > ZERO * np.nanmax(np.abs(slopes), initial=0.0))
    right = int((telling & ~bad).sum())
    return Selection(_indices(bad, name), bad) if right >= 2 and right >= bad.size / 4 else None


def wrong_by_bisection(formula: Formula, leaf: int, rng: np.random.Generator) -> Selection | None:
    """The wrong entries of a large leaf: single ones, else slices along an axis, else by a condition."""
    target = formula.sampler.problem.leaves[leaf]
    shape = target.value.shape
    if formula.sampler.effort.exhausted:
        return None
    entries = np.arange(target.value.size).reshape(shape)
    few = bisect(formula, leaf, entries, rng)
    if few is not None:
        return _slices(few, target.name) or Selection(_indices(few, target.name), few)
    for axis, count in enumerate(shape):
        if count < 2 or len(shape) < 2 or formula.sampler.effort.exhausted:
            continue
        labels = np.broadcast_to(
            np.arange(count).reshape([-1 if k == axis else 1 for k in range(len(shape))]), shape
        )
        found = bisect(formula, leaf, labels, rng)
        if found is not None and not found.all():
            return _slices(found, target.name) or Selection(_indices(found, target.name), found)
    return _wrong_under_condition(formula, leaf, rng)


def bisect(formula: Formula, leaf: int, labels: Labels, rng: np.random.Generator) -> Mask | None:
    """The entries whose label is in a wrong group; None if many labels are wrong, or none can be told.

    Each round halves every wrong group: O(k log n) ladders for k wrong labels out of n.
    """
    steps = short_ladder(formula)
    frontier = [(0, int(labels.max()) + 1)]
    while any(high - low > 1 for low, high in frontier):
        halves = [half for group in frontier for half in _halved(group)]
        masks = [{leaf: (labels >= low) & (labels < high)} for low, high in halves]
        judged = probe_masks(formula, masks, rng, steps)
        frontier = [half for half, judgement in zip(halves, judged, strict=True) if suspicious(judgement)]
        if not frontier or len(frontier) > MOST_ENTRIES or formula.sampler.effort.exhausted:
            return None
    found = np.zeros(labels.shape, dtype=bool)
    for low, _ in frontier:
        found |= labels == low
    return found


def _halved(group: tuple[int, int]) -> list[tuple[int, int]]:
    low, high = group
    if high - low == 1:
        return [group]
    middle = (low + high) // 2
    return [(low, middle), (middle, high)]


def _wrong_under_condition(formula: Formula, leaf: int, rng: np.random.Generator) -> Selection | None:
    target = formula.sampler.problem.leaves[leaf]
    for condition in conditions(target.value.astype(np.float64), target.name):
        if not condition.mask.any() or condition.mask.all() or formula.sampler.effort.exhausted:
            continue
        inside, outside = probe_masks(formula, [{leaf: condition.mask}, {leaf: ~condition.mask}], rng)
        if suspicious(inside) and outside.outcome == "agrees":
            return condition
    return None


def _bounds(bad: Mask, known: Mask, value: npt.NDArray[np.float64], name: str) -> Selection | None:
    """`x < c`, `x > c` (or of |x|), `a < x < b`, with bounds between wrong and right entries.

    Only if it can't be chance: the number of sets of entries that such bounds could have selected counts
    against the number of all sets of that size.
    """
    right, total, wrong = known & ~bad, int(known.sum()), int(bad.sum())
    if min(wrong, total - wrong) < 3 or _arrangements(total, wrong) < 1e4:
        return None
    for text, measure in ((name, value), (f"|{name}|", np.abs(value))):
        low, high = float(measure[bad].max()), float(measure[right].min())
        if low < high:
            bound = _between(low, high)
            return Selection(f"{text} < {bound:.4g}", measure < bound)
        low, high = float(measure[right].max()), float(measure[bad].min())
        if low < high:
            bound = _between(low, high)
            return Selection(f"{text} > {bound:.4g}", measure > bound)
    if _arrangements(total, wrong) < 1e4 * total:
        return None
    return _inside(bad, right, value, name) or _outside(bad, right, value, name)


def _outside(bad: Mask, right: Mask, value: npt.NDArray[np.float64], name: str) -> Selection | None:
    """`x < a or x > b`: the right entries lie between the wrong ones, as under a clip."""
    found = _inside(right, bad, value, name)
    if found is None:
        return None
    lower, _, upper = found.text.split(" < ")
    return Selection(f"{name} < {lower} or {name} > {upper}", ~found.mask)


def _inside(bad: Mask, right: Mask, value: npt.NDArray[np.float64], name: str) -> Selection | None:
    """`a < x < b`: the wrong entries lie between right ones."""
    first, last = float(value[bad].min()), float(value[bad].max())
    below, above = value[right & (value <= first)], value[right & (value >= last)]
    if not below.size or not above.size or below.size + above.size < right.sum():
        return None
    if below.max() == first or above.min() == last:
        return None
    lower, upper = _between(float(below.max()), first), _between(last, float(above.min()))
    return Selection(f"{lower:.4g} < {name} < {upper:.4g}", (value > lower) & (value < upper))


def _between(low: float, high: float) -> float:
    """A number between: 0, ±1 or another short one if there is one, else the middle."""
    for nice in (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 6.0, 10.0):
        if low <= nice <= high:
            return nice
    return (low + high) / 2


def _arrangements(total: int, chosen: int) -> float:
    """Binomial coefficient: sets of wrong entries that a threshold could have been found for by accident."""
    smaller = min(chosen, total - chosen)
    return float(np.prod([(total - k) / (k + 1) for k in range(smaller)], initial=1.0))


def _slices(bad: Mask, name: str) -> Selection | None:
    """Whole slices along one axis, at most half of them."""
    if bad.ndim < 2 or bad.sum() < 2:
        return None
    for axis in range(bad.ndim):
        others = tuple(k for k in range(bad.ndim) if k != axis)
        indices = np.flatnonzero(bad.any(axis=others))
        full = np.asarray(bad.all(axis=others))
        if bad.shape[axis] > 1 and 0 < indices.size <= bad.shape[axis] / 2 and np.all(full[indices]):
            selector = ", ".join(":" if k != axis else _listed(indices) for k in range(bad.ndim))
            return Selection(f"{name}[{selector}]", bad)
    return None


def _listed(indices: Sequence[int] | npt.NDArray[np.intp]) -> str:
    numbers = [int(index) for index in indices]
    if len(numbers) == 1:
        return str(numbers[0])
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]}:{numbers[-1] + 1}"
    return str(numbers)


def _indices(bad: Mask, name: str) -> str:
    found = [tuple(int(k) for k in row) for row in np.argwhere(bad)]
    shown = ", ".join(name + ("[" + ", ".join(map(str, row)) + "]" if row else "") for row in found[:4])
    return shown + (f" and {len(found) - 4} more" if len(found) > 4 else "")
