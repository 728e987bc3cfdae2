"""One-liners that go wrong, with their kinds of cause in order, and what is right at extreme inputs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stabcheck.dynamic.trace.event import Trace
from stabcheck.dynamic.trace.explain import causes
from stabcheck.dynamic.trace.numpy_recorder import record

tf = pytest.importorskip("tensorflow")

from tests.dynamic.trace.test_tensorflow_recorder import normal, run  # noqa: E402

K = tf.keras
LARGE = [[1000.0, -1000.0, 0.0], [3.0, 2.0, 1.0]]
LABELS = np.eye(3, dtype=np.float32)[[0, 1]]
NEGINF = tf.constant(-np.inf, tf.float32)
ROWS = tf.constant([[True, True], [False, False]])


def kinds(trace: Trace) -> list[str]:
    return [cause.kind for cause in causes(trace)]


WRONG = {
    "entropy of 0": (lambda p: -tf.reduce_sum(p * tf.math.log(p)), [[0.0, 0.5]], ["domain-error"]),
    "divergence from 0": (
        lambda q: tf.reduce_sum(tf.math.log([0.5, 0.5] / q)),
        [[0.0, 1.0]],
        ["domain-error"],
    ),
    "masked product": (lambda x: tf.reduce_sum(tf.math.log(x) * [0.0, 1.0]), [[0.0, 0.5]], ["domain-error"]),
    "log of relu": (lambda x: tf.reduce_sum(tf.math.log(tf.nn.relu(x))), [[-1.0, 0.5]], ["domain-error"]),
    "root of negative": (lambda x: tf.reduce_sum(x**0.5), [[-1.0, 2.0]], ["domain-error"]),
    "0 / 0": (lambda x: tf.sin(x) / x, [[0.0, 1.0]], ["domain-error"]),
    "spread of equals": (lambda x: 2 * tf.math.reduce_std(x), [[1.0, 1.0]], ["nan-gradient"]),
    "distance to itself": (lambda x, y: tf.norm(x - y), [[1.0, 2.0], [1.0, 2.0]], ["nan-gradient"]),
    "root at 0": (lambda x: tf.reduce_sum(x**0.5), [[0.0, 2.0]], ["nan-gradient"]),
    "arc cosine of 1": (lambda x: tf.reduce_sum(tf.acos(x)), [[1.0, 0.5]], ["nan-gradient"]),
    "tanh by hand": (
        lambda x: (tf.exp(x) - tf.exp(-x)) / (tf.exp(x) + tf.exp(-x)),
        [[100.0, 1.0]],
        ["overflow"],
    ),
    "log of softmax": (lambda z: tf.math.log(tf.nn.softmax(z)), [[[200.0, 0.0]]], ["domain-error"]),
    "complement": (lambda z: tf.math.log(1 - tf.sigmoid(z)), [[30.0, 0.0]], ["cancellation", "domain-error"]),
    "a probability that is 1": (
        lambda z: tf.math.log(1 - tf.sigmoid(z)),
        [[50.0, 0.0]],
        ["cancellation", "domain-error"],
    ),
    "log of 1 - exp": (lambda x: tf.math.log(1 - tf.exp(-x)), [[1e-6, 2.0]], ["cancellation"]),
    "roots": (lambda x: tf.sqrt(x + 1) - tf.sqrt(x), [[1e6, 2e6]], ["cancellation"]),
    "cosine": (lambda x: 1 - tf.cos(x), [[1e-3, 2e-3]], ["cancellation"]),
    "reciprocals": (lambda x: 1 / x - 1 / (x + 1), [[1e5, 2e5]], ["cancellation"]),
    "all masked": (
        lambda s: tf.nn.softmax(tf.where(ROWS, s, NEGINF)),
        [[[1.0, 2.0], [3.0, 4.0]]],
        ["domain-error"],
    ),
    "narrow cast": (lambda x: tf.cast(tf.cast(x, tf.float16), tf.float32), [[1e5, 1.0]], ["overflow"]),
}

RIGHT = {
    "cross entropy": (lambda z: tf.nn.softmax_cross_entropy_with_logits(LABELS, z), [LARGE]),
    "sparse cross entropy": (lambda z: tf.nn.sparse_softmax_cross_entropy_with_logits([0, 1], z), [LARGE]),
    "binary cross entropy": (lambda z: tf.nn.sigmoid_cross_entropy_with_logits(LABELS, z), [LARGE]),
    "log softmax": (tf.nn.log_softmax, [LARGE]),
    "softplus": (tf.nn.softplus, [LARGE]),
    "sigmoid": (tf.sigmoid, [LARGE]),
    "tanh": (tf.tanh, [LARGE]),
    "log sum exp": (tf.reduce_logsumexp, [LARGE]),
    "categorical": (
        lambda p: K.losses.categorical_crossentropy(LABELS, p),
        [[[0.9, 0.05, 0.05], [0.2, 0.7, 0.1]]],
    ),
    "log cosh": (lambda x: K.losses.LogCosh()(LABELS, x), [LARGE]),
    "x log x": (lambda p: tf.math.xlogy(p, p), [[0.5, 0.25]]),
    "unit vectors": (lambda x: tf.nn.l2_normalize(x, 1), [[[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]]),
    "mask in float32": (
        lambda s: tf.nn.softmax(s + np.triu(np.full((4, 4), -1e9, np.float32), 1)),
        [normal(4, 4)],
    ),
    "linear system": (lambda a: tf.linalg.solve(a + 6 * tf.eye(4), tf.ones((4, 1))), [normal(4, 4)]),
    "cholesky": (lambda a: tf.linalg.cholesky(tf.matmul(a, a, transpose_b=True) + tf.eye(4)), [normal(4, 4)]),
    "standard deviation": (lambda x: tf.math.reduce_std(x, 0), [normal(8, 3) + 100]),
    "group normalization": (K.layers.GroupNormalization(2), [normal(2, 4, 4, 4)]),
    "attention": (lambda x: K.layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True), [normal(2, 5, 8)]),
    "gradient near its minimum": (lambda x: tf.reduce_mean((x - 1.0) ** 2), [[1.0000001, 1.0, 0.999999]]),
    "at the minimum": (lambda x: tf.reduce_sum((x - tf.constant([0.3, 0.7])) ** 2), [[0.3, 0.7]]),
    "sum of a softmax": (lambda x: tf.reduce_sum(tf.nn.softmax(x)), [normal(4, 8)]),
    "sum of deviations": (lambda x: tf.reduce_sum(x - tf.reduce_mean(x)), [normal(40) + 5]),
    "saturated": (lambda x: tf.nn.silu(x) + tf.nn.elu(x) + tf.nn.gelu(x), [np.linspace(-80, 80, 50)]),
    "differences of inputs": (tf.subtract, [[1.0000001, 2.0], [1.0, 2.0000002]]),
    "guarded quotient": (tf.math.divide_no_nan, [[0.0, 0.5], [0.0, 0.5]]),
    "clipped logarithm": (lambda x: tf.math.log(tf.clip_by_value(x, 1e-7, 1.0)), [[0.0, 0.5]]),
    "bell curve": (lambda x: tf.exp(-(x**2)), [[1.0, 20.0, 100.0]]),
    "mixed precision": (
        lambda x: tf.cast(tf.reduce_sum(tf.cast(x, tf.float16) ** 2), tf.float32),
        [normal(6, 4)],
    ),
    "pooling": (lambda x: K.layers.UpSampling2D()(K.layers.AveragePooling2D(2)(x)), [normal(2, 4, 4, 2)]),
}


@pytest.mark.parametrize("name", WRONG)
def test_kinds_in_order(name):
    function, inputs, expected = WRONG[name]
    _, _, trace = run(function, *(tf.constant(x, tf.float32) for x in inputs))
    assert kinds(trace) == expected
    for cause in causes(trace):
        assert cause.location.path == __file__
        assert cause.explanation
        assert cause.suggestion


@pytest.mark.parametrize("name", RIGHT)
def test_right_at_extreme_inputs(name):
    function, inputs = RIGHT[name]
    _, _, trace = run(function, *(tf.constant(x, tf.float32) for x in inputs))
    assert causes(trace) == ()


def test_an_underflow_before_a_singular_derivative_comes_first():
    x = tf.constant([1e-5, 2e-5], tf.float16)
    _, _, trace = run(lambda x: tf.sqrt(tf.reduce_mean(x * x)), x)
    assert kinds(trace)[:2] == ["underflow", "nan-gradient"]


def test_evidence_is_json():
    import json

    for function, inputs, _ in WRONG.values():
        _, _, trace = run(function, *(tf.constant(x, tf.float32) for x in inputs))
        for cause in causes(trace):
            json.dumps(cause.to_dict(), allow_nan=False)


PLAIN = {
    "likelihood": (lambda p: -np.log(np.prod(p)), (np.full(400, 0.1),), ["underflow", "domain-error"]),
    "cosine": (lambda x: (1 - np.cos(x)) / x**2, (np.array([1e-7]),), ["cancellation"]),
    "hypotenuse": (lambda a, b: math.sqrt(a * a + b * b), (1e200, 1e200), ["overflow"]),
    "small hypotenuse": (lambda a, b: math.sqrt(a * a + b * b), (1e-200, 1e-200), ["underflow"]),
    "covariance": (
        lambda x, y: (x * y).mean() - x.mean() * y.mean(),
        (normal(50) + 1e7, normal(50) + 2e7),
        ["cancellation"],
    ),
    "logit": (lambda x: np.log(x / (1 - x)), (np.array([1.0, 0.5]),), ["domain-error"]),
    "compound interest": (lambda n: (1 + 1 / n) ** n, (1e15,), ["precision-loss"]),
    "hyperbolic sine": (lambda x: (math.exp(x) - math.exp(-x)) / 2, (1e-9,), ["cancellation"]),
    "determinant": (
        lambda x: np.log(np.linalg.det(np.exp(-((x[:, None] - x[None]) ** 2)))),
        (np.linspace(0, 1, 60),),
        ["underflow", "domain-error"],
    ),
    "deviations": (lambda x: np.sum(x - x.mean()), (normal(9) + 5,), []),
    "difference": (lambda a, b: a - b, (1.0 + 2**-50, 1.0), []),
}


@pytest.mark.parametrize("name", PLAIN)
def test_kinds_in_numpy(name):
    function, inputs, expected = PLAIN[name]
    with np.errstate(all="ignore"):
        _, _, trace = record(function, inputs)
    assert kinds(trace) == expected


def test_a_written_gradient_that_is_not_finite():
    def norm(x):
        return np.sqrt((x**2).sum())

    def gradient(x):
        return x / norm(x)

    with np.errstate(all="ignore"):
        _, _, trace = record(norm, (np.zeros(3),), gradient, (np.zeros(3),), ["x"])
    found = causes(trace)
    assert [c.kind for c in found] == ["nan-gradient", "domain-error"]
    assert found[0].location.line == gradient.__code__.co_firstlineno + 1


# --- the reason behind the operation that fails, and what to write instead


def first_of(function, *arguments):
    _, _, trace = run(function, *(tf.constant(x, tf.float32) for x in arguments))
    return causes(trace)[0]


NEAR = np.float32(100) + 1e-3 * np.random.default_rng(3).normal(size=(5, 3)).astype(np.float32)


def kernel_of_expanded_squares(x):
    squares = tf.reduce_sum(x * x, -1)
    distances = squares[:, None] - 2 * tf.matmul(x, x, transpose_b=True) + squares[None]
    return tf.reduce_sum(tf.exp(-distances / 1e-6))


def test_an_overflow_of_what_cancellation_left_is_blamed_on_the_cancellation():
    cause = first_of(kernel_of_expanded_squares, NEAR)
    assert cause.kind == "cancellation"
    assert cause.location.line == kernel_of_expanded_squares.__code__.co_firstlineno + 2
    assert "overflows, and exactly is" in cause.explanation


def test_an_overflow_of_a_right_operand_is_an_overflow():
    cause = first_of(lambda x: tf.reduce_sum(tf.exp((x - 99) * 100)), NEAR)
    assert cause.kind == "overflow"


def test_an_infinite_constant_of_the_run_is_not_called_a_singular_derivative():
    uniform = tf.constant([0.2, 1.0, 0.5])

    def picked(logits):
        noise = -tf.math.log(-tf.math.log(uniform))
        return tf.nn.softmax(logits + noise)[0]

    _, _, trace = run(picked, tf.constant([0.1, 0.2, 0.3]))
    found = causes(trace)
    assert [cause.kind for cause in found] == ["domain-error"]
    assert "log(-0) is -inf" in found[0].explanation


def test_a_weight_that_is_not_a_number():
    weights = tf.Variable([[1.0, np.nan], [0.0, 2.0]])
    cause = first_of(lambda x: tf.matmul(x, weights), normal(3, 2))
    assert cause.kind == "domain-error"
    assert "is NaN in 1 of its 4 entries, before" in cause.explanation


def test_numbers_at_an_edge_are_told_from_it():
    with np.errstate(all="ignore"):
        _, _, trace = record(lambda x: np.arccos(x * 3), (np.array([0.1, (1 + 2**-52) / 3]),))
    assert "acos(1.0000000000000002) is NaN" in causes(trace)[0].explanation


@pytest.mark.parametrize(
    ("function", "x", "advice"),
    [
        (lambda z: tf.math.log(tf.nn.softmax(z)), [[200.0, 0.0]], "log_softmax"),
        (lambda z: tf.math.log(tf.sigmoid(z)), [-120.0, 0.0], "log_sigmoid"),
        (lambda z: tf.math.log(tf.reduce_sum(0.5 * tf.exp(-z * z))), [20.0, 30.0], "logsumexp"),
        (lambda z: tf.math.log(tf.reduce_prod(z)), [1e-30, 1e-30], "sum the logarithms"),
        (tf.math.log, [0.0, 1.0], "maximum(x, tiny)"),
        (lambda z: tf.exp(z) / tf.reduce_sum(tf.exp(z)), [100.0, 1.0], "softmax"),
        (lambda z: tf.math.log(tf.reduce_sum(tf.exp(z))), [100.0, 1.0], "logsumexp"),
        (lambda z: tf.reduce_sum(tf.exp(z)) * 1e-9, [100.0, 1.0], "bound the argument"),
        (lambda z: tf.math.log(1 + tf.exp(z)), [100.0, 1.0], "softplus"),
        (lambda z: tf.reduce_mean(z - tf.exp(z)), [100.0, 1.0], "bound the argument"),
    ],
)
def test_advice_speaks_of_what_is_written(function, x, advice):
    assert advice in first_of(function, x).suggestion


def test_the_mean_of_nothing():
    cause = first_of(lambda x: tf.reduce_mean(tf.boolean_mask(x, x > 100.0)), [1.0, 2.0])
    assert cause.kind == "domain-error"
    assert "mean of no entries" in cause.explanation


def test_what_overflowed_before_in_other_entries_comes_first():
    def energy(x):
        products = tf.matmul(x, x, transpose_a=True)  # 9, 900 and 90000
        return tf.reduce_sum(tf.exp(products))

    found = causes(run(energy, tf.constant([[3.0, 300.0]], tf.float16))[2])
    assert [cause.kind for cause in found] == ["overflow", "overflow"]
    assert "matmul" in found[0].explanation
