"""Sensitivities of a TensorFlow run's results, from the tape that watched the shadow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from stabcheck.dynamic.trace.attribution import (
    NO_WIDER,
    choose_target,
    coarsest_format,
    describe,
    disagree,
    gradient_floor,
    half_the_digits,
    is_bad,
    with_contributions,
    without_noise,
)
from stabcheck.dynamic.trace.event import Event, Result, Trace
from stabcheck.dynamic.trace.exact_arrays import DIGITS, LITTLE, MOST
from stabcheck.dynamic.trace.formats import FORMATS, wide_name, wide_type
from stabcheck.dynamic.trace.notes import notes_of
from stabcheck.dynamic.trace.statistics import Array
from stabcheck.dynamic.trace.tensorflow_exact import ExactRun, exact_run, has_doubtful_zero
from stabcheck.dynamic.trace.tensorflow_kernels import values

if TYPE_CHECKING:
    from stabcheck.dynamic.trace.tensorflow_recorder import Recorder

# The private tape is walked once a candidate; more than these are not looked at.
_CANDIDATES = 4
# What float64 operations of the shadow may add up to, relative to the numbers they handle.
_SHADOW_NOISE = 2.0**-50


def finish(recorder: Recorder, outputs: Sequence[Any], slopes: Sequence[tuple[str, Any, Any]]) -> Trace:
    """The trace of a recording: results with their conditioning, contributions to the worst of them.

    `outputs` are the tensors of the value, `slopes` name, argument and gradient of each leaf. Must be
    called after the recording has ended.
    """
    wide = recorder.shadows.reference
    named = _named(outputs, slopes, wide)
    results, shadows = _described(recorder, named, wide, None)
    events: Sequence[Event] = recorder.events
    notes = (*notes_of(events, results, recorder.closed), *_from_elsewhere(recorder, outputs))
    errors: Mapping[int, Array] = {}
    sizes: Mapping[int, Array] = {}
    narrow = wide_type() is np.float64 and any(e.dtype == "float64" for e in events)
    run = _settled(recorder, results, narrow=narrow)
    if run is not None:
        again, shadows_again = _described(recorder, named, run.reference, f"{DIGITS} digits")
        if narrow or disagree(results, again):
            errors = run.local_errors()
            events = run.measured(events, errors)
        results, shadows, sizes = again, shadows_again, run.sizes()
    elif narrow:
        notes = (*notes, NO_WIDER)
    adjoints: dict[int, list[Array | None]] = {}
    for k in _worth_a_look(results):
        found = _adjoints(recorder, shadows[k], results[k].entry)
        if found is not None:
            adjoints[k] = found
            error = _condition_error(recorder, found, results[k], known=run is not None)
            results[k] = replace(results[k], condition_error=error)
    trace = Trace(tuple(events), dict(recorder.counts), results=tuple(results), notes=notes)
    target = choose_target([r if k in adjoints else replace(r, nonfinite=1) for k, r in enumerate(results)])
    return trace if target is None else _attributed(recorder, trace, target, adjoints[target], errors, sizes)


def _settled(recorder: Recorder, results: Sequence[Result], *, narrow: bool) -> ExactRun | None:
    """The run in arbitrary precision, where there is a doubt about float64 and it is small enough."""
    in_double = any(e.dtype == "float64" for e in recorder.events)
    if narrow or (in_double and is_bad(results)):
        return exact_run(recorder, MOST)
    return exact_run(recorder, LITTLE) if has_doubtful_zero(recorder) else None


Named = tuple[str, Any, float]  # name, tensor, and the size that a gradient is judged by, at least


def _named(
    outputs: Sequence[Any],
    slopes: Sequence[tuple[str, Any, Any]],
    reference: Callable[[Any], Array],
) -> list[Named]:
    found: list[Named] = [("value", tensor, 0.0) for tensor in outputs]
    sizes = [np.ravel(reference(t)).astype(np.float64) for t in outputs]
    for name, argument, tensor in slopes:
        given = np.asarray(argument, dtype=np.float64)
        floor = gradient_floor(np.concatenate(sizes), given) if sizes else 0.0
        found.append((f"gradient of {name}", tensor, floor))
    return found


def _described(
    recorder: Recorder, named: Sequence[Named], reference: Callable[[Any], Array], arithmetic: str | None
) -> tuple[list[Result], list[Any]]:
    """The results at their worst entries, and the shadow of each."""
    results: list[Result] = []
    shadows: list[Any] = []
    for name, tensor, floor in named:
        event = recorder.producer.get(tensor._id, -1)
        coarsest = coarsest_format(recorder.events, event, tensor.dtype.name)
        working, exact = values(tensor), without_noise(reference(tensor), values(tensor))
        found = describe(name, event, working, exact, coarsest=coarsest, floor=floor)
        beside = wide_name() if tensor.dtype == tf.float64 else "float64"
        results += [replace(r, arithmetic=arithmetic or beside) for r in found]
        shadows += [recorder.shadows.of(tensor)] * len(found)
    return results, shadows


def _from_elsewhere(recorder: Recorder, outputs: Sequence[Any]) -> tuple[str, ...]:
    """A note on a value that no operation of the run has made, though it is no input of it either."""
    given = {leaf.tensor._id for leaf in recorder.shadows.leaves if leaf.given}
    if all(t._id in recorder.producer or t._id in given for t in outputs):
        return ()
    return ("not seen: how the value is computed (NumPy code inside, or a graph of TensorFlow 1)",)


def _worth_a_look(results: Sequence[Result]) -> list[int]:
    """The results that are most likely inaccurate; the first finite one always."""
    finite = [k for k, r in enumerate(results) if not r.nonfinite]
    inaccurate = [k for k in finite if results[k].error > half_the_digits(results[k].coarsest)]
    ranked = sorted(inaccurate, key=lambda k: -results[k].error)[:_CANDIDATES]
    return ranked or finite[:1]


def _adjoints(recorder: Recorder, shadow: Any, entry: tuple[int, ...]) -> list[Array | None] | None:
    """∂(one entry of a result)/∂(each shadow output, then each leaf); None where it doesn't depend on it."""
    seed = np.zeros(tuple(shadow.shape))
    seed[entry] = 1.0
    sources = [kept.shadow for kept in recorder.comparison.local_errors] + [
        leaf.shadow for leaf in recorder.shadows.leaves
    ]
    try:
        slopes = recorder.shadows.tape.gradient(shadow, sources, output_gradients=tf.constant(seed))
    except (tf.errors.OpError, LookupError, ValueError, TypeError):
        return None  # a shadow operation without a derivative: the trace stands without attribution
    return [None if g is None else values(tf.convert_to_tensor(g)) for g in slopes]


