"""Causes that ladders find, at the lines that a recording knows: where a path is cut, where steps are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from stabcheck.dynamic.report import Cause, Location
from stabcheck.dynamic.trace.event import Event, Trace

CUT = ("StopGradient", "PreventGradient")
STEPS = ("sign", "floor", "ceil", "round", "rint", "trunc", "floor_divide")
NARROW = ("float32", "float16", "bfloat16")
STEPPED = ("rough", "discontinuous")
LEFT_OUT = ("missing-gradient", "wrong-gradient", "localized-error")


def placed(causes: Sequence[Cause], trace: Trace | None) -> list[Cause]:
    """The causes, those of a cut path or of a staircase at the line that makes it, if there is just one.

    What is rough without such a line may be so from where it computes in a narrower dtype.
    """
    if trace is None:
        return list(causes)
    cuts, steps, cast = cuts_in(trace), [event.location for event in steps_in(trace)], narrowed_in(trace)
    found = []
    for cause in causes:
        if cause.kind in LEFT_OUT and cuts and not trace.custom_gradients:
            found.append(_at_cut(cause, cuts))
        elif cause.kind in STEPPED and (place := only(steps)) is not None:
            name = next(iter(steps_in(trace))).operation
            found.append(replace(cause, location=place, evidence={**cause.evidence, "operation": name}))
        elif cause.kind == "rough" and cast is not None and "cast" not in cause.evidence and not steps:
            found.append(_at_cast(cause, cast))
        else:
            found.append(cause)
    return found


def cuts_in(trace: Trace) -> list[tuple[str, Location]]:
    """Where the framework's differentiation ends before it has reached the arguments: what does it, line."""
    stops = [
        ("stop_gradient", event.location)
        for event in trace.events
        if event.phase == "forward" and event.runtime in CUT and event.location is not None
    ]
    return [*stops, *((".numpy()", place) for place in trace.detours)]


def steps_in(trace: Trace) -> Iterable[Event]:
    """Operations of the forward run that are constant but for jumps; integers that become numbers again."""
    return (
        event
        for event in trace.events
        if event.phase == "forward"
        and (event.operation in STEPS or (event.runtime == "Cast" and _of_integers(event)))
    )


def narrowed_in(trace: Trace) -> Event | None:
    """The first operation of a forward run in float64 that is not in float64 any more."""
    forward = [event for event in trace.events if event.phase == "forward" and event.location is not None]
    wide = next((event.index for event in forward if event.dtype == "float64"), None)
    if wide is None:
        return None
    return next((event for event in forward if event.index > wide and event.dtype in NARROW), None)


def _at_cast(cause: Cause, cast: Event) -> Cause:
    return replace(
        cause,
        explanation=f"{cause.explanation}; from this line on it computes in {cast.dtype}",
        suggestion=f"take the cast to {cast.dtype} out, or check with the steps of {cast.dtype}",
        evidence={**cause.evidence, "cast": cast.dtype},
        location=cast.location,
    )


def _of_integers(event: Event) -> bool:
    """Whether what a cast made are whole numbers that no operation on floats has made."""
    shown = (event.low, event.high, event.example_result)
    return max(event.producers, default=-1) < 0 and all(float(x).is_integer() for x in shown)


def without_gradient(trace: Trace | None) -> tuple[str, ...]:
    """A note on the operations that let no gradient through, for one that is 0 everywhere."""
    steps = list(steps_in(trace)) if trace is not None else []
    places = {f"{e.operation} in line {e.location.line}" for e in steps if e.location is not None}
    if not places:
        return ()
    return (f"{' and '.join(sorted(places))}: constant between jumps, so no gradient passes through",)


def only(places: Iterable[Location | None]) -> Location | None:
    """The one line that all of them are on."""
    known = {(place.path, place.line): place for place in places if place is not None}
    return next(iter(known.values())) if len(known) == 1 else None


def _at_cut(cause: Cause, cuts: Sequence[tuple[str, Location]]) -> Cause:
    place = only(place for _, place in cuts)
    evidence = {**cause.evidence, "cuts": sorted({place.line for _, place in cuts})}
    if place is None:
        lines = ", ".join(f"{what} in line {place.line}" for what, place in cuts[:4])
        return replace(cause, suggestion=f"look at what cuts the path: {lines}", evidence=evidence)
    advice = f"{cuts[0][0]} in this line cuts the path: take it out, or check with its operand held fixed"
    return replace(cause, suggestion=advice, evidence=evidence, location=place)
