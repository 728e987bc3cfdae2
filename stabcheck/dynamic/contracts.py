"""What must hold before any step is taken: values that repeat, gradients that fit and are linear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.problem import Leaf
from stabcheck.dynamic.sampling import Direction, Sampler

Array = npt.NDArray[Any]
Float64 = npt.NDArray[np.float64]

REPEATS = 3  # evaluations of f at the point
_MORE_REPEATS = 12  # where the differences could not be made sense of
RANDOM = 1e3  # roundings between repeated values from which they are called random


@dataclass(frozen=True, slots=True)
class Misfit:
    """A gradient whose shape is not that of its leaf."""

    leaf: int
    gradient: Float64


@dataclass(frozen=True, slots=True)
class Linearity:
    """How far from linear the gradient is: |vjp(0)| and |vjp(2w) − 2 vjp(w)|, largest entries."""

    at_zero: float
    doubled: float


@dataclass(slots=True)
class Contracts:
    """Results of the evaluations at the point itself.

    `entries` are the raw gradients by `cotangent`; `gradient` the same as float64 arrays of the leaves'
    shapes, with zeros where there is none or where the shape does not fit.
    """

    value: Array
    cotangent: Float64
    spread: float = 0.0  # largest difference of an entry over repeated evaluations
    random_value: bool = False
    random_gradient: bool = False
    entries: tuple[Array | None, ...] = ()
    gradient: Direction = ()
    gradient_unit: float = 0.0  # unit roundoff of the coarsest gradient dtype
    nonfinite: tuple[int, ...] = ()  # leaves whose gradient has NaN or infinite entries
    missing: tuple[int, ...] = ()  # leaves whose gradient is None
    misfits: tuple[Misfit, ...] = ()
    linearity: Linearity | None = None
    mutated: frozenset[str] = field(default_factory=frozenset)

    @property
    def finite(self) -> bool:
        """Whether f itself is finite."""
        return bool(np.all(np.isfinite(self.value.astype(np.float64))))


def examine(
    sampler: Sampler, cotangent: Float64 | None, rng: np.random.Generator, *, with_gradient: bool
) -> Contracts:
    """Evaluate f three times, and its gradient by w twice, by 2w and by 0; no differences are taken.

    w is `cotangent`, or `random_cotangent` if that is None. 2w and 0 are left out where the framework derives
    the gradient, and values of f that come with a gradient are counted. Where the operations are known, and
    none of them is random, f is evaluated twice and its gradient once.
    """
    value = sampler.value()
    if cotangent is None or cotangent.shape != value.shape:
        cotangent = random_cotangent(value, rng)
    found = Contracts(value, cotangent)
    found.gradient = tuple(np.zeros(leaf.value.shape) for leaf in sampler.problem.leaves)
    values = [value]
    if with_gradient:
        values += _examine_gradient(found, sampler)
    repeats = 2 if getattr(sampler.problem, "repeats", False) else REPEATS
    values += [sampler.value() for _ in range(repeats - len(values))]
    _note_spread(found, sampler, values)
    found.mutated = frozenset(getattr(sampler.problem, "mutated", ()))
    return found


def is_random_after_all(found: Contracts, sampler: Sampler) -> bool:
    """Whether f comes out differently in some more evaluations; a mask of few entries is often the same."""
    if not getattr(sampler.problem, "repeats", False):
        _note_spread(found, sampler, [found.value, *(sampler.value() for _ in range(_MORE_REPEATS))])
    return found.random_value


def _note_spread(found: Contracts, sampler: Sampler, values: Sequence[Array]) -> None:
    spread = _spread(values)
    size = float(np.max(np.abs(found.value.astype(np.float64)), initial=0.0))
    found.spread = 0.0 if np.isnan(spread) else spread
    found.random_value = bool(np.isnan(spread) or spread > RANDOM * sampler.unit * max(size, 1e-300))


def random_cotangent(value: Array, rng: np.random.Generator) -> Float64:
    """±U[0.5, 1.5], in numbers that every dtype can hold; 1 for a single value.

    Ones would not do: the gradient of a sum over a softmax or a normalised batch vanishes, whatever it is.
    """
    if value.size == 1:
        return np.ones(value.shape)
    drawn = rng.choice([-1.0, 1.0], value.shape) * rng.uniform(0.5, 1.5, value.shape)
    return np.asarray(drawn.astype(np.float16).astype(np.float64))


def as_cotangent(cotangent: Float64, value: Array, sampler: Sampler) -> Array:
    """The cotangent in the dtype of f's value."""
    floating = value.dtype.kind == "f" or value.dtype.name == "bfloat16"
    return cotangent.astype(value.dtype if floating else sampler.point[0].dtype)


