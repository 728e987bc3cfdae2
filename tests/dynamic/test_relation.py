"""How a wrong gradient is related to the right one: laws that hold for any factor, place and order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import stabcheck
from stabcheck.dynamic.locate import describe
from stabcheck.dynamic.relation import size_that_equals


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def loss(x):
    return np.sum(np.sin(x))


@given(st.floats(1e-6, 1e6), st.sampled_from([-1, 1]), st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_any_factor_is_found(size, sign, seed):
    factor = sign * size
    assume(abs(factor - 1) > 1e-6)
    report = stabcheck.diagnose(loss, normal(7, seed=seed), lambda x: factor * np.cos(x))
    first = report.causes[0]
    assert report.verdict == "fail"
    assert first.kind == ("sign-error" if factor == -1 else "scale-error")
    assert first.evidence["factor"] == pytest.approx(factor, rel=1e-6)


@given(st.integers(0, 19), st.floats(-3, 3))
@settings(max_examples=20, deadline=None)
def test_any_wrong_entry_is_found(entry, factor):
    assume(abs(factor - 1) > 1e-4)

    def grad(x):
        found = np.cos(x)
        found[entry] *= factor
        return found

    first = stabcheck.diagnose(loss, normal(20), grad).causes[0]
    assert (first.kind, first.evidence["indices"]) == ("localized-error", [[entry]])


@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_the_order_of_arguments_does_not_matter(factor):
    def forward(a, b):
        return np.sum(np.sin(a)) + np.sum(b**2)

    a, b = normal(3), normal(4, seed=1)
    one = stabcheck.diagnose(forward, (a, b), lambda a, b: (factor * np.cos(a), 2 * b))
    other = stabcheck.diagnose(lambda b, a: forward(a, b), (b, a), lambda b, a: (2 * b, factor * np.cos(a)))
    assert one.verdict == other.verdict
    assert [cause.kind for cause in one.causes] == [cause.kind for cause in other.causes]


def test_the_factor_is_named_after_the_captured_data():
    x = normal(9, 4)

    def fn(w):
        return np.mean((x @ w) ** 2)

    first = stabcheck.diagnose(fn, normal(4), lambda w: 2 * x.T @ (x @ w)).causes[0]
    assert first.evidence["factor"] == pytest.approx(9)
    assert "x.shape[0] = 9" in first.explanation


def test_a_symmetric_gradient_is_not_transposed():
    a = normal(4, 4)
    s = a + a.T
    first = stabcheck.diagnose(
        lambda w: np.sum(w * s), normal(4, 4, seed=1), lambda w: s * (1 + np.eye(4))
    ).causes[0]
    assert first.kind == "localized-error"


@pytest.mark.parametrize(
    ("factor", "expected"),
    [(12.0, ("n = 12", 1.0)), (-1 / 12, ("n = 12", -1.0)), (60.0, ("m × n = 60", 1.0)), (7.0, None)],
)
def test_sizes(factor, expected):
    assert size_that_equals(factor, {"n": 12, "m": 5}) == expected


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        (lambda x: x < 0, "x < 0"),
        (lambda x: np.abs(x) > 1, "|x| > 1"),
        (lambda x: x > 0.37, "x > 0.5"),
        (lambda x: np.arange(x.size).reshape(x.shape) // x.shape[1] == 2, "x[2, :]"),
        (lambda x: np.arange(x.size).reshape(x.shape) % x.shape[1] == 1, "x[:, 1]"),
        (lambda x: np.arange(x.size).reshape(x.shape) == 7, "x[1, 1]"),
    ],
)
def test_places_are_named(bad, text):
    x = np.linspace(-3, 3, 60)
    x = x[np.argsort(np.sin(1e3 * x))].reshape(10, 6)
    found = describe(bad(x), x, "x")
    assert found is not None
    assert found.text.split(" ")[0] == text.split(" ")[0]


def test_scattered_entries_have_nothing_in_common():
    rng = np.random.default_rng(0)
    assert describe(rng.random((10, 6)) < 0.5, rng.normal(size=(10, 6)), "x") is None
