"""Where the derivative is 0, or the function is constant in pieces: what can be told, and what not."""

from __future__ import annotations

import numpy as np
import pytest

import stabcheck


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_a_loss_at_its_optimum_is_passed(scale):
    rng = np.random.default_rng(0)
    for _ in range(8):
        y = scale * rng.normal(size=20)
        report = stabcheck.diagnose(
            lambda m, y=y: np.mean((y - m) ** 2),
            np.array([y.mean()]),
            lambda m, y=y: -2 * np.mean(y - m, keepdims=True),
        )
        assert (report.verdict, report.causes) == ("pass", ()), str(report)


def test_a_gradient_that_is_not_zero_there_is_wrong():
    y = np.random.default_rng(0).normal(size=20)
    report = stabcheck.diagnose(lambda m: np.mean((y - m) ** 2), np.array([y.mean()]), np.array([1e-6]))
    assert report.verdict == "fail"


def test_a_derivative_that_drowns_in_a_constant_is_not_passed():
    x = np.random.default_rng(0).normal(size=4)
    report = stabcheck.diagnose(lambda x: 1e16 + np.sum(x), x, np.ones_like)
    assert (report.verdict, report.causes[0].kind) == ("inconclusive", "rough")


def decimals(x):
    return np.sum(np.round(x**2, 4))


NEAR_AN_EDGE = [1.64733907, 0.91748798, 1.06693487, 0.04767273]  # 1.06693487² is next to 1.13835


def test_a_rounding_to_decimals_is_no_cast_and_no_wrong_gradient():
    rng = np.random.default_rng(0)
    for x in [np.asarray(NEAR_AN_EDGE), *rng.normal(size=(24, 4))]:
        report = stabcheck.diagnose(decimals, x, lambda x: 2 * x)
        assert report.verdict != "fail", str(report)
        assert "dtype-mismatch" not in [cause.kind for cause in report.causes]


def test_a_wrong_gradient_of_a_staircase_is_found_all_the_same():
    x = np.random.default_rng(0).normal(size=4)
    report = stabcheck.diagnose(decimals, x, lambda x: 3 * x)
    assert report.verdict == "fail"
