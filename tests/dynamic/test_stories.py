"""Gradient checks as people come with them: verdict, first cause, and the line that it is placed at.

Each function ends its culprit line with `# here`; the ones without are sound.
"""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import tensorflow as tf

import stabcheck

RNG = np.random.default_rng(7)


def normal(*shape):
    return RNG.normal(size=shape)


def softmax(z):
    shares = np.exp(z - z.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


LABELS = [1, 2, 1]


def ctc_in_probabilities(logits):
    """The forward algorithm of connectionist temporal classification, without logarithms."""
    shares = softmax(logits)
    extended = [0, 1, 0, 2, 0, 1, 0]
    alpha = np.zeros(len(extended), dtype=logits.dtype)
    alpha[:2] = shares[0, extended[:2]]
    for now in shares[1:]:
        before = alpha
        alpha = np.zeros_like(before)
        for s, label in enumerate(extended):
            reached = before[s] + (before[s - 1] if s else 0)
            if s > 1 and label and label != extended[s - 2]:
                reached = reached + before[s - 2]
            alpha[s] = reached * now[label]  # here
    return -np.log(alpha[-1] + alpha[-2])


def adam_in_half(w):
    """One step of Adam, whose epsilon float16 does not have."""
    g = w * np.array([1e-4, -2e-3, 0.5], dtype=w.dtype)
    moment, variance = w.dtype.type(0.1) * g, w.dtype.type(0.001) * g * g
    return np.sum((w - moment / (np.sqrt(variance) + w.dtype.type(1e-8))) ** 2)  # here


SCORES = tf.constant(normal(4, 8), tf.float32)
MASK = tf.constant([[True, True, False, False], [False] * 4, [True] * 4])


def attention_with_a_masked_row(q):
    scores = tf.where(MASK, tf.matmul(q, SCORES, transpose_b=True), -np.inf)
    weights = tf.nn.softmax(scores)  # here
    return tf.reduce_sum((weights @ SCORES) ** 2)


def divergence_with_variance_zero(variance):
    return 0.5 * np.sum(variance - np.log(variance) - 1)  # here


def textbook_variance(x):
    return np.mean(x * x) - np.mean(x) ** 2  # here


def welford(x):
    mean = squares = x.dtype.type(0)
    for count, value in enumerate(x, 1):
        step = value - mean
        mean = mean + step / count
        squares = squares + step * (value - mean)
    return squares / len(x)


def centred_gradient(x):
    return 2 * (x - x.mean()) / x.size


def mixture_by_hand(x):
    shares = 0.5 * tf.exp(-0.5 * (x[:, None] - tf.constant([-1.0, 1.0])) ** 2)
    return tf.reduce_sum(tf.math.log(tf.reduce_sum(shares, -1)))  # here


COTANGENT = normal(6, 8)


def layer_norm(x):
    spread = np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    return np.sum(COTANGENT * (x - x.mean(-1, keepdims=True)) / spread)


def layer_norm_without_its_last_term(x):  # here
    spread = np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    return (COTANGENT - COTANGENT.mean(-1, keepdims=True)) / spread


IMAGE, KERNEL = normal(2, 7, 7), normal(3, 3)


def patches(image):
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3), axis=(1, 2))
    return windows[:, ::2, ::2]


def convolved(image, kernel):
    return 0.5 * np.sum(np.einsum("nijab,ab->nij", patches(image), kernel) ** 2)


def convolved_with_another_stride(image, kernel):  # here
    out = np.einsum("nijab,ab->nij", patches(image), kernel)
    by_image = np.zeros_like(image)
    for i, j in np.ndindex(3, 3):
        by_image[:, i : i + 3, j : j + 3] += out[:, i, j, None, None] * kernel  # i, not 2 * i
    return by_image, np.einsum("nijab,nij->ab", patches(image), out)


STEPS = normal(8, 3)


def states(w):
    found = [np.zeros(3)]
    for x in STEPS:
        found.append(np.tanh(found[-1] @ w + x))
    return found


def recurrent(w):
    return np.sum(states(w)[-1] ** 2)


def truncated_after_three_steps(w):
    hidden = states(w)
    slope, upstream = np.zeros_like(w), 2 * hidden[-1]
    for t in range(8, 5, -1):  # here
        inner = upstream * (1 - hidden[t] ** 2)
        slope += np.outer(hidden[t - 1], inner)
        upstream = inner @ w.T
    return slope


def softmax_loss(z):
    return softmax(z) @ COTANGENT[0, :5]


def softmax_gradient_transposed(z):
    shares = softmax(z)
    return (np.diag(shares) - np.outer(shares, shares)).T @ COTANGENT[0, :5]  # symmetric: nothing is wrong


def unit_vector(a):
    return a @ COTANGENT[0, :4] / np.linalg.norm(a)  # here


LARGE = (1e4 + normal(200)).astype(np.float32)
FAILING = [
    (ctc_in_probabilities, (3 * normal(60, 4)).astype(np.float32), np.zeros_like, "underflow"),
    (adam_in_half, np.array([1, 2, 3], dtype=np.float16), lambda w: w, "underflow"),
    (attention_with_a_masked_row, tf.constant(normal(3, 8), tf.float32), None, "domain-error"),
    (divergence_with_variance_zero, np.array([1.0, 0.0, 2.0]), lambda v: 0.5 - 0.5 / v, "domain-error"),
    (textbook_variance, LARGE, centred_gradient, "cancellation"),
    (mixture_by_hand, tf.constant([0.3, 20.0]), None, "domain-error"),
    (layer_norm, normal(6, 8), layer_norm_without_its_last_term, "wrong-gradient"),
    (convolved, (IMAGE, KERNEL), convolved_with_another_stride, "localized-error"),
    (recurrent, 0.5 * normal(3, 3), truncated_after_three_steps, "wrong-gradient"),
    (unit_vector, np.zeros(4), lambda a: a, "domain-error"),
]
SOUND = [(welford, LARGE, centred_gradient), (softmax_loss, normal(5), softmax_gradient_transposed)]


@pytest.mark.parametrize(
    ("fn", "arguments", "grad", "kind"), FAILING, ids=lambda value: getattr(value, "__name__", "")
)
def test_the_first_cause_and_its_line(fn, arguments, grad, kind):
    report = stabcheck.diagnose(fn, arguments, grad)
    assert (report.verdict, report.causes[0].kind) == ("fail", kind), str(report)
    assert (
        inspect.getsource(inspect.getmodule(fn))
        .splitlines()[report.causes[0].location.line - 1]
        .endswith("# here")
    )


@pytest.mark.parametrize(("fn", "arguments", "grad"), SOUND, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_sound(fn, arguments, grad):
    report = stabcheck.diagnose(fn, arguments, grad)
    assert (report.verdict, report.causes) == ("pass", ()), str(report)


def test_the_part_that_is_right_is_told_from_the_wrong_one():
    cause = stabcheck.diagnose(convolved, (IMAGE, KERNEL), convolved_with_another_stride).causes[0]
    assert "by image is wrong, that by kernel is right" in cause.explanation
