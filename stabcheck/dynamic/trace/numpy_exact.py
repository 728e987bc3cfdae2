"""A NumPy run once more, in arbitrary precision: what its results are worth, and who spoilt them.

The instructions of the shadow run on exact numbers. Where that shows the shadow itself to be wrong (a result
that is 0 in both precisions; a platform whose long double is no wider), the exact values take its place:
errors of events, local errors and replays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.event import Event
from stabcheck.dynamic.trace.exact_arrays import apply, cost, exactly, inverse, is_exact, rounded, solve
from stabcheck.dynamic.trace.formats import FORMATS
from stabcheck.dynamic.trace.numpy_functions import inverse as wide_inverse
from stabcheck.dynamic.trace.numpy_functions import product
from stabcheck.dynamic.trace.numpy_functions import solve as wide_solve
from stabcheck.dynamic.trace.numpy_ledger import Ledger
from stabcheck.dynamic.trace.numpy_shadow import WIDE, Slot
from stabcheck.dynamic.trace.numpy_statistics import compare
from stabcheck.dynamic.trace.operations import ADDITIVE, LOGARITHMS

_FORMS: Mapping[Callable[..., Any], Callable[..., Any]] = {wide_solve: solve, wide_inverse: inverse}


class ExactArithmetic:
    """Replays of a shadow on exact numbers."""

    def begin(self, value: Any) -> Any:
        """A leaf without rounding; what is no floating-point number stays what it is."""
        if isinstance(value, np.ndarray) and value.dtype.kind != "f":
            return value.copy()
        return exactly(value)

    def run(self, function: Callable[..., Any], arguments: Any, keywords: Mapping[str, Any]) -> Any:
        """The function's exact form."""
        arguments = tuple(_typed(a) for a in arguments)
        return apply(_FORMS.get(function, function), arguments, {k: _typed(v) for k, v in keywords.items()})


def _typed(value: Any) -> Any:
    """Types that name the shadow's numbers become those of exact ones."""
    return value if isinstance(value, np.ndarray) or is_exact(value) else exactly(value)


class ExactRun:
    """The exact values of a run's slots and events.

    Raises
    ------
    Exception
        where an instruction has no exact form.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._of_events: dict[int, Any] = {}
        self.values = ledger.shadow.replay(seen=self._keep, arithmetic=ExactArithmetic())

    def _keep(self, event: int, value: Any) -> None:
        self._of_events[event] = value.copy() if isinstance(value, np.ndarray) else value

    def reference(self, slot: Slot) -> Any:
        """A slot's value, rounded to the wide type."""
        return rounded(self.values[slot.number], WIDE)

    def local_errors(self) -> dict[int, Any]:
        """What each event has rounded away, exactly: working result − the operation on working operands."""
        found: dict[int, Any] = {}
        for index, call in self._ledger.calls.items():
            numbers = ExactArithmetic()
            try:
                exact = numbers.run(
                    call.function,
                    tuple(exactly(a) for a in call.arguments),
                    {k: exactly(v) for k, v in call.keywords.items()},
                )
            except Exception:  # objects are refused in many ways; this event's error stays unknown
                continue
            if not is_exact(exact) or np.shape(exact) != np.shape(call.result):
                continue
            if np.all(np.isfinite(call.result)):
                error = exactly(call.result) - exact
                if np.any(error != 0):
                    found[index] = error
        return found

    def measured(self, events: Sequence[Event], local_errors: Mapping[int, Any]) -> list[Event]:
        """The events with their errors against the exact values."""
        result = list(events)
        for index, call in self._ledger.calls.items():
            exact, event = self._of_events.get(index), events[index]
            if exact is None or event.dtype not in FORMATS or np.shape(exact) != np.shape(call.result):
                continue
            reference = rounded(exact, WIDE)
            if not np.all(np.isfinite(reference)):
                continue
            error = local_errors.get(index)
            exact_local = None if error is None else rounded(exactly(call.result) - error, WIDE)
            operands = self._ledger._floats(call.arguments)[:16]
            found = compare(
                event.operation, operands, call.arguments, call.result, reference, exact_local
            ).to_dict()
            keep = (
                {}
                if event.nonfinite
                else {"cancelled_bits": max(found["cancelled_bits"], event.cancelled_bits)}
            )
            result[index] = replace(event, **{**found, **keep})
        return result


def exact_run(ledger: Ledger, limit: int) -> ExactRun | None:
    """The run in arbitrary precision; None if that is too much work, or if an operation has no exact form."""
    if affordable(ledger, limit):
        try:
            return ExactRun(ledger)
        except Exception:  # objects are refused in many ways (TypeError, UFuncTypeError, AttributeError …)
            return None
    return None


def affordable(ledger: Ledger, limit: int) -> bool:
    """Whether a replay on exact numbers costs at most `limit` additions."""
    return run_cost(ledger, limit) <= limit


def run_cost(ledger: Ledger, limit: float = float("inf")) -> int:
    """What a replay on exact numbers costs, counted up to `limit`."""
    total = 0
    values = ledger.shadow.values
    for step in ledger.shadow.instructions:
        slots = step.out if isinstance(step.out, tuple) else (step.out,)
        size = sum(np.size(values[s.number]) for s in slots if s is not None)
        name = getattr(step.function, "__name__", "")
        operands = [np.shape(values[a.number]) for a in step.arguments if isinstance(a, Slot)]
        if operands and step.function in _PRODUCTS:
            size = prod(operands[0]) * (operands[-1] or (1,))[-1]
        elif operands and name in ("sum", "mean"):
            size = prod(operands[0])
        total += 1 + cost(name, size)
        if total > limit:
            break
    return total


_PRODUCTS = frozenset({product, np.dot, np.matmul})


def has_doubtful_zero(ledger: Ledger) -> bool:
    """Whether a difference (or a logarithm) is 0 in the shadow too, of operands that are rounded results."""
    for index, call in ledger.calls.items():
        event = ledger.events[index]
        if event.operation not in ADDITIVE | LOGARITHMS or event.nonfinite or event.accumulated_error:
            continue
        makers = [ledger.events[p] for p in event.producers if p >= 0]
        if any(e.mode == "shadowed" for e in makers) and not np.all(call.result):
            return True
    return False
