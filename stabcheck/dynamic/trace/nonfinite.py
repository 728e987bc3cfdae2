"""What one operation did where its result is not finite: which entries it spoilt itself, and how.

An infinity is made by an overflow or at a pole, a NaN outside of a domain; or either is passed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.operations import SINGULAR
from stabcheck.dynamic.trace.statistics import Array, Statistics, corresponds, operands_at


def measure_nonfinite(
    operation: str,
    operands: Sequence[Array],
    result: Array,
    reference: Array,
    local: Array | None,
    base: dict[str, Any],
) -> Statistics:
    """Count what is not finite, and show the first entry that the operation made so."""
    bad = ~np.isfinite(result)
    finite_inputs = all(np.isfinite(x).all() for x in operands)
    entrywise = corresponds(operation, operands, result.shape)
    nan = np.isnan(result)
    if entrywise:
        clean = np.logical_and.reduce([np.isfinite(np.broadcast_to(x, result.shape)) for x in operands])
        no_nan = ~np.logical_or.reduce([np.isnan(np.broadcast_to(x, result.shape)) for x in operands])
        first_nan = bool((nan & no_nan).any())
        first_nonfinite = bool((bad & clean).any())
        made = bad & clean if first_nonfinite else bad
    else:
        clean = np.full(result.shape, finite_inputs)
        first_nan = bool(nan.any()) and not any(np.isnan(x).any() for x in operands)
        first_nonfinite = finite_inputs
        made = bad
    if first_nan and not first_nonfinite:
        made = nan
    overflowed = _overflowed(operation, operands, np.isinf(result), clean, local)
    entry = int(np.argmax(made))
    finite = result[~bad]
    if finite.size:
        base = {**base, "low": float(finite.min()), "high": float(finite.max())}
    else:
        base = {**base, "low": 0.0, "high": 0.0}
    base = {**base, **_finite_range(operands)}
    return Statistics(
        **base,
        nonfinite=int(np.count_nonzero(bad)),
        nans=int(np.count_nonzero(nan)),
        first_nonfinite=first_nonfinite,
        first_nan=first_nan,
        overflowed=overflowed,
        accumulated_error=inf if overflowed or (bad & np.isfinite(reference)).any() else 0.0,
        example=operands_at(operation, operands, result.shape, entry),
        example_result=float(result.flat[entry]),
        example_reference=float(reference.flat[entry]),
    )


def _overflowed(
    operation: str, operands: Sequence[Array], infinite: Array, clean: Array, local: Array | None
) -> int:
    """Infinities made of finite numbers that the operation, exactly, would have kept finite.

    x / 0 is a pole even where the shadow's denominator isn't 0; a large quotient overflowed. In a sum, an
    infinity among the terms is passed on: what tells is the same sum of the same terms in wide precision.
    """
    made = infinite & clean
    if operation in SINGULAR:
        made = made & ~_at_pole(operation, operands, infinite.shape)
    if local is not None:
        made = made | (infinite & np.isfinite(local))
    return int(np.count_nonzero(made))


def _finite_range(operands: Sequence[Array]) -> dict[str, Any]:
    if not operands:
        return {}
    first = operands[0][np.isfinite(operands[0])]
    return {"input_low": float(first.min()), "input_high": float(first.max())} if first.size else {}


def _at_pole(operation: str, operands: Sequence[Array], shape: tuple[int, ...]) -> Array:
    """Where the operand that has the pole is at it: 0, or the edge of the domain.

    Everywhere if it isn't known.
    """
    if not corresponds(operation, operands, shape):
        return np.ones(shape, dtype=bool)
    operand = {"divide": 1, "xdivy": 1, "xlogy": 1, "power": 0}.get(operation, 0)
    if len(operands) <= operand:
        return np.ones(shape, dtype=bool)
    x = np.broadcast_to(operands[operand], shape)
    if operation in ("divide", "xdivy", "reciprocal", "power"):
        return np.asarray(x == 0)
    return np.ones(shape, dtype=bool)
