"""Why an operation of NumPy code raised: a value outside its domain, an overflow, a singular matrix.

What raised is taken from the traceback: the innermost hook of the watch holds the operation and its
operands. Under IEEE 754's default handling the same operation returns an infinity or NaN; that result
becomes the last event of the trace, so that its causes are those of a run that did not raise.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stabcheck.dynamic.report import Cause, Location
from stabcheck.dynamic.trace.event import Event, Result, Trace
from stabcheck.dynamic.trace.explain import causes
from stabcheck.dynamic.trace.location import is_users
from stabcheck.dynamic.trace.numpy_functions import BINARY, MATH
from stabcheck.dynamic.trace.numpy_shadow import WIDE, is_floating
from stabcheck.dynamic.trace.numpy_syntax import SITES
from stabcheck.dynamic.trace.numpy_watch import Watch
from stabcheck.dynamic.trace.statistics import Array
from stabcheck.dynamic.trace.wording import number

# Entries of a matrix of which the singular values are worth computing.
_MATRIX = 1 << 16
_POLE_OPERAND = {"divide": 1, "floor_divide": 1, "mod": 1}


@dataclass(frozen=True, slots=True)
class Raising:
    """The operation that raised: its operands, the events that made them, and how to run it again."""

    operation: str
    site: int  # where: an index of `SITES`
    operands: tuple[Any, ...]  # its floating-point operands
    producers: tuple[int, ...]  # the events that made them, -1 for inputs
    shadows: tuple[Any, ...]  # their exact values, as far as the shadow knows
    rerun: Callable[[], Any] | None  # as IEEE 754 has it without traps; None for what is no arithmetic

    @property
    def location(self) -> Location:
        """The line that raised."""
        return SITES[self.site]


@dataclass(frozen=True, slots=True)
class Failure:
    """A watched run that ended in an exception: its events until then, and what raised."""

    error: Exception
    trace: Trace
    raising: Raising | None


def run_until_raised(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    gradient: Callable[..., Any] | None = None,
    gradient_arguments: tuple[Any, ...] = (),
) -> Failure | None:
    """Run `function(*arguments)`, then `gradient(*gradient_arguments)`, until one raises.

    Returns
    -------
    The failure, None if nothing raised. Exceptions that end the process (`KeyboardInterrupt`) pass through.
    """
    watch = Watch()
    try:
        watch.given(arguments)
        (watch.rewrite(function) or function)(*arguments)
        if gradient is not None:
            watch.phase = "backward"
            watch.given(gradient_arguments)
            (watch.rewrite(gradient) or gradient)(*gradient_arguments)
    except Exception as error:
        raising = _raising(watch, error)
        if raising is not None and raising.rerun is not None:
            _finish_operation(watch, raising)
        events = tuple(watch.events)
        results = _of_last(events) if raising is not None else ()
        return Failure(error, Trace(events, dict(watch.counts), results=results), raising)
    return None


def failure_causes(failure: Failure) -> tuple[Cause, ...]:
    """The cause of a numeric exception, at the line that made the value; none for any other exception."""
    raising, error = failure.raising, failure.error
    if raising is None:
        return ()
    if isinstance(error, np.linalg.LinAlgError):
        found = _of_a_matrix(failure.trace, raising)
    elif isinstance(error, ArithmeticError) or str(error).startswith("math "):
        found = next(iter(causes(failure.trace)), None)
    else:
        return ()
    if found is None:
        return ()
    said = f"; line {raising.location.line} raises {type(error).__name__}: {error}"
    evidence = {**found.evidence, "raised": type(error).__name__, "raised_line": raising.location.line}
    maker = _maker(failure.trace, raising)
    if maker is not None and maker.location is not None and found.location == raising.location:
        made = f"; {maker.operation} (line {maker.location.line}) made the {_value(maker, raising)}"
        said, evidence = made + said, {**evidence, "made_by_line": maker.location.line}
    return (replace(found, explanation=found.explanation + said, evidence=evidence),)


def _maker(trace: Trace, raising: Raising) -> Event | None:
    """What computed the operand that raised, on a line before."""
    at = min(_POLE_OPERAND.get(raising.operation, 0), len(raising.producers) - 1)
    index = raising.producers[at] if at >= 0 else -1
    maker = trace.events[index] if index >= 0 else None
    same = maker is not None and maker.location and maker.location.line == raising.location.line
    return None if same else maker


def _value(maker: Event, raising: Raising) -> str:
    at = min(_POLE_OPERAND.get(raising.operation, 0), len(raising.operands) - 1)
    return "operand" if maker.shape else number(float(raising.operands[at]))


def _raising(watch: Watch, error: Exception) -> Raising | None:
    """What the innermost hook on the traceback was doing, if nothing but libraries was below it."""
    hook: dict[str, Any] | None = None
    step = error.__traceback__
    while step is not None:
        names = step.tb_frame.f_locals
        if names.get("self") is watch and "site" in names:
            hook = dict(names)
        elif is_users(step.tb_frame.f_code.co_filename):
            hook = None  # code of the user's that a hook called, and that raised by itself
        step = step.tb_next
    if hook is None:
        return None
    operation, operands, rerun = _operation(hook)
    floats = tuple(x for x in operands if is_floating(x))
    known = [watch.known(x) for x in floats]
    producers = tuple(-1 if k is None else k.event for k in known)
    shadows = tuple(None if k is None else watch.shadow.values[k.slot.number] for k in known)
    return Raising(operation, hook["site"], floats, producers, shadows, rerun)


def _operation(hook: Mapping[str, Any]) -> tuple[str, list[Any], Callable[[], Any] | None]:
    """Name, operands and the quiet form of what a hook was about to do."""
    if "symbol" in hook:
        name, plain, _ = BINARY[hook["symbol"]]
        pair = [hook["left"], hook["right"]] if "left" in hook else [hook["target"], hook["value"]]
        pair[0] = hook.get("before", pair[0])  # in place: what the target was
        quiet = [np.float64(x) if isinstance(x, float | int) else x for x in pair]
        return name, pair, lambda: plain(*quiet)
    function, arguments = hook.get("function"), list(hook.get("arguments", ()))
    if isinstance(function, types.BuiltinFunctionType) and function in MATH:
        wide = MATH[function]
        return function.__name__, arguments, lambda: np.float64(wide(*(WIDE(x) for x in arguments)))
    if isinstance(function, np.ufunc):
        return function.__name__, arguments, lambda: function(*arguments)
    owner = [hook["owner"]] if "owner" in hook else []
    name = getattr(function, "__name__", None) or hook.get("name") or "operation"
    return str(name), [*owner, *arguments], None


def _finish_operation(watch: Watch, raising: Raising) -> None:
    """Record what the operation returns where nothing traps, as the last event."""
    assert raising.rerun is not None
    with np.errstate(all="ignore"):
        result = raising.rerun()
    if is_floating(result):
        slot = watch.shadow.leaf(result, data=False)
        watch._event(raising.site, raising.operation, raising.operands, result, slot, None, "leaf")


def _of_last(events: Sequence[Event]) -> tuple[Result, ...]:
    """The last event as the result of the run, if it isn't finite."""
    last = len(events) - 1
    return (Result("value", last, nonfinite=events[last].nonfinite),) if last >= 0 else ()


