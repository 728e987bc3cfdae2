"""Progressions: the numbers that `range` and `arange` count through."""

from __future__ import annotations

from collections.abc import Mapping

from stabcheck.ops.interval import NON_NEGATIVE, REAL, Interval
from stabcheck.static.graph import Apply, Call, Value, scalar
from stabcheck.static.infer.relations import Known


def of_range(call: Call, known: Known) -> Interval:
    """The integers that `range(…)` yields; without arguments, those of enumerate."""
    if call.function != "builtins.range":
        return REAL
    if not call.arguments:
        return NON_NEGATIVE
    named = dict(zip(("start", "stop", "step"), call.arguments, strict=False))
    return _progression(named, known, 1.0)


def of_arange(node: Apply, known: Known) -> Interval:
    """The numbers of `arange(…)`."""
    whole = all(isinstance(scalar(each), int) for name, each in node.attributes.items() if name != "dtype")
    return _progression(node.attributes, known, 1.0 if whole else 0.0)


def _progression(named: Mapping[str, Value], known: Known, gap: float) -> Interval:
    """From the start to `gap` before the stop; an only argument is the stop."""
    if "start" not in named and "stop" not in named:
        return REAL
    alone = "stop" not in named or "start" not in named
    start = Interval(0.0, 0.0) if alone else known(named["start"])
    stop = known(named["stop"] if "stop" in named else named["start"])
    step = scalar(named["step"]) if "step" in named else 1
    if not step:
        return REAL
    if step > 0:
        return Interval(start.lower, max(start.lower, stop.upper - gap))
    return Interval(min(start.upper, stop.lower + gap), start.upper)
