"""The derivative of the gradient: against differences of it where a framework has it, else by symmetry."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import stabcheck

X = np.linspace(0.5, 1.5, 4)


def exp_with(gradient):
    @tf.custom_gradient
    def exp(x):
        return tf.exp(x), lambda dy: dy * gradient(x)

    return lambda x: tf.reduce_sum(exp(x))


@tf.custom_gradient
def exp_kept(x):
    y = tf.exp(x)
    return y, lambda dy: dy * y


@tf.custom_gradient
def product(x):
    return x * tf.sin(x), lambda dy: dy * (tf.sin(x) + x * tf.stop_gradient(tf.cos(x)))


def diagnosed(fn, args=X, grad=None, **keywords):
    return stabcheck.diagnose(fn, args, grad, order=2, **keywords)


def first(report):
    return report.verdict, report.causes[0].kind if report.causes else None


@pytest.mark.parametrize(
    "fn",
    [
        exp_with(lambda x: tf.stop_gradient(tf.exp(x))),
        exp_with(lambda x: tf.numpy_function(np.exp, [x], x.dtype)),
    ],
    ids=["stop_gradient", "numpy_function"],
)
def test_a_second_derivative_that_is_none(fn):
    report = diagnosed(fn)
    assert first(report) == ("fail", "second-order-error")
    cause = report.causes[0]
    assert "None" in cause.explanation
    assert cause.evidence["missing"] == ["x"]
    assert abs(cause.evidence["numeric"]) > 1
    assert stabcheck.diagnose(fn, X).verdict == "pass"  # which order=1 can't see


def test_a_second_derivative_that_lacks_a_term():
    report = diagnosed(product)
    assert first(report) == ("fail", "second-order-error")
    evidence = report.causes[0].evidence
    assert evidence["analytic"] / evidence["numeric"] == pytest.approx(evidence["ratio"])
    assert abs(evidence["ratio"] - 1) > 0.1


def test_in_variables_of_float32():
    weights = tf.Variable(X.astype(np.float32))
    wrong = exp_with(lambda x: tf.stop_gradient(tf.exp(x)))
    assert first(diagnosed(lambda: wrong(weights), None, variables=[weights])) == (
        "fail",
        "second-order-error",
    )
    assert diagnosed(lambda: tf.reduce_sum(tf.sin(weights)), None, variables=[weights]).verdict == "pass"


def test_one_of_two_arguments():
    wrong = exp_with(lambda x: tf.stop_gradient(tf.exp(x)))
    report = diagnosed(lambda a, b: tf.reduce_sum(a**3) + wrong(b), (X, X))
    assert first(report) == ("fail", "second-order-error")
    assert "by b it is None" in report.causes[0].explanation


@pytest.mark.parametrize(
    ("fn", "args"),
    [
        (exp_with(tf.exp), X),
        (lambda x: tf.reduce_sum(exp_kept(x)), X),
        (lambda x: tf.reduce_sum(3.0 * x), X),
        (lambda x, y: tf.reduce_sum(3.0 * x) + tf.reduce_sum(y**2), (X, X)),
        (lambda x: tf.reduce_sum(tf.nn.relu(x)), X),
        (tf.norm, X),
        (lambda x: tf.reduce_sum(tf.gather(x, [0, 0, 1]) ** 3), X),
        (lambda i, x: tf.reduce_sum(tf.gather(x, i) ** 3), (np.array([0, 1]), X)),
        (tf.function(lambda x: tf.reduce_sum(x**3)), X),
        (tf.nn.softmax, X),
    ],
    ids=[
        "exp",
        "kept",
        "linear",
        "half-linear",
        "relu",
        "norm",
        "gather",
        "integers",
        "compiled",
        "softmax",
    ],
)
def test_right_second_derivatives_of_tensorflow(fn, args):
    assert first(diagnosed(fn, args)) == ("pass", None)


def test_a_second_derivative_that_is_not_finite():
    report = diagnosed(lambda x: tf.reduce_sum(tf.abs(x) ** 1.5), np.array([0.0, 1.0, 2.0]))
    assert first(report) == ("fail", "second-order-error")
    assert "nan" in report.causes[0].explanation


@pytest.mark.parametrize(
    ("fn", "grad"),
    [
        (lambda x: np.sum(np.sin(x)), np.cos),
        (lambda x: np.sum(x) ** 2, lambda x: 2 * np.sum(x) * np.ones_like(x)),
        (lambda x: 3 * np.sum(x), lambda x: 3 * np.ones_like(x)),
        (np.linalg.norm, lambda x: x / np.linalg.norm(x)),
    ],
)
def test_right_gradients_of_numpy_are_symmetric(fn, grad):
    assert first(diagnosed(fn, X, grad)) == ("pass", None)


def test_integers_before_floats_do_not_truncate_the_gradient():
    index = np.array([0, 2])
    report = diagnosed(
        lambda i, x: np.sum(np.sin(x[i])), (index, X), lambda i, x: (None, np.isin(range(4), i) * np.cos(x))
    )
    assert first(report) == ("pass", None)


def test_a_gradient_that_is_an_array_has_no_derivative():
    assert first(diagnosed(lambda x: np.sum(np.sin(x)), X, np.cos(X))) == ("pass", None)


def test_a_field_that_is_right_at_the_point_alone():
    def grad(v):
        return 2 * v + np.array([0.0, v[0] - X[0], 0.0, 0.0])

    report = diagnosed(lambda v: np.sum(v**2), X, grad)
    assert first(report) == ("fail", "second-order-error")
    assert report.causes[0].location.line == grad.__code__.co_firstlineno


def kept(x):
    """A gradient that is right at X alone: the value there has become a constant."""
    return 3 * X * x


def test_an_own_gradient_that_is_right_at_the_point_alone():
    report = diagnosed(lambda x: np.sum(x**3), X, kept)
    assert first(report) == ("fail", "second-order-error")
    assert "beside it" in report.causes[0].explanation
    assert stabcheck.diagnose(lambda x: np.sum(x**3), X, kept).verdict == "pass"  # which order=1 can't see


def test_an_own_gradient_with_the_right_derivative():
    assert first(diagnosed(lambda x: np.sum(x**3), X, lambda x: 3 * x**2)) == ("pass", None)


def test_an_own_gradient_of_tensors_is_differentiated():
    point = tf.constant(X)
    stopped = diagnosed(lambda x: tf.reduce_sum(x**3), point, lambda x: 3 * x * tf.stop_gradient(x))
    assert first(stopped) == ("fail", "second-order-error")
    assert stopped.causes[0].evidence["ratio"] == pytest.approx(0.5, rel=1e-3)
    right = diagnosed(lambda x: tf.reduce_sum(x**3), point, lambda x: 3 * x**2)
    assert first(right) == ("pass", None)
    out_of_reach = diagnosed(lambda x: tf.reduce_sum(x**3), point, lambda x: tf.constant(3 * x.numpy() ** 2))
    assert first(out_of_reach) == ("pass", None)
