"""Whether a guess at a numeric gradient gives the numbers that the test compared; if not, it is dropped."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.watch.between import is_variable
from stabcheck.dynamic.watch.quotient import Guess

Array = npt.NDArray[Any]
MOST_ENTRIES = 4  # of a gradient that are worked out again
CLOSE = 1e-7  # relative to the largest entry: the same operations in the same order give the same digits
HIDDEN = 0.2  # of a quotient: more of it is never put down to rounding
BACK = {"central": (0.5, -0.5), "forward": (-1.0,), "backward": (1.0,)}  # of the divisor
ENDS = {"central": (1.0, -1.0), "forward": (1.0, 0.0), "backward": (0.0, -1.0)}


@dataclass(frozen=True, slots=True)
class Replayed:
    """A guess that gave the numbers: its scheme, step and point, and the function of its argument."""

    scheme: str
    step: float
    function: Callable[[Any], Any] = field(repr=False)
    point: Any = field(repr=False)


def replayed(guess: Guess, numeric: Array, index: tuple[int, ...] | None = None) -> Replayed | None:
    """The scheme and step at which the guess gives `numeric`; None if it never does.

    Parameters
    ----------
    guess
        function, point and divisor.
    numeric
        what the test had: a gradient of the shape of the point, a Jacobian of shape value + point, or the
        derivative of an element-wise function.
    index
        of the entry that `numeric` is alone, for a test that goes entry by entry.
    """
    if not guess.moved:
        return _replayed_here(guess, numeric, index)
    for back in _put_back(guess, index):
        found = _replayed_here(back, numeric, index)
        if found is not None:
            return found
    return None


def _put_back(guess: Guess, index: tuple[int, ...] | None) -> Iterator[Guess]:
    """The guess at the point where the entry that was moved last is moved back."""
    if index is None or not isinstance(guess.point, np.ndarray):
        return
    for scheme in guess.sides:
        for end in BACK[scheme]:
            point = guess.point.copy()
            point[index] += end * guess.divisor
            yield replace(guess, point=point, sides=(scheme,))


def _replayed_here(guess: Guess, numeric: Array, index: tuple[int, ...] | None) -> Replayed | None:
    found = None if guess.in_place else _replayed(guess, numeric, index)
    held = guess.point if guess.written is None else guess.written
    if found is None and isinstance(held, np.ndarray) and held.flags.writeable:
        reads = of_the_array(guess.function, held, guess.variable)
        found = _replayed(replace(guess, function=reads), numeric, index)
    if found is None and is_variable(held):
        found = _replayed(replace(guess, function=of_the_variable(guess.function, held)), numeric, index)
    return found


def of_the_variable(function: Callable[[Any], Any], held: Any) -> Callable[[Any], Any]:
    """The function of what a variable of a framework holds."""

    def at(point: Any) -> Any:
        before = held.numpy()
        held.assign(point)
        try:
            return function(point)
        finally:
            held.assign(before)

    return at


def of_the_array(function: Callable[[Any], Any], held: Array, variable: str) -> Callable[[Any], Any]:
    """The function of what stands in the array `held`, for one that reads it there, not as an argument.

    `lambda w: network.loss(x, t)` depends on `network.params["W1"]`, which the test writes into.
    """

    def at(point: Any) -> Any:
        before = held.copy()
        held[...] = point
        try:
            return function(held)
        finally:
            held[...] = before

    at.__name__ = str(getattr(function, "__name__", "the function"))
    at.__wrapped__ = function  # type: ignore[attr-defined]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameter = inspect.Parameter(variable if variable.isidentifier() else "x", kind)
    at.__signature__ = inspect.Signature([parameter])  # type: ignore[attr-defined]
    return at


def _replayed(guess: Guess, numeric: Array, index: tuple[int, ...] | None) -> Replayed | None:
    point = as_array(guess.point)
    if point is None or point.size == 0 or numeric.dtype.kind not in "fiu":
        return None
    for scheme in guess.sides:
        step = abs(guess.divisor) / (2 if scheme == "central" else 1)
        for quotients in (_entry_by_entry, _all_at_once):
            try:
                with np.errstate(all="ignore"):
                    pairs = list(quotients(guess, point, numeric, ENDS[scheme], step, index))
            except Exception:  # the user's function refuses what it was never given: not its argument
                continue
            told = not guess.in_place or any(np.any(found) for found, _, _ in pairs)  # else any array fits
            if pairs and told and all(_same(found, had, noise) for found, had, noise in pairs):
                return Replayed(scheme, step, guess.function, guess.point)
    return None


def as_array(value: Any) -> Array | None:
    """A value as an array of real numbers; None if it is anything else."""
    if hasattr(value, "numpy") and callable(value.numpy):
        try:
            value = value.numpy()
        except Exception:  # a tensor of a graph
            return None
    try:
        array = np.asarray(value)
    except Exception:  # ragged, or not to be had as an array
        return None
    return array if array.dtype.kind in "fiu" else None


def _entry_by_entry(
    guess: Guess,
    point: Array,
    numeric: Array,
    ends: tuple[float, float],
    step: float,
    index: tuple[int, ...] | None,
) -> Iterator[tuple[Array, Array, float]]:
    """Quotients along some entries, beside what the test had there, and how far apart the two may be."""
    entries = [index] if index is not None else _some_entries(numeric, point)
    for entry in entries:
        values = [_value(guess, _moved(guess, point, entry, end * step)) for end in ends]
        found = (values[0] - values[1]) / guess.divisor
        noise = _left_behind(guess, point, values, entry)
        if index is not None:
            yield found, numeric, noise
        elif numeric.size == point.size and found.size == 1:
            yield found, numeric.reshape(point.shape)[entry], noise
        elif numeric.shape == (*found.shape, *point.shape):
            column = numeric.reshape(*found.shape, -1)[..., np.ravel_multi_index(entry, point.shape)]
            yield found, np.asarray(column), noise
        else:
            return


def _all_at_once(
    guess: Guess,
    point: Array,
    numeric: Array,
    ends: tuple[float, float],
    step: float,
    index: tuple[int, ...] | None,
) -> Iterator[tuple[Array, Array, float]]:
    """The quotient of an element-wise function, all of whose entries are moved together."""
    if index is not None or numeric.shape != point.shape:
        return
    values = [_value(guess, guess.point + end * step if end else guess.point) for end in ends]
    found = (values[0] - values[1]) / guess.divisor
    if found.shape == numeric.shape:
        yield found, numeric, 0.0


def _left_behind(guess: Guess, point: Array, values: list[Array], entry: tuple[int, ...]) -> float:
    """How far the quotient may be off as `w[i] += h; …; w[i] -= h` leaves an ulp behind in each entry.

    0 where that would let anything pass.
    """
    if guess.written is None or point.dtype.kind != "f":
        return 0.0
    unit = float(np.finfo(point.dtype).eps)
    size = float(np.max(np.abs(values[0])))
    slope = float(np.max(np.abs(values[0] - values[1]))) / abs(guess.divisor)
    noise = 8 * unit * (size + slope * abs(float(point[entry]))) / abs(guess.divisor)
    return noise if noise < HIDDEN * slope else 0.0


def _some_entries(numeric: Array, point: Array) -> list[tuple[int, ...]]:
    """The entry with the largest quotient, and some others."""
    chosen = {0, point.size - 1, point.size // 2}
    if numeric.size == point.size:
        chosen.add(int(np.argmax(np.abs(np.nan_to_num(numeric.reshape(-1))))))
    return [tuple(int(i) for i in np.unravel_index(k, point.shape)) for k in sorted(chosen)[:MOST_ENTRIES]]


def _moved(guess: Guess, point: Array, entry: tuple[int, ...], by: float) -> Any:
    """A copy of the point with one entry moved, in the form that the function was given."""
    if point.ndim == 0 and not isinstance(guess.point, np.ndarray):
        return guess.point + by if by else guess.point
    moved = np.array(point, copy=True)
    moved[entry] = moved[entry] + by
    return moved.tolist() if isinstance(guess.point, list) else moved


def _value(guess: Guess, point: Any) -> Array:
    value = as_array(guess.function(point))
    if value is None:
        raise ValueError("no number")
    return np.array(value)


def _same(found: Array, had: Array, noise: float) -> bool:
    """Equal but for the rounding of a different order of operations, and `noise`; NaN equals NaN."""
    if found.size != had.size:
        return False
    if had.dtype.kind in "iu" and np.all(np.isfinite(found)):
        found = found.astype(had.dtype)  # as it was when the test wrote it into an array of integers
    found, had = np.asarray(found, float).reshape(-1), np.asarray(had, float).reshape(-1)
    size = float(np.max(np.abs(had[np.isfinite(had)]), initial=0.0))
    return bool(np.allclose(found, had, rtol=CLOSE, atol=CLOSE * size + noise, equal_nan=True))
