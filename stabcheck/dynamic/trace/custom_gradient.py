"""Each `tf.custom_gradient` of a run, checked by itself.

A tape never looks into a function with a custom gradient, but the recorder's private tape does: it saw the
operations of the function's own formula. Its derivative, contracted with a random upstream gradient, is
what the hand-written gradient must return: of the same shape, linear in the upstream gradient, of the same
value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from tensorflow.python.eager import record as tape_record

from stabcheck.dynamic.report import Location
from stabcheck.dynamic.trace.attribution import half_the_digits
from stabcheck.dynamic.trace.event import CustomGradient
from stabcheck.dynamic.trace.location import is_users
from stabcheck.dynamic.trace.statistics import Array
from stabcheck.dynamic.trace.tensorflow_kernels import WORKING, values

if TYPE_CHECKING:
    from stabcheck.dynamic.trace.tensorflow_recorder import Recorder

# Calls of one gradient function that are checked; the others are alike.
_CALLS_EACH = 2
_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Call:
    """One function with a custom gradient, as it was put on the tapes."""

    operation: str
    outputs: tuple[Any, ...]
    inputs: tuple[Any, ...]
    backward: Callable[..., Any]
    location: Location


class CustomGradients:
    """The custom gradients of a run, collected while it runs and checked afterwards."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note what is put on tapes with a hand-written backward function, for the length of the block."""
        original = tape_record.record_operation

        def noted(  # TensorFlow passes these by name, too
            op_type: Any,
            output_tensors: Any,
            input_tensors: Any,
            backward_function: Any,
            forward_function: Any = None,
        ) -> Any:
            location = gradient_location(backward_function)
            if location is not None and sum(c.location == location for c in self._calls) < _CALLS_EACH:
                call = Call(
                    str(op_type), tuple(output_tensors), tuple(input_tensors), backward_function, location
                )
                self._calls.append(call)
            return original(op_type, output_tensors, input_tensors, backward_function, forward_function)

        tape_record.record_operation = noted
        try:
            yield
        finally:
            tape_record.record_operation = original

    def checked(self, recorder: Recorder) -> tuple[CustomGradient, ...]:
        """What the check of each one found; to be called after the run."""
        found: list[CustomGradient] = []
        for call in self._calls:
            found += _check(recorder, call)
        return tuple(found)


def gradient_location(backward: Any, depth: int = 0) -> Location | None:
    """Where the user's gradient function is defined, looked for in TensorFlow's wrappers around it."""
    if depth > _DEPTH or not isinstance(backward, FunctionType):
        return None
    code = backward.__code__
    if is_users(code.co_filename):
        return Location(code.co_filename, code.co_firstlineno, code.co_name)
    # The wrapper's cells also hold the forward function; only what is called a gradient is followed.
    for name, cell in zip(code.co_freevars, backward.__closure__ or (), strict=True):
        if "grad" in name:
            try:
                found = gradient_location(cell.cell_contents, depth + 1)
            except ValueError:  # an empty cell
                continue
            if found is not None:
                return found
    return None


def _check(recorder: Recorder, call: Call) -> list[CustomGradient]:
    """Compare a gradient function with the derivative of its function's formula, input by input."""
    random = np.random.default_rng(0)
    floating = [t for t in call.outputs if t.dtype in WORKING]
    if len(floating) != len(call.outputs):
        return []
    upstream = [tf.constant(random.normal(size=t.shape), t.dtype) for t in call.outputs]
    try:
        given = tf.nest.flatten(call.backward(*upstream))
        doubled = tf.nest.flatten(call.backward(*(2 * u for u in upstream)))
    except Exception:  # the user's function, called with an upstream gradient that the run did not have
        return []
    derivatives = _derivatives(recorder, call, upstream)
    if derivatives is None or len(given) != len(call.inputs):
        return []
    results = []
    for k, (tensor, exact) in enumerate(zip(call.inputs, derivatives, strict=True)):
        if exact is not None and given[k] is not None:
            slope, twice = (np.asarray(tf.convert_to_tensor(g[k])) for g in (given, doubled))
            results.append(_judged(call, k, tensor, slope, twice, exact))
    return results


def _derivatives(recorder: Recorder, call: Call, upstream: Sequence[Any]) -> list[Array | None] | None:
    """The derivative by each input of the formula, contracted.

    None where the formula does not depend on it.
    """
    sources = [recorder.shadows.of_input(t) for t in call.inputs]
    targets = [recorder.shadows.of(t) for t in call.outputs]
    known = [s for s in sources if s is not None]
    try:
        slopes = recorder.shadows.tape.gradient(
            targets, known, output_gradients=[tf.cast(u, tf.float64) for u in upstream]
        )
    except (tf.errors.OpError, LookupError, ValueError, TypeError):
        return None
    found = iter(slopes)
    return [
        None if s is None or (g := next(found)) is None else values(tf.convert_to_tensor(g)) for s in sources
    ]


def _judged(
    call: Call, argument: int, tensor: Any, slope: Array, twice: Array, exact: Array
) -> CustomGradient:
    shape = tuple(tensor.shape)
    problem, error = "", 0.0
    if slope.shape != shape:
        problem = "missing-broadcast-sum" if _is_unsummed(slope, exact) else "shape-mismatch"
    else:
        size = float(np.max(np.abs(exact), initial=0.0))
        difference = np.abs(slope.astype(np.float64) - exact)
        error = float(np.max(difference, initial=0.0)) / (size or 1.0)
        # A formula that is flat (round, sign) has a made-up gradient on purpose.
        wrong = size > 0 and error > 4 * half_the_digits(tensor.dtype.name)
        if wrong and bool(np.any(slope != 0)) and bool(np.array_equal(slope, twice)):
            problem = "upstream-ignored"
        elif wrong:
            problem = "wrong-gradient"
    return CustomGradient(call.operation, call.location, argument, problem, shape, slope.shape, error)


def _is_unsummed(slope: Array, exact: Array) -> bool:
    """The gradient is right but for the sum over axes along which the input was broadcast."""
    extra = slope.ndim - exact.ndim
    if extra < 0:
        return False
    padded = (1,) * extra + exact.shape
    axes = tuple(i for i, (n, m) in enumerate(zip(slope.shape, padded, strict=True)) if n != m and m == 1)
    summed = slope.astype(np.float64).sum(axis=axes, keepdims=True)
    if summed.size != exact.size:
        return False
    return bool(np.allclose(summed.reshape(exact.shape), exact, rtol=1e-2, atol=1e-6))