def _condition_error(
    recorder: Recorder, adjoints: Sequence[Array | None], result: Result, *, known: bool
) -> float:
    """Σ |∂y/∂x| |x| u / scale over inputs and data arrays of the run: the error that rounding those makes.

    Literals count as exact; a scalar that no input is can hardly be anything else. Infinite for a result
    that may be exactly 0, as far as the shadow can tell (`known`: the reference is exact, and can).
    """
    total = 0.0
    noise = 0.0
    for slope, kept in zip(adjoints, recorder.comparison.local_errors, strict=False):
        if slope is not None:
            with np.errstate(all="ignore"):
                terms = np.abs(slope * values(kept.shadow))
            noise += float(terms[np.isfinite(terms)].sum()) * _SHADOW_NOISE
    if abs(result.reference) <= (0.0 if known else noise):
        return inf
    leaves = recorder.shadows.leaves
    for slope, leaf in zip(adjoints[len(recorder.comparison.local_errors) :], leaves, strict=True):
        if slope is None or not (leaf.given or leaf.tensor.shape.num_elements() > 1):
            continue
        with np.errstate(all="ignore"):
            terms = np.abs(slope * values(leaf.shadow))
        total += float(terms[np.isfinite(terms)].sum())
    return total * FORMATS[result.coarsest].unit_roundoff / result.scale


def _attributed(
    recorder: Recorder,
    trace: Trace,
    target: int,
    adjoints: Sequence[Array | None],
    exact_errors: Mapping[int, Array],
    exact_sizes: Mapping[int, Array],
) -> Trace:
    result = trace.results[target]
    contributions: dict[int, float] = {}
    sensitivities: dict[int, float] = {}
    for kept, slope in zip(recorder.comparison.local_errors, adjoints, strict=False):
        if slope is None:
            continue
        with np.errstate(all="ignore"):
            size = exact_sizes.get(kept.event)
            relative = np.abs(slope * (values(kept.shadow) if size is None else size))
            error = exact_errors.get(kept.event, kept.error)
            products = slope * error if error is not None and error.shape == slope.shape else np.zeros(1)
        contribution = float(products[np.isfinite(products)].sum())
        contributions[kept.event] = contributions.get(kept.event, 0.0) + contribution
        sensitivity = float(relative[np.isfinite(relative)].sum()) / result.scale
        sensitivities[kept.event] = sensitivities.get(kept.event, 0.0) + sensitivity
    return replace(
        trace,
        events=with_contributions(trace.events, contributions, sensitivities),
        target=target,
        actual_error=result.working - result.reference,
        predicted_error=float(sum(contributions.values())),
    )
