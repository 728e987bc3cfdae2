"""What is wrong with a gradient that its ladders accuse: the cause, with the numbers that prove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.accusations import (
    factor_cause,
    localized_cause,
    missing_cause,
    parameters_cause,
    related_cause,
    wrong_cause,
)
from stabcheck.dynamic.captured_product import matrix_not_transposed
from stabcheck.dynamic.directions import scale_of, signed_magnitudes
from stabcheck.dynamic.examined import examined_aside
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.granted import centre_of, gradient_jitter
from stabcheck.dynamic.locate import Selection, describe, others_are_right, wrong_by_bisection
from stabcheck.dynamic.patterns import limits_of, missing_term, reworked
from stabcheck.dynamic.probing import (
    ENTRYWISE,
    SMALL,
    all_entries,
    probe_entries,
    probe_leaf,
    slope_at,
    suspicious,
    usable,
    varied,
)
from stabcheck.dynamic.relation import Relation, relate
from stabcheck.dynamic.report import Cause
from stabcheck.dynamic.sampling import Direction
from stabcheck.dynamic.untransposed import untransposed
from stabcheck.dynamic.verdict import ACCUSED, Judgement, judge_all

Float64 = npt.NDArray[np.float64]

UNTOLD = ("unresolved", "unreachable", "rough")  # no verdict on an entry
MOST_LEAVES = 64  # leaves that are tested one by one


@dataclass(frozen=True, slots=True)
class Suspect:
    """A leaf with a wrong gradient, and its directional derivatives."""

    leaf: int
    judgements: tuple[Judgement, ...]
    relation: Relation | None = None


def gradient_causes(formula: Formula, skipped: Sequence[int], rng: np.random.Generator) -> list[Cause]:
    """The causes of an accused gradient; leaves in `skipped` have theirs already (None, wrong shape)."""
    leaves = [index for index in varied(formula) if index not in skipped]
    if formula.sampler.effort.exhausted:
        return [wrong_cause(formula, formula.judgements)]
    suspects = _suspects(formula, leaves[:MOST_LEAVES], rng)
    if not suspects:
        return [] if skipped else [wrong_cause(formula, formula.judgements)]
    dead = [suspect for suspect in suspects if not np.any(formula.centre_gradient[suspect.leaf])]
    causes = [missing_cause(formula, suspect.leaf, suspect.judgements[0]) for suspect in dead]
    related = [
        replace(suspect, relation=_relation(formula, suspect, rng))
        for suspect in suspects
        if suspect not in dead
    ]
    if _one_factor(related):
        return [*causes, *_common_factor(formula, related, len(related) == len(leaves))]
    causes += [_of_relation(formula, suspect, leaves) for suspect in related if suspect.relation is not None]
    unknown = [suspect for suspect in related if suspect.relation is None]
    accused = {suspect.leaf for suspect in suspects}
    return causes + _unrelated(formula, unknown, [leaf for leaf in leaves if leaf not in accused], rng)


def _suspects(formula: Formula, leaves: Sequence[int], rng: np.random.Generator) -> list[Suspect]:
    found = []
    for leaf in leaves:
        judged = tuple(probe_leaf(formula, leaf, rng))
        if any(suspicious(judgement) for judgement in judged):
            found.append(Suspect(leaf, judged))
    return found


def _relation(formula: Formula, suspect: Suspect, rng: np.random.Generator) -> Relation | None:
    judged = [judgement for judgement in suspect.judgements if usable(judgement)]
    if len(judged) < 2:
        return None
    leaf, leaves = suspect.leaf, formula.sampler.problem.leaves
    value = leaves[leaf].value.astype(np.float64)
    others = {
        leaves[index].name: formula.centre_gradient[index]
        for index in varied(formula)
        if index != leaf and leaves[index].value.shape == value.shape
    }
    found = relate(formula.centre_gradient[leaf], value, judged, leaf, others)
    found = found or untransposed(formula, judged, leaf) or matrix_not_transposed(formula, judged, leaf)
    if found is None or found.kind not in ("scale-error", "sign-error"):
        return found
    if not _holds_for_every_entry(formula, leaf, found.factor):
        return None
    return _elsewhere(formula, leaf, found, rng)


def _holds_for_every_entry(formula: Formula, leaf: int, factor: float) -> bool:
    """Whether single entries, as far as they can be resolved, are off by the factor too."""
    size = formula.sampler.problem.leaves[leaf].value.size
    if not 1 < size <= SMALL:
        return True
    for judgement in probe_entries(formula, all_entries(formula, [leaf])):
        expected = factor * judgement.numeric
        allowed = ACCUSED * (1 + abs(factor)) * judgement.bar + 1e-6 * abs(expected)
        if usable(judgement) and abs(judgement.rungs.analytic - expected) > allowed:
            return False
    return True


def _elsewhere(formula: Formula, leaf: int, found: Relation, rng: np.random.Generator) -> Relation | None:
    """The factor if it is the same at another point: a ratio of two numbers is always constant.

    If it is the norm of the gradient that is the same there, that is what was found.
    """
    problem, factor = formula.sampler.problem, found.factor
    if getattr(problem, "gradient_fixed", False):
        return found if problem.leaves[leaf].value.size >= 3 else None
    aside = examined_aside(formula.sampler, formula.contracts.cotangent, rng)
    if aside is None:
        return found
    direction = tuple(
        signed_magnitudes(part.value.shape, rng) * scale_of(part.value) * (index == leaf)
        for index, part in enumerate(problem.leaves)
    )
    there = judge_all(aside.sampler, centre_of(aside.contracts), [direction], formula.noise, formula.grant)[0]
    if not usable(there) or there.numeric == 0:
        return found
    allowed = abs(factor) * 8 * (there.bar / abs(there.numeric)) + 1e-6 * abs(factor)
    if abs(there.rungs.analytic / there.numeric - factor) <= allowed:
        return found
    gradients = formula.centre_gradient, aside.contracts.gradient
    norm = _common_norm(*(gradient[leaf] for gradient in gradients))
    if norm is None:  # of several arguments, clipped by the norm of all of them together
        norm = _common_norm(*(np.concatenate([part.ravel() for part in gradient]) for gradient in gradients))
    return None if norm is None or factor < 0 else replace(found, norm=norm)


def _common_norm(here: Float64, there: Float64) -> float | None:
    """The norm of two gradients that differ in direction, if it is the same."""
    norm, other = float(np.linalg.norm(here)), float(np.linalg.norm(there))
    if here.size < 2 or not norm or abs(norm - other) > 1e-6 * norm:
        return None
    return None if np.linalg.norm(here - there) <= 1e-3 * norm else norm


def _one_factor(related: Sequence[Suspect]) -> bool:
    """Whether all suspects are off by one and the same factor."""
    factors = [
        suspect.relation.factor for suspect in related if suspect.relation and _is_factor(suspect.relation)
    ]
    return bool(related) and len(factors) == len(related) and np.ptp(factors) <= 1e-5 * abs(factors[0])


def _is_factor(relation: Relation) -> bool:
    return relation.kind in ("scale-error", "sign-error")


def _common_factor(formula: Formula, related: Sequence[Suspect], whole: bool) -> list[Cause]:
    relation = related[0].relation
    assert relation is not None
    names = [formula.sampler.problem.leaves[suspect.leaf].name for suspect in related]
    return [factor_cause(formula, relation, None if whole else names)]


def _of_relation(formula: Formula, suspect: Suspect, leaves: Sequence[int]) -> Cause:
    relation, name = suspect.relation, formula.sampler.problem.leaves[suspect.leaf].name
    assert relation is not None
    if _is_factor(relation):
        return factor_cause(formula, relation, [name] if len(leaves) > 1 else None)
    return related_cause(formula, relation, name)


def _unrelated(
    formula: Formula, suspects: Sequence[Suspect], sound: Sequence[int], rng: np.random.Generator
) -> list[Cause]:
    """Leaves with no relation to the right gradient: where each is wrong, or that these are, not `sound`."""
    causes, vague = [], []
    for suspect in suspects:
        located = _located(formula, suspect.leaf, rng)
        text = _made_of_right_entries(formula, suspect.leaf) if located is None else None
        if text is not None:
            relation, name = (
                Relation("wrong-gradient", text),
                formula.sampler.problem.leaves[suspect.leaf].name,
            )
            causes.append(related_cause(formula, relation, name))
        elif located is None:
            vague.append(suspect)
        else:
            causes.append(localized_cause(formula, suspect.leaf, *located))
    if not vague:
        return causes
    judgements = [judgement for suspect in vague for judgement in suspect.judgements]
    if not sound:
        return [*causes, wrong_cause(formula, judgements)]
    return [*causes, parameters_cause(formula, [suspect.leaf for suspect in vague], sound, judgements)]


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


def entry_causes(
    formula: Formula, accused: Sequence[tuple[int, int]], rng: np.random.Generator
) -> list[Cause]:
    """Causes of single entries that were accused though no random direction was; after a second look."""
    again = replace(formula, jitter=formula.jitter or _jitter(formula, rng))
    confirmed = [
        (entry, judgement)
        for entry, judgement in zip(accused, probe_entries(again, accused), strict=True)
        if suspicious(judgement)
    ]
    causes = []
    for leaf in dict.fromkeys(leaf for (leaf, _), _ in confirmed):
        judged = {entry: judgement for (index, entry), judgement in confirmed if index == leaf}
        target = formula.sampler.problem.leaves[leaf]
        bad = np.zeros(target.value.size, dtype=bool)
        bad[list(judged)] = True
        found = describe(bad.reshape(target.value.shape), target.value.astype(np.float64), target.name)
        if found is None:
            causes.append(wrong_cause(formula, list(judged.values())))
        else:
            causes.append(localized_cause(formula, leaf, found, judged))
    return causes


def _jitter(formula: Formula, rng: np.random.Generator) -> Direction | None:
    if getattr(formula.sampler.problem, "gradient_fixed", False):
        return None
    return gradient_jitter(formula.sampler, formula.contracts, rng)
