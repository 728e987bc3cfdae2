"""The reasons in a trace: which operation, on which line, spoilt the value or the gradient.

Everything starts from a bad result. An overflow that a mask takes out of value and gradient, a −inf before a
softmax, a cancellation whose loss the result doesn't feel, are events but no causes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from stabcheck.dynamic.report import Cause
from stabcheck.dynamic.trace.attribution import is_inaccurate
from stabcheck.dynamic.trace.blame import (
    Origin,
    amplifier,
    by_line,
    error_origin,
    nonfinite_origins,
    zero_origin,
)
from stabcheck.dynamic.trace.broadcast import accidental
from stabcheck.dynamic.trace.event import Event, Result, Trace
from stabcheck.dynamic.trace.event_causes import (
    READS,
    cancellation,
    domain_error,
    given_infinity,
    loss,
    overflow,
    precision_loss,
    spoilt_variable,
    underflow,
    unseen,
)
from stabcheck.dynamic.trace.formats import FORMATS
from stabcheck.dynamic.trace.nan_gradient import forward_operation, in_written_gradient, masking, nan_gradient
from stabcheck.dynamic.trace.operations import ADDITIVE, ALWAYS_POSITIVE, LOGARITHMS, SINGULAR, SUMMING
from stabcheck.dynamic.trace.wording import call, number, place

# A column meeting a vector in these is not how an outer product is written.
_PAIRWISE = (
    "add",
    "subtract",
    "multiply",
    "divide",
    "squared_difference",
    "equal",
    "maximum",
    "minimum",
    "power",
)
# Layout operations that place an axis on purpose.
_PLACING = (
    "expand_dims",
    "reshape",
    "getitem",
    "StridedSlice",
    "strided_slice",
    "ExpandDims",
    "Reshape",
    "newaxis",
)


def causes(trace: Trace) -> tuple[Cause, ...]:
    """The causes in a trace, most important first; empty for a sound run.

    Order: what made a result non-finite, what made it inaccurate (by contribution), what was broadcast
    silently.
    """
    found = [*_nonfinite(trace), *_inaccurate(trace), *_broadcasts(trace)]
    return tuple(replace(cause, evidence=_plain(cause.evidence)) for cause in _once(found))


def _plain(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Evidence as JSON has it, which knows no infinities: those become text."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(v) for v in value]
        return number(value) if isinstance(value, float) and not isfinite(value) else value

    return {name: plain(value) for name, value in evidence.items()}


def _once(found: Iterable[Cause]) -> Iterator[Cause]:
    """Each kind at each line once."""
    seen = set()
    for cause in found:
        key = cause.kind, cause.location and (cause.location.path, cause.location.line)
        if key not in seen:
            seen.add(key)
            yield cause


def _nonfinite(trace: Trace) -> Iterator[Cause]:
    """Causes of non-finite results: those of the value if it isn't finite, else those of the gradient."""
    bad = [r for r in trace.results if r.nonfinite and r.event >= 0]
    values = [r for r in bad if r.name == "value"]
    for result in values or bad:
        for origin in nonfinite_origins(trace, result.event):
            if result.name != "value" and forward_operation(trace, origin) is not None:
                yield from _vanished_before(trace, origin)
                found = nan_gradient(trace, origin, f"the {result.name}")
                if found is not None:
                    yield found
                if origin.event.phase == "forward" and masking(trace, origin.event) is None:
                    yield from _root(trace, origin)
            elif result.name != "value":
                for root in _root(trace, origin):
                    yield in_written_gradient(f"the {result.name}", root)
                    yield root
            else:
                yield from _root(trace, origin)


def _vanished_before(trace: Trace, origin: Origin) -> Iterator[Cause]:
    """An underflow that put a forward operation at the singular point of its derivative."""
    forward = forward_operation(trace, origin)
    if forward is None or forward.nonfinite:
        return
    earlier = zero_origin(trace, forward.index)
    if earlier is not forward and earlier.operation not in ALWAYS_POSITIVE:
        yield underflow(earlier, f", where the derivative of {forward.operation} is infinite")


