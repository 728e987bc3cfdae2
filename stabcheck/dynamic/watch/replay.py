"""Whether a guess at a numeric gradient gives the numbers that the test compared; if not, it is dropped."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.watch.difference import Guess

Array = npt.NDArray[Any]
MOST_ENTRIES = 4  # of a gradient that are worked out again
CLOSE = 1e-7  # relative to the largest entry: the same operations in the same order give the same digits
ENDS = {"central": (1.0, -1.0), "forward": (1.0, 0.0), "backward": (0.0, -1.0)}


@dataclass(frozen=True, slots=True)
class Replayed:
    """A guess that gave the numbers: its scheme and step, and the function as a function of its argument."""

    scheme: str
    step: float
    function: Callable[[Any], Any] = field(repr=False)


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
    found = _replayed(guess, numeric, index)
    if found is None and isinstance(guess.point, np.ndarray) and guess.point.flags.writeable:
        found = _replayed(replace(guess, function=_through_the_array(guess)), numeric, index)
    return found


def _through_the_array(guess: Guess) -> Callable[[Any], Any]:
    """The function of what stands in the array at the point, for one that reads it there, not as an argument.

    `lambda w: network.loss(x, t)` depends on `network.params["W1"]`, which the test writes into.
    """
    function, held = guess.function, guess.point

    def of_the_array(point: Any) -> Any:
        before = held.copy()
        held[...] = point
        try:
            return function(held)
        finally:
            held[...] = before

    of_the_array.__name__ = guess.name
    of_the_array.__wrapped__ = function  # type: ignore[attr-defined]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    variable = guess.variable if guess.variable.isidentifier() else "x"
    of_the_array.__signature__ = inspect.Signature([inspect.Parameter(variable, kind)])  # type: ignore[attr-defined]
    return of_the_array


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
            if pairs and all(_same(found, had) for found, had in pairs):
                return Replayed(scheme, step, guess.function)
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
) -> Iterator[tuple[Array, Array]]:
    """Quotients along some entries of the point, beside what the test had there."""
    entries = [index] if index is not None else _some_entries(numeric, point)
    for entry in entries:
        values = [_value(guess, _moved(guess, point, entry, end * step)) for end in ends]
        found = (values[0] - values[1]) / guess.divisor
        if index is not None:
            yield found, numeric
        elif numeric.size == point.size and found.size == 1:
            yield found, numeric.reshape(point.shape)[entry]
        elif numeric.shape == (*found.shape, *point.shape):
            yield (
                found,
                np.asarray(numeric.reshape(*found.shape, -1)[..., np.ravel_multi_index(entry, point.shape)]),
            )
        else:
            return


def _all_at_once(
    guess: Guess,
    point: Array,
    numeric: Array,
    ends: tuple[float, float],
    step: float,
    index: tuple[int, ...] | None,
) -> Iterator[tuple[Array, Array]]:
    """The quotient of an element-wise function, all of whose entries are moved together."""
    if index is not None or numeric.shape != point.shape:
        return
    values = [_value(guess, guess.point + end * step if end else guess.point) for end in ends]
    found = (values[0] - values[1]) / guess.divisor
    if found.shape == numeric.shape:
        yield found, numeric


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


def _same(found: Array, had: Array) -> bool:
    """Equal but for the rounding of a different order of operations; NaN equals NaN."""
    if found.size != had.size:
        return False
    if had.dtype.kind in "iu" and np.all(np.isfinite(found)):
        found = found.astype(had.dtype)  # as it was when the test wrote it into an array of integers
    found, had = np.asarray(found, float).reshape(-1), np.asarray(had, float).reshape(-1)
    size = float(np.max(np.abs(had[np.isfinite(had)]), initial=0.0))
    return bool(np.allclose(found, had, rtol=CLOSE, atol=CLOSE * size, equal_nan=True))
