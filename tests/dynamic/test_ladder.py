"""The numeric derivative and its error bar; noise; kinks, jumps and staircases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stabcheck.dynamic.adapters import problem_for
from stabcheck.dynamic.directions import draw
from stabcheck.dynamic.jumps import discontinuity, kink, staircase
from stabcheck.dynamic.ladder import Centre, climb, extrapolate, rung_bars
from stabcheck.dynamic.noise import ecnoise, profile
from stabcheck.dynamic.sampling import Effort, Sampler, inner


def rungs_of(fn, x, grad, seed=0):
    problem = problem_for(fn, (x,), grad)
    sampler = Sampler(problem, Effort())
    value = np.asarray(sampler.value(), dtype=np.float64)
    direction = draw(problem.leaves, np.random.default_rng(seed))
    centre = Centre(value, np.ones(value.shape), (np.asarray(grad(x), dtype=np.float64),))
    noise = profile(sampler, value, centre.cotangent, direction, 0.0)
    return climb(sampler, centre, [direction], noise)[0]


SMOOTH = {
    "sin": (lambda x: np.sum(np.sin(x)), np.cos),
    "exp": (lambda x: np.sum(np.exp(x)), np.exp),
    "rational": (lambda x: np.sum(x / (1 + x**2)), lambda x: (1 - x**2) / (1 + x**2) ** 2),
    "stiff": (lambda x: np.sum(np.sin(300 * x)), lambda x: 300 * np.cos(300 * x)),
    "offset": (lambda x: 1e6 + np.sum(x**3), lambda x: 3 * x**2),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", SMOOTH)
def test_the_derivative_lies_within_the_error_bar(name, dtype):
    fn, grad = SMOOTH[name]
    for seed in range(20):
        x = np.random.default_rng(seed).normal(size=5).astype(dtype)
        rungs = rungs_of(fn, x, grad, seed)
        estimate, _ = extrapolate(rungs)
        exact = inner((grad(x.astype(np.float64)),), rungs.direction)
        assert abs(estimate.value - exact) <= 4 * estimate.bar + 32 * rungs.unit * rungs.size


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=6), st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_linear_functions_are_exact_at_every_step(coefficients, seed):
    weights = np.asarray(coefficients)
    x = np.random.default_rng(seed).normal(size=weights.size)
    rungs = rungs_of(lambda x: np.sum(weights * x), x, lambda x: weights, seed)
    bars = rung_bars(rungs, rungs.noise)
    scale = np.sum(np.abs(weights) * np.abs(x)) + np.sum(np.abs(weights * rungs.direction[0]))
    assert np.all(np.abs(rungs.numeric - rungs.analytic) <= bars + 1e-15 * scale / rungs.steps)


def test_truncation_falls_with_the_square_of_the_step():
    rungs = rungs_of(*[SMOOTH["exp"][0], np.array([0.3, 0.7]), SMOOTH["exp"][1]])
    errors = np.abs(rungs.numeric - rungs.analytic)
    assert np.all(np.diff(np.log2(errors[:3])) < -5.5)  # 6 binary orders for 3 of the step


def test_ecnoise_finds_the_standard_deviation():
    rng = np.random.default_rng(0)
    found = ecnoise(1e-7 * rng.normal(size=(200, 8)) + 1e-5 * np.arange(8), 1.0)
    seen = found[found > 0]
    assert len(seen) > 150
    assert 0.5e-7 < np.median(seen) < 2e-7


def test_ecnoise_sees_none_in_smooth_or_constant_values():
    runs = np.stack([np.sin(1e-2 * np.arange(8.0)), np.zeros(8), np.array([0.0, np.nan] * 4)])
    assert not ecnoise(runs, 1.0).any()


def test_a_kink_has_its_one_sided_derivatives():
    rungs = rungs_of(lambda x: np.sum(np.abs(x)), np.array([0.0, 1.0]), np.sign)
    found = kink(rungs, rungs.noise)
    assert found is not None
    assert found.right - found.left == pytest.approx(2 * abs(rungs.direction[0][0]))


@pytest.mark.parametrize("x", [1e-3, 1e-1, 1.0])
def test_no_kink_next_to_one(x):
    rungs = rungs_of(lambda x: np.sum(np.abs(x)), np.array([x, 1.0]), np.sign)
    assert kink(rungs, rungs.noise) is None


def test_a_jump_has_its_height():
    rungs = rungs_of(lambda x: np.sum(3 * np.floor(x) + x), np.array([1.0, 2.5]), np.ones_like)
    assert abs(discontinuity(rungs, rungs.noise)) == pytest.approx(3)
    smooth = rungs_of(lambda x: np.sum(x**2), np.array([1.0, 2.5]), lambda x: 2 * x)
    assert discontinuity(smooth, smooth.noise) is None


def test_a_staircase_has_its_quantum():
    rungs = rungs_of(lambda x: np.sum(np.round(x * 1000) / 1000), np.array([0.7, 1.3]), np.ones_like)
    steps = staircase(rungs).quantum / 1e-3
    assert steps >= 1
    assert steps == pytest.approx(round(steps))
    smooth = rungs_of(lambda x: np.sum(x**2), np.array([1.0, 2.5]), lambda x: 2 * x)
    assert staircase(smooth) is None


def test_points_outside_the_domain_are_left_out():
    rungs = rungs_of(lambda x: np.sum(np.log(x)), np.array([0.01, 1.0, 1.0]), lambda x: 1 / x)
    assert 5 <= rungs.steps.size < 9
