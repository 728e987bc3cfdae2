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
    NO_WIDER,
    choose_target,
    disagree,
    half_the_digits,
    is_bad,
    is_inaccurate,
)
from stabcheck.dynamic.trace.event import Event, Result, Trace
from stabcheck.dynamic.trace.exact_arrays import LITTLE, MOST, exactly
from stabcheck.dynamic.trace.formats import FORMATS, wide_type
from stabcheck.dynamic.trace.notes import notes_of
from stabcheck.dynamic.trace.numpy_exact import (
    ExactArithmetic,
    ExactRun,
    exact_run,
    has_doubtful_zero,
    run_cost,
)
from stabcheck.dynamic.trace.numpy_results import NOISE, Reference, outputs_of, results_of
from stabcheck.dynamic.trace.numpy_shadow import WIDE, Slot
from stabcheck.dynamic.trace.numpy_watch import Watch
from stabcheck.dynamic.trace.statistics import Array

# Instructions, and array entries, that may be computed again in all; lines beyond that share one replay.
_INSTRUCTIONS = 200_000
_ENTRIES = 20_000_000
_SHAKES = 3
_SHAKE = 2.0**-43  # far above the wide type's rounding, far below anything that isn't linear
# Replays on exact numbers, of a run that costs as much as one may.
_EXACT_REPLAYS = 6
# Events of the line that contributes most, up to this number, are told apart.
_SINGLE = 32


def finish(watch: Watch, values: Sequence[Any], slopes: Sequence[tuple[str, Any, Any]]) -> Trace:
    """The trace of a recording: results with their conditioning, contributions to the worst of them.

    `values` are the floating-point parts of the result, `slopes` name, argument and gradient of each leaf.
    """
    outputs = outputs_of(values, slopes)
    reference = Reference(watch, watch.shadow.values, watch.local_errors)
    results, places = results_of(reference, outputs)
    events: Sequence[Event] = watch.events
    notes = notes_of(events, results)
    if watch.counts["complex"]:
        notes = (*notes, "not followed: complex numbers; what is computed from them starts a new shadow")
    narrow = wide_type() is np.float64 and any(e.dtype == "float64" for e in events)
    run = _settled(watch, results, narrow=narrow)
    if run is not None:
        again, slots = results_of(
            replace(reference, values=run.values, arithmetic=ExactArithmetic()), outputs
        )
        if narrow or disagree(results, again):
            exact = Reference(watch, run.values, run.local_errors(), ExactArithmetic())
            events, reference = run.measured(events, exact.local_errors), exact
        results, places = again, slots
    elif narrow:
        notes = (*notes, NO_WIDER)
    candidates = [k for k, r in enumerate(results) if not r.nonfinite and places[k] is not None]
    inaccurate = [k for k in candidates if results[k].error > half_the_digits(results[k].coarsest)]
    if inaccurate:
        moved = _shaken(reference)
        noisy = None if run is not None else _noisy(watch)
        for k in inaccurate:
            slot = places[k]
            if slot is not None:
                error = _condition_error(reference, moved, noisy, results[k], slot)
                results[k] = replace(results[k], condition_error=error)
    trace = Trace(tuple(events), dict(watch.counts), results=tuple(results), notes=notes)
    target = choose_target([r if k in candidates else replace(r, nonfinite=1) for k, r in enumerate(results)])
    slot = None if target is None else places[target]
    return trace if target is None or slot is None else _attributed(reference, trace, target, slot)


def _settled(watch: Watch, results: Sequence[Result], *, narrow: bool) -> ExactRun | None:
    """The run in arbitrary precision, where there is a doubt about float64 and it is small enough."""
    in_double = any(e.dtype == "float64" for e in watch.events)
    if narrow or (in_double and is_bad(results)):
        return exact_run(watch, MOST)
    return exact_run(watch, LITTLE) if has_doubtful_zero(watch) else None


def _shaken(reference: Reference) -> list[list[Any]]:
    """Replays with the inputs and data arrays moved relatively by `_SHAKE`, up or down at random."""
    runs, shadow = [], reference.watch.shadow
    for seed in range(_SHAKES):
        random = np.random.default_rng(seed)

        def shake(number: int, value: Any, random: np.random.Generator = random) -> Any:
            return _moved(value, _SHAKE, random) if shadow.leaves[number] else value

        runs.append(shadow.replay(shake=shake, arithmetic=reference.arithmetic))
    return runs


def _noisy(watch: Watch) -> list[Any]:
    """A replay in which every operation makes an error of a few units roundoff of the wide type."""
    random = np.random.default_rng(0)
    size = NOISE * float(np.finfo(WIDE).eps)
    return watch.shadow.replay(after=lambda _, value: _moved(value, size, random) - value)


def _moved(value: Any, size: float, random: np.random.Generator) -> Any:
    signs = random.choice([-1.0, 1.0], size=np.shape(value))
    return value * (1 + (signs * size).astype(WIDE) if np.ndim(value) else 1 + WIDE(float(signs) * size))