def _root(trace: Trace, origin: Origin) -> Iterator[Cause]:
    """The cause behind an operation that made inf or NaN: itself, or what spoilt its operand before."""
    event = origin.event
    if event.runtime in READS:
        yield spoilt_variable(event)
        return
    if origin.from_leaf:
        cause = given_infinity(trace, event)
        if cause is not None:
            yield cause
        return
    if event.mode == "opaque":
        yield unseen(event)
        return
    if event.overflowed:
        spoilt = error_origin(trace, event.index)
        halved = spoilt.cancelled_bits >= FORMATS[spoilt.dtype].precision / 2
        if spoilt is not event and not spoilt.nonfinite and halved and _harmless(event):
            yield cancellation(
                trace,
                spoilt,
                f"; then {call(event)}{place(event, spoilt)} overflows, and exactly is "
                f"{number(event.example_reference)}",
            )
            return
        yield overflow(trace, event)
        return
    earlier = zero_origin(trace, event.index) if event.operation in SINGULAR else event
    if earlier is event:
        earlier = error_origin(trace, event.index)
    if earlier is event:
        found = domain_error(trace, event)
        if (
            origin.nan_maker is not None
            and origin.nan_maker.operation == "multiply"
            and "log" in event.operation
        ):
            found = replace(
                found, suggestion="use xlogy(x, y) for x·log(y), which is 0 at x = 0, or clip the argument"
            )
        yield found
        return
    tail = f"; then {call(event)}{place(event, earlier)} is {number(event.example_result)}"
    infinite = [p for p in earlier.producers if p >= 0 and trace.events[p].nonfinite]
    if earlier.vanished and infinite:  # 1 / inf: what overflowed before is at fault
        for before in nonfinite_origins(trace, infinite[0]):
            yield from _root(trace, before)
    elif earlier.overflowed or earlier.nonfinite:
        yield overflow(trace, earlier, tail)
    elif earlier.underflowed and earlier.operation in ALWAYS_POSITIVE:
        # The tail of an exponential may be 0 where nobody takes its logarithm: the pole is what has to
        # change.
        yield domain_error(
            trace, event, f", because {earlier.operation}{place(earlier, event)} underflowed to 0"
        )
        return
    elif earlier.vanished and earlier.operation in ADDITIVE | SUMMING:  # 1 − p, where p was rounded to 1
        yield cancellation(trace, earlier, tail)
    elif earlier.vanished:
        yield underflow(earlier, tail)
    elif earlier.cancelled_bits >= FORMATS[earlier.dtype].precision / 2:
        found = cancellation(trace, earlier, tail)  # what is below 0 by it, and isn't exactly
        yield replace(found, evidence={**found.evidence, "then": event.operation})
    yield domain_error(trace, event)


def _harmless(event: Event) -> bool:
    """Whether an operation that overflowed would not have, with the operands that it should have got."""
    exact = abs(event.example_reference)
    return isfinite(exact) and exact < FORMATS[event.dtype].largest / 2


def _inaccurate(trace: Trace) -> Iterator[Cause]:
    """Causes of a result that has lost more than half its digits, beyond its conditioning."""
    if trace.target is None or not is_inaccurate(trace.results[trace.target]):
        return
    result = trace.results[trace.target]
    if result.event < 0:
        return
    for cause in _of_inaccurate(trace, result):
        yield replace(cause, evidence={**cause.evidence, "reference": result.arithmetic})


def _of_inaccurate(trace: Trace, result: Result) -> Iterator[Cause]:
    tail = f"; {loss(result)}"
    spoilt = error_origin(trace, result.event)
    if spoilt.overflowed:
        yield overflow(trace, spoilt, tail)
        return
    lines = by_line(trace.events)
    if lines and lines[0][0].underflowed:
        yield underflow(lines[0][0], tail)
        return
    total = abs(trace.actual_error) or 1.0
    culprit = _difference_behind(trace, amplifier(trace))
    if culprit is not None and culprit.operation in ADDITIVE | SUMMING | LOGARITHMS:
        yield cancellation(trace, culprit, tail)
    elif lines:
        event, contribution = lines[0]
        yield precision_loss(event, culprit, min(abs(contribution) / total, 1.0), result)


def _difference_behind(trace: Trace, event: Event | None) -> Event | None:
    """For a logarithm that isn't taken near 1, the difference whose few bits it shows."""
    if event is None or event.operation not in LOGARITHMS or event.cancelled_bits >= 4:
        return event
    makers = [trace.events[p] for p in event.producers if p >= 0]
    return max(
        (e for e in makers if e.operation in ADDITIVE and e.cancelled_bits >= 4),
        key=lambda e: e.cancelled_bits,
        default=None,
    )


def _broadcasts(trace: Trace) -> Iterator[Cause]:
    """Broadcasts of a column with a vector of its length, unless the axis was placed on that line."""
    for event in trace.events:
        if event.broadcast != "outer" or event.operation not in _PAIRWISE or event.forward_event is not None:
            continue
        first, second = event.input_shapes[:2]
        if not accidental(first, second) or _placed(trace, event):
            continue
        yield Cause(
            "silent-broadcast",
            f"{event.operation} of shapes {first} and {second} makes {event.shape}: "
            "every entry meets every other",
            "give both the same shape: reshape the vector to (n, 1), or squeeze the column to (n,)",
            {
                "operation": event.operation,
                "shapes": [list(first), list(second)],
                "result": list(event.shape),
                "phase": event.phase,
            },
            event.location,
        )


def _placed(trace: Trace, event: Event) -> bool:
    """An operand got its axis by indexing or reshaping on the very line of the operation."""
    for index in event.producers[:2]:
        maker = trace.events[index] if index >= 0 else None
        if maker is None or maker.location is None or event.location is None:
            continue
        placing = maker.operation in _PLACING or maker.runtime in _PLACING
        if placing and maker.location.line == event.location.line:
            return True
    return False