def _of_a_matrix(trace: Trace, raising: Raising) -> Cause | None:
    """Why a routine of linear algebra refused its matrix, at the line that made the matrix."""
    found = next((k for k, x in enumerate(raising.operands) if np.ndim(x) >= 2), None)
    if found is None:
        return None
    matrix, made_by = np.asarray(raising.operands[found]), raising.producers[found]
    maker = trace.events[made_by] if made_by >= 0 else None
    bad = int(np.count_nonzero(~np.isfinite(matrix)))
    if bad:
        before = replace(trace, results=(Result("value", made_by, nonfinite=bad),))
        return next(iter(causes(before)), None) if maker is not None else None
    square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1] and matrix.size <= _MATRIX
    if not square:
        return None
    definite = raising.operation == "cholesky"
    told, evidence = _indefinite(matrix) if definite else _singular(matrix)
    wide = raising.shadows[found]
    rounded = wide is not None and _regular(np.asarray(wide, dtype=WIDE), definite=definite)
    what = f"the {matrix.shape} matrix" + (
        f" that {maker.operation} makes" if maker is not None else f" given to {raising.operation}"
    )
    place = maker.location if maker is not None and maker.location is not None else raising.location
    evidence = {"operation": raising.operation, "dtype": matrix.dtype.name, **evidence}
    if rounded:
        return Cause(
            "precision-loss",
            f"{what} {told}, which exactly it isn't: rounding in {matrix.dtype.name} made it so",
            "don't form the product: factorize its factor (qr, lstsq), or add a multiple of the identity",
            evidence,
            place,
        )
    return Cause(
        "domain-error",
        f"{what} {told}",
        "add a jitter to the diagonal, after asking why the matrix is indefinite"
        if definite
        else "use lstsq or pinv, or add a multiple of the identity that the dtype keeps",
        evidence,
        place,
    )


def _singular(matrix: Array) -> tuple[str, dict[str, Any]]:
    values = np.linalg.svd(matrix.astype(np.float64), compute_uv=False)
    rank = int(np.count_nonzero(values > _rounding(values, matrix)))
    condition = float(values[0] / values[-1]) if values[-1] else float("inf")
    text = f"has rank {rank}" if rank < len(matrix) else f"has condition number {number(condition, 2)}"
    return text, {"rank": rank, "condition": condition}


def _indefinite(matrix: Array) -> tuple[str, dict[str, Any]]:
    values = np.linalg.eigvalsh((matrix + matrix.T).astype(np.float64) / 2)
    low, high = float(values[0]), float(values[-1])
    singular = abs(low) <= _rounding(values, matrix)
    what = f"is singular to the precision of {matrix.dtype.name}" if singular else "is not positive definite"
    text = f"{what}: its eigenvalues reach from {number(low, 2)} to {number(high, 2)}"
    return text, {"smallest_eigenvalue": low, "largest_eigenvalue": high}


def _rounding(values: Array, matrix: Array) -> float:
    """What rounding the entries of a matrix may move its singular values by, with room for their sum."""
    return float(np.max(np.abs(values), initial=0.0)) * len(matrix) * float(np.finfo(matrix.dtype).eps)


def _regular(matrix: Array, *, definite: bool) -> bool:
    """Whether elimination in wide precision finds pivots well above its own rounding (positive ones)."""
    work = matrix.copy()
    pivots = []
    for k in range(len(work)):
        row = k if definite else k + int(np.argmax(np.abs(work[k:, k])))
        work[[k, row]] = work[[row, k]]
        pivots.append(work[k, k])
        if not work[k, k]:
            return False
        work[k + 1 :] -= np.outer(work[k + 1 :, k] / work[k, k], work[k])
    sizes = np.array(pivots) if definite else np.abs(pivots)
    return bool(sizes.min() > 4 * len(matrix) * np.finfo(WIDE).eps * np.abs(sizes).max())
