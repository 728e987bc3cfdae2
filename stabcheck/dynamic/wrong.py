"""What is wrong with a gradient that its ladders accuse: the cause, with the numbers that prove it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.accusations import (
    factor_cause,
    is_unexplained,
    localized_cause,
    missing_cause,
    related_cause,
    wrong_cause,
)
from stabcheck.dynamic.captured_product import matrix_not_transposed
from stabcheck.dynamic.directions import scale_of, signed_magnitudes
from stabcheck.dynamic.examined import Examined, examined_aside
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.granted import centre_of, gradient_jitter
from stabcheck.dynamic.locate import describe
from stabcheck.dynamic.probing import (
    SMALL,
    all_entries,
    probe_entries,
    probe_leaf,
    suspicious,
    usable,
    varied,
)
from stabcheck.dynamic.relation import Relation, relate
from stabcheck.dynamic.repair.found import Repair, repaired
from stabcheck.dynamic.repair.search import repairs
from stabcheck.dynamic.report import Cause
from stabcheck.dynamic.sampling import Direction
from stabcheck.dynamic.unrelated import Suspect, unrelated, with_repair
from stabcheck.dynamic.untransposed import untransposed
from stabcheck.dynamic.verdict import ACCUSED, Judgement, judge_all

Float64 = npt.NDArray[np.float64]

MOST_LEAVES = 64  # leaves that are tested one by one


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
    accused = {suspect.leaf for suspect in suspects}
    sound = [leaf for leaf in leaves if leaf not in accused]
    found = _repairs(formula, [suspect for suspect in related if _is_open(formula, suspect)], sound, rng)
    if _one_factor(related):
        return [*causes, *_common_factor(formula, related, len(related) == len(leaves), found)]
    for suspect in related:
        if suspect.relation is not None:
            cause = _of_relation(formula, suspect, leaves)
            causes.append(with_repair(cause, suspect.leaf, found))
    unknown = [suspect for suspect in related if suspect.relation is None]
    return causes + unrelated(formula, unknown, sound, found, rng)


def _is_open(formula: Formula, suspect: Suspect) -> bool:
    """Whether nothing is known of what is wrong, or a factor alone that equals nothing."""
    relation = suspect.relation
    return relation is None or (
        relation.kind == "scale-error" and relation.norm is None and is_unexplained(formula, relation.factor)
    )


def _repairs(
    formula: Formula, suspects: Sequence[Suspect], sound: Sequence[int], rng: np.random.Generator
) -> list[Repair]:
    judged = {suspect.leaf: [each for each in suspect.judgements if usable(each)] for suspect in suspects}
    return repairs(formula, {leaf: each for leaf, each in judged.items() if len(each) > 1}, sound, rng)


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
    if found is not None and "L2" in found.text:
        return found if _penalised_elsewhere(formula, leaf, found.factor, rng) else None
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
    measured = _measured_aside(formula, leaf, rng)
    if measured is None or measured[1].numeric == 0:
        return found
    aside, there = measured
    allowed = abs(factor) * 8 * (there.bar / abs(there.numeric)) + 1e-6 * abs(factor)
    if abs(there.rungs.analytic / there.numeric - factor) <= allowed:
        return found
    gradients = formula.centre_gradient, aside.contracts.gradient
    norm = _common_norm(*(gradient[leaf] for gradient in gradients))
    if norm is None:  # of several arguments, clipped by the norm of all of them together
        norm = _common_norm(*(np.concatenate([part.ravel() for part in gradient]) for gradient in gradients))
    return None if norm is None or factor < 0 else replace(found, norm=norm)


def _penalised_elsewhere(formula: Formula, leaf: int, weight: float, rng: np.random.Generator) -> bool:
    """Whether the same multiple of the argument is missing at another point; of a norm it is another one."""
    if getattr(formula.sampler.problem, "gradient_fixed", False):
        return True
    measured = _measured_aside(formula, leaf, rng)
    if measured is None:
        return True
    aside, there = measured
    value = aside.sampler.point[leaf].astype(np.float64)
    missing = weight * float(np.vdot(value, there.rungs.direction[leaf]))
    left = abs(there.numeric - there.rungs.analytic - missing)
    return bool(left <= ACCUSED * there.bar + 1e-6 * abs(missing))


def _measured_aside(
    formula: Formula, leaf: int, rng: np.random.Generator
) -> tuple[Examined, Judgement] | None:
    """Another point, and the gradient by a leaf along a random direction there."""
    aside = examined_aside(formula.sampler, formula.contracts.cotangent, rng)
    if aside is None:
        return None
    direction = tuple(
        signed_magnitudes(part.value.shape, rng) * scale_of(part.value) * (index == leaf)
        for index, part in enumerate(formula.sampler.problem.leaves)
    )
    there = judge_all(aside.sampler, centre_of(aside.contracts), [direction], formula.noise, formula.grant)[0]
    return (aside, there) if usable(there) else None


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


def _common_factor(
    formula: Formula, related: Sequence[Suspect], whole: bool, found: Sequence[Repair]
) -> list[Cause]:
    relation = related[0].relation
    assert relation is not None
    names = [formula.sampler.problem.leaves[suspect.leaf].name for suspect in related]
    cause = factor_cause(formula, relation, None if whole else names)
    if not found or len(found[0].leaves) < len(related):
        return [cause]
    return [repaired(cause, found[0])]


def _of_relation(formula: Formula, suspect: Suspect, leaves: Sequence[int]) -> Cause:
    relation, name = suspect.relation, formula.sampler.problem.leaves[suspect.leaf].name
    assert relation is not None
    if _is_factor(relation):
        return factor_cause(formula, relation, [name] if len(leaves) > 1 else None)
    return related_cause(formula, relation, name)


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
