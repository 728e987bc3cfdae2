"""The numbers of one operation's event, and which entries of operands and result belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.trace.operations import ELEMENTWISE

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Statistics:
    """The numbers of an `Event`, under the event's own names."""

    low: float = 0.0
    high: float = 0.0
    input_low: float = 0.0
    input_high: float = 0.0
    nonfinite: int = 0
    first_nonfinite: bool = False
    nans: int = 0
    first_nan: bool = False
    overflowed: int = 0
    underflowed: int = 0
    vanished: int = 0
    cancelled_bits: float = 0.0
    local_error: float = 0.0
    accumulated_error: float = 0.0
    example: tuple[float, ...] = ()
    example_result: float = 0.0
    example_reference: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The fields by name, for `Event(**…)`."""
        return {name: getattr(self, name) for name in _NAMES}


_NAMES = tuple(f.name for f in fields(Statistics))


def corresponds(operation: str, operands: Sequence[Array], shape: tuple[int, ...]) -> bool:
    """Whether each entry of a result of this shape comes from the operands' entries at its place."""
    if operation not in ELEMENTWISE or not operands:
        return False
    try:
        return np.broadcast_shapes(shape, *(x.shape for x in operands)) == shape
    except ValueError:
        return False


def operands_at(
    operation: str, operands: Sequence[Array], shape: tuple[int, ...], entry: int
) -> tuple[float, ...]:
    """The operands' values at one entry of the result, where entries correspond."""
    if not corresponds(operation, operands, shape):
        return ()
    place = np.unravel_index(entry, shape)
    return tuple(float(np.broadcast_to(x, shape)[place]) for x in operands)
