"""Namespaces that a formula of the table is evaluated over: in a working precision, or exactly.

`OPERATIONS["exp"].compute(xp, x)` is the value of `exp` as NumPy rounds it for `xp = working("float32")`,
and to fifty digits for `xp = exact()`. Both offer the same functions under the same names, take scalars or
arrays of any shape, and propagate infinities and NaN as IEEE 754 does. NumPy and mpmath are imported on
first use.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stabcheck.ops.exact import Exact
    from stabcheck.ops.working import Working


@cache
def working(dtype: str) -> Working:
    """Evaluation that rounds to `dtype` after every operation.

    Parameters
    ----------
    dtype
        "float16", "float32", "float64", "longdouble", or "bfloat16" (needs the package ml_dtypes).

    Raises
    ------
    ValueError
        if it is none of these, or ml_dtypes is missing.
    """
    from stabcheck.ops.working import Working, numpy_dtype  # noqa: PLC0415

    return Working(numpy_dtype(dtype))


@cache
def exact(digits: int = 50) -> Exact:
    """Evaluation to `digits` significant decimal digits, with an unbounded range of exponents."""
    from stabcheck.ops.exact import Exact  # noqa: PLC0415

    return Exact(digits)
