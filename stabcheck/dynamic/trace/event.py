"""One event model for all frameworks: an operation that ran, watched beside its high-precision shadow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stabcheck.dynamic.report import Location

Phase = Literal["forward", "backward"]
BroadcastKind = Literal["scalar", "keepdims", "rank-expanding", "outer"]
# "opaque": what computed the result was not seen, "leaf": nothing was computed (a variable, random numbers)
Mode = Literal["shadowed", "leaf", "resynchronized", "copied", "opaque"]


@dataclass(frozen=True, slots=True)
class Event:
    """One operation of a run.

    Errors are relative to the shadow unless they say ulp; `cancelled_bits` = exponent of the largest
    operand minus exponent of the result, at the worst entry; `local_error` is the largest error, in ulp of
    the result, that this operation made by itself (its working result against the shadow operation on the
    working inputs); `contribution` is its first-order contribution to the error of the traced result
    (sensitivity × local error).
    """

    index: int
    operation: str  # canonical name where the table knows it, else the framework's
    producers: tuple[int, ...]  # events that made the inputs; -1 for an input of the run
    location: Location | None
    phase: Phase = "forward"
    forward_event: int | None = None  # of a backward operation: the forward one it belongs to
    layer: str | None = None
    mode: Mode = "shadowed"
    dtype: str = ""
    input_shapes: tuple[tuple[int, ...], ...] = ()
    shape: tuple[int, ...] = ()
    broadcast: BroadcastKind | None = None
    low: float = 0.0  # smallest and largest finite working result
    high: float = 0.0
    input_low: float = 0.0  # of the first operand: what a guard would have to know
    input_high: float = 0.0
    nonfinite: int = 0  # entries that are NaN or ±inf
    first_nonfinite: bool = False  # …while every input was finite
    overflowed: int = 0  # infinite though made of finite operands, and no pole
    underflowed: int = 0  # zero though made of operands of which exactly it isn't
    vanished: int = 0  # zero while the shadow is not: made so here or before
    cancelled_bits: float = 0.0
    local_error: float = 0.0
    accumulated_error: float = 0.0
    amplification: float = 1.0
    contribution: float = 0.0
    sensitivity: float = 0.0  # relative change of the result for a relative change of this output
    runtime: str = ""  # the framework's own name of the operation
    nans: int = 0  # entries that are NaN
    first_nan: bool = False  # …while no input held one
    example: tuple[
        float, ...
    ] = ()  # operands at the entry that `example_result` is: the first bad, else the worst
    example_result: float = 0.0
    example_reference: float = 0.0
    leaf_infinite: bool = False  # an operand that no event made (a constant, an input) holds ±inf


@dataclass(frozen=True, slots=True)
class Result:
    """A result of the run at its worst entry: its value, or its gradient by one leaf.

    `error` is |working − reference| / `scale`: the size of that entry of a value, of the largest entry of a
    gradient. `condition_error` is the error, relative to the same, that rounding the inputs to the working
    dtype accounts for (condition number × unit roundoff): what no formula could avoid; NaN where it was not
    computed.
    """

    name: str  # "value", "gradient of x"
    event: int  # the one that made it; -1 for an input of the run
    dtype: str = ""
    shape: tuple[int, ...] = ()
    nonfinite: int = 0
    entry: tuple[int, ...] = ()
    working: float = 0.0
    reference: float = 0.0
    coarsest: str = ""  # of the formats that its operations worked in: what its accuracy is measured by
    scale: float = 1.0
    error: float = 0.0
    condition_error: float = float("nan")
    arithmetic: str = ""  # what the reference was computed in: "long double", "60 digits" …


@dataclass(frozen=True, slots=True)
class Trace:
    """The events of a run in order, and how much of it was shadowed.

    Contributions and the two errors are absolute, and belong to `results[target]` at its `entry`.
    """

    events: tuple[Event, ...]
    counts: Mapping[str, int] = field(default_factory=dict)  # mode -> operations
    actual_error: float = 0.0  # of the traced result against its shadow: working − reference
    predicted_error: float = 0.0  # the sum of the contributions
    results: tuple[Result, ...] = ()
    target: int | None = None
    custom_gradients: tuple[CustomGradient, ...] = ()
    notes: tuple[str, ...] = ()  # what of the run was not seen, or not beside a wider shadow
    detours: tuple[Location, ...] = ()  # where numbers leave the framework on the way to the value


@dataclass(frozen=True, slots=True)
class CustomGradient:
    """What a check of one hand-written gradient function by itself found, for one of its inputs.

    `problem` is "" for a right one, else the name of the cause; `error` the relative distance from the
    derivative of the function's own formula.
    """

    operation: str
    location: Location | None
    argument: int
    problem: str = ""
    input_shape: tuple[int, ...] = ()
    gradient_shape: tuple[int, ...] = ()
    error: float = 0.0
