"""Functions that compute in a narrower dtype than their arguments have."""

from __future__ import annotations

from functools import partial

import numpy as np

from stabcheck.dynamic.ladder import Centre
from stabcheck.dynamic.noise import NoiseProfile, rounding_floor
from stabcheck.dynamic.precision import numpy_dtype, precision_of, unit_of
from stabcheck.dynamic.problem import Point
from stabcheck.dynamic.report import Cause, Location
from stabcheck.dynamic.sampling import Array, Direction, Sampler
from stabcheck.dynamic.stack import on_line

NARROW = ("float32", "float16")
NEARBY = 1e-3 * np.linspace(-8, 9, 96)  # so many, because a staircase may miss a rounding or two
MOVED = 8.0  # units of roundoff that a function which computes in a dtype notices…
TRIED = 12  # …at as many points, because a coarser staircase may have its edge at one of them
ROUNDED = 4.0  # the arguments, the result, and what is between them


def narrow_result(sampler: Sampler, value: Array) -> Cause | None:
    """A function that returns a narrower dtype than it is given."""
    if unit_of(value.dtype) <= sampler.precision.unit:
        return None
    given, returned = sampler.precision.name, value.dtype.name
    return Cause(
        "dtype-mismatch",
        f"the arguments are {given}, the function returns {returned}: a difference with a step that suits "
        f"{given} "
        f"sees the rounding of {returned}",
        f"compute in {given} throughout: look for a cast, a float32 constant or a layer of another dtype",
        {"given": given, "returned": returned},
        sampler.problem.location,
    )


def hidden_cast(sampler: Sampler, direction: Direction) -> str | None:
    """The dtype to which a function rounds its arguments at once: f(x) = f(round(x)), bit for bit.

    A function that is a coarser staircase, by `round` or by a narrower dtype still, has that too, but does
    not notice some units of roundoff of the dtype either: no cast to it shows there.
    """
    if sampler.precision.name != "float64":
        return None
    for name in NARROW:
        nearby = on_line(sampler.point, direction, NEARBY)
        if all(_same(sampler, point, _rounded(point, direction, name)) for point in nearby):
            here = NEARBY[:: len(NEARBY) // TRIED]
            aside = on_line(sampler.point, direction, here + precision_of(name).unit * MOVED)
            unnoticed = sum(map(partial(_same, sampler), on_line(sampler.point, direction, here), aside))
            if unnoticed <= len(here) / 2:
                return name
    return None


def noise_of_cast(sampler: Sampler, dtype: str, centre: Centre, slope: float) -> NoiseProfile:
    """The noise of a function that rounds its arguments to `dtype` and computes there.

    `slope` is the derivative along a direction that moves every entry by its scale, so that the rounding of
    the arguments moves the function by about the slope times the unit roundoff.
    """
    unit = precision_of(dtype).unit
    values = rounding_floor(unit, centre.value, centre.cotangent)
    return NoiseProfile((), (), ROUNDED * float(np.hypot(values, unit * slope)))


def cast_cause(sampler: Sampler, dtype: str) -> Cause:
    """A function whose result has the dtype of its arguments, but not their precision."""
    given = sampler.precision.name
    return Cause(
        "dtype-mismatch",
        f"the function rounds its {given} arguments to {dtype} before it computes: f(x) = f({dtype}(x)), "
        "bit for bit",
        f"take the cast out, or check with the steps of {dtype}",
        {"given": given, "computed": dtype},
        sampler.problem.location,
    )


def narrowed_cause(dtype: str, location: Location | None) -> Cause:
    """A function of float64 that computes in a narrower dtype from a line on, and returns float64 again."""
    return Cause(
        "dtype-mismatch",
        f"from this line on the function computes in {dtype}: a difference with a step that suits float64 "
        "sees its rounding",
        f"take the cast to {dtype} out, or check with the steps of {dtype}",
        {"given": "float64", "computed": dtype},
        location,
    )


def _rounded(point: Point, direction: Direction, name: str) -> Point:
    return tuple(
        array.astype(numpy_dtype(name)).astype(array.dtype) if np.any(part) else array
        for array, part in zip(point, direction, strict=True)
    )


def _same(sampler: Sampler, left: Point, right: Point) -> bool:
    sampler.effort.evaluations += 2
    with np.errstate(all="ignore"):
        try:
            first, second = sampler.problem.value(left), sampler.problem.value(right)
        except (ArithmeticError, ValueError):
            return False
    return bool(np.array_equal(first, second) and np.all(np.isfinite(first)))
