"""Sensitivities of a TensorFlow run's results, from the tape that watched the shadow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from stabcheck.dynamic.trace.attribution import choose_target, describe, half_the_digits, with_contributions
from stabcheck.dynamic.trace.errors import Array
from stabcheck.dynamic.trace.event import Result, Trace
from stabcheck.dynamic.trace.tensorflow_kernels import WORKING, values

if TYPE_CHECKING:
    from stabcheck.dynamic.trace.tensorflow_recorder import Recorder

# The private tape is walked once a candidate; more than these are not looked at.
_CANDIDATES = 4


def finish(recorder: Recorder, named: Sequence[tuple[str, Any]]) -> Trace:
    """The trace of a recording: results with their conditioning, contributions to the worst of them.

    `named` are the results, by name. Must be called after the recording has ended.
    """
    results: list[Result] = []
    shadows: list[Any] = []
    for name, tensor in named:
        if tensor.dtype not in WORKING:
            continue
        event = recorder.producer.get(tensor._id, -1)
        for result in describe(name, event, values(tensor), recorder.reference(tensor)):
            results.append(result)
            shadows.append(recorder.shadow(tensor))
    adjoints: dict[int, list[Array | None]] = {}
    for k in _worth_a_look(results):
        found = _adjoints(recorder, shadows[k], results[k].entry)
        if found is not None:
            adjoints[k] = found
            results[k] = replace(results[k], condition_error=_condition_error(recorder, found, results[k]))
    trace = Trace(tuple(recorder.events), dict(recorder.counts), results=tuple(results))
    target = choose_target([r if k in adjoints else replace(r, nonfinite=1) for k, r in enumerate(results)])
    return trace if target is None else _attributed(recorder, trace, target, adjoints[target])


def _worth_a_look(results: Sequence[Result]) -> list[int]:
    """The results that are most likely inaccurate; the first finite one always."""
    finite = [k for k, r in enumerate(results) if not r.nonfinite]
    inaccurate = [k for k in finite if results[k].error > half_the_digits(results[k].dtype)]
    ranked = sorted(inaccurate, key=lambda k: -results[k].error)[:_CANDIDATES]
    return ranked or finite[:1]


def _adjoints(recorder: Recorder, shadow: Any, entry: tuple[int, ...]) -> list[Array | None] | None:
    """∂(one entry of a result)/∂(each shadow output, then each leaf); None where it doesn't depend on it."""
    seed = np.zeros(tuple(shadow.shape))
    seed[entry] = 1.0
    sources = [kept.shadow for kept in recorder.local_errors] + [leaf[1] for leaf in recorder.leaves.values()]
    try:
        slopes = recorder.tape.gradient(shadow, sources, output_gradients=tf.constant(seed))
    except (tf.errors.OpError, LookupError, ValueError, TypeError):
        return None  # a shadow operation without a derivative: the trace stands without attribution
    return [None if g is None else values(tf.convert_to_tensor(g)) for g in slopes]


def _condition_error(recorder: Recorder, adjoints: Sequence[Array | None], result: Result) -> float:
    """Σ |∂y/∂x| |x| u / |y| over the inputs and data arrays of the run: the error that rounding those makes.

    Literals count as exact; a scalar that no input is can hardly be anything else.
    """
    total = 0.0
    leaves = list(recorder.leaves.values())
    for slope, (tensor, shadow, given) in zip(adjoints[len(recorder.local_errors) :], leaves, strict=True):
        if slope is None or not (given or tensor.shape.num_elements() > 1):
            continue
        with np.errstate(all="ignore"):
            terms = np.abs(slope * values(shadow))
        total += float(terms[np.isfinite(terms)].sum())
    size = max(abs(result.reference), np.finfo(np.float64).tiny)
    return total * _unit_roundoff(result.dtype) / size


def _unit_roundoff(dtype: str) -> float:
    from stabcheck.dynamic.trace.formats import FORMATS  # noqa: PLC0415

    return FORMATS[dtype].unit_roundoff


def _attributed(recorder: Recorder, trace: Trace, target: int, adjoints: Sequence[Array | None]) -> Trace:
    result = trace.results[target]
    contributions: dict[int, float] = {}
    sensitivities: dict[int, float] = {}
    size = max(abs(result.reference), np.finfo(np.float64).tiny)
    for kept, slope in zip(recorder.local_errors, adjoints, strict=False):
        if slope is None:
            continue
        with np.errstate(all="ignore"):
            relative = np.abs(slope * values(kept.shadow))
            products = slope * kept.error if kept.error is not None else np.zeros(1)
        contribution = float(products[np.isfinite(products)].sum())
        contributions[kept.event] = contributions.get(kept.event, 0.0) + contribution
        sensitivity = float(relative[np.isfinite(relative)].sum()) / size
        sensitivities[kept.event] = sensitivities.get(kept.event, 0.0) + sensitivity
    return replace(
        trace,
        events=with_contributions(trace.events, contributions, sensitivities),
        target=target,
        actual_error=result.working - result.reference,
        predicted_error=float(sum(contributions.values())),
    )
