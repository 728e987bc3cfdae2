"""A cause in words: what one event of a trace did, with the numbers that prove it.

Which event is at fault is for `stabcheck.dynamic.trace.explain` to find.
"""

from __future__ import annotations

from math import copysign, isnan, prod

from stabcheck.dynamic.report import Cause
from stabcheck.dynamic.trace.blame import AMPLIFYING, kept_bits
from stabcheck.dynamic.trace.event import Event, Result, Trace
from stabcheck.dynamic.trace.exact_arrays import TINIEST
from stabcheck.dynamic.trace.formats import FORMATS
from stabcheck.dynamic.trace.operations import LOGARITHMS, NORMALIZERS
from stabcheck.dynamic.trace.wording import (
    EDGES,
    UNDERFLOW_ADVICE,
    apart,
    call,
    cancellation_advice,
    domain_advice,
    literal_beyond,
    number,
    overflow_advice,
    place,
)

READS = ("ReadVariableOp", "VarHandleOp")  # what gives a variable's value to a run


def overflow(trace: Trace, event: Event, tail: str = "") -> Cause:
    """A finite result beyond the dtype; `tail` says what became of it."""
    largest = FORMATS[event.dtype].largest
    return Cause(
        "overflow",
        f"{call(event)} overflows: {event.dtype} ends at {number(largest, 5)}{tail}",
        overflow_advice(trace, event),
        {
            "operation": event.operation,
            "dtype": event.dtype,
            "limit": largest,
            "input": event.example[0] if event.example else event.input_high,
            "entries": event.overflowed or event.nonfinite,
        },
        event.location,
    )


def unseen(event: Event) -> Cause:
    """What came out of code that could not be looked into."""
    what = "NaN" if event.nans else "inf"
    return Cause(
        "domain-error" if event.nans else "overflow",
        f"{event.operation} gives {what}; what it computes was not seen",
        f"call the Python function behind {event.operation} directly, so that its operations can be watched",
        {"operation": event.operation, "dtype": event.dtype, "entries": event.nonfinite, "seen": False},
        event.location,
    )


def spoilt_variable(event: Event) -> Cause:
    """A variable that held NaN or an infinity before the run began."""
    what = "NaN" if event.nans else "infinite"
    owner = f" of layer {event.layer}" if event.layer else ""
    size = prod(event.shape)
    where = f"in {event.nonfinite} of its {size} entries, " if size > 1 else ""
    return Cause(
        "domain-error",
        f"a variable{owner}, of shape {event.shape}, is {what} {where}before anything is computed",
        "check with finite weights; look for the training step or the initializer that made them so",
        {"operation": event.operation, "dtype": event.dtype, "entries": event.nonfinite},
        event.location,
    )


def given_infinity(trace: Trace, event: Event) -> Cause | None:
    """An infinity among the constants: an overflow if a number on the line is beyond the dtype."""
    text = literal_beyond(event)
    if text is not None:
        largest = FORMATS[event.dtype].largest
        return Cause(
            "overflow",
            f"{text} is infinite in {event.dtype}, which ends at {number(largest, 5)}, and {event.operation} "
            f"makes {'NaN' if event.nans else 'inf'} of it",
            "mask with the smallest number of the dtype (tf.float16.min, np.finfo(dtype).min) or about -1e4",
            {"operation": event.operation, "dtype": event.dtype, "limit": largest, "literal": text},
            event.location,
        )
    return domain_error(trace, event) if event.first_nan else None


def underflow(event: Event, tail: str = "") -> Cause:
    """A result that is not zero, and below the dtype; `tail` says what became of it."""
    exact = event.example_reference
    shown = f" (exactly {number(exact)})" if abs(exact) > TINIEST else ""
    form = FORMATS[event.dtype]
    smallest = 2.0**form.smallest_exponent
    ends = f"{event.dtype} ends at {number(smallest)}"
    if abs(exact) >= smallest:  # flushed: TensorFlow's kernels have no subnormal numbers
        smallest = form.smallest_normal
        ends = f"normal numbers of {event.dtype} end at {number(smallest)}"
    return Cause(
        "underflow",
        f"{call(event)}{shown} underflows to 0: {ends}{tail}",
        UNDERFLOW_ADVICE.get(
            event.operation,
            "scale by the largest entry first (squares, norms), or take logarithms (products, probabilities)",
        ),
        {"operation": event.operation, "dtype": event.dtype, "limit": smallest, "entries": event.underflowed},
        event.location,
    )


def domain_error(trace: Trace, event: Event, reason: str = "") -> Cause:
    """A function taken outside its domain or at a pole; `reason` says how it came there."""
    result = "NaN" if isnan(event.example_result) else number(event.example_result)
    edge = "outside the domain" if result == "NaN" else "a pole"
    near = EDGES.get(event.operation)
    shown = call(
        event, apart_from=near if near is None or not event.example else copysign(near, event.example[0])
    )
    text = f"{shown} is {result}, {edge} of {event.operation}{reason}"
    advice = domain_advice(trace, event)
    if event.operation in NORMALIZERS and event.nans:
        text = f"{event.operation} of entries that are all -inf is NaN"
    elif event.nans and event.input_shapes and 0 in event.input_shapes[0]:
        text = f"{event.operation} of no entries (shape {event.input_shapes[0]}) is NaN"
        advice = "say what it is worth without entries: divide the sum by maximum(count, 1)"
    return Cause(
        "domain-error",
        text,
        advice,
        {
            "operation": event.operation,
            "dtype": event.dtype,
            "input": list(event.example),
            "entries": event.nonfinite,
            "low": event.input_low,
            "high": event.input_high,
        },
        event.location,
    )


def loss(result: Result) -> str:
    """How far a result is from its exact value, side by side."""
    what = f"entry {list(result.entry)} of the {result.name}" if result.entry else f"the {result.name}"
    working, exact = apart(result.working, result.reference)
    return f"{what} is {working}, exactly {exact}"


def cancellation(trace: Trace, event: Event, tail: str = "") -> Cause:
    """Leading bits that a difference, a sum or a logarithm near 1 has lost; `tail` says what they cost."""
    form = FORMATS[event.dtype]
    share = (
        f"keeps {kept_bits(event):.0f} of {form.precision} bits" if event.cancelled_bits >= 1 else "cancels"
    )
    factor = (
        f", relative errors grow {number(event.amplification)}-fold"
        if event.amplification >= AMPLIFYING
        else ""
    )
    return Cause(
        "cancellation",
        f"{call(event, apart_from=1.0 if event.operation in LOGARITHMS else None)} {share}{factor}{tail}",
        cancellation_advice(trace, event),
        {
            "operation": event.operation,
            "dtype": event.dtype,
            "cancelled_bits": round(event.cancelled_bits, 1),
            "amplification": event.amplification,
            "operands": list(event.example),
        },
        event.location,
    )


def precision_loss(event: Event, culprit: Event | None, share: float, result: Result) -> Cause:
    """Rounding without one culprit: `event` made the largest share, which `culprit` may have magnified."""
    where = culprit if culprit is not None else event
    factor = (
        f" ({where.operation} multiplies relative errors by {number(where.amplification)})" if culprit else ""
    )
    return Cause(
        "precision-loss",
        f"{loss(result)}: rounding in {result.dtype}, {share:.0%} of it from "
        f"{event.operation}{place(event, where)}{factor}",
        "compute this part in a wider dtype",
        {"dtype": result.dtype, "error": result.error, "share": share, "operation": event.operation},
        where.location,
    )
