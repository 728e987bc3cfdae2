"""Evaluations of a problem at one dtype: counted, in batches, without floating-point warnings."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.precision import PRECISIONS, DiagnoseError, Precision, precision_of, unit_of
from stabcheck.dynamic.problem import Point, Problem
from stabcheck.dynamic.stack import Stack, joined

Array = npt.NDArray[Any]
Direction = tuple[npt.NDArray[np.float64], ...]  # one array a leaf, zeros where nothing is varied

BATCH_BYTES = 16e6  # of points and values that exist at the same time: what a cache holds, at best
BATCH = 256  # points at once
FIRST_BATCH = 4  # evaluations, where time is limited and nothing is known of the function
SHARE = 0.1  # of the time that is left that one batch may take


class OutOfTimeError(Exception):
    """The time for a diagnosis is used up in the middle of a measurement."""


NO_REFUSAL = (MemoryError, OutOfTimeError, DiagnoseError)  # exceptions that say nothing about a point


@dataclass(slots=True)
class Effort:
    """What a diagnosis has cost so far, and may cost.

    After `deadline` no further measurement is begun, but for the one that there is no verdict without; at
    `limit` even that one is broken off. Both on the clock of `time.monotonic`.
    """

    evaluations: int = 0
    deadline: float | None = None
    limit: float | None = None
    pace: float | None = None  # seconds an evaluation took in the last batch

    @classmethod
    def of(cls, budget: float | None) -> Effort:
        """An effort of so many seconds from now; the first verdict may take as long again, and a second."""
        if budget is None:
            return cls()
        now = time.monotonic()
        return cls(deadline=now + budget, limit=now + 2 * budget + 1)

    @property
    def exhausted(self) -> bool:
        """Whether the time budget is used up."""
        return self.deadline is not None and time.monotonic() > self.deadline

    def spend(self, evaluations: int) -> None:
        """Count evaluations that are about to be made.

        Raises
        ------
        OutOfTimeError
            at the limit.
        """
        self.evaluations += evaluations
        if self.limit is not None and time.monotonic() > self.limit:
            raise OutOfTimeError

    def batch(self, most: int) -> int:
        """How many evaluations to make at once: so few that the limit can be kept."""
        if self.limit is None:
            return most
        if self.pace is None:
            return min(most, FIRST_BATCH)
        left = self.limit - time.monotonic()
        return max(1, min(most, int(SHARE * left / max(self.pace, 1e-9))))


@dataclass(slots=True)
class Sampler:
    """A problem at one dtype.

    `unit` is the unit roundoff of the function's values as they come out: coarser than that of the arguments
    if the function computes in a narrower dtype.
    """

    problem: Problem
    effort: Effort
    precision: Precision = field(init=False)
    point: Point = field(init=False)
    unit: float = field(init=False)

    def __post_init__(self) -> None:
        self.precision = precision_of(self.problem.dtype)
        self.point = tuple(leaf.value for leaf in self.problem.leaves)
        self.unit = self.precision.unit

    @property
    def steps(self) -> tuple[float, ...]:
        """The ladder that suits the function: of the dtype of its values, if they are coarser."""
        return next((known for known in PRECISIONS.values() if known.unit == self.unit), self.precision).steps

    @property
    def best_step(self) -> float:
        """u^(1/3) for the unit roundoff of the values."""
        return float(np.cbrt(self.unit))

    def value(self) -> Array:
        """Evaluate f at the given point, raw. Exceptions of the user's code pass through."""
        self.effort.spend(1)
        with np.errstate(all="ignore"):
            value = np.asarray(self.problem.value(self.point))
        if value.dtype.kind == "c":
            raise DiagnoseError("the function returns complex values: only real functions can be checked")
        if value.size == 0:
            raise DiagnoseError("the function returns an array without elements")
        self.unit = max(self.precision.unit, unit_of(value.dtype))
        return value

    def gradient(self, cotangent: Array, point: Point | None = None) -> tuple[Array | None, ...]:
        """The gradient under test, raw, at the given point or another one."""
        self.effort.spend(1)
        with np.errstate(all="ignore"):
            return tuple(self.problem.gradient(self.point if point is None else point, cotangent))

    def gradients(self, cotangents: Sequence[Array]) -> tuple[Array | None, list[tuple[Array | None, ...]]]:
        """The gradient under test by several cotangents, raw, and the value of f in the same run, if any."""
        self.effort.spend(len(cotangents))
        with np.errstate(all="ignore"):
            value, entries = self.problem.gradients(self.point, cotangents)
        return value, [tuple(parts) for parts in entries]

    def rises(self, stacks: Iterable[Stack], origin: Array, cotangent: Array) -> npt.NDArray[np.float64]:
        """<cotangent, f(p) − origin> for each point, differenced before it is summed.

        Large values cancel exactly that way.
        NaN where f is not finite, or where the user's function refuses the perturbed point (a domain error).
        Stacks come one after the other, because all together may not fit into memory; small ones are joined.
        """
        found = [np.zeros(0)]
        for stack in self._batches(stacks, origin.nbytes):
            values = self._values(stack)
            if isinstance(values, np.ndarray) and values.shape[1:] == origin.shape:
                with np.errstate(all="ignore"):
                    wide = values.astype(np.float64, copy=False)
                    rise = ((wide - origin) * cotangent).reshape(len(wide), -1).sum(1)
                finite = np.isfinite(wide.reshape(len(wide), -1)).all(1)
                found.append(np.where(finite, rise, np.nan))
            else:
                found.append(np.asarray([_rise(value, origin, cotangent) for value in values]))
        return np.concatenate(found)

    @property
    def most(self) -> int:
        """How many points a stack may hold."""
        return max(1, min(BATCH, int(BATCH_BYTES / max(sum(array.nbytes for array in self.point), 1))))

    def _batches(self, stacks: Iterable[Stack], extra: int) -> Iterator[Stack]:
        """The points of all stacks in batches of the size that memory and time allow."""
        size = sum(array.nbytes for array in self.point) + extra
        most = max(1, min(BATCH, int(BATCH_BYTES / max(size, 1))))
        waiting: list[Stack] = []
        for stack in stacks:
            if waiting and len(stack) + sum(map(len, waiting)) > most:
                yield from self._portions(joined(waiting), most)
                waiting = []
            waiting.append(stack)
        if waiting:
            yield from self._portions(joined(waiting), most)

    def _portions(self, stack: Stack, most: int) -> Iterator[Stack]:
        begin = 0
        while begin < len(stack):
            end = begin + self.effort.batch(most)
            yield stack[begin:end]
            begin = end

    def _values(self, points: Stack) -> Sequence[Array | None] | Array:
        self.effort.spend(len(points))
        began = time.monotonic()
        with np.errstate(all="ignore"):
            try:
                return self.problem.values(points)
            except NO_REFUSAL:
                raise
            except Exception:
                return [self._value_or_refusal(point) for point in points]
            finally:
                self.effort.pace = (time.monotonic() - began) / len(points)

    def _value_or_refusal(self, point: Point) -> Array | None:
        """math.log raises where NumPy gives NaN, a table has no entry for a point outside of it.

        The given point itself went well before.
        """
        try:
            return np.asarray(self.problem.value(point))
        except NO_REFUSAL:
            raise
        except Exception:
            return None


def _rise(value: Array | None, origin: Array, cotangent: Array) -> float:
    if value is None or np.shape(value) != origin.shape or not np.all(np.isfinite(value)):
        return float("nan")
    return float(np.sum(cotangent * (np.asarray(value).astype(np.float64) - origin)))


def inner(left: Direction, right: Direction) -> float:
    """<left, right> over all leaves.

    By `einsum`, not BLAS: for vectors of this length its threads cost more than they give.
    """
    return sum(float(np.einsum("i,i", a.ravel(), b.ravel())) for a, b in zip(left, right, strict=True))


def length(left: Direction, right: Direction) -> float:
    """(Σ (left_i right_i)²)^½: the size of <left, right> if its terms had independent signs."""
    return float(np.sqrt(sum(float(np.sum((a * b) ** 2)) for a, b in zip(left, right, strict=True))))
