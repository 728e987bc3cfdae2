"""CPU time of value and gradient, watched against plain eager, side by side in one run.

python benchmarks/trace_overhead.py
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from tabulate import tabulate

from stabcheck.dynamic.trace.tensorflow_recorder import record

Program = tuple[Callable[..., Any], list[Any]]
REPEATS = 25
RANDOM = np.random.default_rng(0)


def normal(*shape: int, dtype: str = "float32", scale: float = 1.0) -> Any:
    return tf.constant(RANDOM.normal(size=shape) * scale, dtype)


def logistic(dtype: str = "float32") -> Program:
    x = normal(64, 10, dtype=dtype)
    y = tf.constant(RANDOM.integers(0, 2, (64, 1)), dtype)

    def loss(w: Any, b: Any) -> Any:
        p = 1.0 / (1.0 + tf.exp(-(tf.matmul(x, w) + b)))
        return -tf.reduce_mean(y * tf.math.log(p) + (1 - y) * tf.math.log(1 - p))

    return loss, [normal(10, 1, dtype=dtype), normal(1, dtype=dtype)]


def exponential() -> Program:
    return lambda x: tf.reduce_sum(tf.exp(100.0 * x)), [tf.constant(RANDOM.uniform(0, 0.5, 64), tf.float32)]


def cross_entropy() -> Program:
    labels = tf.one_hot(RANDOM.integers(0, 10, 64), 10)

    def loss(z: Any) -> Any:
        e = tf.exp(z)
        p = e / tf.reduce_sum(e, axis=1, keepdims=True)
        return -tf.reduce_mean(tf.reduce_sum(labels * tf.math.log(p), axis=1))

    return loss, [normal(64, 10)]


def network() -> Program:
    x = normal(64, 64)

    def loss(u: Any, v: Any, w: Any) -> Any:
        return tf.reduce_mean(tf.matmul(tf.tanh(tf.matmul(tf.tanh(tf.matmul(x, u)), v)), w) ** 2)

    return loss, [normal(64, 80, scale=0.1), normal(80, 60, scale=0.1), normal(60, 1, scale=0.1)]


def batch_normalization() -> Program:
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [layers.Dense(64), layers.BatchNormalization(), layers.Dropout(0.3), layers.Dense(10)]
    )
    x = normal(64, 20)
    model(x)
    return lambda x: tf.reduce_mean(model(x, training=True) ** 2), [x]


def attention() -> Program:
    def loss(q: Any, k: Any, v: Any) -> Any:
        return tf.reduce_sum(tf.matmul(tf.nn.softmax(tf.matmul(q, k, transpose_b=True) / 32**0.5), v) ** 2)

    return loss, [normal(4, 16, 32), normal(4, 16, 32), normal(4, 16, 32)]


def recurrent() -> Program:
    layer = tf.keras.layers.LSTM(16)
    x = normal(8, 12, 8)
    layer(x)
    return lambda x: tf.reduce_sum(layer(x) ** 2), [x]


def a_million_entries() -> Program:
    return lambda x, w: tf.reduce_mean(tf.tanh(tf.matmul(x, w) + 1.0) * tf.exp(-x * x)), [
        normal(1024, 1024),
        normal(1024, 1024, scale=0.03),
    ]


PROGRAMS: dict[str, Callable[[], Program]] = {
    "logistic loss": logistic,
    "logistic loss, float64": lambda: logistic("float64"),
    "exp(100 x)": exponential,
    "naive cross entropy": cross_entropy,
    "network of 10^4 weights": network,
    "Keras BatchNorm, Dropout": batch_normalization,
    "attention": attention,
    "Keras LSTM": recurrent,
    "1024 x 1024": a_million_entries,
}


def plain(function: Callable[..., Any], inputs: list[Any]) -> None:
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = function(*inputs)
    tape.gradient(value, inputs)


def watched(function: Callable[..., Any], inputs: list[Any]) -> None:
    tape = tf.GradientTape()

    def value() -> Any:
        with tape:
            tape.watch(inputs)
            return function(*inputs)

    record(value, lambda y: tape.gradient(y, inputs), {f"x{i}": x for i, x in enumerate(inputs)})


def milliseconds(program: Program) -> tuple[float, float]:
    """CPU time of a plain and of a watched run: in turns, the least of each, as all else only adds to it."""
    eager, shadowed = [], []
    for _ in range(REPEATS):
        for run, times in ((plain, eager), (watched, shadowed)):
            start = time.process_time()
            run(*program)
            times.append(time.process_time() - start)
    return min(eager) * 1e3, min(shadowed) * 1e3


def main() -> None:
    tf.config.run_functions_eagerly(True)
    rows = []
    for name, make in PROGRAMS.items():
        program = make()
        eager, shadowed = milliseconds(program)
        rows.append((name, eager, shadowed, shadowed / eager))
    rows.append(("median", None, None, statistics.median(row[3] for row in rows)))
    print(tabulate(rows, headers=["program", "eager, ms", "watched, ms", "ratio"], floatfmt=".1f"))


if __name__ == "__main__":
    main()
