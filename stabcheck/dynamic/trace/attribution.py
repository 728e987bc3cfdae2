"""Which operations made the error of a result: first order, sensitivity times local error.

For a result y of operations e with outputs o_e and local errors δ_e, working − shadow = Σ_e ⟨∂y/∂o_e, δ_e⟩
+ higher order (Higham, ASNA, section 3.8: running error analysis, backwards). How the sensitivities are had
is the business of each recorder; here is what both share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

import numpy as np

from stabcheck.dynamic.trace.event import Event, Result
from stabcheck.dynamic.trace.formats import FORMATS
from stabcheck.dynamic.trace.statistics import Array

# The relative error of a result is accused once it is this many times what rounding the inputs accounts for…
EXCESS = 16.0

# An entry below half the digits of float64 beside its largest neighbour is 0 to whoever uses them together
# (the tail of a gelu), and may be rounding noise of the shadow.
_NOISE = 2.0**-26


# Of sixty digits, what is so far below the working result is the rounding of exact numbers: it is 0.
_ZERO = 1e-40

NO_WIDER = (
    "no wider reference: float64 is the widest type here, and the run is too large for exact numbers, or has "
    "an operation that they have no form of"
)


def half_the_digits(dtype: str) -> float:
    """The relative error at which half the digits of a format are gone: √(unit roundoff)."""
    return float(FORMATS[dtype].unit_roundoff ** 0.5)


def coarsest_format(events: Sequence[Event], index: int, dtype: str) -> str:
    """The format of lowest precision among a result's own and those of the operations behind it."""
    pending, seen = [index], set()
    lowest = FORMATS[dtype]
    while pending:
        number = pending.pop()
        if number < 0 or number in seen:
            continue
        seen.add(number)
        form = FORMATS.get(events[number].dtype, lowest)
        lowest = form if form.precision < lowest.precision else lowest
        pending += events[number].producers
    return lowest.name


def is_inaccurate(result: Result) -> bool:
    """More than half of a result's digits are wrong, and its conditioning doesn't account for that."""
    if result.nonfinite or not result.error > half_the_digits(result.coarsest):
        return False
    return not result.condition_error * EXCESS >= result.error  # an unknown conditioning excuses nothing


def is_bad(results: Sequence[Result]) -> bool:
    """Whether a result is not finite, has lost half its digits, or is 0 in the shadow alone."""
    return any(
        r.nonfinite or r.error > half_the_digits(r.coarsest) or (r.reference == 0.0 and r.working != 0.0)
        for r in results
    )


def disagree(results: Sequence[Result], exact: Sequence[Result]) -> bool:
    """Whether the wide shadow took a result for something else than it is, as far as its error goes."""
    if len(results) != len(exact) or any(r.nonfinite for r in exact):
        return True
    return any(
        r.entry != e.entry
        or abs(r.reference - e.reference) > min(abs(e.working - e.reference), abs(e.reference)) / 8
        for r, e in zip(results, exact, strict=True)
        if e.error > half_the_digits(e.coarsest) or r.error > half_the_digits(r.coarsest)
    )


def without_noise(reference: Array, working: Array) -> Array:
    """Exact references with 0 where they are nothing but the rounding of exact numbers."""
    with np.errstate(all="ignore"):
        return np.where(np.abs(reference) <= _ZERO * np.abs(working), 0, reference)


def describe(
    name: str, event: int, working: Array, reference: Array, *, coarsest: str, floor: float = 0.0
) -> tuple[Result, ...]:
    """The entries that stand for a result: of the largest absolute error, of a value the relative one too.

    A value is judged entry by entry; a gradient by its largest entry or `floor`, the size of a gradient by
    which the value changes as much as its argument does, relatively: what is far below that is zero to
    whoever uses it. An entry that is exactly 0 has no relative error, and one that is 0 beside its
    neighbours may be exactly 0.
    """
    dtype = working.dtype.name
    if working.size == 0:
        return ()
    bad = int(np.count_nonzero(~np.isfinite(working)))
    if bad:
        return (Result(name, event, dtype, working.shape, nonfinite=bad, coarsest=coarsest),)
    with np.errstate(all="ignore"):
        exact = np.abs(reference)
        delta = np.abs(working.astype(reference.dtype) - reference)
        size = np.maximum(exact, FORMATS[dtype].smallest_normal)
        if name != "value":
            size = np.broadcast_to(np.maximum(size.max(), floor), size.shape)
        judged = np.isfinite(delta) & np.isfinite(exact) & (exact > _NOISE * exact.max())
        judged &= delta > FORMATS[dtype].smallest_normal  # below is what a zero may stand for
        delta = np.where(judged, delta, 0)
        relative = np.where(judged, delta / size, 0)
    entries = dict.fromkeys((int(relative.argmax()), int(delta.argmax())))
    return tuple(
        Result(
            name,
            event,
            dtype,
            working.shape,
            entry=tuple(int(i) for i in np.unravel_index(k, working.shape)),
            working=float(working.flat[k]),
            reference=float(reference.flat[k]),
            coarsest=coarsest,
            scale=float(size.flat[k]),
            error=float(delta.flat[k] / size.flat[k]),
        )
        for k in entries
    )


def gradient_floor(value: Array, argument: Array) -> float:
    """The size of the value over that of the argument (over 1 for an argument that is 0)."""
    with np.errstate(all="ignore"):
        sizes = [float(np.max(np.abs(x[np.isfinite(x)]), initial=0.0)) for x in (value, argument)]
    return sizes[0] / (sizes[1] or 1.0)


def choose_target(results: Sequence[Result]) -> int | None:
    """The result to attribute.

    One that is inaccurate beyond its conditioning if there is any, values first.
    """

    def rank(i: int) -> tuple[bool, bool, float]:
        result = results[i]
        excess = result.error / half_the_digits(result.coarsest)
        return is_inaccurate(result), result.name == "value", excess

    return max((i for i, result in enumerate(results) if not result.nonfinite), key=rank, default=None)


def with_contributions(
    events: Sequence[Event], contributions: Mapping[int, float], sensitivities: Mapping[int, float]
) -> tuple[Event, ...]:
    """The events with their contribution and sensitivity, and the amplification that follows from those.

    An operation amplifies relative errors by the ratio of its operands' sensitivity to its own: near 1 for a
    product, large for a difference of near-equal numbers.
    """
    result = []
    for event in events:
        own = sensitivities.get(event.index, 0.0)
        before = max((sensitivities.get(p, 0.0) for p in event.producers), default=0.0)
        amplification = before / own if 0.0 < own < inf and before < inf else 1.0
        result.append(
            replace(
                event,
                contribution=contributions.get(event.index, 0.0),
                sensitivity=own,
                amplification=max(amplification, 1.0),
            )
            if event.index in contributions or own
            else event
        )
    return tuple(result)
