"""Why a gradient is NaN or infinite although the value is finite.

Reverse mode multiplies the upstream gradient with the derivative of each forward operation. Where that
derivative is infinite (log, sqrt and division at 0, an exp that overflowed) the product is inf, or NaN when
the upstream gradient is 0: the branch that `where` did not take is differentiated all the same, with
upstream 0.
"""

from __future__ import annotations

from stabcheck.dynamic.report import Cause
from stabcheck.dynamic.trace.blame import Origin, descendants
from stabcheck.dynamic.trace.event import Event, Trace
from stabcheck.dynamic.trace.wording import number, place

_SELECTIONS = ("where", "maximum", "minimum", "multiply", "clip", "cond")


def forward_operation(trace: Trace, origin: Origin) -> Event | None:
    """The forward operation whose derivative it was; None for hand-written gradient code."""
    for event in (origin.event, origin.nan_maker):
        if event is not None and event.phase == "forward":
            return event
        if event is not None and event.forward_event is not None:
            return trace.events[event.forward_event]
    return None


def nan_gradient(trace: Trace, origin: Origin, name: str) -> Cause | None:
    """The cause, at the forward operation; None if the gradient's code is the user's own.

    None, too, if that operation is not differentiated: then its infinite result has spoilt the gradient of
    another one, and is to be explained for itself.
    """
    forward = forward_operation(trace, origin)
    if forward is None or (forward.nonfinite and not _differentiated(trace, forward)):
        return None
    mask = masking(trace, forward)
    mechanism = (
        "where-trap"
        if mask is not None
        else "zero-times-infinity"
        if forward.overflowed
        else "singular-derivative"
    )
    at = forward.example[-1:] if forward.operation == "divide" else forward.example[:1]
    if not at and forward.mode != "copied":
        at = (forward.input_low,) if forward.input_low == 0.0 else ()
    point = f" at {number(at[0])}" if at else ""
    what = f"{forward.operation}{point}"
    if mask is not None:
        sentence = (
            f"{name} is not finite: {what} is {_value(forward)}, which {mask.operation}"
            f"{place(mask, forward)} hides in the value; its derivative isn't finite, and 0 times that is NaN"
        )
    elif forward.overflowed:
        sentence = (
            f"{name} is not finite: {what} overflows {forward.dtype}, "
            "and its derivative meets a factor 0: 0 × inf is NaN"
        )
    else:
        sentence = f"{name} is not finite: the derivative of {what} is infinite or undefined"
    evidence = {
        "mechanism": mechanism,
        "forward_operation": forward.operation,
        "forward_line": forward.location.line if forward.location else None,
        "gradient_operation": (origin.nan_maker or origin.event).runtime or origin.event.operation,
        "masked_by_line": mask.location.line if mask is not None and mask.location else None,
        "input": at[0] if at else None,
    }
    return Cause("nan-gradient", sentence, _suggestion(forward, mask), evidence, forward.location)


def _differentiated(trace: Trace, forward: Event) -> bool:
    return any(event.forward_event == forward.index for event in trace.events)


def in_written_gradient(name: str, root: Cause) -> Cause:
    """The same for a gradient that the user's own code computes.

    The cause inside it, `root`, is the reason.
    """
    evidence = {"mechanism": root.kind, **root.evidence}
    text = f"{name} is not finite: {root.explanation}"
    return Cause("nan-gradient", text, root.suggestion, evidence, root.location)


def masking(trace: Trace, forward: Event) -> Event | None:
    """The selection that hides a forward operation's non-finite result from the value."""
    if not forward.nonfinite:
        return None
    reached = descendants(trace.events, forward.index)
    for event in trace.events[forward.index + 1 :]:
        if (
            event.index in reached
            and event.phase == "forward"
            and event.operation in _SELECTIONS[:3]
            and not event.nonfinite
        ):
            return event
    return None


def _value(event: Event) -> str:
    return number(event.example_result)


def _suggestion(forward: Event, mask: Event | None) -> str:
    operation = forward.operation
    if mask is not None:
        return (
            f"select the argument as well: {operation}(where(condition, x, 1.0)) inside the outer where, "
            "so that the branch not taken has a finite derivative"
        )
    if operation in ("sqrt", "norm", "rsqrt"):
        return "keep the argument away from 0: sqrt(x + eps), with an eps that the dtype resolves"
    if operation in ("log", "log2", "log10"):
        return "clip the argument, log(maximum(x, tiny)), or use the loss that takes logits"
    if operation in ("divide", "reciprocal"):
        return "use divide_no_nan, or select the denominator: x / where(y != 0, y, 1.0)"
    if operation == "power":
        return "keep the base away from 0, or select it: where(x > 0, x, 1.0) inside the power"
    if operation in ("exp", "expm1", "sinh", "cosh"):
        return "use the library's sigmoid, softplus or log_softmax, which never form the large exponential"
    return f"keep the argument of {operation} away from the point where its derivative is infinite"
