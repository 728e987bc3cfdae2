"""The user's check, judged: which of its parts fail a right gradient, and what would have passed it."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import stabcheck
from stabcheck.dynamic.check_causes import reachable

X = np.random.default_rng(0).normal(size=(3, 4))

NONE: tuple[str, ...] = ()
SMALL, LARGE, SIDED = ("step-too-small",), ("step-too-large",), ("one-sided-difference",)
COARSE, TIGHT = ("dtype-too-coarse",), ("tolerance-too-tight",)

# dtype, scheme, step, tolerance, the causes in their order; None: the check doesn't say
TABLE = [
    # float64, two-sided
    ("float64", "central", None, None, NONE),
    ("float64", "central", None, 1e-8, NONE),
    ("float64", "central", None, 1e-14, TIGHT),
    ("float64", "central", 1e-5, None, NONE),
    ("float64", "central", 1e-5, 1e-8, NONE),
    ("float64", "central", 1e-5, 1e-14, TIGHT),
    ("float64", "central", 1e-13, None, SMALL),
    ("float64", "central", 1e-12, 1e-8, SMALL),
    ("float64", "central", 1e-12, 1e-14, SMALL + TIGHT),
    ("float64", "central", 0.5, None, LARGE),
    ("float64", "central", 0.5, 1e-8, LARGE),
    ("float64", "central", 0.5, 1e-14, LARGE + TIGHT),
    # float64, one-sided: it reaches about 1e-8
    ("float64", "forward", 1e-8, None, NONE),
    ("float64", "forward", 1e-8, 1e-6, NONE),
    ("float64", "backward", 1e-8, 1e-6, NONE),
    ("float64", "forward", 1e-3, 1e-5, SIDED),
    ("float64", "backward", 1e-3, 1e-5, SIDED),
    ("float64", "forward", 1e-5, 1e-10, SIDED),
    ("float64", "forward", 1e-8, 1e-10, SIDED),
    ("float64", "forward", 1e-8, 1e-14, SIDED + TIGHT),
    ("float64", "forward", 1e-13, None, SMALL),
    ("float64", "forward", 1e-12, 1e-10, SMALL + SIDED),
    ("float64", "forward", 1e-12, 1e-14, SMALL + SIDED + TIGHT),
    ("float64", "forward", 0.5, None, LARGE),
    ("float64", "forward", 0.5, 1e-10, LARGE + SIDED),
    # float32
    ("float32", "central", None, None, NONE),
    ("float32", "central", None, 1e-3, NONE),
    ("float32", "central", None, 1e-7, COARSE),
    ("float32", "central", None, 1e-14, TIGHT),
    ("float32", "central", 1e-2, None, NONE),
    ("float32", "central", 1e-2, 1e-7, COARSE),
    ("float32", "central", 1e-2, 1e-14, TIGHT),
    ("float32", "central", 1e-6, None, SMALL),
    ("float32", "central", 1e-6, 1e-3, SMALL),
    ("float32", "central", 1e-6, 1e-7, COARSE + SMALL),
    ("float32", "central", 1e-6, 1e-14, SMALL + TIGHT),
    ("float32", "central", 1e-9, 1e-7, COARSE + SMALL),
    ("float32", "central", 0.5, None, LARGE),
    ("float32", "central", 0.5, 1e-7, COARSE + LARGE),
    ("float32", "forward", 1e-3, None, NONE),
    ("float32", "forward", 1e-2, 2e-4, SIDED),
    ("float32", "forward", 1e-6, None, SMALL),
    ("float32", "forward", 1e-6, 1e-7, COARSE + SMALL + SIDED),
    # float16
    ("float16", "central", None, None, NONE),
    ("float16", "central", None, 1e-5, COARSE),
    ("float16", "central", None, 1e-14, TIGHT),
    ("float16", "central", 1e-1, None, NONE),
    ("float16", "central", 1e-1, 1e-5, COARSE),
    ("float16", "central", 1e-4, None, SMALL),
    ("float16", "central", 1e-4, 1e-5, COARSE + SMALL),
    ("float16", "central", 1.0, None, LARGE),
    ("float16", "forward", 1e-1, None, SIDED),
    ("float16", "forward", 1e-4, 1e-5, COARSE + SMALL + SIDED),
]


def judged(dtype, **check):
    return stabcheck.diagnose(lambda x: np.sum(np.sin(x)), X.astype(dtype), np.cos, **check)


@pytest.mark.parametrize(("dtype", "scheme", "step", "tolerance", "kinds"), TABLE)
def test_every_part_that_fails_a_right_gradient(dtype, scheme, step, tolerance, kinds):
    step = (scheme, step) if step is not None and scheme != "central" else step
    report = judged(dtype, step=step, tolerance=tolerance)
    assert report.verdict == "pass"
    assert tuple(cause.kind for cause in report.causes) == kinds, str(report)
    assert report.answers["formula"].startswith("right")


@pytest.mark.parametrize(("dtype", "scheme", "step", "tolerance", "kinds"), TABLE)
def test_what_is_suggested_passes(dtype, scheme, step, tolerance, kinds):
    if not kinds:
        return
    step = (scheme, step) if step is not None and scheme != "central" else step
    last = COARSE if COARSE[0] in kinds else kinds[-1:]
    causes = {cause.kind: cause for cause in judged(dtype, step=step, tolerance=tolerance).causes}
    evidence = causes[last[0]].evidence
    assert evidence["suggested"] >= evidence["best_error"]
    again = judged(dtype, step=evidence["best_step"], tolerance=evidence["suggested"])
    assert again.causes == () or last in (SMALL, LARGE)
    if evidence.get("float64_step") and last == COARSE:
        assert judged("float64", step=evidence["float64_step"], tolerance=tolerance).causes == ()


def test_the_step_and_the_tolerance_are_named():
    dtype, step = judged("float32", step=1e-6, tolerance=1e-7).causes
    for cause in (step, dtype):
        assert "1e-02" in cause.suggestion  # the step of float32
        assert "1e-04" in cause.suggestion  # and what it reaches
    assert "in float64 it reaches" in dtype.explanation
    assert step.evidence["error"] > 1e-3 > step.evidence["best_error"]


def test_the_same_on_tensorflow():
    x = tf.constant(X, tf.float32)
    report = stabcheck.diagnose(lambda x: tf.reduce_sum(tf.sin(x)), x, step=1e-6, tolerance=1e-7)
    assert report.verdict == "pass"
    assert [cause.kind for cause in report.causes] == ["dtype-too-coarse", "step-too-small"]


def test_a_step_that_leaves_the_domain():
    x = np.array([0.05, 0.1])
    report = stabcheck.diagnose(lambda x: np.sum(np.log(x)), x, lambda x: 1 / x, step=0.2)
    assert (report.verdict, report.causes[0].kind) == ("pass", "step-too-large")
    assert "domain" in report.causes[0].explanation


def test_a_large_argument_takes_a_large_step():
    x = np.array([3e6, -5e6], np.float32)
    report = stabcheck.diagnose(
        lambda x: np.sum(np.sin(x / 1e6)), x, lambda x: np.cos(x / 1e6) / 1e6, step=1.0
    )
    assert (report.verdict, report.causes[0].kind) == ("pass", "step-too-small")
    assert report.causes[0].evidence["best_step"] >= 1e3


def test_a_wrong_gradient_is_wrong_whatever_the_check():
    report = stabcheck.diagnose(lambda x: np.sum(np.sin(x)), X, lambda x: 2 * np.cos(x), step=1e-12)
    assert [cause.kind for cause in report.causes] == ["scale-error"]


@pytest.mark.parametrize(("error", "tolerance"), [(2e-5, 1e-4), (3e-3, 2e-2), (2.4e-6, 1e-5), (0.0, 1e-300)])
def test_a_reachable_tolerance(error, tolerance):
    assert reachable(error) == pytest.approx(tolerance)


def test_the_step_that_is_advised_is_a_usual_one():
    x = np.random.default_rng(0).normal(size=6)
    report = stabcheck.diagnose(  # a quadratic: a step of 1 is exact
        lambda w: np.sum(w**2), x, lambda w: 2 * w, step=1e-13, tolerance=1e-6
    )
    assert [cause.kind for cause in report.causes] == ["step-too-small"]
    assert 1e-6 <= report.causes[0].evidence["best_step"] <= 1e-4
