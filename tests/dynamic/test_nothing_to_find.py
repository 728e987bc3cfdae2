"""Functions without a derivative to measure: constant ones, arguments without elements, singular points."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import stabcheck

X = np.linspace(0.5, 1.5, 4)


def kinds(report):
    return report.verdict, [cause.kind for cause in report.causes]


def float32_outside_tensorflow():
    return tf.numpy_function(lambda: np.float32(2.7), [], tf.float32)


@pytest.mark.parametrize("terms", [lambda w: 0.0, lambda w: tf.reduce_sum(0 * w)], ids=["none", "zero"])
def test_a_function_that_does_not_depend_on_its_variables(terms):
    weights = tf.Variable(X.astype(np.float32))
    report = stabcheck.diagnose(lambda: float32_outside_tensorflow() + terms(weights), variables=[weights])
    assert kinds(report) == ("pass", [])
    assert report.answers["formula"] == "right: it is 0, and the function does not change, in float32"
    assert "e+2" not in str(report)


@pytest.mark.parametrize("grad", [np.zeros_like, lambda x: None], ids=["zero", "none"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("constant", [2.1, 0.0, 1e4])
def test_a_constant(constant, dtype, grad):
    report = stabcheck.diagnose(lambda x: x.dtype.type(constant), X.astype(dtype), grad)
    assert kinds(report) == ("pass", [])


def test_a_constant_is_not_differentiable_by_ones():
    report = stabcheck.diagnose(lambda x: np.float64(2.1), X, np.ones_like)
    assert report.verdict == "fail"


def test_a_small_slope_on_a_large_constant_is_no_constant():
    report = stabcheck.diagnose(lambda x: 1e6 + 1e-3 * np.sum(x), X, np.zeros_like)
    assert kinds(report) == ("fail", ["missing-gradient"])


@pytest.mark.parametrize("check", [{}, {"order": 2}, {"step": 1e-3, "tolerance": 1e-3}, {"full": True}])
def test_an_argument_without_elements(check):
    numpy = stabcheck.diagnose(lambda x: np.sum(x**2), np.zeros((0, 3)), lambda x: 2 * x, **check)
    tensorflow = stabcheck.diagnose(lambda x: tf.reduce_sum(x**2), tf.zeros((0, 3)), **check)
    assert kinds(numpy) == kinds(tensorflow) == ("pass", [])
    assert "no elements" in numpy.answers["formula"]


@pytest.mark.parametrize(("factor", "verdict"), [(3, "pass"), (2, "fail")])
def test_one_of_two_arguments_without_elements(factor, verdict):
    report = stabcheck.diagnose(
        lambda x, y: np.sum(x**2) + np.sum(y**3), (np.zeros(0), X), lambda x, y: (2 * x, factor * y**2)
    )
    assert report.verdict == verdict


def test_the_wrong_shape_of_nothing():
    report = stabcheck.diagnose(np.sum, np.zeros((0, 3)), lambda x: np.zeros(3))
    assert kinds(report) == ("fail", ["shape-mismatch"])


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: tf.where(x > 0, tf.sqrt(x) * tf.math.log(x), tf.zeros_like(x)),
        lambda x: tf.reduce_sum(tf.sqrt(x)),
        lambda x: tf.reduce_sum(tf.pow(x, 0.3)),
    ],
    ids=["where", "sqrt", "pow"],
)
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_a_singular_point_is_one_cause(fn, dtype):
    report = stabcheck.diagnose(fn, tf.constant([0.0, 1.0, 2.0], dtype))
    assert kinds(report) == ("fail", ["nan-gradient"])


def test_a_pole_of_the_gradient_is_one_cause():
    x = np.array([0.0, 1.0, 2.0])
    report = stabcheck.diagnose(lambda x: np.sum(np.sqrt(x)), x, lambda x: 0.5 / np.sqrt(x))
    assert kinds(report) == ("fail", ["nan-gradient"])


def test_what_is_rough_elsewhere_is_still_told():
    def loss(x):
        rippled = x[1:] + 1e-3 * np.sign(np.sin(1e9 * x[1:]))
        return np.sqrt(x[0]) + np.sum(rippled)

    x = np.array([0.0, 1.0, 2.0])
    report = stabcheck.diagnose(loss, x, lambda x: np.array([np.inf, 1.0, 1.0]))
    assert report.verdict == "fail"
    assert report.causes[0].kind == "nan-gradient"
    assert {"rough", "discontinuous"} & {cause.kind for cause in report.causes[1:]}


def test_a_change_that_every_precision_rounds_away_accuses_no_gradient():
    report = stabcheck.diagnose(lambda x: np.sum(1 - np.cos(x)), np.array([1e-10, 2e-10]), np.sin)
    # sixty digits know that the value is 2.5e-20, not 0
    assert kinds(report) == ("fail", ["cancellation"])
    assert report.causes[0].evidence["reference"] == "60 digits"


@pytest.mark.parametrize("wrong", [1.0, 1e-3, 1e-9])
def test_a_flat_stretch_has_no_other_gradient_than_0(wrong):
    x = np.array([-1.0, -3.0])
    report = stabcheck.diagnose(lambda x: np.sum(np.maximum(x, 0)), x, lambda x: np.full(2, wrong))
    assert report.verdict == "fail"
