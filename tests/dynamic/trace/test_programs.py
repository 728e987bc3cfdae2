"""The first cause of a marked program is its culprit line, a sound one has none, results stay the same."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest

from stabcheck.dynamic.trace import numpy_recorder
from stabcheck.dynamic.trace.event import Trace
from stabcheck.dynamic.trace.explain import causes
from stabcheck.dynamic.trace.formats import FORMATS
from tests.dynamic.trace import programs_numpy
from tests.dynamic.trace.programs import Program

tf = pytest.importorskip("tensorflow")

from stabcheck.dynamic.trace import tensorflow_recorder  # noqa: E402
from tests.dynamic.trace import programs_tensorflow  # noqa: E402

NUMPY = programs_numpy.shelf.programs
TENSORFLOW = programs_tensorflow.shelf.programs
CULPRITS = programs_numpy.shelf.culprits() + programs_tensorflow.shelf.culprits()
SOUND = programs_numpy.shelf.sound() + programs_tensorflow.shelf.sound()


def cast(value: Any, dtype: str) -> Any:
    if isinstance(value, np.ndarray):
        return value.astype(dtype)
    if isinstance(value, dict):
        return {k: cast(v, dtype) for k, v in value.items()}
    return copy.copy(value)


def arguments(program: Program) -> tuple[Any, ...]:
    return tuple(cast(a, program.dtype) for a in program.make())


def run_numpy(program: Program) -> tuple[Any, Trace]:
    value, _, trace = numpy_recorder.record(program.function, arguments(program))
    return value, trace


def run_tensorflow(program: Program) -> tuple[Any, Any, Trace]:
    tensors = [tf.constant(a, program.dtype) for a in program.make()]
    tape = tf.GradientTape(persistent=True)

    def value():
        with tape:
            for tensor in tensors:
                tape.watch(tensor)
            return program.function(*tensors)

    named = {f"x{i}": tensor for i, tensor in enumerate(tensors)}
    return tensorflow_recorder.record(value, lambda y: tape.gradient(y, tensors), named)


def trace_of(program: Program) -> Trace:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run_numpy(program)[-1] if program in NUMPY else run_tensorflow(program)[-1]


def names(program: Program) -> str:
    return ("numpy-" if program in NUMPY else "tensorflow-") + program.name


def test_there_are_enough_programs():
    assert len(CULPRITS) >= 40
    assert len(SOUND) >= 30


@pytest.mark.parametrize("program", CULPRITS, ids=names)
def test_the_first_cause_is_the_culprit(program):
    found = causes(trace_of(program))
    assert found, "no cause"
    [(line, kind)] = program.marks()
    assert found[0].location is not None
    assert (found[0].location.line, found[0].kind) == (line, kind), found[0].explanation


@pytest.mark.parametrize("program", SOUND, ids=names)
def test_sound_programs_are_not_accused(program):
    assert causes(trace_of(program)) == ()


@pytest.mark.parametrize("program", NUMPY, ids=names)
def test_numpy_results_are_bitwise_the_same(program):
    with np.errstate(all="ignore"):
        watched, _ = run_numpy(program)
        plain = program.function(*arguments(program))
    assert type(watched) is type(plain)
    assert np.asarray(watched).dtype == np.asarray(plain).dtype
    assert np.asarray(watched).tobytes() == np.asarray(plain).tobytes()


@pytest.mark.parametrize("program", TENSORFLOW, ids=names)
def test_tensorflow_results_are_bitwise_the_same(program):
    watched, slopes, _ = run_tensorflow(program)
    tensors = [tf.constant(a, program.dtype) for a in program.make()]
    with tf.GradientTape() as tape:
        for tensor in tensors:
            tape.watch(tensor)
        plain = program.function(*tensors)
    expected = tape.gradient(plain, tensors)
    assert watched.numpy().tobytes() == plain.numpy().tobytes()
    for got, want in zip(slopes, expected, strict=True):
        assert (got is None) == (want is None)
        assert got is None or got.numpy().tobytes() == want.numpy().tobytes()


@pytest.mark.parametrize("program", NUMPY + TENSORFLOW, ids=names)
def test_contributions_add_up_to_the_error(program):
    trace = trace_of(program)
    if trace.target is None:
        return
    target = trace.results[trace.target]
    infinite = any(event.nonfinite for event in trace.events)
    if target.error > 0.3 or infinite:  # as large as the result, or of no size: not a matter of first order
        return
    # What second order and the shadow's own rounding leave is less than one unit roundoff of the result.
    rest = FORMATS[target.dtype].unit_roundoff * abs(target.scale)
    assert trace.predicted_error == pytest.approx(trace.actual_error, rel=0.1, abs=rest)
