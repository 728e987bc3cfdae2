"""A million parameters: the cost of a diagnosis is in evaluations of the function, and these are few."""

from __future__ import annotations

import numpy as np
import pytest

import stabcheck

MANY = 10**6
WRONG = 314_159
HALVINGS = int(np.ceil(np.log2(MANY)))


def off_at_one_entry(found):
    found = np.array(found)
    found[WRONG] *= 1.01
    return found


def check_that_it_is_located(report):
    first = report.causes[0]
    assert (report.verdict, first.kind) == ("fail", "localized-error"), str(report)
    assert first.evidence["indices"] == [[WRONG]]
    assert first.evidence["analytic"] / first.evidence["numeric"] == pytest.approx(1.01, rel=1e-3)
    assert report.evaluations < 50 * HALVINGS


def values():
    return np.random.default_rng(0).normal(size=MANY)


def test_one_entry_of_a_million_in_numpy():
    report = stabcheck.diagnose(
        lambda x: np.sum(np.tanh(x)), values(), lambda x: off_at_one_entry(1 - np.tanh(x) ** 2)
    )
    check_that_it_is_located(report)


def test_one_entry_of_a_million_in_tensorflow():
    tf = pytest.importorskip("tensorflow")

    @tf.custom_gradient
    def function(x):
        def gradient(dy):
            factor = tf.tensor_scatter_nd_update(tf.ones_like(x), [[WRONG]], [tf.constant(1.01, x.dtype)])
            return dy * factor * (1 - tf.tanh(x) ** 2)

        return tf.reduce_sum(tf.tanh(x)), gradient

    check_that_it_is_located(stabcheck.diagnose(function, tf.constant(values())))


def test_a_right_gradient_costs_the_same_at_every_size():
    def evaluations(size):
        x = np.random.default_rng(0).normal(size=size)
        report = stabcheck.diagnose(lambda x: np.sum(np.sin(x)), x, np.cos)
        assert report.verdict == "pass", str(report)
        return report.evaluations

    assert evaluations(10**5) == evaluations(10**3)


def test_every_column_on_demand_takes_two_evaluations_each():
    x = np.random.default_rng(0).normal(size=2000)
    few = stabcheck.diagnose(lambda x: np.sum(np.sin(x)), x, np.cos)
    every = stabcheck.diagnose(lambda x: np.sum(np.sin(x)), x, np.cos, full=True)
    assert every.verdict == "pass"
    assert 2 * x.size <= every.evaluations - few.evaluations < 2.5 * x.size
