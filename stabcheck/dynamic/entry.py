"""`diagnose`: a function and its gradient in, a report out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import numpy as np

from stabcheck.dynamic.adapters import problem_for
from stabcheck.dynamic.arguments import with_article
from stabcheck.dynamic.diagnosis import diagnose_problem
from stabcheck.dynamic.failures import failed_report, shape_mismatch
from stabcheck.dynamic.numeric_failures import numeric_failure
from stabcheck.dynamic.precision import DiagnoseError, precision_of
from stabcheck.dynamic.report import Report
from stabcheck.dynamic.request import Request
from stabcheck.dynamic.sampling import Effort


def diagnose(
    fn: Callable[..., Any],
    args: Any = None,
    grad: Any = None,
    *,
    variables: Sequence[Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    order: int = 1,
    step: float | tuple[str, float] | None = None,
    tolerance: float | None = None,
    dtypes: str | Sequence[str] | None = None,
    full: bool = False,
    budget: float | None = None,
    seed: int = 0,
    name: str | None = None,
) -> Report:
    """Check a gradient, and say why it fails: the formula, the arithmetic, or the check.

    Parameters
    ----------
    fn
        the function: arrays in, a number or an array out. A function with several values is projected on a
        random cotangent.
    args
        what it is called with: a tuple, as `fn(*args)`; anything that is neither tuple nor list is the one
        argument. Each is a number, an array, or nested dicts, lists and tuples of arrays. Integers are passed
        on, not varied.
    grad
        the gradient under test: a callable with the same arguments, or the gradient itself, structured like
        the argument (a tuple of them for several). Without it, the framework's own differentiation is
        checked; NumPy has none, so that only the function and the check are judged.
    variables
        instead of `args`, for a function without arguments that closes over TensorFlow variables or Keras
        weights.
    vjp
        a hand-written product with a cotangent: called as `vjp(*args, cotangent)`.
    order
        2 checks the derivative of the gradient too.
    step, tolerance, dtypes
        of the check that the user ran, if any: they are judged, not obeyed. `step` is the h of a central
        difference; ("forward", h) or ("backward", h) that of a one-sided one. `tolerance` is on the relative
        error.
    full
        measure every entry of the gradient, however many.
    budget
        seconds after which no further measurement is begun; what is known by then is reported. The
        measurement that there is no verdict without may take as long again, and a second.
    seed
        of the random directions and cotangents: the same seed takes the same steps.
    name
        of the case, for the report.

    Returns
    -------
    Report
        verdict, ranked causes, and the ladder of steps.

    Raises
    ------
    DiagnoseError
        if arguments, function and gradient make no sense together. Exceptions of the user's own code pass
        through, except those about shapes that don't fit and those that NumPy's or Python's arithmetic raises
        at the given point: they are the diagnosis.
    """
    if order not in (1, 2):
        raise DiagnoseError(f"order={order!r}: 1 checks the gradient, 2 its derivative too")
    for role, function in (("fn", fn), ("vjp", vjp)):
        if not callable(function) and (role == "fn" or function is not None):
            raise DiagnoseError(f"{role}= is {with_article(type(function).__name__)}: a function is needed")
    if grad is not None and vjp is not None:
        raise DiagnoseError("grad= and vjp= are two gradients: give the one that is to be checked")
    request = Request(
        order=order,
        scheme=_scheme(step),
        step=_step(step),
        tolerance=_positive("tolerance", tolerance),
        dtypes=_dtypes(dtypes),
        full=full,
        seed=seed,
    )
    effort = Effort.of(_positive("budget", budget))
    place = None
    try:
        with np.errstate(all="ignore"):  # whatever the program has set: infinities are what is looked for
            problem = problem_for(fn, args, grad, variables=variables, vjp=vjp, name=name, seed=seed)
            place = problem.location
            return diagnose_problem(problem, request, effort)
    except Exception as error:
        with np.errstate(all="ignore"):
            cause = shape_mismatch(error, place) or numeric_failure(
                fn, args, vjp if vjp is not None else grad, error
            )
        if cause is None:
            _refuse_uncallable(error, args, fn=(fn, ()), grad=(grad, ()), vjp=(vjp, ("cotangent",)))
            raise
        return failed_report(name or str(getattr(fn, "__name__", type(fn).__name__)), cause)


def _refuse_uncallable(error: Exception, args: Any, **functions: tuple[Any, tuple[Any, ...]]) -> None:
    """Say in a line which function can't be called with these arguments, if that is what the error is."""
    given = tuple(args) if isinstance(args, (tuple, list)) else () if args is None else (args,)
    for role, (function, more) in functions.items():
        if not isinstance(error, TypeError) or not callable(function):
            continue
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):  # written in C
            continue
        try:
            signature.bind(*given, *more)
        except TypeError as misfit:
            count = len(given) + len(more)
            raise DiagnoseError(
                f"{role}= can't be called with {count} argument{'s' * (count != 1)}: {misfit}"
            ) from None


def _scheme(step: float | tuple[str, float] | None) -> str:
    scheme = step[0] if isinstance(step, tuple) else "central"
    if scheme not in ("central", "forward", "backward"):
        raise DiagnoseError(f"step={step!r}: the scheme is 'central', 'forward' or 'backward'")
    return scheme


def _step(step: float | tuple[str, float] | None) -> float | None:
    return _positive("step", step[1] if isinstance(step, tuple) else step)


def _positive(what: str, value: float | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < value < float("inf"):
        raise DiagnoseError(f"{what}={value!r}: a positive number is needed")
    return float(value)


def _dtypes(dtypes: str | Sequence[str] | None) -> tuple[str, ...]:
    if dtypes is None:
        return ()
    given = [dtypes] if isinstance(dtypes, (str, type)) or not isinstance(dtypes, Sequence) else dtypes
    return tuple(precision_of(_dtype_name(dtype)).name for dtype in given)


def _dtype_name(dtype: Any) -> str:
    """The name of a dtype: of a string, a NumPy type, or a framework's dtype object."""
    return str(
        dtype if isinstance(dtype, str) else getattr(dtype, "__name__", None) or getattr(dtype, "name", dtype)
    )
