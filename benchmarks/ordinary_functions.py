"""Seventeen functions that machine learning is made of, with random inputs: right gradients to look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

Draw = Callable[[np.random.Generator], list[Any]]


@dataclass(frozen=True, slots=True)
class Ordinary:
    """A function of tensors, and how its arguments are drawn."""

    name: str
    function: Callable[..., Any]
    draw: Draw


def constant(value: Any, like: Any) -> Any:
    """A NumPy array as a constant of the dtype of `like`."""
    return tf.constant(value, like.dtype)


def logistic_loss(w: Any, b: Any, x: Any) -> Any:
    return tf.reduce_mean(tf.math.softplus(-(x @ w) - b))


def softmax_cross_entropy(z: Any) -> Any:
    labels = constant(np.eye(10)[np.arange(8)], z)
    return -tf.reduce_mean(tf.reduce_sum(labels * tf.nn.log_softmax(z), -1))


def perceptron(w: Any, v: Any) -> Any:
    x = constant(np.linspace(-1.5, 1.5, 30).reshape(5, 6), w)
    return tf.reduce_mean((tf.tanh(x @ w) @ v) ** 2)


def layer_norm(x: Any) -> Any:
    centred = x - tf.reduce_mean(x, -1, keepdims=True)
    return centred * tf.math.rsqrt(tf.reduce_mean(centred**2, -1, keepdims=True) + constant(1e-5, x))


def mean_squared_error(x: Any) -> Any:
    return tf.reduce_mean((x - constant(np.sin(np.arange(30.0)), x)) ** 2)


def huber(x: Any) -> Any:
    size = tf.abs(x)
    return tf.reduce_sum(tf.where(size < 1, x * x / 2, size - constant(0.5, x)))


def cosine_similarity(a: Any, b: Any) -> Any:
    return tf.reduce_sum(a * b) / tf.sqrt(tf.reduce_sum(a * a) * tf.reduce_sum(b * b))


def gelu(x: Any) -> Any:
    inner = constant(0.7978845608, x) * (x + constant(0.044715, x) * x**3)
    return x * constant(0.5, x) * (1 + tf.tanh(inner))


FUNCTIONS = (
    Ordinary("tanh", tf.tanh, lambda rng: [rng.normal(size=(3, 4))]),
    Ordinary("exp", tf.exp, lambda rng: [2 * rng.normal(size=6)]),
    Ordinary("log", tf.math.log, lambda rng: [rng.uniform(0.1, 5, 6)]),
    Ordinary(
        "logistic loss",
        logistic_loss,
        lambda rng: [rng.normal(size=(10, 1)), rng.normal(size=1), rng.normal(size=(20, 10))],
    ),
    Ordinary("softmax cross entropy", softmax_cross_entropy, lambda rng: [3 * rng.normal(size=(8, 10))]),
    Ordinary(
        "perceptron",
        perceptron,
        lambda rng: [rng.normal(size=(6, 12)) / 2, rng.normal(size=(12, 3)) / 3],
    ),
    Ordinary("layer norm", layer_norm, lambda rng: [rng.normal(size=(4, 8))]),
    Ordinary("mean squared error", mean_squared_error, lambda rng: [rng.normal(size=30)]),
    Ordinary("sum of 2000 sines", lambda x: tf.reduce_sum(tf.sin(x)), lambda rng: [rng.normal(size=2000)]),
    Ordinary("rational", lambda x: x / (1 + x**2), lambda rng: [3 * rng.normal(size=7)]),
    Ordinary("square root", tf.sqrt, lambda rng: [rng.uniform(0.01, 4, 6)]),
    Ordinary("cube, mixed scales", lambda x: x**3, lambda rng: [10.0 ** rng.uniform(-3, 3, 8)]),
    Ordinary(
        "relu layer",
        lambda x, w: tf.reduce_sum(tf.nn.relu(x @ w)),
        lambda rng: [rng.normal(size=(4, 5)), rng.normal(size=(5, 6))],
    ),
    Ordinary("huber loss", huber, lambda rng: [1.5 * rng.normal(size=20)]),
    Ordinary("cosine similarity", cosine_similarity, lambda rng: [rng.normal(size=9), rng.normal(size=9)]),
    Ordinary("gelu", gelu, lambda rng: [2 * rng.normal(size=10)]),
    Ordinary("logsumexp", tf.reduce_logsumexp, lambda rng: [5 * rng.normal(size=10)]),
)
