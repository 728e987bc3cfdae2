"""A run is recorded where something is to be explained, or when somebody asks."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import tensorflow as tf

import stabcheck
from stabcheck.dynamic.adapters.tensorflow_problem import TensorFlowProblem

X = np.linspace(0.5, 1.5, 5)
COLUMN = tf.constant(X[:, None])


@pytest.fixture
def recordings(monkeypatch):
    """How often a run was recorded."""
    made = []
    record = TensorFlowProblem.trace
    monkeypatch.setattr(
        TensorFlowProblem, "trace", lambda self, cotangent: made.append(1) or record(self, cotangent)
    )
    return made


def sound(x):
    return tf.reduce_sum(tf.sin(x) ** 2)


def broadcasting(x):
    return tf.reduce_mean((x - COLUMN) ** 2)


def cancelling(x):
    return tf.reduce_sum((1 - tf.cos(1e-7 * x)) * 1e14)


@tf.custom_gradient
def own(x):
    return tf.sin(x), lambda dy: dy * tf.cos(x)


@tf.function
def compiled(x):
    return tf.sin(x)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_sound_run_is_recorded_when_its_trace_is_asked_for(recordings, dtype):
    report = stabcheck.diagnose(sound, tf.constant(X, dtype))
    assert (report.verdict, report.causes, recordings) == ("pass", (), [])
    assert any(event.operation == "sin" for event in report.trace.events)
    assert report.trace is report.trace
    assert recordings == [1]


@pytest.mark.parametrize(
    ("fn", "kind"),
    [
        (broadcasting, "silent-broadcast"),
        (cancelling, "cancellation"),
        (lambda x: tf.reduce_sum(own(x)), None),
        (lambda x: tf.reduce_sum(compiled(x)), None),
        (lambda x: tf.reduce_sum(tf.stop_gradient(x) * x), "scale-error"),
    ],
    ids=["broadcast", "cancellation", "custom gradient", "nested function", "wrong"],
)
def test_what_evaluations_do_not_settle_is_recorded(recordings, fn, kind):
    report = stabcheck.diagnose(fn, tf.constant(X))
    assert [cause.kind for cause in report.causes] == ([kind] if kind else [])
    assert recordings == [1]


def test_a_report_keeps_its_trace_through_pickle():
    report = stabcheck.diagnose(lambda x: np.sum(x**2), X, lambda x: 3 * x)
    assert len(pickle.loads(pickle.dumps(report.recording)).trace.events) == len(report.trace.events) > 0
