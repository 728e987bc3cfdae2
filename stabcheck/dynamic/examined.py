"""A problem at one dtype, with what its evaluations at the point itself showed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stabcheck.dynamic.contracts import Contracts, examine
from stabcheck.dynamic.nearby import moved_away
from stabcheck.dynamic.sampling import Array, Sampler


@dataclass(frozen=True, slots=True)
class Examined:
    """A problem at one dtype with the results of its evaluations at the point."""

    sampler: Sampler
    contracts: Contracts

    @property
    def dtype(self) -> str:
        """The dtype of the arguments."""
        return self.sampler.precision.name

    @property
    def fixed_gradient(self) -> bool:
        """Whether the gradient under test is an array, known at this point alone."""
        return bool(getattr(self.sampler.problem, "gradient_fixed", False))


def examined_here(sampler: Sampler, rng: np.random.Generator, *, given: bool) -> Examined:
    """The problem at its working dtype. `given`: there is a gradient to look at."""
    return Examined(sampler, examine(sampler, None, rng, with_gradient=given))


def at_float64(working: Examined, rng: np.random.Generator) -> Examined:
    """The problem in float64, or as it is: if that is float64, or if nothing is gained by running it there.

    A function of float64 arguments that returns float32 (a layer of that dtype, a captured array) gains, too.
    """
    if working.dtype == "float64" and working.sampler.unit == working.sampler.precision.unit:
        return working
    wide = examined_at(working, "float64", rng)
    return working if wide is None or wide.sampler.unit >= working.sampler.unit else wide


def at_dtype(dtype: str, working: Examined, reference: Examined, rng: np.random.Generator) -> Examined | None:
    """The problem at a dtype: as it was examined before, if it was; None if it can't be run there."""
    for known in (working, reference):
        if known.dtype == dtype:
            return known
    return examined_at(working, dtype, rng)


def examined_at(working: Examined, dtype: str, rng: np.random.Generator) -> Examined | None:
    """The problem run at another dtype; None if the user's code refuses, which is no failure of theirs."""
    cotangent, given = working.contracts.cotangent, bool(working.contracts.entries)
    try:
        problem = working.sampler.problem.at(dtype)
        if problem is None:
            return None
        sampler = Sampler(problem, working.sampler.effort)
        contracts = examine(sampler, cotangent, rng, with_gradient=given)
    except Exception:  # a dtype that the user never ran
        return None
    return Examined(sampler, contracts) if contracts.value.shape == working.contracts.value.shape else None


def glanced_at(working: Examined, reference: Examined, dtype: str) -> Examined | None:
    """The values at a dtype that nobody works in, beside the gradient of `reference`: for a ladder alone."""
    try:
        quick = getattr(reference.sampler.problem, "retyped", None)
        problem = (quick and quick(dtype)) or working.sampler.problem.at(dtype)
        if problem is None:
            return None
        sampler = Sampler(problem, working.sampler.effort)
        value = sampler.value()
    except Exception:  # a dtype that the user never ran
        return None
    if value.shape != reference.contracts.value.shape:
        return None
    return Examined(sampler, replace(reference.contracts, value=value, spread=0.0))


def examined_aside(here: Sampler, cotangent: Array, rng: np.random.Generator) -> Examined | None:
    """The problem at another point, its gradient too; None if value or gradient is not finite there."""
    aside = Sampler(here.problem, here.effort)
    aside.point = moved_away(here.problem.leaves, rng)
    contracts = examine(aside, cotangent, rng, with_gradient=True)
    return None if not contracts.finite or contracts.nonfinite else Examined(aside, contracts)