def _examine_gradient(found: Contracts, sampler: Sampler) -> list[Array]:
    """Look at the gradient; the values that came with it."""
    cotangent = as_cotangent(found.cotangent, found.value, sampler)
    scaled = [] if getattr(sampler.problem, "derived", False) else [0 * cotangent, 2 * cotangent]
    first, (entries, *others) = sampler.gradients([cotangent, *scaled])
    _note_gradient(found, sampler, entries)
    if found.nonfinite:
        return [] if first is None else [first]
    if getattr(sampler.problem, "repeats", False):
        return [] if first is None else [first]
    second, (again,) = sampler.gradients([cotangent])
    repeat = _largest(_differences(entries, again))
    found.random_gradient = repeat > RANDOM * found.gradient_unit * max(_largest(found.gradient), 1e-300)
    if others:
        found.linearity = _linearity(entries, *others)
    return [value for value in (first, second) if value is not None]


def _note_gradient(found: Contracts, sampler: Sampler, entries: tuple[Array | None, ...]) -> None:
    """What one evaluation of the gradient gave."""
    leaves = sampler.problem.leaves
    found.entries = entries
    varied = [index for index, leaf in enumerate(leaves) if leaf.varied]
    found.missing = tuple(index for index in varied if entries[index] is None)
    found.misfits = tuple(_misfits(entries, leaves))
    found.gradient = fitted(entries, leaves)
    found.gradient_unit = max(
        (
            float(np.finfo(entry.dtype).eps) / 2
            for entry in entries
            if entry is not None and entry.dtype.kind == "f"
        ),
        default=sampler.precision.unit,
    )
    found.gradient_unit = max(found.gradient_unit, getattr(sampler.problem, "gradient_unit", 0.0))
    found.nonfinite = tuple(
        index
        for index in varied
        if entries[index] is not None and not np.all(np.isfinite(_float64(entries[index])))
    )


def fitted(entries: Sequence[Array | None], leaves: Sequence[Leaf]) -> Direction:
    """Raw gradients as float64 arrays of the leaves' shapes; zeros where there is none or none that fits."""
    return tuple(
        _float64(entry)
        if entry is not None and leaf.varied and entry.shape == leaf.value.shape
        else np.zeros(leaf.value.shape)
        for entry, leaf in zip(entries, leaves, strict=True)
    )


def _misfits(entries: Sequence[Array | None], leaves: Sequence[Leaf]) -> list[Misfit]:
    return [
        Misfit(index, _float64(entry))
        for index, (entry, leaf) in enumerate(zip(entries, leaves, strict=True))
        if entry is not None and leaf.varied and entry.shape != leaf.value.shape
    ]


def _linearity(
    entries: Sequence[Array | None], at_zero: Sequence[Array | None], doubled: Sequence[Array | None]
) -> Linearity:
    """vjp(0) must be 0 and vjp(2w) must be 2 vjp(w): both are exact in floating point, but for overflow."""
    largest = _largest([_float64(entry) for entry in at_zero if entry is not None])
    twice = [None if entry is None else 2 * _float64(entry) for entry in entries]
    return Linearity(largest, _largest(_differences(doubled, twice)))


def _differences(left: Sequence[Array | None], right: Sequence[Array | None]) -> list[Float64]:
    return [
        _float64(a) - _float64(b)
        for a, b in zip(left, right, strict=True)
        if a is not None and b is not None and a.shape == b.shape
    ]


def _spread(values: Sequence[Array]) -> float:
    first = _float64(values[0])
    spread = 0.0
    for other in values[1:]:
        if other.shape != first.shape or not np.array_equal(np.isnan(first), np.isnan(_float64(other))):
            return float("nan")
        with np.errstate(invalid="ignore"):
            difference = np.where(_float64(other) == first, 0.0, np.abs(_float64(other) - first))
        spread = max(spread, float(np.nanmax(difference, initial=0.0)))
    return spread


def _largest(arrays: Sequence[Array]) -> float:
    return max((float(np.max(np.abs(array), initial=0.0)) for array in arrays), default=0.0)


def _float64(array: Array | None) -> Float64:
    return np.asarray(array).astype(np.float64)
