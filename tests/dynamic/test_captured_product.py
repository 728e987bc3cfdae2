"""A matrix that the function reads, not transposed in its gradient."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import stabcheck

RNG = np.random.default_rng(0)
MIX, TARGET = RNG.normal(size=(5, 5)), RNG.normal(size=5)
X, ROWS = RNG.normal(size=5), RNG.normal(size=(7, 5))


def softmax(z):
    shares = np.exp(z - z.max())
    return shares / shares.sum()


def softmax_gradient(z):
    shares = softmax(z)
    return shares * (TARGET - shares @ TARGET)


WRONG = {
    "in front": (lambda x: TARGET @ softmax(MIX @ x), X, lambda x: MIX @ softmax_gradient(MIX @ x)),
    "behind": (
        lambda r: np.sum(np.tanh(r @ MIX)),
        ROWS,
        lambda r: (1 - np.tanh(r @ MIX) ** 2) @ MIX,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_matrix_is_named(name):
    cause = stabcheck.diagnose(*WRONG[name]).causes[0]
    assert cause.kind == "transposed"
    assert "MIX.T belongs" in cause.explanation


def test_a_matrix_among_the_arguments():
    report = stabcheck.diagnose(
        lambda x, w: TARGET @ softmax(w @ x),
        (X, MIX),
        lambda x, w: (w @ softmax_gradient(w @ x), np.outer(softmax_gradient(w @ x), x)),
    )
    assert report.causes[0].kind == "transposed"
    assert "w.T belongs" in report.causes[0].explanation


def test_in_tensorflow():
    matrix = tf.constant(MIX)

    @tf.custom_gradient
    def mixed(x):
        return tf.linalg.matvec(matrix, x), lambda dy: tf.linalg.matvec(matrix, dy)

    report = stabcheck.diagnose(lambda x: tf.reduce_sum(tf.tanh(mixed(x)) * matrix[0]), tf.constant(X))
    assert (report.verdict, report.causes[0].kind) == ("fail", "transposed")


OTHERS = {
    "right": (lambda x: TARGET @ softmax(MIX @ x), X, lambda x: MIX.T @ softmax_gradient(MIX @ x), "pass"),
    "inverse": (
        lambda x: TARGET @ softmax(MIX @ x),
        X,
        lambda x: np.linalg.solve(MIX, softmax_gradient(MIX @ x)),
        "fail",
    ),
    "another mistake": (lambda x: TARGET @ softmax(MIX @ x), X, lambda x: MIX.T @ softmax(MIX @ x), "fail"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_look_alikes(name):
    fn, x, gradient, verdict = OTHERS[name]
    report = stabcheck.diagnose(fn, x, gradient)
    assert report.verdict == verdict
    assert all(cause.kind != "transposed" for cause in report.causes)
