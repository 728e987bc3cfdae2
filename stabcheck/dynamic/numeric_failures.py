"""Numeric exceptions of NumPy code as a diagnosis: traps of `np.errstate`, singular matrices, `math`.

The run that raised is recorded once more, up to the exception: the cause names the line that made the value.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from stabcheck.dynamic.adapters import uses_framework
from stabcheck.dynamic.arguments import as_arguments
from stabcheck.dynamic.report import Cause


def numeric_failure(fn: Callable[..., Any], args: Any, gradient: Any, error: Exception) -> Cause | None:
    """The cause of an exception that arithmetic or linear algebra raised; None for any other.

    Parameters
    ----------
    fn, args, gradient
        what was being diagnosed; a gradient that is not callable was not run.
    error
        what it raised. A run at the given point must raise the same, else the cause isn't known: it was a
        point nearby.
    """
    numeric = isinstance(error, ArithmeticError | np.linalg.LinAlgError) or (
        isinstance(error, ValueError) and str(error).startswith("math ")
    )
    if not numeric or uses_framework(fn, args, gradient):
        return None
    from stabcheck.dynamic.trace.raised import (  # noqa: PLC0415  (only where something was raised)
        failure_causes,
        run_until_raised,
    )

    arguments = as_arguments(args)
    failure = run_until_raised(
        fn,
        copy.deepcopy(arguments),
        gradient if callable(gradient) else None,
        copy.deepcopy(arguments),
    )
    if failure is None or type(failure.error) is not type(error):
        return None
    return next(iter(failure_causes(failure)), None)
