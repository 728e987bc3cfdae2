"""The floating-point formats that a run works in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Format:
    """A binary format, IEEE 754-2019 notation.

    `precision` counts the bits of the significand with the hidden one; `smallest_normal` and `largest` are
    exact in float64.
    """

    name: str
    precision: int
    smallest_exponent: int  # of the smallest subnormal number, 2**smallest_exponent
    smallest_normal: float
    largest: float

    @property
    def unit_roundoff(self) -> float:
        """Half the distance from 1 to the next larger number."""
        return 2.0**-self.precision

    def ulp(self, x: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """The unit in the last place of the format at each (finite) entry of `x`."""
        _, exponent = np.frexp(x)
        return np.asarray(np.ldexp(1.0, np.maximum(exponent - self.precision, self.smallest_exponent)))


FORMATS = {
    "float16": Format("float16", 11, -24, 2.0**-14, 65504.0),
    "bfloat16": Format("bfloat16", 8, -133, 2.0**-126, 2.0**127 * (2 - 2.0**-7)),
    "float32": Format("float32", 24, -149, 2.0**-126, 2.0**127 * (2 - 2.0**-23)),
    "float64": Format("float64", 53, -1074, 2.0**-1022, 1.7976931348623157e308),
}


def wide_type() -> type[np.floating]:
    """The widest hardware type of NumPy: long double where it is wider than float64 (x86), else float64."""
    return np.longdouble if np.finfo(np.longdouble).nmant > 52 else np.float64


def wide_name() -> str:
    """What the widest hardware type is called."""
    return "float64" if wide_type() is np.float64 else "long double"
