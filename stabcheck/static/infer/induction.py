"""Induction: what holds of a name before a loop, and again after every turn of it, holds throughout."""

from __future__ import annotations

from stabcheck.ops.interval import NON_NEGATIVE, NON_POSITIVE, POSITIVE, REAL, UNIT, Interval
from stabcheck.static.graph import Symbol, Value
from stabcheck.static.identity import number
from stabcheck.static.infer.intervals import passed_through, revised
from stabcheck.static.infer.relations import Known

# What is tried for a name that a loop changes, from the most to the least that can be known of it.
_INVARIANTS = (UNIT, Interval(1.0), POSITIVE, NON_NEGATIVE, NON_POSITIVE)


def invariant(symbol: Symbol, before: Value, again: Value, known: Known) -> Interval:
    """An interval that a name is in whenever a loop's body starts, by induction.

    It holds before the loop, and the body leaves a value in it if it starts with one.
    """
    start = known(before)
    for candidate in _INVARIANTS:
        if _within(start, candidate) and _within(
            revised(again, {number(symbol): candidate}, known, passed_through), candidate
        ):
            return candidate
    return REAL


def _within(inner: Interval, outer: Interval) -> bool:
    inside = outer.lower <= inner.lower and inner.upper <= outer.upper
    return inside and (inner.excludes_zero or not outer.nonzero)
