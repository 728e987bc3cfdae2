"""What a trace did not see of a run: said aloud, because nothing there can be accused or acquitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from stabcheck.dynamic.trace.event import Event, Result

_NAMED = 3


def notes_of(
    events: Sequence[Event], results: Iterable[Result], closed: Mapping[int, str] | None = None
) -> tuple[str, ...]:
    """One note on what was not looked into, one on what had no wider shadow; of what the results depend on.

    Parameters
    ----------
    events, results
        of the trace.
    closed
        why opaque events could not be looked into, by index.
    """
    behind = ancestors(events, (r.event for r in results))
    unseen, unshadowed = [], []
    for index in behind:
        event = events[index]
        if event.mode == "opaque":
            reason = (closed or {}).get(index)
            unseen.append(_named(event) + (f" ({reason})" if reason else ""))
        elif event.mode == "resynchronized":
            unshadowed.append(_named(event))
    notes = []
    if unseen:
        notes.append(f"not seen inside: {_listed(unseen)}")
    if unshadowed:
        notes.append(
            f"no wider form of {_listed(unshadowed)}: errors that come in there are not followed further"
        )
    return tuple(notes)


def ancestors(events: Sequence[Event], starts: Iterable[int]) -> list[int]:
    """The events that some events depend on, themselves included, in order."""
    pending, seen = [s for s in starts if s >= 0], set[int]()
    while pending:
        index = pending.pop()
        if index not in seen:
            seen.add(index)
            pending += [p for p in events[index].producers if p >= 0]
    return sorted(seen)


def _named(event: Event) -> str:
    return event.operation + (f", line {event.location.line}" if event.location else "")


def _listed(names: Sequence[str]) -> str:
    each = list(dict.fromkeys(names))
    more = f" and {len(each) - _NAMED} more" if len(each) > _NAMED else ""
    return "; ".join(each[:_NAMED]) + more
