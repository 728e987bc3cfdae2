"""What one operation did to the numbers: its working result against the shadow.

Two references tell two errors apart. The *accumulated* error is the distance to the shadow, which was never
rounded; the *local* error the distance to the same operation in high precision on the working operands, so
it is what this operation alone has rounded away. Terms as in Higham, Accuracy and Stability of Numerical
Algorithms, 2nd ed., chapters 1-3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, isfinite, log2
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.formats import FORMATS, Format
from stabcheck.dynamic.trace.nonfinite import measure_nonfinite
from stabcheck.dynamic.trace.operations import ADDITIVE, ALWAYS_POSITIVE, LOGARITHMS, NEVER_ZERO
from stabcheck.dynamic.trace.statistics import Array, Statistics, corresponds, operands_at

# Above this many entries, errors are measured on an evenly spaced sample; non-finite entries are always
# counted.
SAMPLE = 1 << 14
# A relative error of so many units roundoff is worth an example and a count of cancelled bits.
NOTABLE = 8.0


def measure(
    operation: str,
    operands: Sequence[Array],
    result: Array,
    reference: Array,
    local: Array | None = None,
    magnitude: Callable[[], Array] | None = None,
) -> Statistics:
    """Compare one floating-point result with its references.

    Parameters
    ----------
    operation
        canonical name.
    operands
        working operands, floating-point ones only.
    result
        working result, in a dtype of `FORMATS`.
    reference
        the shadow's result, of the same shape and at least the same precision.
    local
        the operation in high precision on the working operands.
    magnitude
        for sums and contractions: computes the same sum over absolute values, to count cancelled bits.
    """
    if result.size == 0:
        return Statistics()
    form = FORMATS[result.dtype.name]
    low, high = _range(result)
    first_low, first_high = _range(operands[0]) if operands and operands[0].size else (0.0, 0.0)
    base: dict[str, Any] = {"low": low, "high": high, "input_low": first_low, "input_high": first_high}
    if not (isfinite(low) and isfinite(high)):
        return measure_nonfinite(operation, operands, result, reference, local, base)
    sampled = result.size > SAMPLE
    if sampled:
        operands, result, reference, local = _sample(operation, operands, result, reference, local)
    with np.errstate(all="ignore"):
        working = (
            result.astype(reference.dtype, copy=False) if reference.dtype.itemsize > 8 else _widen(result)
        )
        size = np.maximum(np.abs(reference), form.smallest_normal)
        relative = np.abs(working - reference) / size
        worst = int(relative.argmax())
        accumulated = float(relative.flat[worst])
        if accumulated != accumulated or accumulated == inf:  # noqa: PLR0124  (the shadow itself is not finite)
            relative = np.where(np.isfinite(relative), relative, 0.0)
            worst = int(relative.argmax())
            accumulated = float(relative.flat[worst])
        local_error = _local_error(form, working, local)
        zeros = _zeros(operation, operands, result, reference, local, form) if low <= 0.0 <= high else None
    underflowed, vanished = (0, 0) if zeros is None else (int(np.count_nonzero(z)) for z in zeros)
    if zeros is not None and underflowed:
        worst = int(zeros[0].argmax())
    notable = accumulated > NOTABLE * form.unit_roundoff or local_error > NOTABLE or underflowed > 0
    return Statistics(
        **base,
        underflowed=underflowed,
        vanished=vanished,
        local_error=local_error,
        accumulated_error=accumulated,
        cancelled_bits=_cancelled_bits(operation, operands, result, reference, None if sampled else magnitude)
        if notable or reference.dtype == result.dtype
        else 0.0,
        example=operands_at(operation, operands, result.shape, worst) if notable else (),
        example_result=float(working.flat[worst]),
        example_reference=float(reference.flat[worst]),
    )


def carried(operands: Sequence[Array], result: Array, error: float) -> Statistics | None:
    """The statistics of values that were only moved, with the error that they bring.

    None if some aren't finite.
    """
    if result.size == 0:
        return Statistics()
    low, high = _range(result)
    if not (isfinite(low) and isfinite(high)):
        return None
    first_low, first_high = _range(operands[0]) if operands and operands[0].size else (0.0, 0.0)
    return Statistics(
        low=low,
        high=high,
        input_low=first_low,
        input_high=first_high,
        accumulated_error=error,
        example_result=low,
    )


def _range(x: Array) -> tuple[float, float]:
    return float(x.min()), float(x.max())


def _widen(x: Array) -> Array:
    return x if x.dtype == np.float64 else x.astype(np.float64)


def _sample(
    operation: str, operands: Sequence[Array], result: Array, reference: Array, local: Array | None
) -> tuple[Sequence[Array], Array, Array, Array | None]:
    """Every k-th entry of the results; of the operands too where entries correspond."""
    step = -(-result.size // SAMPLE)
    shape = result.shape
    entries = (
        [np.broadcast_to(x, shape).ravel()[::step] for x in operands]
        if corresponds(operation, operands, shape)
        else []
    )
    return (
        entries,
        result.ravel()[::step],
        reference.ravel()[::step],
        None if local is None else local.ravel()[::step],
    )


def _local_error(form: Format, working: Array, local: Array | None) -> float:
    """The largest local error, in ulp of the format."""
    if local is None:
        return 0.0
    delta = np.abs(working - local)
    if not (top := float(delta.max())):
        return 0.0
    if top != top or top == inf:  # noqa: PLR0124
        delta = np.where(np.isfinite(delta), delta, 0.0)
        local = np.where(np.isfinite(local), local, 1.0)
    return float((delta / form.ulp(local)).max())


def _zeros(
    operation: str,
    operands: Sequence[Array],
    result: Array,
    reference: Array,
    local: Array | None,
    form: Format,
) -> tuple[Array, Array]:
    """Zeros that this operation made of what isn't zero, and those that are not zero in the shadow.

    What the operation is tells it, too: the shadow may underflow as well.
    """
    zero = result == 0
    vanished = zero & (reference != 0) & (np.abs(reference) < form.smallest_normal)
    made = vanished if local is None else zero & (local != 0) & (np.abs(local) < form.smallest_normal)
    if operation in NEVER_ZERO and zero.any():
        made = made | _never_zero(operation, operands, zero)
    return made, vanished | made


def _never_zero(operation: str, operands: Sequence[Array], zero: Array) -> Array:
    """Zeros of an operation that makes none of finite operands that aren't zero."""
    if operation in ALWAYS_POSITIVE:
        return zero
    if operation == "prod":
        return zero & bool(operands and all((x != 0).all() for x in operands))
    if not corresponds(operation, operands, zero.shape):
        return np.zeros_like(zero)
    for x in operands:
        zero = zero & np.isfinite(x) & (x != 0)
    return np.asarray(zero)


