"""Causes of the ladders at the line that makes them: cut paths, staircases, randomness, writes."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import tensorflow as tf

import stabcheck

X = np.random.default_rng(0).normal(size=(4, 3))


def line_of(mark: str) -> int:
    """The line of this file that ends with a comment."""
    lines = inspect.getsource(inspect.getmodule(line_of)).splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.endswith(f"# {mark}"))


def line_in(report):
    assert report.causes, str(report)
    return report.causes[0].location.line


def bootstrapped(q, target):
    wanted = tf.stop_gradient(0.9 * target + 1.0)  # stopped
    return tf.reduce_mean((q - wanted) ** 2)


def through_numpy(x):
    hidden = tf.tanh(x)
    doubled = tf.constant(2 * hidden.numpy())  # detour
    return tf.reduce_sum(doubled)


def partly_through_numpy(x):
    scale = float(tf.reduce_max(tf.abs(x)))  # measured
    return tf.reduce_sum(tf.tanh(x / scale))


@pytest.mark.parametrize(
    ("fn", "arguments", "kind", "mark"),
    [
        (bootstrapped, 2, "missing-gradient", "stopped"),
        (through_numpy, 1, "missing-gradient", "detour"),
        (partly_through_numpy, 1, "localized-error", "measured"),
    ],
)
def test_what_cuts_the_path_is_named(fn, arguments, kind, mark):
    report = stabcheck.diagnose(fn, tuple(tf.constant(row) for row in X[:arguments]))
    assert (report.verdict, report.causes[0].kind) == ("fail", kind)
    assert line_in(report) == line_of(mark)
    assert "cuts the path" in report.causes[0].suggestion


def test_a_stop_gradient_is_not_blamed_for_a_wrong_custom_gradient():
    @tf.custom_gradient
    def square(x):
        return x * x, lambda dy: dy * x  # forgotten two

    def softmax_sum(x):
        shifted = x - tf.stop_gradient(tf.reduce_max(x))
        return tf.reduce_sum(square(tf.exp(shifted)) * tf.constant(X[1]))

    report = stabcheck.diagnose(softmax_sum, tf.constant(X[0]))
    assert report.verdict == "fail"
    assert line_in(report) == line_of("forgotten two")


def test_reading_a_value_for_a_message_is_no_cause():
    def loss(x):
        found = tf.reduce_sum(tf.sin(x))
        float(found)
        return found

    report = stabcheck.diagnose(loss, tf.constant(X[0]))
    assert (report.verdict, report.causes) == ("pass", ())


@tf.custom_gradient
def straight_through(x):
    return tf.round(x), lambda dy: dy  # rounded


def test_a_staircase_is_placed_at_the_rounding():
    report = stabcheck.diagnose(lambda w: tf.reduce_sum(straight_through(8 * w) / 8), tf.constant(X[0]))
    assert (report.verdict, report.causes[0].kind) == ("inconclusive", "rough")
    assert line_in(report) == line_of("rounded")


def signs(w):
    return tf.reduce_sum(tf.matmul(tf.constant(X), tf.sign(w)) ** 2)  # sign


def hits(w):
    best = tf.argmax(tf.matmul(tf.constant(X), w), -1)
    return tf.reduce_mean(tf.cast(best == 1, tf.float64))  # counted


@pytest.mark.parametrize(("fn", "mark"), [(signs, "sign"), (hits, "counted")])
def test_a_gradient_that_is_zero_everywhere_has_a_note(fn, mark):
    report = stabcheck.diagnose(fn, tf.constant(np.random.default_rng(1).normal(size=(3, 2))))
    assert (report.verdict, report.causes) == ("pass", ())
    assert any(f"line {line_of(mark)}" in note for note in report.notes)


def test_a_dead_relu_has_none():
    report = stabcheck.diagnose(lambda w: tf.reduce_sum(tf.nn.relu(-tf.abs(w))), tf.constant(X))
    assert (report.verdict, report.notes) == ("pass", ())


@pytest.mark.parametrize("seed", range(4))
def test_a_function_that_is_constant_between_jumps_has_the_gradient_zero(seed):
    x = np.random.default_rng(seed).normal(size=5).astype(np.float32)
    right = stabcheck.diagnose(lambda x: np.sum(np.floor(10 * x) ** 2), x, np.zeros_like)
    assert (right.verdict, right.causes) == ("pass", ())


def test_a_change_below_the_rounding_of_an_offset_is_no_constant():
    report = stabcheck.diagnose(lambda x: 1e9 + np.sum(x), 1e-6 * X[0], np.zeros_like)
    assert report.verdict != "pass"


class Running:
    """Keeps a mean over its calls."""

    def __init__(self):
        self.mean = 0.0

    def __call__(self, x):
        self.mean = 0.9 * self.mean + 0.1 * x.mean()  # kept
        return np.sum((x - self.mean) ** 2)


def dropped(x):
    mask = np.random.rand(*x.shape) > 0.5  # drawn
    return np.sum(x * mask)


def dropped_by_tensorflow(x):
    return tf.reduce_sum(tf.nn.dropout(x, 0.5))  # dropped


@pytest.mark.parametrize(
    ("fn", "x", "mark"),
    [(Running(), X[0], "kept"), (dropped, X, "drawn"), (dropped_by_tensorflow, tf.constant(X), "dropped")],
    ids=["state", "NumPy", "TensorFlow"],
)
def test_randomness_and_state_are_placed(fn, x, mark):
    report = stabcheck.diagnose(fn, x, None if isinstance(x, tf.Tensor) else lambda x: x)
    assert (report.verdict, report.causes[0].kind) == ("inconclusive", "nondeterministic")
    assert line_in(report) == line_of(mark)
    assert "not tested" in report.answers["dtype"]


def mildly_dropped(x):
    """Two masks in a row are the same one time in seven."""
    mask = np.random.rand(*x.shape) < 0.8  # mildly drawn
    return np.sum(x * mask)


STEPS = tf.Variable(0.0)


def counted(x):
    STEPS.assign_add(1.0)  # one more
    return tf.reduce_sum(x**2) / STEPS


def shuffled(x):
    index = tf.random.shuffle(tf.range(16))[:4]  # shuffled
    rows = tf.gather(x, index)
    return tf.reduce_sum(rows**2)


def in_random_order(x):
    order = np.random.permutation(len(x))  # order drawn
    total = 0.0
    for place, entry in enumerate(order):
        total += 0.9**place * x[entry] ** 2
    return total


class Masked:
    def __init__(self):
        self.rng = np.random.default_rng(0)

    def __call__(self, x):
        self.mask = self.rng.random(x.shape) > 0.5  # masked
        kept = x * 2
        return np.sum(kept * self.mask)


@pytest.mark.parametrize(
    ("fn", "x", "mark"),
    [
        (Masked(), np.arange(1.0, 9.0), "masked"),
        (in_random_order, np.arange(1.0, 9.0), "order drawn"),
        (counted, tf.constant([1.0, 2.0]), "one more"),
        (shuffled, tf.constant(np.arange(16.0)), "shuffled"),
    ],
    ids=["mask", "order", "counter", "shuffle"],
)
def test_what_is_drawn_is_placed_where_it_is_drawn(fn, x, mark):
    report = stabcheck.diagnose(fn, x, None if isinstance(x, tf.Tensor) else np.ones_like)
    assert (report.verdict, report.causes[0].kind) == ("inconclusive", "nondeterministic")
    assert line_in(report) == line_of(mark)


@pytest.mark.parametrize("seed", range(8))
def test_a_mask_that_may_come_twice_is_placed(seed):
    np.random.seed(seed)
    report = stabcheck.diagnose(mildly_dropped, np.arange(1.0, 6.0), np.ones_like)
    assert (report.verdict, report.causes[0].kind) == ("inconclusive", "nondeterministic")
    assert line_in(report) == line_of("mildly drawn")


def centred(x):
    y = x * 2
    _centre(x)
    return np.sum(x**3) + y[0]


def _centre(x):
    mean = x.mean()
    x -= mean  # written


def test_the_line_that_writes_into_an_argument():
    report = stabcheck.diagnose(centred, X[0], lambda x: x)
    assert report.causes[0].kind == "mutates-input"
    assert line_in(report) == line_of("written")


MATRIX = np.random.default_rng(5).normal(size=(6, 6))


def stored_narrow(x):
    z = (MATRIX @ x).astype(np.float32)  # narrowed
    return float(np.sum(z * z))


def cast_narrow(x):
    z = tf.cast(tf.linalg.matvec(tf.constant(MATRIX), x), tf.float32)  # cast down
    return tf.cast(tf.reduce_sum(z * z), tf.float64)


@pytest.mark.parametrize(
    ("fn", "mark"), [(stored_narrow, "narrowed"), (cast_narrow, "cast down")], ids=["NumPy", "TensorFlow"]
)
@pytest.mark.parametrize("seed", range(3))
def test_a_cast_on_the_way_is_placed(fn, mark, seed):
    x = np.random.default_rng(seed).normal(size=6)
    grad = None if fn is cast_narrow else lambda x: 2 * MATRIX.T @ (MATRIX @ x)
    report = stabcheck.diagnose(fn, tf.constant(x) if grad is None else x, grad, step=1e-6, tolerance=1e-4)
    assert (report.verdict, report.causes[0].kind) == ("pass", "dtype-mismatch"), str(report)
    assert line_in(report) == line_of(mark)
    assert "float32" in report.causes[0].explanation


def test_a_wrong_gradient_of_it_is_found_all_the_same():
    x = np.random.default_rng(0).normal(size=6)
    report = stabcheck.diagnose(stored_narrow, x, lambda x: 2.1 * MATRIX.T @ (MATRIX @ x))
    assert (report.verdict, report.causes[0].kind) == ("fail", "scale-error")


def second_moment(w):
    v = tf.square(w * 0.1)  # vanishes
    return tf.reduce_sum(v * 1e4)


def test_an_underflow_below_the_smallest_normal_number_is_placed():
    report = stabcheck.diagnose(second_moment, tf.constant([1e-4, 2e-4, 3e-4], tf.float16))
    assert (report.verdict, report.causes[0].kind) == ("fail", "underflow")
    assert line_in(report) == line_of("vanishes")
    assert "in float64" in report.causes[0].explanation
