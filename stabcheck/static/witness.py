"""Witnesses: an input at which the code as written goes wrong, with what comes out and what is exact.

A search screens some hundred round inputs in the working dtype against a wider one, takes those that lose
far more bits than the condition number explains, and confirms the plainest of them in fifty-digit
arithmetic. If the ranges that inference knows admit no such input, there is none, and the code is acquitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from math import isfinite
from typing import Any, Literal

import numpy as np

from stabcheck.ops.dtypes import FORMATS
from stabcheck.ops.numeric import exact, working
from stabcheck.static.finding import Witness
from stabcheck.static.formula import COUNT, Formula
from stabcheck.static.measure import WIDER, Function, condition_bits, lost_bits, rounded
from stabcheck.static.sampling import Array, Free, samples

_CONFIRMED = 4  # inputs that are tried in exact arithmetic before the search gives up
_SCREENED = 48  # inputs whose condition number is screened


def threshold(dtype: str) -> float:
    """Excess bits that count: a third of the precision (8 of float32's 24)."""
    return FORMATS[dtype].precision / 3


@lru_cache(maxsize=4096)
def search(
    formula: Formula,
    variables: tuple[Free, ...],
    dtype: str,
    quantity: Literal["value", "gradient"] = "value",
    representable: bool = True,
    library: str | None = None,
) -> Witness | None:
    """The plainest input at which a formula loses more than its conditioning explains; None if there is none.

    Parameters
    ----------
    formula
        the expression as it is written.
    variables
        where to look for each of its inputs.
    dtype
        the working precision.
    quantity
        whether its value or its gradient is judged.
    representable
        whether an exact result beyond the dtype's largest number is no fault of the formula.
    library
        whose gradients are judged.

    Raises
    ------
    stabcheck.static.formula.Unmeasurable
        if the table can't evaluate it.
    """
    inputs, told = samples(variables, dtype)
    rows = len(next(iter(inputs.values()))) if inputs else 0
    if rows == 0:
        return None
    function = _function(formula, variables, quantity, library)
    narrow = working(dtype)
    plain, inputs = inputs, rounded(narrow, inputs)
    usable = np.all([np.isfinite(x).all(axis=1) for x in inputs.values()], axis=0)
    computed = _matrix(function(narrow, inputs), rows)
    reference = _matrix(function(working(WIDER[dtype]), inputs), rows)
    bits = np.where(usable[:, None], lost_bits(computed, reference, dtype, representable=representable), -1.0)
    # Where the wider format overflows too, only exact arithmetic can tell.
    doubtful = usable[:, None] & ~np.isfinite(computed.astype(np.float64)) & ~np.isfinite(reference)
    unclear = np.where(doubtful, float(FORMATS[dtype].precision), -1.0)
    for row in (
        *_ranked(bits, inputs, told, function, dtype),
        *_ranked(unclear, inputs, told, function, dtype),
    ):
        chosen = {name: x[row] for name, x in inputs.items()}
        found = _confirm(function, chosen, computed[row], dtype, quantity, representable)
        if found is not None:
            return replace(found, inputs={name: _entries(x[row]) for name, x in plain.items()})
    return None


def _function(formula: Formula, variables: tuple[Free, ...], quantity: str, library: str | None) -> Function:
    """The formula, or its gradient with respect to each variable, side by side."""
    size = max((variable.domain.size for variable in variables), default=1)

    def value(xp: Any, inputs: Mapping[str, Any]) -> Any:
        return formula(xp, {**inputs, COUNT: float(size)})

    if quantity == "value":
        return value
    from stabcheck.static.reverse import gradients  # noqa: PLC0415 - few cards judge gradients

    def gradient(xp: Any, inputs: Mapping[str, Any]) -> Any:
        found = gradients(formula, xp, {**inputs, COUNT: float(size)}, library)
        return np.concatenate(
            [np.broadcast_to(found[name], np.shape(x)) for name, x in inputs.items()], axis=-1
        )

    return gradient


def _matrix(result: Any, rows: int) -> Array:
    """A result as (rows, entries), whatever was broadcast away."""
    array = np.asarray(result)
    if array.ndim < 2:
        array = np.broadcast_to(np.reshape(array, (-1, 1)) if array.ndim else array, (rows, 1))
    return np.broadcast_to(array, (rows, array.shape[-1]))


def _ranked(bits: Array, inputs: Mapping[str, Array], told: int, function: Function, dtype: str) -> list[int]:
    """Rows that may be witnesses: the card's points first, then the plainest numbers."""
    worst = bits.max(axis=1)
    wrong = np.flatnonzero(worst > threshold(dtype))
    if len(wrong) == 0:
        return []

    def rank(row: int) -> tuple[float, ...]:
        return (row, 0.0, 0.0) if row < told else (told, _plainness(row, inputs), -float(worst[row]))

    order = sorted(wrong.tolist(), key=rank)[:_SCREENED]
    wide = working(WIDER[dtype])
    picked = {name: x[order] for name, x in inputs.items()}
    condition = _matrix(condition_bits(function, wide, picked, 1e-6), len(order))
    condition = np.where(bits[order] >= FORMATS[dtype].precision, 0.0, np.nan_to_num(condition, posinf=1e3))
    excess = (bits[order] - condition).max(axis=1)
    return [row for row, extra in zip(order, excess, strict=True) if extra > threshold(dtype) - 1][
        :_CONFIRMED
    ]


def _plainness(row: int, inputs: Mapping[str, Array]) -> float:
    """How many characters it takes to write the inputs down, small magnitudes before large ones."""
    total = 0.0
    for x in inputs.values():
        for entry in set(x[row].tolist()) - {0.0}:
            total += len(f"{abs(entry):.6g}") + (entry < 0) * 0.5 + abs(np.log10(abs(entry) or 1.0)) * 0.01
    return total


def confirm(formula: Formula, inputs: Mapping[str, Array], dtype: str) -> Witness | None:
    """The witness that a formula goes wrong at one input, None if exact arithmetic does not bear it out.

    Raises
    ------
    stabcheck.static.formula.Unmeasurable
        if the table can't evaluate it.
    """
    row = {name: x[None, :] for name, x in rounded(working(dtype), inputs).items()}
    computed = _matrix(formula(working(dtype), row), 1)[0]
    given = {name: x[0] for name, x in row.items()}
    return _confirm(formula, given, computed, dtype, "value", representable=True)


def _confirm(
    function: Function,
    inputs: Mapping[str, Array],
    computed: Array,
    dtype: str,
    quantity: Literal["value", "gradient"],
    representable: bool,
) -> Witness | None:
    """The witness at one input, in exact arithmetic; None if it does not hold there."""
    xp = exact()
    row = {name: xp.asarray(x[None, :]) for name, x in inputs.items()}
    truth = np.asarray(_matrix(function(xp, row), 1)[0], dtype=object)
    limits = FORMATS[dtype]
    finite = [abs(want) for want in truth if isfinite(float(want)) or abs(want) < xp.context.inf]
    size = max(finite, default=0)
    bits = np.array(
        [_bits(got, want, size, dtype, representable) for got, want in zip(computed, truth, strict=True)]
    )
    entry = int(bits.argmax())
    if bits[entry] <= threshold(dtype):
        return None
    if isfinite(float(computed[entry])):
        condition = _matrix(condition_bits(function, xp, row, 1e-20), 1)[0]
        if bits[entry] - condition[entry] <= threshold(dtype):
            return None
    return Witness(
        inputs={name: _entries(x) for name, x in inputs.items()},
        dtype=dtype,
        computed=float(computed[entry]),
        exact=_held(truth[entry]),
        lost_bits=round(min(float(bits[entry]), limits.precision), 1),
        quantity=quantity,
    )


def _bits(got: Any, want: Any, size: Any, dtype: str, representable: bool) -> float:
    limits = FORMATS[dtype]
    if not isfinite(float(got)) and not representable:
        return float(limits.precision)
    if not abs(want) <= limits.largest:
        return -1.0
    if not isfinite(float(got)):
        return float(limits.precision)
    ratio = abs(float(got) - want) / (limits.unit_roundoff * max(size, limits.smallest_normal))
    return min(float(np.log2(1 + min(float(ratio), 1e300))), float(limits.precision))


def _entries(x: Array) -> float | tuple[float, ...]:
    entries = tuple(map(float, x))
    return entries[0] if len(entries) == 1 else entries


def _held(x: Any) -> float | str:
    """A number of exact arithmetic as a float, as text where a float can't hold it."""
    import mpmath  # noqa: PLC0415 - loaded already: `x` is one of its numbers

    number = float(x)
    if x == number or not abs(x) < mpmath.inf or (isfinite(number) and number != 0):
        return number
    return str(mpmath.nstr(x, 3))
