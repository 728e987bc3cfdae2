"""Facts of the floating-point formats, computed from their precision and exponent range.

Rounding is to nearest, ties to even (IEEE 754-2019; bfloat16 has float32's exponents and eight significant
bits).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import exp2, floor, frexp, ldexp, log, log2, sqrt


@dataclass(frozen=True)
class Format:
    """A binary floating-point format of `precision` significant bits and exponents up to `emax`.

    Numbers are ±m·2^(e−precision+1) with integers |m| < 2^precision and 1−emax <= e <= emax.
    """

    name: str
    precision: int
    emax: int

    @property
    def emin(self) -> int:
        """The exponent of the smallest normal number."""
        return 1 - self.emax

    @property
    def unit_roundoff(self) -> float:
        """The largest relative error of rounding a number in the normal range, u = 2^−precision."""
        return ldexp(1.0, -self.precision)

    @property
    def epsilon(self) -> float:
        """The gap between 1 and the next larger number, 2u; what `numpy.finfo(…).eps` is."""
        return ldexp(1.0, 1 - self.precision)

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return ldexp(2.0 - self.epsilon, self.emax)

    @property
    def smallest_normal(self) -> float:
        """The smallest positive number of full precision."""
        return ldexp(1.0, self.emin)

    @property
    def smallest_subnormal(self) -> float:
        """The smallest positive number; half of it rounds to zero."""
        return ldexp(1.0, self.emin - self.precision + 1)

    @property
    def log_overflow(self) -> float:
        """The logarithm of the real number from which on rounding gives infinity: largest + half an ulp."""
        return self.emax * log(2.0) + log(2.0 - self.unit_roundoff)

    @cached_property
    def exp_overflow(self) -> float:
        """The largest number of the format whose exponential is finite in it."""
        return self.round_down(self.log_overflow)

    @property
    def exp_underflow(self) -> float:
        """Below this, an exponential rounds to zero (half the smallest subnormal number)."""
        return (self.emin - self.precision) * log(2.0)

    @property
    def square_overflow(self) -> float:
        """Above this, the square is infinite."""
        return sqrt(2.0 - self.unit_roundoff) * exp2(self.emax / 2)

    @property
    def absorbed_by_one(self) -> float:
        """Up to this, 1 + x rounds to 1: half the gap above 1."""
        return self.unit_roundoff

    def spacing(self, x: float) -> float:
        """The gap between the numbers of the format around `x`: one ulp."""
        if x == 0.0:
            return self.smallest_subnormal
        exponent = min(max(frexp(abs(x))[1] - 1, self.emin), self.emax)
        return ldexp(1.0, exponent - self.precision + 1)

    def round_down(self, x: float) -> float:
        """The largest number of the format that is not above the finite `x`."""
        gap = self.spacing(x)
        return floor(x / gap) * gap

    def digits(self) -> float:
        """How many decimal digits the format holds."""
        return self.precision * log2(2) / log2(10)


FLOAT16 = Format("float16", 11, 15)
BFLOAT16 = Format("bfloat16", 8, 127)
FLOAT32 = Format("float32", 24, 127)
FLOAT64 = Format("float64", 53, 1023)

FORMATS = {fmt.name: fmt for fmt in (FLOAT16, BFLOAT16, FLOAT32, FLOAT64)}

_ALIASES = {
    "half": "float16",
    "single": "float32",
    "double": "float64",
    "float": "float32",  # torch.float; NumPy's float is spelled float64 by the caller
    "float_": "float64",
}

# What arrays and numbers are in a library if nothing says otherwise.
DEFAULT_DTYPES: Mapping[str, str] = {
    "math": "float64",
    "numpy": "float64",
    "scipy": "float64",
    "tensorflow": "float32",
    "keras": "float32",
    "jax": "float32",
    "torch": "float32",
}


def format_of(dtype: str) -> Format | None:
    """The format that a name means ("float32", "torch.half"); None if it is no floating-point format."""
    name = dtype.rpartition(".")[2]
    return FORMATS.get(_ALIASES.get(name, name))
