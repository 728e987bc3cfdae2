"""Following a bad result back to the operation that spoilt it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stabcheck.dynamic.trace.event import Event, Trace
from stabcheck.dynamic.trace.formats import FORMATS

# A relative error from which on nothing of a number is left to be wrong about.
_LOST = 0.25
# Relative errors that grow by less than this in one operation are no one's fault.
AMPLIFYING = 16.0


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a non-finite result began.

    The operation that made ±inf or NaN, and the one that turned inf into NaN.
    """

    event: Event
    nan_maker: Event | None = None
    from_leaf: bool = False  # the infinity was given (a constant, an input), not computed


def nonfinite_origins(trace: Trace, start: int) -> tuple[Origin, ...]:
    """The operations that made event `start` non-finite, earliest first.

    A NaN made of an infinity (inf − inf, 0 · inf) goes back to the operation that made the infinity; only
    if that was given on purpose (a −inf mask) is the NaN's maker at fault. Where some operands of one that
    makes an infinity had overflowed before (others were finite), that counts, too.
    """
    found: dict[int, Origin] = {}
    pending: list[tuple[int, Event | None]] = [(start, None)]
    seen: set[int] = set()
    while pending:
        index, nan_maker = pending.pop()
        if index < 0 or index in seen:
            continue
        seen.add(index)
        event = trace.events[index]
        bad = [p for p in event.producers if p >= 0 and trace.events[p].nonfinite]
        if event.first_nonfinite:
            found.setdefault(index, Origin(event, nan_maker))
            for before in bad:
                earlier = nonfinite_origins(trace, before)
                found |= {o.event.index: o for o in earlier if o.event.overflowed and not o.from_leaf}
            continue
        maker = event if event.first_nan else nan_maker
        if not bad or event.leaf_infinite:
            found.setdefault(index, Origin(event, maker, from_leaf=True))
        pending += [(p, maker) for p in bad]
    computed = [origin for origin in found.values() if not origin.from_leaf]
    given = [
        o if o.nan_maker is None else Origin(o.nan_maker, o.nan_maker, True)
        for o in found.values()
        if o.from_leaf
    ]
    return tuple(sorted(computed or given, key=lambda origin: origin.event.index))


def error_origin(trace: Trace, start: int) -> Event:
    """The first operation, on the way back from `start`, whose result has lost all its digits."""
    return _walk(trace, start, lambda e: e.accumulated_error if e.accumulated_error >= _LOST else 0.0)


def zero_origin(trace: Trace, start: int) -> Event:
    """The first operation, on the way back from `start`, that made 0 of numbers that aren't."""
    return _walk(trace, start, lambda e: float(e.vanished))


def _walk(trace: Trace, start: int, badness: Callable[[Event], float]) -> Event:
    """Go to the worst operand's maker for as long as it is bad at all."""
    event = trace.events[start]
    while True:
        worst = max(_makers(trace, event, badness), key=badness, default=None)
        if worst is None or not badness(worst):
            return event
        event = worst


def _makers(trace: Trace, event: Event, badness: Callable[[Event], float]) -> list[Event]:
    """The makers of an event's operands, seen through what only moves values and measures nothing."""
    found: list[Event] = []
    pending, seen = [p for p in event.producers if p >= 0], set()
    while pending:
        index = pending.pop()
        if index in seen:
            continue
        seen.add(index)
        maker = trace.events[index]
        if maker.mode == "copied" and not badness(maker):
            pending += [p for p in maker.producers if p >= 0]
        else:
            found.append(maker)
    return found


def amplifier(trace: Trace) -> Event | None:
    """The operation that made small relative errors large on their way to the traced result.

    Of those operations that the largest contribution passes through, the one with the largest ratio of the
    sensitivity to its operand over the sensitivity to its own result.
    """
    ranked = sorted(trace.events, key=lambda e: -abs(e.contribution))
    if not ranked or trace.target is None or not ranked[0].contribution:
        return None
    passed = descendants(trace.events, ranked[0].index)
    candidates = [
        e for e in trace.events if e.index in passed and e.sensitivity > 0 and e.amplification >= AMPLIFYING
    ]
    return max(candidates, key=lambda e: e.amplification, default=None)


def descendants(events: Sequence[Event], index: int) -> set[int]:
    """The events that an event's result went into, itself included."""
    reached = {index}
    for event in events[index + 1 :]:
        if any(p in reached for p in event.producers):
            reached.add(event.index)
    return reached


def by_line(events: Sequence[Event]) -> list[tuple[Event, float]]:
    """Contributions summed by source line, largest first.

    A line stands for itself with its largest contributor.
    """
    totals: dict[tuple[str, int] | int, float] = {}
    first: dict[tuple[str, int] | int, Event] = {}
    for event in events:
        if not event.contribution:
            continue
        place = event.location
        key = (place.path, place.line) if place else event.index
        totals[key] = totals.get(key, 0.0) + event.contribution
        if key not in first or abs(event.contribution) > abs(first[key].contribution):
            first[key] = event
    return [(first[key], totals[key]) for key in sorted(totals, key=lambda k: -abs(totals[k]))]


def kept_bits(event: Event) -> float:
    """Bits of an event's result that cancellation has left."""
    return max(FORMATS[event.dtype].precision - event.cancelled_bits, 0.0)
