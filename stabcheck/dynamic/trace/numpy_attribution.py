"""Sensitivities of a NumPy run's results, by running the shadow's instructions again.

The measured local errors of one source line at a time are injected into an otherwise exact replay: the
change of the result is that line's contribution. Shaking the inputs by one unit roundoff gives the
conditioning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.attribution import (
    choose_target,
    coarsest_format,
    describe,
    gradient_floor,
    half_the_digits,
    is_inaccurate,
)
from stabcheck.dynamic.trace.errors import Array
from stabcheck.dynamic.trace.event import Event, Result, Trace
from stabcheck.dynamic.trace.formats import FORMATS
from stabcheck.dynamic.trace.notes import notes_of
from stabcheck.dynamic.trace.numpy_shadow import WIDE, Slot
from stabcheck.dynamic.trace.numpy_watch import Watch

# Instructions, and array entries, that may be computed again in all; lines beyond that share one replay.
_INSTRUCTIONS = 200_000
_ENTRIES = 20_000_000
_SHAKES = 3
_SHAKE = 2.0**-43  # far above the wide type's rounding, far below anything that isn't linear
# Injected changes below so many units roundoff of the wide type are lost in its own rounding.
_NOISE = 4.0
# Events of the line that contributes most, up to this number, are told apart.
_SINGLE = 32


def finish(watch: Watch, values: Sequence[Any], slopes: Sequence[tuple[str, Any, Any]]) -> Trace:
    """The trace of a recording: results with their conditioning, contributions to the worst of them.

    `values` are the floating-point parts of the result, `slopes` name, argument and gradient of each leaf.
    """
    results: list[Result] = []
    places: list[Slot | None] = []
    for value in values:
        _add(watch, results, places, "value", value, 0.0)
    size = (
        np.concatenate([np.ravel(np.asarray(v, dtype=np.float64)) for v in values]) if values else np.zeros(0)
    )
    for name, argument, slope in slopes:
        floor = gradient_floor(size, np.asarray(argument, dtype=np.float64))
        _add(watch, results, places, f"gradient of {name}", slope, floor)
    candidates = [k for k, r in enumerate(results) if not r.nonfinite and places[k] is not None]
    inaccurate = [k for k in candidates if results[k].error > half_the_digits(results[k].coarsest)]
    if inaccurate:
        moved, noisy = _shaken(watch), _noisy(watch)
        for k in inaccurate:
            slot = places[k]
            if slot is not None:
                error = _condition_error(watch, moved, noisy, results[k], slot)
                results[k] = replace(results[k], condition_error=error)
    notes = notes_of(watch.events, results)
    trace = Trace(tuple(watch.events), dict(watch.counts), results=tuple(results), notes=notes)
    target = choose_target([r if k in candidates else replace(r, nonfinite=1) for k, r in enumerate(results)])
    slot = None if target is None else places[target]
    return trace if target is None or slot is None else _attributed(watch, trace, target, slot)


def _add(
    watch: Watch, results: list[Result], places: list[Slot | None], name: str, value: Any, floor: float
) -> None:
    array = np.asarray(value)
    if array.dtype.name not in FORMATS:
        return
    known = watch.known(value)
    reference = array.astype(WIDE) if known is None else np.asarray(watch.shadow.values[known.slot.number])
    if reference.shape != array.shape:
        return
    event = -1 if known is None else known.event
    coarsest = coarsest_format(watch.events, event, array.dtype.name)
    for result in describe(name, event, array, reference, coarsest=coarsest, floor=floor):
        results.append(result)
        places.append(None if known is None else known.slot)


def _entry(values: Sequence[Any], slot: Slot, result: Result) -> Any:
    value = values[slot.number]
    return np.asarray(value)[result.entry] if result.entry else np.asarray(value).reshape(-1)[0]


def _shaken(watch: Watch) -> list[list[Any]]:
    """Replays with the inputs and data arrays moved relatively by `_SHAKE`, up or down at random."""
    runs = []
    for seed in range(_SHAKES):
        random = np.random.default_rng(seed)

        def shake(number: int, value: Any, random: np.random.Generator = random) -> Any:
            return _moved(value, _SHAKE, random) if watch.shadow.leaves[number] else value

        runs.append(watch.shadow.replay(shake=shake))
    return runs


def _noisy(watch: Watch) -> list[Any]:
    """A replay in which every operation makes an error of a few units roundoff of the wide type."""
    random = np.random.default_rng(0)
    size = _NOISE * float(np.finfo(WIDE).eps)
    return watch.shadow.replay(after=lambda _, value: _moved(value, size, random) - value)


def _moved(value: Any, size: float, random: np.random.Generator) -> Any:
    signs = random.choice([-1.0, 1.0], size=np.shape(value))
    return value * (1 + (signs * size).astype(WIDE) if np.ndim(value) else 1 + WIDE(float(signs) * size))


def _condition_error(
    watch: Watch, moved: Sequence[list[Any]], noisy: list[Any], result: Result, slot: Slot
) -> float:
    """The change of a result, relative to its scale, when its inputs change by one unit roundoff.

    Infinite where the shadow's own rounding is as large as its result, which may then be exactly 0.
    """
    base = _entry(watch.shadow.values, slot, result)
    if abs(base) <= abs(_entry(noisy, slot, result) - base):
        return inf
    change = max(abs(float(_entry(run, slot, result) - base)) for run in moved)
    return change / _SHAKE * FORMATS[result.coarsest].unit_roundoff / result.scale


def _injected(watch: Watch, members: set[int]) -> list[Any]:
    """A replay with the local errors of some events."""
    return watch.shadow.replay(
        after=lambda event, _: watch.local_errors.get(event) if event in members else None
    )


def _attributed(watch: Watch, trace: Trace, target: int, slot: Slot) -> Trace:
    result = trace.results[target]
    base = _entry(watch.shadow.values, slot, result)
    contributions: dict[int, float] = {}
    groups = _groups(watch)
    for members in groups:
        change = float(_entry(_injected(watch, members), slot, result) - base)
        if np.isfinite(change) and change:
            contributions[_largest(watch, members)] = change
    growth: dict[int, float] = {}
    worst = max(contributions, key=lambda e: abs(contributions[e]), default=None)
    if worst is not None and is_inaccurate(result):
        members = next(g for g in groups if worst in g)
        if 1 < len(members) <= _SINGLE:
            contributions.update(_singly(watch, members, slot, result, contributions.pop(worst)))
        growth = _growth(watch, members)
    events = tuple(_with_shares(e, contributions, growth, result.event) for e in trace.events)
    return replace(
        trace,
        events=events,
        target=target,
        actual_error=float(np.asarray(result.working, dtype=WIDE) - base),
        predicted_error=float(sum(contributions.values())),
    )


def _singly(watch: Watch, members: set[int], slot: Slot, result: Result, total: float) -> dict[int, float]:
    """The contributions of the events of one line; the largest also takes what their interplay makes."""
    base = _entry(watch.shadow.values, slot, result)
    single = {event: float(_entry(_injected(watch, {event}), slot, result) - base) for event in members}
    single = {event: change for event, change in single.items() if np.isfinite(change)}
    if not single:
        return {_largest(watch, members): total}
    largest = max(single, key=lambda e: abs(single[e]))
    single[largest] += total - sum(single.values())
    return single


def _largest(watch: Watch, members: Sequence[int] | set[int]) -> int:
    """The event of a group that stands for it: that of the largest error relative to its result."""

    def relative(event: int) -> float:
        size = max(abs(watch.events[event].low), abs(watch.events[event].high))
        return float(np.max(np.abs(watch.local_errors[event]))) / (size or 1.0)

    return max(members, key=relative)


def _groups(watch: Watch) -> list[set[int]]:
    """The events with local errors, by source line.

    The lines of least error together if there are too many.
    """
    lines: dict[tuple[str, int], set[int]] = {}
    for event in watch.local_errors:
        place = watch.events[event].location
        key = (place.path, place.line) if place else ("", event)
        lines.setdefault(key, set()).add(event)
    entries = sum(np.size(value) for value in watch.shadow.values)
    most = min(_INSTRUCTIONS // (len(watch.shadow.instructions) + 1), _ENTRIES // (entries + 1))
    most = max(most, 1 if entries > _ENTRIES else 4)
    groups = sorted(lines.values(), key=lambda g: -watch.events[_largest(watch, g)].local_error)
    if len(groups) <= most:
        return groups
    return [*groups[: most - 1], set().union(*groups[most - 1 :])]


def _growth(watch: Watch, members: set[int]) -> dict[int, float]:
    """The relative change of each event's result, by norm, when some events make their errors."""
    exact: dict[int, Array] = {}
    growth: dict[int, float] = {}

    def keep(event: int, value: Any) -> None:
        exact[event] = np.array(value, dtype=WIDE, copy=True)

    def change(event: int, value: Any) -> None:
        size = float(np.max(np.abs(exact[event]), initial=0.0))
        moved = float(np.max(np.abs(np.asarray(value) - exact[event]), initial=0.0))
        if size and moved and np.isfinite(moved):
            growth[event] = moved / size

    watch.shadow.replay(seen=keep)
    watch.shadow.replay(
        after=lambda event, _: watch.local_errors.get(event) if event in members else None, seen=change
    )
    return growth


def _with_shares(
    event: Event, contributions: Mapping[int, float], growth: Mapping[int, float], final: int
) -> Event:
    """An event with its contribution, and how it and the rest of the way amplify the largest one."""
    own = growth.get(event.index, 0.0)
    contribution = contributions.get(event.index, 0.0)
    if not own:
        return replace(event, contribution=contribution) if contribution else event
    before = max((growth.get(p, 0.0) for p in event.producers), default=0.0)
    # Below the wide type's own rounding a change is none.
    amplification = own / before if before > _NOISE * float(np.finfo(WIDE).eps) else 1.0
    return replace(
        event,
        contribution=contribution,
        amplification=max(amplification, 1.0),
        sensitivity=growth.get(final, 0.0) / own,
    )
