"""The results of a NumPy run at their worst entries, against the values of its shadow or exact ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.attribution import coarsest_format, describe, gradient_floor, without_noise
from stabcheck.dynamic.trace.event import Result
from stabcheck.dynamic.trace.exact_arrays import DIGITS, rounded
from stabcheck.dynamic.trace.formats import FORMATS, wide_name
from stabcheck.dynamic.trace.numpy_shadow import WIDE, Arithmetic, Slot
from stabcheck.dynamic.trace.numpy_watch import Watch
from stabcheck.dynamic.trace.statistics import Array

# Injected changes below so many units roundoff of the wide type are lost in its own rounding.
NOISE = 4.0


@dataclass(frozen=True, slots=True)
class Output:
    """A result of the run: the value, or the gradient by an argument."""

    name: str
    value: Any
    floor: float  # the size that a gradient is judged by, at least


@dataclass(frozen=True, slots=True)
class Reference:
    """What the run is compared with: the values of its slots, its local errors, and how to replay it."""

    watch: Watch
    values: Sequence[Any]
    local_errors: Mapping[int, Any]
    arithmetic: Arithmetic | None = None  # None: that of the shadow

    @property
    def noise(self) -> float:
        """Relative changes below this are the rounding of its arithmetic."""
        return 0.0 if self.arithmetic is not None else NOISE * float(np.finfo(WIDE).eps)

    @property
    def name(self) -> str:
        """The arithmetic, in words."""
        return wide_name() if self.arithmetic is None else f"{DIGITS} digits"

    def of(self, slot: Slot) -> Array:
        """A slot's value in the wide type."""
        value = self.values[slot.number]
        return np.asarray(value) if self.arithmetic is None else rounded(value, WIDE)

    def at(self, values: Sequence[Any], slot: Slot, result: Result) -> Any:
        """A result's entry among the values of a replay."""
        value = np.asarray(values[slot.number])
        return value[result.entry] if result.entry else value.reshape(-1)[0]

    def injected(self, members: set[int], seen: Callable[[int, Any], None] | None = None) -> list[Any]:
        """A replay with the local errors of some events."""

        def error(event: int, _: Any) -> Any:
            return self.local_errors.get(event) if event in members else None

        return self.watch.shadow.replay(after=error, seen=seen, arithmetic=self.arithmetic)


def outputs_of(values: Sequence[Any], slopes: Sequence[tuple[str, Any, Any]]) -> list[Output]:
    """The parts of the value, and the gradients with the size that they are judged by, at least."""
    found = [Output("value", value, 0.0) for value in values]
    size = (
        np.concatenate([np.ravel(np.asarray(v, dtype=np.float64)) for v in values]) if values else np.zeros(0)
    )
    for name, argument, slope in slopes:
        floor = gradient_floor(size, np.asarray(argument, dtype=np.float64))
        found.append(Output(f"gradient of {name}", slope, floor))
    return found


def results_of(reference: Reference, outputs: Sequence[Output]) -> tuple[list[Result], list[Slot | None]]:
    """The results at their worst entries, and their slots (None for what did not go through the run)."""
    watch = reference.watch
    results: list[Result] = []
    places: list[Slot | None] = []
    for output in outputs:
        array = np.asarray(output.value)
        if array.dtype.name not in FORMATS:
            continue
        known = watch.known(output.value)
        exact = array.astype(WIDE) if known is None else reference.of(known.slot)
        if exact.shape != array.shape:
            continue
        exact = without_noise(exact, array)
        event = -1 if known is None else known.event
        coarsest = coarsest_format(watch.events, event, array.dtype.name)
        for result in describe(output.name, event, array, exact, coarsest=coarsest, floor=output.floor):
            results.append(replace(result, arithmetic=reference.name))
            places.append(None if known is None else known.slot)
    return results, places
