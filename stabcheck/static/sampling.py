"""Inputs that a formula is tried at: the card's points, thresholds of the dtype, numbers that people write.

Every sample lies in the range that inference gives for the value. Numbers are round ones (1, 2, 5 times
powers of ten, and an even grid of two digits), so that the worst of them can be shown as it is: "x = 89",
not "x = 88.7228390616".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import ceil, floor, inf, log, log10
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.ops.dtypes import FORMATS
from stabcheck.ops.interval import Interval
from stabcheck.static.card import Domain

_MOST_ROWS = 320
_ANY = Domain(-100.0, 100.0)
_UNKNOWN = Interval()

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Free:
    """A free variable of a formula: where the card looks, what inference allows, whether it is whole."""

    name: str
    domain: Domain = _ANY
    allowed: Interval = _UNKNOWN
    integer: bool = False


def samples(variables: tuple[Free, ...], dtype: str) -> tuple[dict[str, Array], int]:
    """Arrays (rows, entries) by name, and how many of the first rows are made of the cards' points alone.

    No rows if the ranges admit no value of some variable. The rows of several variables are a grid of their
    most telling values, then all values of each against a spread of the others'.
    """
    points = [[x for x in variable.domain.points if _admitted(x, variable)] for variable in variables]
    grids = [_grid(variable, dtype) for variable in variables]
    if not all(first or rest for first, rest in zip(points, grids, strict=True)):
        return {variable.name: np.empty((0, variable.domain.size)) for variable in variables}, 0
    rows = list(_zipped(points)) if all(points) else []
    starting = len(rows)
    rows.extend(_spread([first + rest for first, rest in zip(points, grids, strict=True)]))
    columns: dict[str, list[list[float]]] = {variable.name: [] for variable in variables}
    told = 0
    for number, row in enumerate(rows):
        shapes = list(product(*(_vectors(x, variable) for x, variable in zip(row, variables, strict=True))))
        for vectors in shapes[:4]:
            for vector, variable in zip(vectors, variables, strict=True):
                columns[variable.name].append(vector)
        told += len(shapes[:4]) if number < starting else 0
    return {name: np.array(column, dtype=np.float64) for name, column in columns.items()}, told


def _admitted(x: float, variable: Free) -> bool:
    return x in variable.allowed and (not variable.integer or float(x).is_integer())


@lru_cache(maxsize=256)
def _grid_of(low: float, high: float, spacing: str, dtype: str) -> tuple[float, ...]:
    """Round numbers of [low, high], thresholds of the dtype first."""
    found: dict[float, None] = {}
    for x in (*_thresholds(dtype), *_even(low, high, spacing), *_decades(low, high)):
        if low <= x <= high:
            found[x] = None
    return tuple(found)


def _thresholds(dtype: str) -> tuple[float, ...]:
    """Whole numbers at which the functions of the dtype overflow, underflow or saturate."""
    limits = FORMATS[dtype]
    saturation = float(ceil(limits.precision * log(2)))  # from here on 1 + exp(-x) rounds to 1
    square = 10.0 ** ceil(log10(limits.square_overflow))
    return (
        float(ceil(limits.exp_overflow)),
        float(-ceil(limits.exp_overflow)),
        float(floor(limits.exp_underflow)),
        saturation,
        -saturation,
        square,
        1 / square,
    )


def _even(low: float, high: float, spacing: str) -> Iterator[float]:
    """Forty steps, rounded to two digits; for log spacing twice the weight on the decades alone."""
    if spacing == "log":
        return
    for x in np.linspace(low, high, 41):
        yield float(f"{x:.2g}")


def _decades(low: float, high: float) -> Iterator[float]:
    largest = max(abs(low), abs(high))
    smallest = min(1e-12, largest * 1e-6) if low <= 0 <= high else min(abs(low), abs(high))
    top, bottom = ceil(log10(largest)), floor(log10(smallest))
    step = max(1, (top - bottom) // 24)
    for exponent in range(top, bottom - 1, -step):
        for digit in (1, 2, 5):
            x = float(f"{digit}e{exponent}")
            yield from (x, -x)


def _grid(variable: Free, dtype: str) -> list[float]:
    """The grid of a variable, cut to what inference allows; the ends of that range too."""
    domain, allowed = variable.domain, variable.allowed
    low, high = max(domain.low, allowed.lower), min(domain.high, allowed.upper)
    if low > high:
        return []
    if low == high:
        return [low] if low in allowed else []
    ends = [x for x in (allowed.lower, allowed.upper) if abs(x) < inf and low <= x <= high]
    grid = [*ends, *_grid_of(low, high, domain.spacing, dtype)]
    if variable.integer:
        grid = [float(round(x)) for x in grid]
    return [x for x in dict.fromkeys(grid) if x in allowed and low <= x <= high]


def _zipped(points: list[list[float]]) -> Iterator[tuple[float, ...]]:
    """The points of several variables side by side, the last one of the shorter lists again."""
    for index in range(max(map(len, points))):
        yield tuple(each[min(index, len(each) - 1)] for each in points)


def _spread(grids: list[list[float]]) -> list[tuple[float, ...]]:
    """At most `_MOST_ROWS` combinations of the grids' values, the same ones each time."""
    total = 1
    for grid in grids:
        total *= len(grid)
    if total <= _MOST_ROWS:
        return list(product(*grids))
    rng = np.random.default_rng(0)
    columns = [np.array(grid)[rng.integers(0, len(grid), _MOST_ROWS)] for grid in grids]
    for number, (column, grid) in enumerate(zip(columns, grids, strict=True)):
        own = slice(number * _MOST_ROWS // len(grids), (number + 1) * _MOST_ROWS // len(grids))
        column[own] = np.resize(np.array(grid), len(column[own]))
    return [tuple(float(x) for x in row) for row in zip(*columns, strict=True)]


def _vectors(x: float, variable: Free) -> list[list[float]]:
    """Vectors around `x`: alone among zeros, everywhere, in a run of neighbours, with its negative."""
    size, allowed = variable.domain.size, variable.allowed
    if size == 1:
        return [[x]]
    rest = 0.0 if 0.0 in allowed else x
    forms = [
        [x] + [rest] * (size - 1),
        [x] * size,
        [x + index for index in range(size)],
        [x, -x] + [rest] * (size - 2),
    ]
    unique = list(dict.fromkeys(tuple(form) for form in forms))
    return [list(form) for form in unique if all(entry in allowed for entry in form)]
