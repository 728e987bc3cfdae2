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


Z = np.random.default_rng(0).normal(size=(4, 5))


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def sum_of_probabilities(z):
    return softmax(z).sum()


def gradient_of_probabilities(z):
    p = softmax(z)
    return p * (1 - p.sum(1, keepdims=True))


def sum_of_normalised(x):
    return np.sum((x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5))


def gradient_of_normalised(x):
    inverse = 1 / np.sqrt(x.var(0) + 1e-5)
    normalised = (x - x.mean(0)) * inverse
    ones = np.ones_like(x)
    return inverse * (ones - ones.mean(0) - normalised * (ones * normalised).mean(0))


IDENTITIES = {
    "softmax": (sum_of_probabilities, gradient_of_probabilities),
    "normalised": (sum_of_normalised, gradient_of_normalised),
}


@pytest.mark.parametrize("name", IDENTITIES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("stored", [None, np.float32])
@pytest.mark.parametrize("step", [None, 1e-5])
def test_a_function_that_is_constant_by_an_identity_is_passed(name, dtype, stored, step):
    function, gradient = IDENTITIES[name]
    z = Z.astype(dtype)
    given = gradient if stored is None else gradient(Z.astype(stored))
    report = stabcheck.diagnose(function, (z,), given, step=step, tolerance=None if step is None else 1e-6)
    assert (report.verdict, report.causes) == ("pass", ()), str(report)
    assert "constant" in " ".join(report.notes)


@pytest.mark.parametrize("name", IDENTITIES)
@pytest.mark.parametrize(
    "wrong", [np.ones_like, softmax, lambda z: 1e-7 * z, lambda z: np.full(z.shape, 1e-3, "f4")]
)
def test_a_gradient_of_it_that_is_not_zero_is_wrong(name, wrong):
    report = stabcheck.diagnose(IDENTITIES[name][0], (Z,), wrong)
    assert report.verdict == "fail", str(report)


def test_noise_that_is_not_rounding_makes_no_function_constant():
    def hashed(x):
        return np.sum(np.modf(np.sin(x * 1e9) * 1e7)[0])

    report = stabcheck.diagnose(hashed, (Z[0],), np.zeros_like)
    assert report.verdict == "inconclusive", str(report)