def _condition_error(
    reference: Reference,
    moved: Sequence[list[Any]],
    noisy: list[Any] | None,
    result: Result,
    slot: Slot,
) -> float:
    """The change of a result, relative to its scale, when its inputs change by one unit roundoff.

    Infinite where the shadow's own rounding (`noisy`, None for a result that is known exactly) is as large
    as its result, which may then be exactly 0; so is that of an exact 0.
    """
    base = reference.at(reference.values, slot, result)
    if noisy is None:
        if result.reference == 0:
            return inf
    elif abs(base) <= abs(reference.at(noisy, slot, result) - base):
        return inf
    change = max(abs(float(reference.at(run, slot, result) - base)) for run in moved)
    return change / _SHAKE * FORMATS[result.coarsest].unit_roundoff / result.scale


def _attributed(reference: Reference, trace: Trace, target: int, slot: Slot) -> Trace:
    result = trace.results[target]
    base = reference.at(reference.values, slot, result)
    contributions: dict[int, float] = {}
    groups = _groups(reference)
    for members in groups:
        change = float(reference.at(reference.injected(members), slot, result) - base)
        if np.isfinite(change) and change:
            contributions[_largest(reference, members)] = change
    growth: dict[int, float] = {}
    worst = max(contributions, key=lambda e: abs(contributions[e]), default=None)
    if worst is not None and is_inaccurate(result):
        members = next(g for g in groups if worst in g)
        if 1 < len(members) <= _SINGLE:
            contributions.update(_singly(reference, members, slot, result, contributions.pop(worst)))
        growth = _growth(reference, members)
    noise = reference.noise
    events = tuple(_with_shares(e, contributions, growth, result.event, noise) for e in trace.events)
    working = np.asarray(result.working, dtype=WIDE)[()]
    actual = working - base if reference.arithmetic is None else exactly(working) - base
    return replace(
        trace,
        events=events,
        target=target,
        actual_error=float(actual),
        predicted_error=float(sum(contributions.values())),
    )


def _singly(
    reference: Reference, members: set[int], slot: Slot, result: Result, total: float
) -> dict[int, float]:
    """The contributions of the events of one line; the largest also takes what their interplay makes."""
    base = reference.at(reference.values, slot, result)
    single = {
        event: float(reference.at(reference.injected({event}), slot, result) - base) for event in members
    }
    single = {event: change for event, change in single.items() if np.isfinite(change)}
    if not single:
        return {_largest(reference, members): total}
    largest = max(single, key=lambda e: abs(single[e]))
    single[largest] += total - sum(single.values())
    return single


def _largest(reference: Reference, members: Sequence[int] | set[int]) -> int:
    """The event of a group that stands for it: that of the largest error relative to its result."""

    def relative(event: int) -> float:
        made = reference.watch.events[event]
        size = max(abs(made.low), abs(made.high))
        return float(np.max(np.abs(reference.local_errors[event]))) / (size or 1.0)

    return max(members, key=relative)


def _groups(reference: Reference) -> list[set[int]]:
    """The events with local errors, by source line.

    The lines of least error together if there are too many.
    """
    watch = reference.watch
    lines: dict[tuple[str, int], set[int]] = {}
    for event in reference.local_errors:
        place = watch.events[event].location
        key = (place.path, place.line) if place else ("", event)
        lines.setdefault(key, set()).add(event)
    if reference.arithmetic is None:
        entries = sum(np.size(value) for value in watch.shadow.values)
        most = min(_INSTRUCTIONS // (len(watch.shadow.instructions) + 1), _ENTRIES // (entries + 1))
        most = max(most, 1 if entries > _ENTRIES else 4)
    else:
        most = max(MOST * _EXACT_REPLAYS // (run_cost(watch) + 1), 4)
    groups = sorted(lines.values(), key=lambda g: -watch.events[_largest(reference, g)].local_error)
    if len(groups) <= most:
        return groups
    return [*groups[: most - 1], set().union(*groups[most - 1 :])]


def _growth(reference: Reference, members: set[int]) -> dict[int, float]:
    """The relative change of each event's result, by norm, when some events make their errors."""
    exact: dict[int, Array] = {}
    growth: dict[int, float] = {}

    def keep(event: int, value: Any) -> None:
        exact[event] = np.array(value, copy=True)

    def change(event: int, value: Any) -> None:
        size = float(np.max(np.abs(exact[event]), initial=0.0))
        moved = float(np.max(np.abs(np.asarray(value) - exact[event]), initial=0.0))
        if size and moved and np.isfinite(moved):
            growth[event] = moved / size

    reference.injected(set(), seen=keep)
    reference.injected(members, seen=change)
    return growth


def _with_shares(
    event: Event, contributions: Mapping[int, float], growth: Mapping[int, float], final: int, noise: float
) -> Event:
    """An event with its contribution, and how it and the rest of the way amplify the largest one."""
    own = growth.get(event.index, 0.0)
    contribution = contributions.get(event.index, 0.0)
    if not own:
        return replace(event, contribution=contribution) if contribution else event
    before = max((growth.get(p, 0.0) for p in event.producers), default=0.0)
    amplification = own / before if before > noise else 1.0
    return replace(
        event,
        contribution=contribution,
        amplification=max(amplification, 1.0),
        sensitivity=growth.get(final, 0.0) / own,
    )
