"""The rounding that a gradient under test is granted: by the dtype that it is stored in, by its own noise."""

from __future__ import annotations

import numpy as np

from stabcheck.dynamic.contracts import Contracts, as_cotangent, fitted
from stabcheck.dynamic.directions import scale_of
from stabcheck.dynamic.ladder import Centre
from stabcheck.dynamic.nearby import nudged
from stabcheck.dynamic.sampling import Direction, Sampler

ROUNDINGS = 32.0  # of an entry of the gradient that are granted to it
STORED = 8.0  # of an entry in a narrow dtype, at the least
SHARED = 8.0  # of the largest entry, by its scale, that are granted to each in a narrow dtype


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
