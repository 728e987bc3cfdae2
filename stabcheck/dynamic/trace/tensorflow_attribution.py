"""Sensitivities of a TensorFlow run's results, from the tape that watched the shadow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from stabcheck.dynamic.trace.attribution import (
    choose_target,
    coarsest_format,
    describe,
    gradient_floor,
    half_the_digits,
    with_contributions,
)
from stabcheck.dynamic.trace.errors import Array
from stabcheck.dynamic.trace.event import Result, Trace
from stabcheck.dynamic.trace.formats import FORMATS
from stabcheck.dynamic.trace.notes import notes_of
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
    results: list[Result] = []
    shadows: list[Any] = []
    for tensor in outputs:
        results += _described(recorder, "value", tensor)
        shadows += [recorder.shadows.of(tensor)] * (len(results) - len(shadows))
    sizes = [np.ravel(recorder.shadows.reference(t)).astype(np.float64) for t in outputs]
    for name, argument, tensor in slopes:
        floor = (
            gradient_floor(np.concatenate(sizes), np.asarray(argument, dtype=np.float64)) if sizes else 0.0
        )
        results += _described(recorder, f"gradient of {name}", tensor, floor)
        shadows += [recorder.shadows.of(tensor)] * (len(results) - len(shadows))
    adjoints: dict[int, list[Array | None]] = {}
    for k in _worth_a_look(results):
        found = _adjoints(recorder, shadows[k], results[k].entry)
        if found is not None:
            adjoints[k] = found
            results[k] = replace(results[k], condition_error=_condition_error(recorder, found, results[k]))
    notes = (*notes_of(recorder.events, results, recorder.closed), *_from_elsewhere(recorder, outputs))
    trace = Trace(tuple(recorder.events), dict(recorder.counts), results=tuple(results), notes=notes)
    target = choose_target([r if k in adjoints else replace(r, nonfinite=1) for k, r in enumerate(results)])
    return trace if target is None else _attributed(recorder, trace, target, adjoints[target])


def _from_elsewhere(recorder: Recorder, outputs: Sequence[Any]) -> tuple[str, ...]:
    """A note on a value that no operation of the run has made, though it is no input of it either."""
    given = {leaf.tensor._id for leaf in recorder.shadows.leaves if leaf.given}
    if all(t._id in recorder.producer or t._id in given for t in outputs):
        return ()
    return ("not seen: how the value is computed (NumPy code inside, or a graph of TensorFlow 1)",)


def _described(recorder: Recorder, name: str, tensor: Any, floor: float = 0.0) -> tuple[Result, ...]:
    event = recorder.producer.get(tensor._id, -1)
    coarsest = coarsest_format(recorder.events, event, tensor.dtype.name)
    return describe(
        name, event, values(tensor), recorder.shadows.reference(tensor), coarsest=coarsest, floor=floor
    )


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
    sources = [kept.shadow for kept in recorder.local_errors] + [
        leaf.shadow for leaf in recorder.shadows.leaves
    ]
    try:
        slopes = recorder.shadows.tape.gradient(shadow, sources, output_gradients=tf.constant(seed))
    except (tf.errors.OpError, LookupError, ValueError, TypeError):
        return None  # a shadow operation without a derivative: the trace stands without attribution
    return [None if g is None else values(tf.convert_to_tensor(g)) for g in slopes]


def _condition_error(recorder: Recorder, adjoints: Sequence[Array | None], result: Result) -> float:
    """Σ |∂y/∂x| |x| u / scale over inputs and data arrays of the run: the error that rounding those makes.

    Literals count as exact; a scalar that no input is can hardly be anything else. Infinite for a result
    that may be exactly 0, as far as the shadow can tell.
    """
    total = 0.0
    noise = 0.0
    for slope, kept in zip(adjoints, recorder.local_errors, strict=False):
        if slope is not None:
            with np.errstate(all="ignore"):
                terms = np.abs(slope * values(kept.shadow))
            noise += float(terms[np.isfinite(terms)].sum()) * _SHADOW_NOISE
    if abs(result.reference) <= noise:
        return inf
    leaves = recorder.shadows.leaves
    for slope, leaf in zip(adjoints[len(recorder.local_errors) :], leaves, strict=True):
        if slope is None or not (leaf.given or leaf.tensor.shape.num_elements() > 1):
            continue
        with np.errstate(all="ignore"):
            terms = np.abs(slope * values(leaf.shadow))
        total += float(terms[np.isfinite(terms)].sum())
    return total * FORMATS[result.coarsest].unit_roundoff / result.scale


def _attributed(recorder: Recorder, trace: Trace, target: int, adjoints: Sequence[Array | None]) -> Trace:
    result = trace.results[target]
    contributions: dict[int, float] = {}
    sensitivities: dict[int, float] = {}
    for kept, slope in zip(recorder.local_errors, adjoints, strict=False):
        if slope is None:
            continue
        with np.errstate(all="ignore"):
            relative = np.abs(slope * values(kept.shadow))
            products = slope * kept.error if kept.error is not None else np.zeros(1)
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
