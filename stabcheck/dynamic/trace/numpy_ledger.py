"""The state of a recording of NumPy code: which working value has which shadow, and the events so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.broadcast import broadcast_kind
from stabcheck.dynamic.trace.event import Event, Mode, Phase
from stabcheck.dynamic.trace.numpy_functions import LAYOUT, STEPS, wide_form
from stabcheck.dynamic.trace.numpy_shadow import WIDE, Shadow, Slot, constant, is_floating, widened
from stabcheck.dynamic.trace.numpy_statistics import compare, dtype_name
from stabcheck.dynamic.trace.numpy_syntax import SITES
from stabcheck.dynamic.trace.operations import BROADCASTING, canonical

# Entries of operands and results that are kept for arithmetic in arbitrary precision.
_KEPT = 60_000
_DTYPE_NAMES = frozenset({"float16", "float32", "float64", "float", "f2", "f4", "f8", "d"})


@dataclass(slots=True)
class Tracked:
    """A working value with its shadow. The value itself is kept, so that its identity stays its own."""

    value: Any
    slot: Slot
    event: int


@dataclass(frozen=True, slots=True)
class Call:
    """What an event computed: working operands and result, safe from later changes."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    result: Any


class Ledger:
    """Working values by identity, their shadows, and what happened to them."""

    def __init__(self) -> None:
        self.shadow = Shadow()
        self.events: list[Event] = []
        self.counts: Counter[str] = Counter()
        self.phase: Phase = "forward"
        self.local_errors: dict[int, Any] = {}  # event -> working − exact, wide
        self.calls: dict[int, Call] = {}  # of small runs: what each event computed
        self._tracked: dict[int, Tracked] = {}
        self._room = _KEPT
        self._call: tuple[Any, ...] | None = None

    # What is known of a value.

    def track(self, value: Any, *, data: bool = True) -> Tracked:
        """The shadow of a floating-point value; a new leaf if it has none."""
        known = self._tracked.get(id(value))
        if known is None:
            counted = data and isinstance(value, np.ndarray) and value.size > 1
            known = Tracked(value, self.shadow.leaf(value, data=counted), -1)
            self._tracked[id(value)] = known
        return known

    def given(self, value: Any) -> None:
        """Make shadows of an input of the run, whatever its structure.

        Its rounding counts for the conditioning.
        """
        if is_floating(value):
            self.shadow.leaves[self.track(value).slot.number] = True
        elif isinstance(value, Mapping):
            for part in value.values():
                self.given(part)
        elif isinstance(value, list | tuple):
            for part in value:
                self.given(part)

    def known(self, value: Any) -> Tracked | None:
        """The shadow of a value that went through the run, None if it did not."""
        return self._tracked.get(id(value))

    def _template(self, value: Any) -> Any:
        """A value as an argument for the shadow.

        Slots for what is tracked, wide dtypes, copies of the rest.
        """
        if is_floating(value):
            return self.track(value).slot
        kind = type(value)
        if kind in (list, tuple):
            return kind(self._template(v) for v in value)
        if kind is dict:
            return {k: self._template(v) for k, v in value.items()}
        if isinstance(value, type) and issubclass(value, float | np.floating):
            return WIDE
        if isinstance(value, np.dtype) and value.kind == "f":
            return np.dtype(WIDE)
        if isinstance(value, str) and value in _DTYPE_NAMES:
            return WIDE
        return constant(value)

    def _floats(self, values: Iterable[Any]) -> list[Any]:
        """The floating-point values among arguments, lists and tuples looked into."""
        found: list[Any] = []
        for value in values:
            if is_floating(value):
                found.append(value)
            elif type(value) in (list, tuple) and len(value) <= 4096:
                found += self._floats(value)
        return found

    # After an operation.

    def _done(
        self,
        site: int,
        name: str,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        result: Any,
    ) -> Any:
        """Run the shadow of an operation that made a new value, and compare."""
        if any(result is a for a in arguments):
            return result
        index = len(self.events)
        function = wide_form(function)
        if name in STEPS:
            return result  # a new leaf as soon as it is used: the step is the working value's decision
        try:
            slot = self.shadow.run(
                function,
                tuple(self._template(a) for a in arguments),
                {k: self._template(v) for k, v in keywords.items()},
                index if is_floating(result) else None,
            )
        except Exception:  # wide arrays are refused in many ways (TypeError, LinAlgError, UFuncTypeError …)
            return self._resynchronized(site, name, arguments, result)
        if isinstance(slot, tuple):
            self._track_parts(arguments, result, slot)
            return result
        if slot is None or not is_floating(result):
            return result
        if np.shape(self.shadow.values[slot.number]) != np.shape(result):
            return self._resynchronized(site, name, arguments, result)
        local = None if name in LAYOUT else self._local(function, arguments, keywords)
        self._event(site, name, arguments, result, slot, local)
        return result

    def _track_parts(self, arguments: tuple[Any, ...], result: Any, slots: tuple[Slot | None, ...]) -> None:
        made_by = max((self._tracked[id(a)].event for a in self._floats(arguments)), default=-1)
        for value, slot in zip(result, slots, strict=False):
            if (
                slot is not None
                and is_floating(value)
                and np.shape(value) == np.shape(self.shadow.values[slot.number])
            ):
                self._tracked[id(value)] = Tracked(value, slot, made_by)

    def _resynchronized(
        self,
        site: int,
        name: str,
        arguments: tuple[Any, ...],
        result: Any,
        mode: Mode = "resynchronized",
    ) -> Any:
        """No shadow of this operation: its result starts a new one."""
        if not is_floating(result):
            return result
        leaf = self._tracked.get(id(result)) if any(result is a for a in arguments) else None
        if leaf is not None:
            self.shadow.change(overwrite, (leaf.slot, widened(result)), None)
            slot = leaf.slot
        else:
            slot = self.shadow.leaf(result, data=False)
        self._event(site, name, arguments, result, slot, None, mode)
        return result

    def _local(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], keywords: Mapping[str, Any]
    ) -> Any:
        """The operation in wide precision on the working operands, None where that can't be had."""
        self._call = function, arguments, keywords
        named = {k: WIDE if k == "dtype" else widened(v) for k, v in keywords.items()}
        try:
            with np.errstate(all="ignore"):
                return function(*(widened(a) for a in arguments), **named)
        except Exception:
            return None

    def _keep(self, index: int, result: Any) -> None:
        """Keep what an event computed from what, as long as the run is small."""
        call, self._call = self._call, None
        if call is None or self._room <= 0:
            return
        function, arguments, keywords = call
        self._room -= np.size(result) + sum(np.size(a) for a in arguments if is_floating(a))
        if self._room <= 0:
            self.calls.clear()
            return
        kept = tuple(_kept(a) for a in arguments)
        self.calls[index] = Call(function, kept, {k: _kept(v) for k, v in keywords.items()}, _kept(result))

    def _change(self, owner: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Let the shadow follow a change of an array; where it can't, the array starts a new shadow."""
        try:
            self.shadow.change(function, (self.track(owner).slot, *arguments), None)
        except Exception:  # as in `_done`; a shadow that is a scalar can't be changed, either
            self._tracked[id(owner)] = Tracked(owner, self.shadow.leaf(owner, data=False), -1)

    def _injectable(self, index: int, slot: Slot) -> None:
        """Let a replay add an error to what an in-place operation wrote."""
        self.shadow.run(_itself, (slot,), {}, index)

    def _event(
        self,
        site: int,
        runtime: str,
        arguments: tuple[Any, ...],
        result: Any,
        slot: Slot,
        local: Any,
        mode: Mode = "shadowed",
    ) -> None:
        index = len(self.events)
        name = canonical(runtime)
        operands = self._floats(arguments)[:16]
        producers = tuple(self._tracked[id(a)].event if id(a) in self._tracked else -1 for a in operands)
        shapes = tuple(np.shape(a) for a in arguments[:3] if isinstance(a, np.ndarray) or is_floating(a))
        statistics = compare(name, operands, arguments, result, self.shadow.values[slot.number], local)
        if local is not None and np.shape(local) == np.shape(result):
            with np.errstate(all="ignore"):
                error = widened(result) - local
            if np.any(error) and np.all(np.isfinite(error)):
                self.local_errors[index] = error
        if local is not None:
            self._keep(index, result)
        layout = runtime in LAYOUT or name == "negative"
        self.counts["copied" if layout and mode == "shadowed" else mode] += 1
        self.events.append(
            Event(
                index=index,
                operation=name,
                producers=producers,
                location=SITES[site],
                phase=self.phase,
                mode="copied" if layout and mode == "shadowed" else mode,
                dtype=dtype_name(result),
                input_shapes=shapes,
                shape=np.shape(result),
                broadcast=broadcast_kind(*shapes[:2]) if name in BROADCASTING and len(shapes) >= 2 else None,
                runtime=runtime,
                leaf_infinite=statistics.nonfinite > 0
                and any(p < 0 and np.isinf(a).any() for a, p in zip(operands, producers, strict=True)),
                **statistics.to_dict(),
            )
        )
        self._tracked[id(result)] = Tracked(result, slot, index)


def overwrite(owner: Any, value: Any) -> None:
    """Give an array other entries."""
    owner[...] = value


def _kept(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _itself(value: Any) -> Any:
    return value
