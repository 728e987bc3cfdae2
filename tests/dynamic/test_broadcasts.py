"""A silent broadcast and a gradient for the loss without it: one story, told by both causes."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import stabcheck

P = np.random.default_rng(0).normal(size=(5, 1))
Y = np.random.default_rng(1).normal(size=5)


def loss(p):
    return np.mean((p - Y) ** 2)


def grad_of_pairs(p):
    return 2 * (p - Y[:, None]) / 5


def kinds(report):
    return report.verdict, [cause.kind for cause in report.causes]


@tf.custom_gradient
def tensorflow_loss(p):
    return tf.reduce_mean((p - Y) ** 2), lambda dy: dy * grad_of_pairs(p)


@pytest.mark.parametrize(
    "arguments",
    [(loss, P, grad_of_pairs), (tensorflow_loss, tf.constant(P))],
    ids=["numpy", "tensorflow"],
)
def test_each_names_the_other(arguments):
    report = stabcheck.diagnose(*arguments)
    assert kinds(report) == ("fail", ["silent-broadcast", "wrong-gradient"])
    broadcast, wrong = report.causes
    assert "the gradient is not that of this function" in broadcast.explanation
    assert "then check again" in broadcast.suggestion
    assert f"repair the broadcast at line {broadcast.location.line} first" in wrong.suggestion


def test_the_advice_is_good():
    repaired = stabcheck.diagnose(lambda p: np.mean((p - Y[:, None]) ** 2), P, grad_of_pairs)
    assert kinds(repaired) == ("pass", [])


def test_a_gradient_of_the_function_as_written_passes_with_a_warning():
    def grad(p):
        return 2 * np.sum(p - Y[None, :], axis=1, keepdims=True) / 25

    report = stabcheck.diagnose(loss, P, grad)
    assert kinds(report) == ("pass", ["silent-broadcast"])
    assert "gradient" not in report.causes[0].explanation
    assert report.causes[0].location.line == loss.__code__.co_firstlineno + 1


def test_the_place_in_the_function_comes_before_that_in_the_gradient():
    def grad(p):
        return 2 * np.sum(p - Y, axis=1, keepdims=True) / 25

    report = stabcheck.diagnose(loss, P, grad)
    assert kinds(report) == ("pass", ["silent-broadcast"])
    assert report.causes[0].location.line == loss.__code__.co_firstlineno + 1


def test_a_broadcast_in_the_gradient_alone():
    def grad(p):
        return 2 * np.mean(p - Y, axis=1, keepdims=True) / 5

    report = stabcheck.diagnose(lambda p: np.mean((p[:, 0] - Y) ** 2), P, grad)
    assert kinds(report) == ("fail", ["silent-broadcast", "wrong-gradient"])
    broadcast, wrong = report.causes
    assert broadcast.explanation.startswith("in the gradient, ")
    assert "part of this gradient" in wrong.suggestion


def test_a_wrong_sign_is_not_explained_by_a_broadcast():
    def grad(p):
        return -2 * np.sum(p - Y[None, :], axis=1, keepdims=True) / 25

    report = stabcheck.diagnose(loss, P, grad)
    assert kinds(report) == ("fail", ["sign-error", "silent-broadcast"])
    assert "broadcast" not in report.causes[0].suggestion
