"""A gradient that was computed in a narrow dtype is right if it is right to that dtype's digits."""

from __future__ import annotations

import numpy as np
import pytest

import stabcheck

RNG = np.random.default_rng(0)
X, TARGET = RNG.normal(size=(2, 30, 4))


def loss(x):
    return np.mean((np.tanh(x) - TARGET.astype(x.dtype)) ** 2)


def gradient(x):
    return 2 * (np.tanh(x) - TARGET.astype(x.dtype)) * (1 - np.tanh(x) ** 2) / x.size


def spoilt(found):
    found = found.copy()
    found[3, 2] *= found.dtype.type(1.01)
    return found


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_an_array_of_the_working_dtype(dtype):
    x = X.astype(dtype)
    assert stabcheck.diagnose(loss, x, gradient(x)).verdict == "pass"
    assert stabcheck.diagnose(loss, x, gradient(X).astype(dtype)).verdict == "pass"


def test_an_array_with_one_wrong_entry():
    x = X.astype(np.float32)
    report = stabcheck.diagnose(loss, x, spoilt(gradient(x)))
    assert (report.verdict, report.causes[0].kind) == ("fail", "localized-error"), str(report)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("narrow", ["float32", "float16"])
def test_code_that_ends_in_a_cast(dtype, narrow):
    def cast(x):
        return gradient(x).astype(narrow)

    report = stabcheck.diagnose(loss, X.astype(dtype), cast)
    assert report.verdict == "pass", str(report)


def test_code_that_ends_in_a_cast_and_is_wrong():
    report = stabcheck.diagnose(loss, X, lambda x: (1.01 * gradient(x)).astype(np.float32))
    assert (report.verdict, report.causes[0].kind) == ("fail", "scale-error"), str(report)


def test_entries_too_large_for_their_dtype_times_a_cotangent_are_no_overflow():
    x = np.array([3.0, 4.0, 5.0, 6.0])
    report = stabcheck.diagnose(lambda x: 2e4 * x**2 / 2, x, lambda x: (1e4 * x).astype(np.float16) * 2.0)
    assert "overflow" not in [cause.kind for cause in report.causes], str(report)


@pytest.mark.parametrize("in_numpy", [True, False])
def test_an_array_beside_a_tensorflow_function(in_numpy):
    tf = pytest.importorskip("tensorflow")
    x = tf.constant(X, tf.float32)
    target = tf.constant(TARGET, tf.float32)

    def function(x):
        return tf.reduce_mean((tf.tanh(x) - target) ** 2)

    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    found = tape.gradient(value, x)
    right = found.numpy() if in_numpy else found
    assert stabcheck.diagnose(function, x, right).verdict == "pass"
    wrong = spoilt(found.numpy())
    assert stabcheck.diagnose(function, x, wrong if in_numpy else tf.constant(wrong)).verdict == "fail"


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_an_array_with_entries_far_below_its_largest(dtype):
    """Reckoned as √(x² + 1) − (√(x² + 1) − g): each entry carries the rounding of numbers near 1."""
    x = np.array([2.0, 1e-1, 1e-2, 1e-3, 3e-5, 1e-7]).astype(dtype)
    whole = np.sqrt(x * x + x.dtype.type(1))
    found = whole - (whole - x / whole)
    report = stabcheck.diagnose(lambda x: np.sum(np.sqrt(x * x + 1)), x, found)
    assert report.verdict == "pass", str(report)
    assert stabcheck.diagnose(lambda x: np.sum(np.sqrt(x * x + 1)), x, found[::-1].copy()).verdict == "fail"


OPTIMUM = np.linalg.lstsq(X[:, :3], X[:, 3], rcond=None)[0]


def squares(b):
    return np.mean((X[:, :3].astype(b.dtype) @ b - X[:, 3].astype(b.dtype)) ** 2)


def squares_gradient(b):
    x = X[:, :3].astype(b.dtype)
    return 2 * x.T @ (x @ b - X[:, 3].astype(b.dtype)) / len(x)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_an_array_that_is_rounding_alone_because_the_gradient_is_zero(dtype):
    stored = squares_gradient(OPTIMUM.astype(dtype))
    assert 0 < np.max(np.abs(stored)) < 10 * np.finfo(dtype).eps
    report = stabcheck.diagnose(squares, OPTIMUM, stored)
    assert (report.verdict, report.causes) == ("pass", ()), str(report)


@pytest.mark.parametrize(("dtype", "error"), [("float32", 1e-4), ("float16", 0.3)])
def test_an_array_that_is_not_zero_where_the_gradient_is(dtype, error):
    stored = squares_gradient(OPTIMUM.astype(dtype)) + np.asarray([0, error, 0], dtype)
    assert stabcheck.diagnose(squares, OPTIMUM, stored).verdict == "fail"
