"""Wrong gradients without a relation to the right ones: where they are wrong, and what makes them right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.accusations import localized_cause, parameters_cause, related_cause, wrong_cause
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.locate import Selection, describe, others_are_right, wrong_by_bisection
from stabcheck.dynamic.patterns import limits_of, missing_term, reworked
from stabcheck.dynamic.probing import (
    ENTRYWISE,
    SMALL,
    all_entries,
    probe_entries,
    slope_at,
    suspicious,
    usable,
)
from stabcheck.dynamic.relation import Relation
from stabcheck.dynamic.repair.found import Repair, repaired
from stabcheck.dynamic.report import Cause
from stabcheck.dynamic.verdict import Judgement

Float64 = npt.NDArray[np.float64]

UNTOLD = ("unresolved", "unreachable", "rough")  # no verdict on an entry


@dataclass(frozen=True, slots=True)
class Suspect:
    """A leaf with a wrong gradient, and its directional derivatives."""

    leaf: int
    judgements: tuple[Judgement, ...]
    relation: Relation | None = None


def repair_of(leaf: int, found: Sequence[Repair]) -> Repair | None:
    """The change that makes the gradient by a leaf right."""
    return next((each for each in found if leaf in each.leaves), None)


def with_repair(cause: Cause, leaf: int, found: Sequence[Repair]) -> Cause:
    """The cause, with what makes the gradient by its leaf right, if that is known."""
    change = repair_of(leaf, found)
    return cause if change is None else repaired(cause, change)


def unrelated(
    formula: Formula,
    suspects: Sequence[Suspect],
    sound: Sequence[int],
    found: Sequence[Repair],
    rng: np.random.Generator,
) -> list[Cause]:
    """Leaves with no relation to the right gradient: where each is wrong, or that these are, not `sound`.

    What one change of the source makes right is said so.
    """
    causes, vague = [], []
    for suspect in suspects:
        located = _located(formula, suspect.leaf, rng)
        text = _made_of_right_entries(formula, suspect.leaf) if located is None else None
        if text is not None:
            name = formula.sampler.problem.leaves[suspect.leaf].name
            cause = related_cause(formula, Relation("wrong-gradient", text), name)
        elif located is None:
            vague.append(suspect)
            continue
        else:
            cause = localized_cause(formula, suspect.leaf, *located)
        causes.append(with_repair(cause, suspect.leaf, found))
    for change in dict.fromkeys(repair_of(suspect.leaf, found) for suspect in vague):
        of_it = [suspect for suspect in vague if repair_of(suspect.leaf, found) == change]
        judgements = [judgement for suspect in of_it for judgement in suspect.judgements]
        if sound or len(of_it) < len(vague):
            cause = parameters_cause(formula, [suspect.leaf for suspect in of_it], sound, judgements)
        else:
            cause = wrong_cause(formula, judgements)
        causes.append(cause if change is None else repaired(cause, change))
    return causes


def _located(
    formula: Formula, leaf: int, rng: np.random.Generator
) -> tuple[Selection, Mapping[int, Judgement]] | None:
    """What the wrong entries of a leaf have in common, and the ladders of some of them by flat index."""
    target = formula.sampler.problem.leaves[leaf]
    if target.value.size == 1:
        return None
    if target.value.size <= ENTRYWISE:
        judged = probe_entries(formula, all_entries(formula, [leaf]))
        bad = np.asarray([suspicious(judgement) for judgement in judged]).reshape(target.value.shape)
        unknown = np.asarray([judgement.outcome in UNTOLD for judgement in judged]).reshape(bad.shape)
        slopes = np.asarray([slope_at(judgement, leaf, entry) for entry, judgement in enumerate(judged)])
        found = (
            _clipped(formula, leaf, bad, slopes.reshape(bad.shape))
            or describe(bad, target.value.astype(np.float64), target.name, unknown)
            or _forgotten(formula, leaf, bad, unknown)
        )
        kinked = any(judgement.kink is not None for judgement in judged)
        if found is None and not kinked and _made_of_right_entries(formula, leaf) is None:
            found = others_are_right(bad, ~unknown, slopes.reshape(bad.shape), target.name)
        return None if found is None else (found, dict(enumerate(judged)))
    found = wrong_by_bisection(formula, leaf, rng)
    if found is None:
        return None
    sample = [int(entry) for entry in np.flatnonzero(found.mask)[:8]]
    return found, dict(zip(sample, probe_entries(formula, [(leaf, entry) for entry in sample]), strict=True))


def _forgotten(
    formula: Formula, leaf: int, bad: npt.NDArray[np.bool_], unknown: npt.NDArray[np.bool_]
) -> Selection | None:
    """The wrong entries as those that the gradient leaves at 0, if all others are right."""
    zero = formula.centre_gradient[leaf] == 0
    if not bad.any() or unknown.any() or not np.array_equal(bad, zero):
        return None
    return Selection("all entries where it is 0", bad)


def _made_of_right_entries(formula: Formula, leaf: int) -> str | None:
    """What was done to the right entries, or what was left out, if each of them can be measured."""
    gradient = formula.centre_gradient[leaf].reshape(-1)
    if not 3 <= gradient.size <= SMALL or formula.sampler.effort.exhausted:
        return None
    judged = probe_entries(formula, all_entries(formula, [leaf]))
    if not all(usable(judgement) for judgement in judged):
        return None
    right = np.asarray([slope_at(judgement, leaf, entry) for entry, judgement in enumerate(judged)])
    value = formula.sampler.problem.leaves[leaf].value.astype(np.float64)
    found = reworked(gradient, right)
    return found or missing_term(gradient.reshape(value.shape), right.reshape(value.shape), value)


def _clipped(formula: Formula, leaf: int, bad: npt.NDArray[np.bool_], slopes: Float64) -> Selection | None:
    """The wrong entries as those that a clip of the gradient has cut."""
    limits = limits_of(formula.centre_gradient[leaf], slopes, bad)
    if limits is None:
        return None
    name = formula.sampler.problem.leaves[leaf].name
    return Selection(f"{name} beyond the limits of a clip", bad, limits)
