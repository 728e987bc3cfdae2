"""The shadow of a NumPy run: the same operations on wide arrays, written down so that they can be run again.

Each operation of the user's code appends an instruction over slots. In-place operations and views work in
the shadow as they do in the original, because the shadow's arrays have the same shapes and views. Running
the instructions again, with an error injected or the inputs shaken, is how sensitivities are measured: the
user's own code never runs twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from stabcheck.dynamic.trace.formats import wide_type

WIDE = wide_type()
# Integer arrays up to this size are copied into an instruction: the run may change them later.
_COPIED = 1 << 16


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the shadow's memory."""

    number: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """`function(*arguments, **keywords)`, with slots for shadowed values; the result goes to `out`.

    `out` is None for an operation that only changes its arguments, a tuple of slots for several results.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    out: Slot | tuple[Slot | None, ...] | None
    event: int | None


class Arithmetic(Protocol):
    """The numbers that a replay computes with."""

    def begin(self, value: Any) -> Any:
        """A leaf, as the replay's own."""

    def run(self, function: Callable[..., Any], arguments: Any, keywords: Mapping[str, Any]) -> Any:
        """A function of such numbers."""


class Wide:
    """Those of the shadow itself."""

    def begin(self, value: Any) -> Any:
        """A copy."""
        return value.copy() if isinstance(value, np.ndarray) else value

    def run(self, function: Callable[..., Any], arguments: Any, keywords: Mapping[str, Any]) -> Any:
        """The function as it is."""
        return function(*arguments, **keywords)


class Shadow:
    """Slots with their wide values, and the instructions that made them."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.instructions: list[Instruction] = []
        self._pristine: dict[int, Any] = {}  # leaf slots: their value before anything changed it
        self.leaves: dict[int, bool] = {}  # leaf slot -> it counts for the conditioning

    def leaf(self, value: Any, *, data: bool) -> Slot:
        """A slot with a given value.

        `data` says that rounding it would be the caller's doing, not the formula's.
        """
        wide = widened(value)
        slot = self._slot(wide)
        self._pristine[slot.number] = wide.copy() if isinstance(wide, np.ndarray) else wide
        self.leaves[slot.number] = data
        return slot

    def _slot(self, value: Any) -> Slot:
        self.values.append(value)
        return Slot(len(self.values) - 1)

    def run(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        event: int | None,
    ) -> Slot | tuple[Slot | None, ...] | None:
        """Run one operation on the shadow and write it down; the slot (or slots) of its result.

        Raises
        ------
        Exception
            whatever `function` raises for wide arguments; nothing is written down then.
        """
        with np.errstate(all="ignore"):
            result = function(*self._filled(arguments), **self._filled(dict(keywords)))
        out: Slot | tuple[Slot | None, ...] | None = None
        if isinstance(result, tuple | list):
            out = tuple(self._slot(r) if is_wide(r) else None for r in result)
        elif is_wide(result):
            out = self._slot(result)
        self.instructions.append(Instruction(function, arguments, keywords, out, event))
        return out

    def change(self, function: Callable[..., Any], arguments: tuple[Any, ...], event: int | None) -> None:
        """Run an operation that changes its first argument in place."""
        with np.errstate(all="ignore"):
            function(*self._filled(arguments))
        self.instructions.append(Instruction(function, arguments, {}, None, event))

    def _filled(self, template: Any) -> Any:
        return filled(template, self.values)

    def replay(
        self,
        after: Callable[[int, Any], Any] | None = None,
        shake: Callable[[int, Any], Any] | None = None,
        seen: Callable[[int, Any], None] | None = None,
        arithmetic: Arithmetic | None = None,
    ) -> list[Any]:
        """Run all instructions again on fresh slots.

        Parameters
        ----------
        after
            `after(event, value)` gives what to add to the result of an event, None for nothing.
        shake
            `shake(slot, value)` gives the value of a leaf to begin with.
        seen
            called with event and result after each instruction that belongs to one.
        arithmetic
            the numbers to compute with, if not those of the shadow.

        Returns
        -------
        The values of all slots at the end.
        """
        values: list[Any] = [None] * len(self.values)
        numbers = arithmetic or Wide()
        for number, value in self._pristine.items():
            values[number] = numbers.begin(shake(number, value) if shake else value)
        with np.errstate(all="ignore"):
            for step in self.instructions:
                arguments, keywords = filled(step.arguments, values), filled(dict(step.keywords), values)
                result = numbers.run(step.function, arguments, keywords)
                if isinstance(step.out, tuple):
                    for slot, part in zip(step.out, result, strict=True):
                        if slot is not None:
                            values[slot.number] = part
                elif step.out is not None:
                    if step.event is not None:
                        result = _injected(result, after(step.event, result) if after else None)
                        if seen:
                            seen(step.event, result)
                    values[step.out.number] = result
        return values


def _injected(result: Any, error: Any) -> Any:
    if error is None:
        return result
    if isinstance(result, np.ndarray) and result.ndim and result.flags.writeable:
        np.add(result, error, out=result)
        return result
    return result + error


def filled(template: Any, values: Sequence[Any]) -> Any:
    """A template with its slots replaced by what they hold."""
    kind = type(template)
    if kind is Slot:
        return values[template.number]
    if kind is tuple:
        return tuple(filled(t, values) for t in template)
    if kind is list:
        return [filled(t, values) for t in template]
    if kind is dict:
        return {k: filled(t, values) for k, t in template.items()}
    return template


def constant(value: Any) -> Any:
    """A value for an instruction, safe from later changes."""
    if isinstance(value, np.ndarray) and value.size <= _COPIED:
        return value.copy()
    return value


def is_floating(value: Any) -> bool:
    """A real floating-point array or scalar."""
    if isinstance(value, np.ndarray | np.generic):
        return bool(value.dtype.kind == "f")
    return isinstance(value, float)


def is_complex(value: Any) -> bool:
    """A complex array or number."""
    return isinstance(value, complex) or (isinstance(value, np.ndarray) and value.dtype.kind == "c")


def is_wide(value: Any) -> bool:
    """An array or scalar that a slot can hold."""
    return is_floating(value)


def widened(value: Any) -> Any:
    """The same numbers in the wide type."""
    if isinstance(value, np.ndarray):
        return value.astype(WIDE) if value.dtype.kind == "f" else value
    if isinstance(value, float | np.floating):
        return WIDE(value)
    if type(value) in (list, tuple):
        return type(value)(widened(v) for v in value)
    if type(value) is dict:
        return {k: widened(v) for k, v in value.items()}
    return value
