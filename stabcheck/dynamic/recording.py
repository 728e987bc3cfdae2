"""The run at the given point beside its shadow: recorded when somebody asks for it, and kept."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stabcheck.dynamic.contracts import as_cotangent
from stabcheck.dynamic.examined import Examined
from stabcheck.dynamic.report import Cause
from stabcheck.dynamic.trace.event import Event, Trace

_MOST_RUNS = 6  # compared with the first, to find what differs between runs


class Recording:
    """One run of a problem and its gradient, watched; not of a function that changes its argument.

    A sound run has nothing in it that the evaluations have not told, and takes as long as fifty of them.

    Attributes
    ----------
    notes
        what it did not see, or why there is none, once that was tried.
    """

    def __init__(self, working: Examined) -> None:
        self._working: Examined | None = working
        self._trace: Trace | None = None
        self._causes: tuple[Cause, ...] | None = None
        self.notes: tuple[str, ...] = ()

    @property
    def trace(self) -> Trace | None:
        """The recording; None if there can be none, or no time is left for it."""
        self.make()
        return self._trace

    def make(self) -> None:
        """Record the run, unless that was done or tried before."""
        working, self._working = self._working, None
        if working is not None and not working.contracts.mutated and not working.sampler.effort.exhausted:
            self._trace = self._recorded(working)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What the recording explains."""
        if self._causes is None:
            self._causes = _explained(self.trace)
        return self._causes

    def _recorded(self, working: Examined) -> Trace | None:
        contracts, sampler = working.contracts, working.sampler
        known = bool(contracts.entries)
        cotangent = as_cotangent(contracts.cotangent, contracts.value, sampler) if known else None
        sampler.effort.evaluations += 1
        try:
            with np.errstate(all="ignore"):
                trace = sampler.problem.trace(cotangent)
        except Exception as problem:  # the user's code ran before: what fails here is the recording alone
            self.notes = (f"the run could not be recorded ({type(problem).__name__}): causes carry no line",)
            return None
        self.notes = trace.notes if trace is not None else ()
        return trace

    def __reduce__(self) -> tuple[Callable[[Trace | None], Recording], tuple[Trace | None]]:
        return kept, (self.trace,)


def first_change(working: Examined) -> Event | None:
    """The first operation that comes out differently in another run at the same point; None if none does.

    It is where random numbers, or a state that a call leaves behind, enter the computation. Two masks of a
    dropout over five entries are equal one time in seven: some more runs are compared.
    """
    first = Recording(working).trace
    for _ in range(_MOST_RUNS):
        other = Recording(working).trace
        if first is None or other is None:
            return None
        for a, b in zip(first.events, other.events, strict=False):
            if _seen(a) != _seen(b):
                return a
    return None


def _seen(event: Event) -> tuple[object, ...]:
    """What two runs of the same operation on the same numbers have in common, NaN as text."""
    numbers = (event.low, event.high, event.input_low, event.input_high, event.example_result, *event.example)
    return event.operation, event.location, event.shape, event.nonfinite, tuple(map(repr, numbers))


def kept(trace: Trace | None) -> Recording:
    """A recording that was made before."""
    recording = Recording.__new__(Recording)
    recording._working, recording._trace, recording._causes, recording.notes = None, trace, None, ()
    return recording


def _explained(trace: Trace | None) -> tuple[Cause, ...]:
    if trace is None:
        return ()
    from stabcheck.dynamic.trace.explain import causes  # noqa: PLC0415  (only where something was recorded)

    return causes(trace)
