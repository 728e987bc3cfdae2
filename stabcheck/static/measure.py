"""Bits that a formula loses at its inputs, and how many of them its conditioning accounts for.

A formula is *unstable* at an input if its error in the working precision is far above what the condition
number explains: `x - y` near x = y is ill-conditioned, and no other formula would do better; `log(1 + x)` at
1e-6 has the condition number 1 and loses 20 bits. With u the unit roundoff:

- lost bits = log2(1 + |computed - exact| / (u * max(|exact|, smallest normal number))), at most the
  precision; a result that is not finite while the exact one is counts as the whole precision;
- condition bits = log2(1 + sum_j |x_j * df/dx_j / f|) (N. J. Higham, Accuracy and Stability of Numerical
  Algorithms, 2nd ed., section 1.6), by differences in the exact arithmetic;
- excess = lost - condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from stabcheck.ops.dtypes import FORMATS
from stabcheck.static.sampling import Array

Function = Callable[[Any, Mapping[str, Any]], Any]  # (namespace, variables) -> result

WIDER = {"float16": "float64", "bfloat16": "float64", "float32": "float64", "float64": "longdouble"}


def rounded(xp: Any, variables: Mapping[str, Array]) -> dict[str, Array]:
    """The variables as the dtype holds them: errors of the inputs are no fault of the formula."""
    return {name: np.asarray(xp.asarray(x), dtype=np.float64) for name, x in variables.items()}


def lost_bits(computed: Array, exact: Array, dtype: str, *, representable: bool) -> Array:
    """Bits lost, entry by entry; -1 where there is nothing to lose: no exact value that the dtype holds.

    The error of an entry is measured against the largest entry of its vector (rows are samples), as is usual
    for vectors. With `representable` False, every result that is not finite has lost all, whatever is exact.
    """
    limits = FORMATS[dtype]
    value = np.asarray(exact, dtype=np.longdouble)
    got = np.asarray(computed, dtype=np.longdouble)
    with np.errstate(all="ignore"):
        size = np.max(np.abs(value), axis=-1, keepdims=True) if value.ndim else np.abs(value)
        scale = limits.unit_roundoff * np.maximum(size, limits.smallest_normal)
        bits = np.log2(1 + np.abs(got - value) / scale).astype(np.float64)
        bits = np.minimum(np.where(np.isfinite(got), bits, limits.precision), limits.precision)
        known = np.isfinite(value) & (np.abs(value) <= limits.largest)
        if not representable:
            known |= ~np.isfinite(got)
    shown: Array = np.where(known, bits, -1.0)
    return shown


def condition_bits(function: Function, xp: Any, variables: Mapping[str, Any], step: float) -> Array:
    """Condition bits of every entry of the result; inf where it is 0 or the differences are not finite.

    `xp` is the namespace that stands for exact arithmetic, `step` the relative change of an input entry:
    well above the square root of that arithmetic's roundoff, well below 1.
    """
    base = function(xp, variables)
    total: Any = 0.0
    for name, x in variables.items():
        for entry in range(np.shape(x)[-1]):
            moved = np.array(x, dtype=object if np.asarray(x).dtype == object else None)
            moved[..., entry] = moved[..., entry] * (1 + xp.asarray(step))
            changed = function(xp, {**variables, name: moved})
            with np.errstate(all="ignore"):
                total = total + abs(changed - base)
    with np.errstate(all="ignore"):
        difference = np.asarray(total / (abs(base) * step), dtype=np.float64)
    bits: Array = np.log2(1 + np.where(np.isfinite(difference), difference, np.inf))
    return bits
