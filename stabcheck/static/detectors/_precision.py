"""The precision that a value is computed in: what is written, else what its library takes if nothing is."""

from __future__ import annotations

from math import ceil, floor, log10

from stabcheck.ops.dtypes import DEFAULT_DTYPES, FORMATS, Format, format_of
from stabcheck.static.graph import Value
from stabcheck.static.infer import Facts


def working_format(facts: Facts, *values: Value) -> Format | None:
    """The format of the first of the values whose dtype is known, else the default of their library."""
    for value in values:
        known = facts.dtype(value)
        found = format_of(known) if known else None
        if found is not None:
            return found
    for value in values:
        default = DEFAULT_DTYPES.get(facts.library(value) or "")
        if default is not None:
            return FORMATS[default]
    return None


def exponential(exponent: float) -> str:
    """E to this power, as text: "2.69e+43"; it may be beyond every format."""
    import mpmath  # noqa: PLC0415 - loaded by the few findings that print such a number

    return str(mpmath.nstr(mpmath.exp(exponent), 3))


def just_above(x: float) -> float:
    """The next number of two digits above `x`: what a message can show."""
    scale = 10.0 ** (floor(log10(x)) - 1)
    return float(f"{ceil(x / scale) * scale + (0 if x % scale else scale):.2g}")
