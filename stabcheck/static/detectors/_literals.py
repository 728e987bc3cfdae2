"""Numbers as they are typed."""

from __future__ import annotations

from math import isfinite

_BITS = 30  # fractions of so few binary digits survive sums and products of a few of them exactly


def is_dyadic(x: float) -> bool:
    """Whether `x` is a fraction with a small power of two below the line: 0.5, 0.375, 3.0, but not 0.1."""
    return isfinite(x) and float(x * 2.0**_BITS).is_integer()
