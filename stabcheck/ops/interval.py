"""Intervals of extended reals: what is known of a value's size and sign."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isnan


@dataclass(frozen=True, slots=True)
class Interval:
    """The closed set of reals between `lower` and `upper`; ends at ±inf are left out of it.

    `nonzero` says that zero, if it lies between the ends, is excluded (the result of `exp`, a norm plus an
    eps): what a denominator and a logarithm need to know. NaN is never a member: an interval speaks of the
    values that the real function takes, and says nothing of a run that left its domain.

    Raises
    ------
    ValueError
        if an end is NaN or `lower` is above `upper`.
    """

    lower: float = -inf
    upper: float = inf
    nonzero: bool = False

    def __post_init__(self) -> None:
        if isnan(self.lower) or isnan(self.upper) or self.lower > self.upper:
            raise ValueError(f"not an interval: [{self.lower}, {self.upper}]")

    def __contains__(self, x: float) -> bool:
        return self.lower <= x <= self.upper and not (self.nonzero and x == 0)

    @property
    def excludes_zero(self) -> bool:
        """No member is zero."""
        return self.nonzero or self.lower > 0 or self.upper < 0

    def hull(self, other: Interval) -> Interval:
        """The smallest interval that holds both: what is known after two branches meet."""
        return Interval(
            min(self.lower, other.lower),
            max(self.upper, other.upper),
            self.excludes_zero and other.excludes_zero,
        )

    def meet(self, other: Interval) -> Interval:
        """What both say; `self` where they contradict each other (a dead branch is no reason to raise)."""
        lower, upper = max(self.lower, other.lower), min(self.upper, other.upper)
        if lower > upper:
            return self
        return Interval(lower, upper, self.nonzero or other.nonzero)


REAL = Interval()
NON_NEGATIVE = Interval(0.0, inf)
POSITIVE = Interval(0.0, inf, nonzero=True)
NON_POSITIVE = Interval(-inf, 0.0)
UNIT = Interval(0.0, 1.0)
SYMMETRIC_UNIT = Interval(-1.0, 1.0)


def point(x: float) -> Interval:
    """The interval that holds just `x`."""
    return Interval(x, x)
