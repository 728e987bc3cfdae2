"""Points at which differences can't be taken to both sides, or in every direction."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import stabcheck
from stabcheck.dynamic import DiagnoseError


def rates(x):
    if np.any(x < 0):
        raise ValueError("rates must not be negative")
    return np.sum(x**2 + 3 * x)


RATES = np.array([0.0, 0.5, 2.0])
FACTOR = np.random.default_rng(3).normal(size=(5, 5))
POSITIVE = FACTOR @ FACTOR.T + 5 * np.eye(5)


def kinds(report):
    return report.verdict, [cause.kind for cause in report.causes]


@pytest.mark.parametrize(
    ("fn", "x", "gradient"),
    [
        (rates, RATES, lambda x: 2 * x + 3),
        (lambda x: np.sum(x**1.5), RATES, lambda x: 1.5 * np.sqrt(x)),
        (
            lambda x: np.sum(np.arccos(x) ** 3),
            np.array([1.0, 0.3]),
            lambda x: -3 * np.arccos(x) ** 2 * slope(x),
        ),
    ],
    ids=["raises", "power", "arccos"],
)
def test_at_the_edge_of_the_domain_the_inside_counts(fn, x, gradient):
    right = stabcheck.diagnose(fn, x, gradient)
    assert kinds(right) == ("pass", [])
    assert any("edge" in note for note in right.notes)
    wrong = stabcheck.diagnose(fn, x, lambda x: gradient(x) + 0.5)
    assert wrong.verdict == "fail"


def slope(x):
    """1/√(1 − x²), and what it is worth where arccos vanishes: arccos² falls faster."""
    return 1 / np.sqrt(np.maximum(1 - x**2, 1e-300))


@pytest.mark.parametrize(
    ("fn", "x"),
    [
        (lambda x: np.sum(x * np.log(x + 1e-30)), RATES),
        (lambda x: np.sum(np.sqrt(x + 1e-30)), RATES),
        (lambda x: np.sum(np.sqrt(np.abs(x) + 1e-30)), RATES),
    ],
    ids=["x log x", "root", "root of |x|"],
)
def test_a_vertical_tangent_has_no_derivative_to_compare_with(fn, x):
    report = stabcheck.diagnose(fn, x, np.ones_like)
    assert kinds(report) == ("inconclusive", ["non-differentiable"])
    assert "vertical" in report.causes[0].explanation


def log_determinant(m):
    return 2 * tf.reduce_sum(tf.math.log(tf.linalg.diag_part(tf.linalg.cholesky(m))))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_function_of_one_triangle_with_a_gradient_for_symmetric_matrices(dtype):
    report = stabcheck.diagnose(log_determinant, tf.constant(POSITIVE, dtype))
    assert kinds(report) == ("pass", [])
    assert any("symmetric" in note for note in report.notes)


def test_a_symmetric_gradient_that_is_wrong():
    wrong = stabcheck.diagnose(np.linalg.det, POSITIVE, np.linalg.inv)  # without the determinant
    assert wrong.verdict == "fail"
    transposed = stabcheck.diagnose(lambda m: np.sum(FACTOR * m), POSITIVE, lambda m: FACTOR.T)
    assert kinds(transposed) == ("fail", ["transposed"])


@pytest.mark.parametrize("seed", range(4))
def test_a_rounding_is_no_cast(seed):
    x = np.random.default_rng(seed).normal(size=4)
    report = stabcheck.diagnose(lambda x: np.sum(np.round(x * 100) / 100), args=(x,), grad=np.ones_like)
    assert [cause.kind for cause in report.causes] == ["rough"]
    assert "cast" not in report.causes[0].evidence


def test_rounding_errors_make_no_kink():
    def root(b):
        return np.sum((-b + np.sqrt(b * b - 4e-6)) / 2)

    report = stabcheck.diagnose(
        root, args=(np.array([1e5, 2e5]),), grad=lambda b: 0.5 * (b / np.sqrt(b * b - 4e-6) - 1)
    )
    assert [cause.kind for cause in report.causes] == ["cancellation"]


def test_a_location_is_a_path_and_a_line():
    report = stabcheck.diagnose(lambda x: np.sum(x * x), args=(np.ones(3),), grad=lambda x: -2 * x)
    path, line = report.causes[0].location
    assert (path, line) == (__file__, report.causes[0].location[1])


def test_a_point_that_is_not_finite_is_named():
    report = stabcheck.diagnose(np.sum, args=(np.array([1.0, np.nan]),), grad=np.ones_like)
    assert report.causes[0].kind == "domain-error"
    assert "[1] is nan itself" in report.causes[0].explanation


def test_arguments_without_elements_are_at_no_edge():
    report = stabcheck.diagnose(np.sum, args=(np.ones((0, 3)),), grad=np.ones_like)
    assert (report.verdict, report.notes) == ("pass", ())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fn": lambda x, y: np.sum(x), "grad": np.ones_like}, "fn= can't be called with 1 argument: .*'y'"),
        ({"fn": np.sum, "grad": lambda: 1.0}, "grad= can't be called with 1 argument"),
        ({"fn": np.sin, "vjp": lambda x: x}, "vjp= can't be called with 2 arguments"),
    ],
)
def test_a_function_of_other_arguments_is_one_line(options, message):
    with pytest.raises(DiagnoseError, match=message):
        stabcheck.diagnose(args=(np.ones(3),), **options)


def test_a_type_error_of_the_users_own_passes_through():
    def loss(x):
        return np.sum(x) + "1"

    with pytest.raises(TypeError, match=r"unsupported|ufunc|could not|not supported"):
        stabcheck.diagnose(loss, args=(np.ones(3),), grad=np.ones_like)


@pytest.mark.parametrize("seed", range(6))
def test_dead_relus_have_kinks_and_no_missing_gradient(seed):
    weights = tf.constant(np.random.default_rng(seed).normal(size=(4, 3)))
    report = stabcheck.diagnose(
        lambda x: tf.nn.relu(x @ weights), args=(tf.zeros((2, 4), tf.float64),), seed=seed
    )
    assert [cause.kind for cause in report.causes] == ["non-differentiable"]


def huber(r):
    size = np.abs(r)
    return np.sum(np.where(size <= 1, 0.5 * r * r, size - 0.5))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("fn", "gradient"),
    [
        (huber, lambda r: np.clip(r, -1, 1)),
        (lambda x: np.sum(np.maximum(0, 1 - x) ** 2), lambda x: -2 * np.maximum(0, 1 - x)),
    ],
    ids=["Huber at its threshold", "squared hinge at its corner"],
)
def test_where_the_second_derivative_jumps_a_right_gradient_is_not_accused(fn, gradient, seed):
    x = 2 * np.random.default_rng(seed).normal(size=1 + 2 * seed)
    x[0] = 1.0
    assert kinds(stabcheck.diagnose(fn, x, gradient, seed=seed)) == ("pass", [])
    if seed:  # a single entry may have the gradient 0, of which 1.00003 times is 0
        slightly_wrong = stabcheck.diagnose(fn, x, lambda x: gradient(x) * (1 + 3e-5), seed=seed)
        assert slightly_wrong.verdict == "fail"


@pytest.mark.parametrize("jitter", [1e-6, 1e-9, 1e-11])
def test_near_a_pole_the_ladder_goes_finer(jitter):
    rng = np.random.default_rng(8)
    column, x = rng.normal(size=(5, 1)), rng.normal(size=5)

    def gradient(covariance):
        inverse = np.linalg.inv(covariance)
        return inverse.T - np.outer(inverse.T @ x, inverse @ x)

    def likelihood(covariance):
        return np.linalg.slogdet(covariance)[1] + x @ np.linalg.solve(covariance, x)

    covariance = column @ column.T + jitter * np.eye(5)
    assert stabcheck.diagnose(likelihood, covariance, gradient).verdict == "pass"
    wrong = stabcheck.diagnose(likelihood, covariance, lambda c: 1.5 * gradient(c))
    assert wrong.verdict == "fail"


def test_where_the_derivative_is_zero_errors_are_not_taken_relative_to_it():
    report = stabcheck.diagnose(lambda x: np.sum(x**2), np.zeros(3), lambda x: 2 * x)
    assert kinds(report) == ("pass", [])
    assert all(step.error <= 1 and step.bar <= 1e3 for step in report.steps)
    assert "0" in report.answers["check"]
    assert "no difference" not in report.answers["check"]


TIED = np.array([[1.0, 1.0, 0.2], [0.5, 0.7, 0.7]])


def test_a_gradient_that_is_wrong_at_ties_alone_is_told_once():
    report = stabcheck.diagnose(
        lambda x: np.sum(x.max(1)), TIED, lambda x: (x == x.max(1, keepdims=True)).astype(float)
    )
    assert kinds(report) == ("fail", ["wrong-gradient"])
    assert "right but at the kink at x[0, 0], x[0, 1], x[1, 1], x[1, 2]" in report.causes[0].explanation
    assert "share" in report.causes[0].suggestion


def test_a_gradient_that_is_wrong_everywhere_is_not_excused_by_ties():
    report = stabcheck.diagnose(
        lambda x: np.sum(x.max(1) ** 2), TIED, lambda x: (x == x.max(1, keepdims=True)) * 7 * x**2
    )
    assert report.verdict == "fail"
    assert "right but" not in report.causes[0].explanation


def test_a_kink_is_described_by_the_entry_that_has_it():
    x = np.array([0.3, 0.0, -1.0])
    report = stabcheck.diagnose(
        lambda r: np.sum(np.maximum(0.9 * r, -0.1 * r)), x, lambda r: np.where(r >= 0, 0.9, -0.1)
    )
    assert kinds(report) == ("inconclusive", ["non-differentiable"])
    assert "r[1] is -0.1 on one side and 0.9 on the other" in report.causes[0].explanation


def test_a_value_outside_both_slopes_at_one_entry():
    x = np.array([0.3, 0.0, -1.0])
    report = stabcheck.diagnose(
        lambda r: np.sum(np.maximum(0, r)), x, lambda r: np.where(r >= 0, 2.0, 0) - (r > 0)
    )
    assert kinds(report) == ("fail", ["localized-error"])
    assert "2 at a kink, where 0 to 1 would do" in report.causes[0].explanation


def test_a_curvature_that_jumps_a_rounding_beside_the_point_accuses_nothing():
    x = np.array([1.1, 1.8, -2.6, -0.1, 1.0, 1.4], dtype=np.float32)  # 0.1 is rounded in float32

    def smooth_absolute(r):
        return np.sum(np.where(np.abs(r) < 0.1, r * r / 0.2, np.abs(r) - 0.05))

    assert kinds(stabcheck.diagnose(smooth_absolute, x, lambda r: np.clip(r / 0.1, -1, 1))) == ("pass", [])
