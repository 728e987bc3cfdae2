"""One central difference an entry confirms what is right, and nothing that is not."""

from __future__ import annotations

import numpy as np
import pytest

from stabcheck.dynamic.adapters import problem_for
from stabcheck.dynamic.contracts import examine
from stabcheck.dynamic.formula_examination import examine_formula
from stabcheck.dynamic.sampling import Effort, Sampler
from stabcheck.dynamic.screening import unsettled


def formula_of(fn, x, grad):
    rng = np.random.default_rng(0)
    sampler = Sampler(problem_for(fn, (x,), grad), Effort())
    return examine_formula(sampler, examine(sampler, None, rng, with_gradient=True), rng)


def entries_of(x):
    return [(0, entry) for entry in range(x.size)]


def test_right_entries_take_two_evaluations_each():
    x = np.random.default_rng(1).normal(size=40)
    formula = formula_of(lambda x: np.sum(np.sin(x)), x, np.cos)
    before = formula.sampler.effort.evaluations
    left = unsettled(formula, entries_of(x))
    assert len(left) <= 4
    assert formula.sampler.effort.evaluations == before + 2 * x.size


@pytest.mark.parametrize("error", [1e-1, 1e-3, 1e-5, -1e-5])
def test_a_wrong_entry_is_never_confirmed(error):
    x = np.random.default_rng(1).normal(size=40)

    def gradient(x):
        found = np.cos(x)
        found[7] *= 1 + error
        return found

    formula = formula_of(lambda x: np.sum(np.sin(x)), x, gradient)
    assert (0, 7) in unsettled(formula, entries_of(x))


def test_a_kink_is_not_confirmed_by_a_slope_beside_it():
    x = np.array([0.0, 1.0, -1.0])
    formula = formula_of(lambda x: np.sum(np.abs(x)), x, lambda x: np.where(x == 0, 1.0, np.sign(x)))
    assert (0, 0) in unsettled(formula, entries_of(x))


def test_an_entry_that_leaves_the_domain_is_not_confirmed():
    x = np.array([1e-9, 1.0, 2.0])
    formula = formula_of(lambda x: np.sum(np.sqrt(x)), x, lambda x: 0.5 / np.sqrt(x))
    assert unsettled(formula, entries_of(x)) == [(0, 0)]
