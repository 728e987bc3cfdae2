"""The statistics of one operation of NumPy code; scalars in plain floats, which loops are made of."""

from __future__ import annotations

import functools
import math
from functools import lru_cache
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.errors import NOTABLE, measure
from stabcheck.dynamic.trace.formats import FORMATS, Format
from stabcheck.dynamic.trace.numpy_shadow import WIDE, is_floating
from stabcheck.dynamic.trace.operations import ADDITIVE, BROADCASTING, LOGARITHMS, SUMMING
from stabcheck.dynamic.trace.statistics import Array, Statistics


def compare(
    name: str, operands: list[Any], arguments: tuple[Any, ...], result: Any, reference: Any, local: Any
) -> Statistics:
    """Measure a working result against its shadow.

    Parameters
    ----------
    name
        canonical name of the operation.
    operands
        the floating-point values among its arguments.
    arguments
        all of them, integers included.
    result, reference, local
        the working result, the shadow's, and the wide result on the working operands (or None).
    """
    form = FORMATS.get(dtype_name(result))
    if form is None:
        return Statistics()
    if not isinstance(result, np.ndarray) and name not in SUMMING:
        found = _scalar(name, float(result), reference, arguments, local, form)
        if found is not None:
            return found
    working = np.asarray(result)
    arrays = [np.asarray(a) for a in operands]
    if name in BROADCASTING:
        # An integer operand takes part in an example, and in what cancels.
        arrays = [
            np.asarray(a) if is_floating(a) else np.asarray(a, dtype=np.float64)
            for a in arguments
            if np.size(a)
        ]
    exact = None if local is None or np.shape(local) != working.shape else np.asarray(local, dtype=WIDE)
    magnitude = functools.partial(_magnitude, name, operands, working.shape) if name in SUMMING else None
    return measure(name, arrays, working, np.asarray(reference, dtype=WIDE), exact, magnitude)


def dtype_name(value: Any) -> str:
    """The name of a value's dtype; a plain float is float64."""
    return _name(value.dtype) if isinstance(value, np.ndarray | np.generic) else "float64"


@lru_cache(maxsize=64)
def _name(dtype: np.dtype[Any]) -> str:
    return dtype.name


def _scalar(
    name: str, working: float, reference: Any, arguments: tuple[Any, ...], local: Any, form: Format
) -> Statistics | None:
    """`errors.measure` for one finite number that isn't 0, of scalar operands; None for all else."""
    if not working or not math.isfinite(working):
        return None
    exact = float(reference)
    if not math.isfinite(exact):
        return None
    try:
        values = tuple(float(a) for a in arguments)
    except (TypeError, ValueError):
        return None
    accumulated = abs(float(working - reference)) / max(abs(exact), form.smallest_normal)
    own = 0.0 if local is None else _in_ulps(abs(float(working - local)), float(local), form)
    notable = accumulated > NOTABLE * form.unit_roundoff or own > NOTABLE
    bits = 0.0
    if notable and name in ADDITIVE:
        bits = math.log2(max(max(map(abs, values)) / abs(working), 1.0))
    elif notable and name in LOGARITHMS and abs(values[0] - 1.0) < 0.5:
        bits = math.log2(max(1.0 / abs(working), 1.0))
    return Statistics(
        low=working,
        high=working,
        input_low=values[0] if values else 0.0,
        input_high=values[0] if values else 0.0,
        cancelled_bits=min(bits, float(form.precision)),
        local_error=own,
        accumulated_error=accumulated,
        example=values if notable else (),
        example_result=working,
        example_reference=exact,
    )


def _in_ulps(error: float, value: float, form: Format) -> float:
    if not error or not math.isfinite(error) or not math.isfinite(value):
        return 0.0
    exponent = max(math.frexp(value)[1] - form.precision, form.smallest_exponent)
    return error / math.ldexp(1.0, exponent)


def _magnitude(name: str, operands: list[Any], shape: tuple[int, ...]) -> Array:
    """The sum of absolute values behind a sum or a contraction, for shapes that leave no doubt about axes."""
    sizes = [np.abs(np.asarray(a, dtype=np.float64)) for a in operands]
    if name in ("sum", "mean") and len(sizes) >= 1 and shape == ():
        total = sum(float(s.sum()) for s in sizes)
        count = sum(s.size for s in sizes)
        return np.asarray(total / count if name == "mean" else total)
    if name in ("matmul", "dot") and len(sizes) == 2:
        return np.asarray(sizes[0] @ sizes[1] if sizes[1].ndim and sizes[0].ndim else sizes[0] * sizes[1])
    return np.zeros(0)
