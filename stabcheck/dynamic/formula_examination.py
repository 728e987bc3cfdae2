"""Is the formula right: the gradient against the function, in the highest precision to be had.

Ladders along random directions tell; before a gradient is accused, it is looked at again, in every way in
which a right one is known to look wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.casts import hidden_cast, noise_of_cast
from stabcheck.dynamic.constant import CHANGES, estimate_of_constant, rounding_alone
from stabcheck.dynamic.contracts import Contracts
from stabcheck.dynamic.directions import draw, mirrored, shortened
from stabcheck.dynamic.examined import examined_aside
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.granted import centre_of, gradient_jitter, granted, is_narrow, shared_rounding
from stabcheck.dynamic.ladder import climb
from stabcheck.dynamic.noise import NoiseProfile, profile
from stabcheck.dynamic.precision import precision_of
from stabcheck.dynamic.sampling import Direction, Sampler
from stabcheck.dynamic.verdict import ACCUSED, ROUGH, Judgement, Outcome, judge_all

DIRECTIONS = 3
ASIDE = 2  # other points that are tried where kinks meet
SHORT = 0.01  # of the usual directions there: the steps stay on this side of the kinks
FAR = 6  # such factors at which a function that is constant by an identity is tried
REACH = 16  # factors of 8 beyond the ladder at which a function that does not change on it is tried
REVEALING = 1e4  # units of roundoff of the largest change that the smallest one may have if it is rounding
NOISE = 0.1  # of a gradient, by which an ulp of its argument moves one that is rounding alone
SYMMETRIC = 1e-6  # relative to its largest entry, how far a symmetric gradient may be from its transpose


def examine_formula(
    sampler: Sampler, contracts: Contracts, rng: np.random.Generator, *, fixed_gradient: bool = False
) -> Formula:
    """Climb the ladder along random directions; before a gradient is accused, look again.

    `fixed_gradient`: the gradient is an array, not a function, so that it can't be had at another point and
    is as accurate as the dtype it is stored in.
    """
    centre = replace(
        centre_of(contracts),
        rounding=shared_rounding(sampler, contracts, fixed_gradient),
        stored=contracts.gradient_unit if is_narrow(sampler, contracts, fixed_gradient) else 0.0,
    )
    directions = [draw(sampler.problem.leaves, rng) for _ in range(DIRECTIONS)]
    noise = profile(sampler, centre.value, centre.cotangent, directions[0], centre.spread)
    grant = granted(sampler, contracts, fixed_gradient)
    judgements = judge_all(sampler, centre, directions, noise, grant)
    found = Formula(sampler, contracts, centre, noise, tuple(judgements), grant)
    found = _of_rounding(found, directions, rng, fixed_gradient)
    if found.constant:
        return found
    narrow = _as_narrow(found, directions) if found.outcome != "agrees" else None
    if narrow is not None:
        return narrow
    if found.outcome != "agrees" and centre.gradient is not None:
        hidden = _rounded_away(found)
        if hidden is not None:
            noise = NoiseProfile((), (), hidden)
            judgements = judge_all(sampler, centre, directions, noise, grant)
            return replace(found, noise=noise, judgements=tuple(judgements))
        if _accuses(found.gravest):
            kept = _kept_symmetric(found, directions)
            if kept is not None:
                return kept
        return _kinks_that_meet(_looked_at_again(found, rng, fixed_gradient), rng)
    return found


def _of_rounding(
    found: Formula, directions: Sequence[Direction], rng: np.random.Generator, fixed_gradient: bool
) -> Formula:
    """The gradient judged with all changes of the function for noise, if they are rounding.

    It is 0, if it is so small, and as much off it at the next point: a derivative that drowns in the rounding
    of a large constant is none of these.
    """
    before, ladders = found, [judgement.rungs for judgement in found.judgements]
    estimates = [estimate_of_constant(rungs, found.grant) for rungs in ladders]
    if None in estimates:
        level = (
            None
            if found.outcome == "agrees"
            else rounding_alone(found.sampler, ladders, found.centre.cotangent)
        )
        if level is None:
            return found
        found = replace(found, noise=NoiseProfile((), (), level))
        ladders = [replace(rungs, noise=np.full_like(rungs.noise, level)) for rungs in ladders]
        estimates = [estimate_of_constant(rungs, found.grant) for rungs in ladders]
    constant = [
        Judgement("agrees", rungs, estimate, rungs.noise, estimate.bar, constant=True)
        for rungs, estimate in zip(ladders, estimates, strict=True)
        if estimate is not None
    ]
    if len(constant) == len(ladders):
        if not _constant_far_out(found, directions[0]):
            return before
        if fixed_gradient or _is_noise(found, rng):
            return replace(found, judgements=tuple(constant))
    judged = judge_all(found.sampler, found.centre, list(directions), found.noise, found.grant)
    return replace(found, judgements=tuple(judged))


def _constant_far_out(found: Formula, direction: Direction) -> bool:
    """Whether the function is constant at far wider steps, too: else its changes drown in its size here."""
    top = found.sampler.steps[0]
    steps = tuple(top * 8.0**k for k in range(FAR, 0, -1))
    wide = climb(found.sampler, found.centre, [direction], found.noise, steps)[0]
    level = float(np.max(found.noise.at(wide.steps), initial=0.0))
    changes = np.maximum(np.abs(wide.ahead), np.abs(wide.behind))
    return bool(np.all(changes <= CHANGES * level))


def _is_noise(found: Formula, rng: np.random.Generator) -> bool:
    """Whether the gradient is 0, or moves by its own size if its argument moves by an ulp."""
    size = sum(float(np.sum(part**2)) for part in found.centre_gradient)
    if not size:
        return True
    jitter = gradient_jitter(found.sampler, found.contracts, rng)
    return sum(float(np.sum(part**2)) for part in jitter) >= NOISE**2 * size


def _as_narrow(found: Formula, directions: Sequence[Direction]) -> Formula | None:
    """The gradient judged with steps and noise of the dtype that the function casts its arguments to.

    None if it casts nothing, or if a derivative can't be told that way either.
    """
    cast = hidden_cast(found.sampler, directions[0])
    return None if cast is None else computed_in(found, cast, directions)


def computed_in(found: Formula, cast: str, directions: Sequence[Direction]) -> Formula | None:
    """The gradient judged with steps and noise of a narrower dtype; None if that tells no derivative."""
    sampler = found.sampler
    before, sampler.unit = sampler.unit, max(sampler.unit, precision_of(cast).unit)
    seen = [np.max(np.abs(judged.rungs.numeric[:2]), initial=0.0) for judged in found.judgements]
    noise = noise_of_cast(sampler, cast, found.centre, float(max(seen)))
    judgements = judge_all(sampler, found.centre, list(directions), noise, found.grant)
    again = replace(found, noise=noise, judgements=tuple(judgements), cast=cast)
    told = [judged.outcome in ("agrees", "differs") and judged.resolution <= ROUGH for judged in judgements]
    if all(told):
        return again
    sampler.unit = before
    return None


def _rounded_away(found: Formula) -> float | None:
    """The rounding that keeps f constant along the whole ladder; None if it isn't, or is so by itself.

    1 − cos(x) near 0 is 0 to the last bit in every precision at hand, at each step that suits x. Far wider
    steps tell it from a function that is constant: the first change that they see is some units of roundoff
    of the later ones, where a function that is flat here and bends there changes at once by a good part.
    """
    rungs = found.gravest.rungs
    if not _accuses(found.gravest) or np.any(rungs.ahead) or np.any(rungs.behind):
        return None
    top = found.sampler.steps[0]
    steps = tuple(top * 8.0**k for k in range(REACH, 0, -1))
    wide = climb(found.sampler, found.centre, [rungs.direction], found.noise, steps)[0]
    changes = np.abs(wide.ahead)
    seen = changes[changes > 0]
    if not seen.size or seen.min() > REVEALING * rungs.unit * seen.max():
        return None
    return float(seen.min())


def _kept_symmetric(found: Formula, directions: Sequence[Direction]) -> Formula | None:
    """The gradient along directions in which symmetric matrices stay symmetric, if it is right along these.

    A Cholesky factor or an eigenvalue is a function of one triangle to a program, of a symmetric matrix to
    whoever derived its gradient: the derivative is shared out over both triangles.
    """
    leaves = found.sampler.problem.leaves
    kept = frozenset(
        index
        for index, (leaf, part) in enumerate(zip(leaves, found.contracts.gradient, strict=True))
        if leaf.varied and _is_symmetric(leaf.value, 0.0) and _is_symmetric(part, SYMMETRIC)
    )
    if not kept:
        return None
    turned = [mirrored(direction, kept) for direction in directions]
    judgements = judge_all(found.sampler, found.centre, turned, found.noise, found.grant)
    again = replace(found, judgements=tuple(judgements), symmetric=kept)
    return again if again.outcome == "agrees" else None


def _is_symmetric(array: npt.NDArray[Any], tolerance: float) -> bool:
    if array.ndim < 2 or array.shape[-1] != array.shape[-2] or array.shape[-1] < 2:
        return False
    apart = np.abs(array.astype(np.float64) - np.swapaxes(array, -1, -2).astype(np.float64))
    return bool(np.all(apart <= tolerance * np.max(np.abs(array))))


def _kinks_that_meet(found: Formula, rng: np.random.Generator) -> Formula:
    """No accusation where several kinks meet, if the framework derives the gradient and it is right aside.

    At relu(0) TensorFlow takes the derivative 0, which is a valid choice for each relu alone; the sum of
    such choices need not lie between the one-sided derivatives of the sum (Bolte & Pauwels, "A mathematical
    model for automatic differentiation in machine learning", NeurIPS 2020).
    """
    if not _accuses(found.gravest) or not any(judgement.kink for judgement in found.judgements):
        return found
    if not right_aside(found, rng):
        return found
    excused: dict[Outcome, Outcome] = {"kink-outside": "kink-inside", "differs": "unresolved"}
    judgements = [
        replace(judgement, outcome=excused.get(judgement.outcome, judgement.outcome))
        for judgement in found.judgements
    ]
    return replace(found, judgements=tuple(judgements))


def right_aside(found: Formula, rng: np.random.Generator) -> bool:
    """Whether the framework derives the gradient, and it is right at other points, as far as can be told."""
    return bool(getattr(found.sampler.problem, "derived", False)) and right_nearby(found, rng)


def right_nearby(found: Formula, rng: np.random.Generator) -> bool:
    """Whether the gradient is right at other points, as far as can be told."""
    leaves, told = found.sampler.problem.leaves, False
    for _ in range(ASIDE):
        aside = examined_aside(found.sampler, found.contracts.cotangent, rng)
        if aside is None:
            return False
        directions = [tuple(SHORT * part for part in draw(leaves, rng)) for _ in range(DIRECTIONS)]
        centre = centre_of(aside.contracts)
        noise = profile(aside.sampler, centre.value, centre.cotangent, directions[0], centre.spread)
        there = judge_all(aside.sampler, centre, directions, noise, found.grant)
        if any(_accuses(judgement) for judgement in there):
            return False
        told = told or any(judgement.outcome == "agrees" for judgement in there)
    return told


def _looked_at_again(found: Formula, rng: np.random.Generator, fixed_gradient: bool) -> Formula:
    """Fresh directions on a ladder twice as dense, with the gradient's own noise in the bar.

    The gradient stays accused only if all of them accuse it. One of them moves every entry by its own size:
    where only the others accuse, their steps were too wide for the small entries, and that one is to be
    believed.
    """
    sampler, leaves = found.sampler, found.sampler.problem.leaves
    jitter = None if fixed_gradient else gradient_jitter(sampler, found.contracts, rng)
    directions = [draw(leaves, rng), shortened(draw(leaves, rng), leaves)]
    fresh = judge_all(sampler, found.centre, directions, found.noise, found.grant, _denser(sampler.steps))
    wide, short = (cleared(judgement, jitter, found.slack) for judgement in fresh)
    judgements = [cleared(judgement, jitter, found.slack) for judgement in found.judgements]
    if not _accuses(short) and short.outcome == "agrees":
        judgements, wide = [short], short
    elif _accuses(found.gravest) and not (_accuses(short) and _accuses(wide)):
        judgements = [
            replace(judgement, outcome="unresolved") if judgement.outcome == "differs" else judgement
            for judgement in judgements
        ]
    return replace(found, judgements=(*judgements, wide, short), jitter=jitter)


def cleared(judgement: Judgement, jitter: Direction | None, slack: float = 0.0) -> Judgement:
    """The judgement with the gradient's own noise in its bar: no accusation within it, nor within `slack`."""
    if judgement.outcome != "differs":
        return judgement
    if judgement.residual <= slack * judgement.size:
        return replace(judgement, outcome="agrees", bar=judgement.bar + judgement.residual)
    if jitter is None:
        return judgement
    own = float(
        np.sqrt(sum(np.sum((a * b) ** 2) for a, b in zip(jitter, judgement.rungs.direction, strict=True)))
    )
    wider = replace(judgement, bar=judgement.bar + 2 * own)
    if wider.residual > ACCUSED * wider.bar:
        return wider
    return replace(wider, outcome="agrees" if wider.resolution <= 1e-2 else "unresolved")


def _accuses(judgement: Judgement) -> bool:
    return judgement.outcome in ("differs", "kink-outside")


def _denser(steps: tuple[float, ...]) -> tuple[float, ...]:
    """The ladder with a rung between each two."""
    between = [float(np.sqrt(a * b)) for a, b in pairwise(steps)]
    return tuple(sorted((*steps, *between), reverse=True))
