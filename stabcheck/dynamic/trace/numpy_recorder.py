"""A run of NumPy code, plain floats and `math` included, with every operation watched beside a wide shadow.

The user's functions are rewritten on demand (`numpy_rewrite`) and announce their operations to a `Watch`;
results are bitwise those of an unwatched run. A function without source runs as it is, and NumPy's own
floating-point error state tells where it first overflowed or left its domain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.event import Trace
from stabcheck.dynamic.trace.numpy_attribution import finish
from stabcheck.dynamic.trace.numpy_errstate import ErrorState
from stabcheck.dynamic.trace.numpy_shadow import is_floating
from stabcheck.dynamic.trace.numpy_watch import Watch
from stabcheck.garbage import collecting_seldom


@collecting_seldom()
def record(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    gradient: Callable[..., Any] | None = None,
    gradient_arguments: tuple[Any, ...] = (),
    names: Sequence[str] = (),
) -> tuple[Any, Any, Trace]:
    """Run `function(*arguments)` and `gradient(*gradient_arguments)` once each, watched.

    Parameters
    ----------
    function
        the user's own function, not a wrapper around it: its source is what is rewritten.
    arguments
        arrays, numbers, and nested lists, tuples and dicts of them.
    gradient
        a hand-written gradient; recorded as the backward phase.
    gradient_arguments
        what it is called with.
    names
        what the floating-point arrays among `arguments`, in order, are called.

    Returns
    -------
    The value, the gradient (None without one) and the trace.

    Raises
    ------
    Exception
        what the user's code raises passes through.
    """
    watch = Watch()
    watch.given(arguments)
    inside = watch.rewrite(function)
    fallback = ErrorState(watch) if inside is None else nullcontext()
    with fallback:
        value = (inside or function)(*arguments)
    slope = None
    if gradient is not None:
        watch.phase = "backward"
        watch.given(gradient_arguments)
        backward = watch.rewrite(gradient)
        with ErrorState(watch) if backward is None else nullcontext():
            slope = (backward or gradient)(*gradient_arguments)
    given = flattened(arguments)
    slopes = flattened(slope)
    labels = list(names) if len(names) == len(given) else [f"argument {i}" for i in range(len(given))]
    paired = list(zip(labels, given, slopes, strict=True)) if len(slopes) == len(given) else []
    return value, slope, finish(watch, flattened(value), paired)


def flattened(value: Any) -> list[Any]:
    """The floating-point arrays and numbers of a nested structure, in order."""
    if is_floating(value):
        return [value]
    if isinstance(value, dict):
        return [part for v in value.values() for part in flattened(v)]
    if isinstance(value, list | tuple):
        return [part for v in value for part in flattened(v)]
    if isinstance(value, np.ndarray) and value.dtype == object:
        return [part for v in value.ravel() for part in flattened(v)]
    return []