def _cancelled_bits(
    operation: str,
    operands: Sequence[Array],
    result: Array,
    reference: Array,
    magnitude: Callable[[], Array] | None,
) -> float:
    """Leading bits that the worst entry of a sum has lost.

    Also of a logarithm near 1, which is a difference.
    """
    if magnitude is None and operation not in ADDITIVE and operation not in LOGARITHMS:
        return 0.0
    precision = FORMATS[result.dtype.name].precision
    with np.errstate(all="ignore"):
        if operation in ADDITIVE and len(operands) >= 2 and corresponds(operation, operands, result.shape):
            size = np.maximum.reduce([np.abs(_widen(np.broadcast_to(x, result.shape))) for x in operands])
        elif magnitude is not None:
            size = np.asarray(magnitude())
            if size.shape != result.shape:
                return 0.0
        elif operation in LOGARITHMS and operands and operands[0].shape == result.shape:
            size = np.where(np.abs(_widen(operands[0]) - 1.0) < 0.5, 1.0, 0.0)
        else:
            return 0.0
        value = np.abs(_widen(result))
        # The zero of a difference may be exact (x - max(x)); it has lost all bits only if the shadow isn't
        # zero.
        empty = np.where((reference != 0) & (size > 0), 2.0**precision, 1.0)
        ratio = np.where(value > 0, size / np.where(value > 0, value, 1.0), empty)
        top = float(ratio.max())
    return min(log2(top), float(precision)) if 1.0 < top < inf else 0.0
