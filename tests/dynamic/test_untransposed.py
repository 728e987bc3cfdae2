"""A hand-written product that forgets to transpose the Jacobian, and what looks like one."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import stabcheck

RNG = np.random.default_rng(5)
A = RNG.normal(size=(4, 4))
B = RNG.normal(size=(3, 3))
X = RNG.normal(size=4)
M = RNG.normal(size=(4, 3))
WIDE = RNG.normal(size=(4, 5))


def jacobian_of_mix(x):
    """Of x -> A tanh(x) + x^2, which is not symmetric."""
    return A * (1 - np.tanh(x) ** 2) + np.diag(2 * x)


def mix(x):
    return A @ np.tanh(x) + x**2


def slope(z):
    return 1 - np.tanh(z) ** 2


UNTRANSPOSED = {
    "a matrix": (lambda x: A @ x, X, lambda x, dy: A @ dy),
    "a matrix from the left": (lambda x: A @ x, M, lambda x, dy: A @ dy),
    "a matrix from the right": (lambda x: x @ B, M, lambda x, dy: dy @ B),
    "a product of matrices": (lambda x: np.tanh(A @ x), X, lambda x, dy: A @ dy * slope(A @ x)),
    "a Jacobian": (mix, X, lambda x, dy: jacobian_of_mix(x) @ dy),
}
PARTLY = {
    "after an elementwise function": (lambda x: np.tanh(A @ x), X, lambda x, dy: A @ (dy * slope(A @ x))),
    "before one": (lambda x: A @ np.tanh(x), X, lambda x, dy: A @ dy * slope(x)),
    "of a batch": (lambda x: np.tanh(x @ B), M, lambda x, dy: (dy * slope(x @ B)) @ B),
}
OTHERS = {
    "a factor on a symmetric matrix": (lambda x: (A + A.T) @ x, X, lambda x, dy: 2 * (A + A.T) @ dy),
    "a factor on the product": (lambda x: A @ x, X, lambda x, dy: 2 * A @ dy),
    "a wrong derivative of each entry": (np.tanh, X, lambda x, dy: dy * (1 - np.tanh(x))),
    "a wrong matrix": (lambda x: A @ x, X, lambda x, dy: (A.T + np.eye(4)) @ dy),
    "a missing term": (mix, X, lambda x, dy: A.T @ dy * (1 - np.tanh(x) ** 2)),
    "the derivative on the wrong side": (lambda x: np.tanh(A @ x), X, lambda x, dy: A.T @ dy * slope(A @ x)),
    "no derivative": (lambda x: np.tanh(A @ x), X, lambda x, dy: A.T @ dy),
    "not transposed, and no derivative": (lambda x: np.tanh(A @ x), X, lambda x, dy: A @ dy),
    "a symmetric matrix without derivative": (
        lambda x: np.tanh((A + A.T) @ x),
        X,
        lambda x, dy: (A + A.T) @ dy,
    ),
    "another number of values": (lambda x: x @ WIDE, X, lambda x, dy: WIDE @ dy * x),
}


@pytest.mark.parametrize("name", UNTRANSPOSED)
def test_the_jacobian_itself_is_called_transposed(name):
    fn, x, vjp = UNTRANSPOSED[name]
    cause = stabcheck.diagnose(fn, (x,), vjp=vjp).causes[0]
    assert cause.kind == "transposed"
    assert "J.T @ dy" in cause.explanation


@pytest.mark.parametrize("name", PARTLY)
def test_one_matrix_of_it_that_is_not_transposed(name):
    fn, x, vjp = PARTLY[name]
    cause = stabcheck.diagnose(fn, (x,), vjp=vjp).causes[0]
    assert cause.kind == "transposed"
    assert "dy @ W.T" in cause.explanation


@pytest.mark.parametrize("name", OTHERS)
def test_another_mistake_is_not(name):
    fn, x, vjp = OTHERS[name]
    report = stabcheck.diagnose(fn, (x,), vjp=vjp)
    assert report.verdict == "fail"
    assert all(cause.kind != "transposed" for cause in report.causes)


def test_a_symmetric_matrix_needs_no_transpose():
    report = stabcheck.diagnose(lambda x: (A + A.T) @ x, (X,), vjp=lambda x, dy: (A + A.T) @ dy)
    assert (report.verdict, report.causes) == ("pass", ())


def test_custom_gradients_of_tensorflow():
    matrix = tf.constant(A)

    @tf.custom_gradient
    def layer(x):
        return tf.linalg.matvec(matrix, x), lambda dy: tf.linalg.matvec(matrix, dy)

    cause = stabcheck.diagnose(layer, (tf.constant(X),)).causes[0]
    assert cause.kind == "transposed"
    assert cause.location is not None
    assert cause.location.path == __file__
