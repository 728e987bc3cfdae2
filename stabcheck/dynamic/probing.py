"""More ladders, on parts of the argument: single leaves, masks, single entries, groups of slices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.directions import along_entry, draw, own_scale_of, restricted, scale_of
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.formula_examination import cleared
from stabcheck.dynamic.sampling import Direction
from stabcheck.dynamic.verdict import Judgement, judge_all

Mask = npt.NDArray[np.bool_]

BLOCK = 64  # single-entry ladders measured in one batch
SMALL = 64  # entries up to which each is looked at even if nothing is suspected
ENTRYWISE = 512  # entries up to which a suspected gradient is measured entry by entry


def varied(formula: Formula) -> list[int]:
    """Leaves that are differentiated by."""
    return [
        index for index, leaf in enumerate(formula.sampler.problem.leaves) if leaf.varied and leaf.value.size
    ]


def size_of(formula: Formula, leaves: Sequence[int]) -> int:
    """Entries in these leaves."""
    return sum(formula.sampler.problem.leaves[index].value.size for index in leaves)


def probe(
    formula: Formula, directions: Sequence[Direction], steps: tuple[float, ...] | None = None
) -> list[Judgement]:
    """Judge the gradient along more directions."""
    judged = judge_all(formula.sampler, formula.centre, list(directions), formula.noise, formula.grant, steps)
    return [cleared(judgement, formula.jitter, formula.slack) for judgement in judged]


def probe_masks(
    formula: Formula,
    masks: Sequence[dict[int, Mask]],
    rng: np.random.Generator,
    steps: tuple[float, ...] | None = None,
) -> list[Judgement]:
    """One random direction for each selection of entries (leaf -> mask)."""
    leaves = formula.sampler.problem.leaves
    return probe(formula, [restricted(draw(leaves, rng), mask) for mask in masks], steps)


def probe_leaf(formula: Formula, index: int, rng: np.random.Generator, count: int = 3) -> list[Judgement]:
    """Random directions on one leaf alone."""
    everything = np.ones(formula.sampler.problem.leaves[index].value.shape, dtype=bool)
    return probe_masks(formula, [{index: everything}] * count, rng)


def probe_entries(formula: Formula, entries: Sequence[tuple[int, int]]) -> list[Judgement]:
    """One short ladder for each entry (leaf, flat index); if it accuses, a full one by the entry's size.

    Entries of one array may differ in size by many orders, and a step that suits the largest is blind for the
    rest.
    """
    if not entries:
        return []
    leaves = formula.sampler.problem.leaves
    common = [scale_of(leaf.value).reshape(-1) for leaf in leaves]
    own = [own_scale_of(leaf.value).reshape(-1) for leaf in leaves]
    found = _along_entries(formula, entries, common, short_ladder(formula))
    accused = [place for place, judgement in enumerate(found) if suspicious(judgement)]
    again = _along_entries(formula, [entries[place] for place in accused], own, None)
    for place, judgement in zip(accused, again, strict=True):
        short = found[place].rungs
        flat = not np.any(short.ahead) and not np.any(short.behind)  # as within one stair of a staircase
        if flat or judgement.outcome not in ("unresolved", "unreachable"):
            found[place] = judgement
    return found


def slope_at(judgement: Judgement, leaf: int, entry: int) -> float:
    """The numeric derivative by one entry, of a judgement along that entry."""
    return judgement.numeric / float(judgement.rungs.direction[leaf].reshape(-1)[entry])


def _along_entries(
    formula: Formula,
    entries: Sequence[tuple[int, int]],
    lengths: Sequence[npt.NDArray[np.float64]],
    steps: tuple[float, ...] | None,
) -> list[Judgement]:
    leaves, found = formula.sampler.problem.leaves, []
    for start in range(0, len(entries), BLOCK):
        block = entries[start : start + BLOCK]
        directions = [along_entry(leaves, leaf, entry, float(lengths[leaf][entry])) for leaf, entry in block]
        found += probe(formula, directions, steps)
    return found


def short_ladder(formula: Formula) -> tuple[float, ...]:
    """Four steps around u^(1/3), or around the step that served the whole gradient if that is coarser."""
    served = [judgement.best_step for judgement in formula.judgements if judgement.estimate]
    finest = formula.sampler.best_step
    if formula.noise.floor and served:
        finest = max(finest, min(served))
    finest = min(finest, formula.sampler.steps[0] / 8)
    return tuple(finest * 2.0**power for power in (3, 2, 1, 0))


def all_entries(formula: Formula, leaves: Sequence[int]) -> list[tuple[int, int]]:
    """Every entry of these leaves as (leaf, flat index)."""
    sizes = [(index, formula.sampler.problem.leaves[index].value.size) for index in leaves]
    return [(index, entry) for index, size in sizes for entry in range(size)]


def suspicious(judgement: Judgement) -> bool:
    """Whether the gradient is accused along this direction."""
    return judgement.outcome in ("differs", "kink-outside")


def usable(judgement: Judgement) -> bool:
    """Whether there is a derivative along this direction to test a hypothesis on."""
    return judgement.outcome in ("agrees", "differs") and judgement.estimate is not None
