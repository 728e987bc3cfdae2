"""Is the formula right: the gradient against the function, in the highest precision to be had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.casts import hidden_cast, noise_of_cast
from stabcheck.dynamic.contracts import Contracts, as_cotangent, examine, fitted
from stabcheck.dynamic.directions import draw, mirrored, scale_of, shortened, signed_magnitudes
from stabcheck.dynamic.ladder import Centre, climb
from stabcheck.dynamic.noise import NoiseProfile, profile
from stabcheck.dynamic.precision import precision_of
from stabcheck.dynamic.problem import Leaf, Point
from stabcheck.dynamic.sampling import Direction, Sampler, inner
from stabcheck.dynamic.verdict import ACCUSED, ROUGH, Judgement, Outcome, judge_all

Float64 = npt.NDArray[np.float64]

DIRECTIONS = 3
ASIDE = 2  # other points that are tried where kinks meet
SHORT = 0.01  # of the usual directions there: the steps stay on this side of the kinks
REACH = 16  # factors of 8 beyond the ladder at which a function that does not change on it is tried
REVEALING = 1e4  # units of roundoff of the largest change that the smallest one may have if it is rounding
DERIVED = 1e-6  # relative: what rounding may add up to in a gradient that the framework derives
ROUNDINGS = 32.0  # of an entry of the gradient that are granted to it
STORED = 8.0  # of an entry in a narrow dtype, at the least
SHARED = 8.0  # of the largest entry, by its scale, that are granted to each in a narrow dtype
SYMMETRIC = 1e-6  # relative to its largest entry, how far a symmetric gradient may be from its transpose
GRAVEST: tuple[Outcome, ...] = (
    "differs",
    "kink-outside",
    "jump",
    "kink-inside",
    "rough",
    "unresolved",
    "unreachable",
    "agrees",
)


@dataclass(frozen=True, slots=True)
class Formula:
    """The gradient against the function at one dtype, along random directions."""

    sampler: Sampler
    contracts: Contracts
    centre: Centre
    noise: NoiseProfile
    judgements: tuple[Judgement, ...]
    grant: float  # relative rounding granted to the gradient's entries
    jitter: Direction | None = (
        None  # how much the gradient moves if its argument moves by an ulp, if it was measured
    )
    symmetric: frozenset[int] = frozenset()  # leaves by which it is right so long as they stay symmetric
    cast: str | None = None  # the dtype to which the function rounds its arguments, if that was looked for

    @property
    def outcome(self) -> Outcome:
        """The gravest outcome over all directions: a smooth slice does not overrule a kink in another."""
        outcomes = {judgement.outcome for judgement in self.judgements}
        return next(outcome for outcome in GRAVEST if outcome in outcomes)

    @property
    def notes(self) -> tuple[str, ...]:
        """On which terms the gradient was compared, where they are not the usual ones."""
        leaves = self.sampler.problem.leaves
        found = [
            f"{leaves[index].name} is symmetric: its gradient was compared along changes that keep it so"
            for index in sorted(self.symmetric)
        ]
        inward = any(judgement.rungs.power == 1 for judgement in self.judgements)
        if inward and any(leaf.varied and leaf.value.size for leaf in leaves):
            found.append("the point is at the edge of the function's domain: differences lead to the inside")
        return tuple(found)

    @property
    def slack(self) -> float:
        """Part of a derivative by which a gradient may be off without being accused.

        One that the framework derives has no wrong formula that is off by so little; an ill-conditioned
        system that is solved once forwards and once transposed is.
        """
        return DERIVED if getattr(self.sampler.problem, "derived", False) else 0.0

    @property
    def centre_gradient(self) -> Direction:
        """The gradient under test in float64, zeros where there is none."""
        return self.contracts.gradient

    @property
    def gravest(self) -> Judgement:
        """A judgement with that outcome, the best resolved one."""
        mine = [judgement for judgement in self.judgements if judgement.outcome == self.outcome]
        return min(mine, key=lambda judgement: judgement.resolution)


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
    problem, told = found.sampler.problem, False
    for _ in range(ASIDE):
        aside = Sampler(problem, found.sampler.effort)
        aside.point = moved_away(problem.leaves, rng)
        contracts = examine(aside, found.contracts.cotangent, rng, with_gradient=True)
        if not contracts.finite or contracts.nonfinite:
            return False
        directions = [tuple(SHORT * part for part in draw(problem.leaves, rng)) for _ in range(DIRECTIONS)]
        centre = centre_of(contracts)
        noise = profile(aside, centre.value, centre.cotangent, directions[0], centre.spread)
        there = judge_all(aside, centre, directions, noise, found.grant)
        if any(_accuses(judgement) for judgement in there):
            return False
        told = told or any(judgement.outcome == "agrees" for judgement in there)
    return told


def _as_narrow(found: Formula, directions: Sequence[Direction]) -> Formula | None:
    """The gradient judged with steps and noise of the dtype that the function casts its arguments to.

    None if it casts nothing, or if a derivative can't be told that way either.
    """
    sampler = found.sampler
    cast = hidden_cast(sampler, directions[0])
    if cast is None:
        return None
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


def centre_of(contracts: Contracts) -> Centre:
    """The point under test in float64."""
    usable = bool(contracts.entries) and not contracts.nonfinite and not contracts.random_gradient
    size = float(np.sqrt(contracts.value.size))
    return Centre(
        value=contracts.value.astype(np.float64),
        cotangent=contracts.cotangent,
        gradient=contracts.gradient if usable else None,
        spread=contracts.spread * size,
    )


def shared_rounding(sampler: Sampler, contracts: Contracts, fixed_gradient: bool) -> Direction | None:
    """Absolute rounding granted to the entries of a stored or narrow gradient.

    Its small entries were reckoned beside its large ones, and none is closer to 0 than the dtype can get.
    """
    unit = contracts.gradient_unit
    if not is_narrow(sampler, contracts, fixed_gradient):
        return None
    scales = [scale_of(leaf.value) for leaf in sampler.problem.leaves]
    moved = [np.abs(part * scale) for part, scale in zip(contracts.gradient, scales, strict=True)]
    largest = max((float(np.max(part, initial=0.0)) for part in moved), default=0.0)
    smallest = max(
        (
            float(np.finfo(entry.dtype).smallest_subnormal)
            for entry in contracts.entries
            if entry is not None and entry.dtype.kind == "f"
        ),
        default=0.0,
    )
    return tuple(SHARED * unit * largest / scale + smallest for scale in scales)


def is_narrow(sampler: Sampler, contracts: Contracts, fixed_gradient: bool) -> bool:
    """Whether the gradient was stored, or comes out in a narrower dtype than the function."""
    return contracts.gradient_unit > (0.0 if fixed_gradient else sampler.precision.unit)


def granted(sampler: Sampler, contracts: Contracts, fixed_gradient: bool) -> float:
    """Relative rounding granted to the entries of the gradient.

    A function that runs at this precision has a few roundings; stored entries, or ones that come out in a
    narrower dtype, were accumulated there, which costs about the ⅔ power of its unit roundoff.
    """
    unit = contracts.gradient_unit or sampler.precision.unit
    if fixed_gradient or unit > sampler.precision.unit:
        return max(STORED * unit, float(np.cbrt(unit) ** 2))
    return ROUNDINGS * max(unit, sampler.precision.unit)


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


def _accuses(judgement: Judgement) -> bool:
    return judgement.outcome in ("differs", "kink-outside")


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


def gradient_jitter(sampler: Sampler, contracts: Contracts, rng: np.random.Generator) -> Direction:
    """How far each entry of the gradient moves when the argument moves by an ulp: noise and condition."""
    cotangent = as_cotangent(contracts.cotangent, contracts.value, sampler)
    moved = []
    for _ in range(2):
        entries = sampler.gradient(cotangent, nudged(sampler, rng))
        moved.append(fitted(entries, sampler.problem.leaves))
    found = []
    for here, first, second in zip(contracts.gradient, *moved, strict=True):
        difference = np.maximum(np.abs(first - here), np.abs(second - here))
        found.append(np.where(np.isfinite(difference), difference, 0.0))
    return tuple(found)


def moved_away(leaves: Sequence[Leaf], rng: np.random.Generator) -> Point:
    """Another point: every varied entry a fifth of its scale away."""
    return tuple(
        (
            leaf.value.astype(np.float64)
            + 0.2 * signed_magnitudes(leaf.value.shape, rng) * scale_of(leaf.value)
        ).astype(leaf.value.dtype)
        if leaf.varied
        else leaf.value
        for leaf in leaves
    )


def nudged(sampler: Sampler, rng: np.random.Generator, unit: float | None = None) -> Point:
    """The point with every varied entry moved by one to three units of roundoff."""
    size = 2 * (sampler.precision.unit if unit is None else unit)
    return tuple(
        (array.astype(np.float64) * (1 + size * signed_magnitudes(array.shape, rng))).astype(array.dtype)
        if leaf.varied
        else array
        for leaf, array in zip(sampler.problem.leaves, sampler.point, strict=True)
    )


def along(gradient: Direction, judgements: Sequence[Judgement]) -> list[float]:
    """<gradient, d> for the direction of each judgement."""
    return [inner(gradient, judgement.rungs.direction) for judgement in judgements]


def _denser(steps: tuple[float, ...]) -> tuple[float, ...]:
    """The ladder with a rung between each two."""
    between = [float(np.sqrt(a * b)) for a, b in pairwise(steps)]
    return tuple(sorted((*steps, *between), reverse=True))
