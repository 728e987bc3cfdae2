"""The user's check, replayed as they ran it, and over the steps that they might have taken instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.directions import scale_of
from stabcheck.dynamic.examined import Examined
from stabcheck.dynamic.problem import Leaf
from stabcheck.dynamic.stack import by_entry

Float64 = npt.NDArray[np.float64]
Entry = tuple[int, int]  # leaf, flat index

MOST_ENTRIES = (
    256  # entries that are replayed for the user's own step; of a larger argument, so many at random
)
GRID_ENTRIES = 16  # entries for every other step that is tried
AMPLE = 100.0  # times more exact than the tolerance asks for: finer is no reason for an unusual step
FINEST = 13  # the finest step that is tried is 1e-13


@dataclass(frozen=True, slots=True)
class Check:
    """A gradient check as people write one: one step h for all entries, a tolerance on the relative error."""

    scheme: str
    step: float | None
    tolerance: float | None


@dataclass(frozen=True, slots=True)
class Best:
    """What one scheme reaches at one dtype: its best step, and the relative error there.

    `passing` are the steps that bring it under the tolerance.
    """

    step: float
    error: float
    passing: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """How a check fares at one dtype: its own error, and the best that any step reaches.

    `error`, `central_error` and `one_sided_error` are those at the user's step, None if there is none.
    `central` is the best of the two-sided difference, `own` that of the scheme of the check.
    """

    dtype: str
    scheme: str
    step: float | None
    tolerance: float
    error: float | None
    central_error: float | None
    one_sided_error: float | None
    central: Best
    own: Best

    @property
    def best_error(self) -> float:
        """The smallest relative error that a two-sided difference reaches."""
        return self.central.error

    @property
    def passes(self) -> bool:
        """Whether the check accepts the gradient; one without a step is given the best."""
        return (self.central.error if self.error is None else self.error) <= self.tolerance


def replay(examined: Examined, check: Check, rng: np.random.Generator) -> Replay:
    """Run the check at the dtype of `examined`: perturb one entry at a time, as it is written everywhere."""
    tolerance = examined.sampler.precision.usual if check.tolerance is None else check.tolerance
    entries = _some(examined, MOST_ENTRIES, rng)
    error = two_sided = one_sided = None
    if check.step is not None:
        side = "backward" if check.scheme == "backward" else "forward"
        two_sided = _error(examined, entries, check.step, "central")
        one_sided = _error(examined, entries, check.step, side)
        error = two_sided if check.scheme == "central" else one_sided
    central = _best(examined, entries, "central", check.step, tolerance)
    own = central
    if check.scheme != "central":
        own = _best(examined, entries, check.scheme, check.step, tolerance)
    dtype = examined.sampler.precision.name
    return Replay(dtype, check.scheme, check.step, tolerance, error, two_sided, one_sided, central, own)


def _best(
    examined: Examined, entries: Sequence[Entry], scheme: str, step: float | None, tolerance: float
) -> Best:
    """The best of a grid of steps, the user's among them: chosen on a few entries, measured on all.

    Of those with a hundredth of the tolerance or less, it is the one that suits most functions at this dtype:
    a quadratic takes a step of 1 as well, but that is no advice.
    """
    few = entries[:GRID_ENTRIES]
    steps = dict.fromkeys([*_grid(examined), *([] if step is None else [step])])
    errors = {tried: _error(examined, few, tried, scheme) for tried in steps}
    ample = max(min(errors.values()), tolerance / AMPLE)
    usual = _usual_step(examined, scheme)
    best = min(
        (tried for tried, found in errors.items() if found <= ample),
        key=lambda tried: abs(np.log(tried / usual)),
    )
    error = errors[best] if len(few) == len(entries) else _error(examined, entries, best, scheme)
    passing = tuple(tried for tried, found in errors.items() if found <= tolerance)
    return Best(best, error, passing)


def _usual_step(examined: Examined, scheme: str) -> float:
    """The step that balances truncation and round-off: u^(1/3) of a central difference, u^(1/2) else."""
    unit = examined.sampler.unit
    return float(np.cbrt(unit) if scheme == "central" else np.sqrt(unit))


def _grid(examined: Examined) -> list[float]:
    """Powers of ten from the size of the argument, or 1, down."""
    sizes = [float(np.max(scale_of(leaf.value))) for leaf in _varied(examined)]
    largest = max(0, int(np.ceil(np.log10(max(sizes)))))
    return [10.0**-k for k in range(-largest, FINEST + 1)]


def _varied(examined: Examined) -> list[Leaf]:
    return [leaf for leaf in examined.sampler.problem.leaves if leaf.varied and leaf.value.size]


def _some(examined: Examined, count: int, rng: np.random.Generator) -> list[Entry]:
    """Entries, all of them or `count` at random, in random order."""
    leaves = examined.sampler.problem.leaves
    entries = [(i, k) for i, leaf in enumerate(leaves) if leaf.varied for k in range(leaf.value.size)]
    chosen = rng.choice(len(entries), min(count, len(entries)), replace=False)
    return [entries[int(k)] for k in chosen]


def _error(examined: Examined, entries: Sequence[Entry], step: float, scheme: str) -> float:
    """The relative error over these entries, in the 2-norm; infinite where f is not finite."""
    sampler, contracts = examined.sampler, examined.contracts
    ends = {"central": (step, -step), "forward": (step, 0.0), "backward": (0.0, -step)}[scheme]
    most = max(1, sampler.most // 2)
    blocks = (entries[begin : begin + most] for begin in range(0, len(entries), most))
    stacks = (by_entry(sampler.point, block, np.tile(ends, (len(block), 1))) for block in blocks)
    rises = sampler.rises(stacks, contracts.value.astype(np.float64), contracts.cotangent)
    pairs = rises.reshape(-1, 2)
    numeric = (pairs[:, 0] - pairs[:, 1]) / (ends[0] - ends[1])
    analytic = np.asarray([contracts.gradient[leaf].reshape(-1)[index] for leaf, index in entries])
    if not np.all(np.isfinite(numeric)):
        return float("inf")
    size = max(float(np.linalg.norm(numeric)), float(np.linalg.norm(analytic)))
    return float(np.linalg.norm(numeric - analytic)) / size if size else 0.0
