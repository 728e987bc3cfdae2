"""A graph with other dtypes gives what the function gives there."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from stabcheck.dynamic.adapters.tensorflow import problem
from stabcheck.dynamic.stack import Stack

A = tf.constant(np.random.default_rng(0).normal(size=(6, 3)))
X = np.random.default_rng(1).normal(size=(40, 3))

FUNCTIONS = {
    "captured tensors": lambda x: tf.reduce_sum(tf.tanh(tf.linalg.matvec(A, x)) ** 2),
    "constants": lambda x: 0.3 * tf.exp(x) / (1.0 + tf.exp(x)),
    "cast to another": lambda x: tf.cast(tf.cast(x, tf.float16), x.dtype) * x,
    "integers": lambda x: x[tf.argmax(x)] * tf.cast(tf.range(3), x.dtype),
    "losses": lambda x: tf.nn.softmax_cross_entropy_with_logits(labels=[0.2, 0.5, 0.3], logits=x),
}


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_are_those_of_the_twin(name, traced):
    found = problem(FUNCTIONS[name], args=(tf.constant(X[0]),))
    if traced:
        found.many_points.replay = None
    found.values(Stack([X]))
    retyped, twin = found.retyped("float32"), found.at("float32")
    assert retyped is not None
    points = Stack([X.astype(np.float32)])
    values = retyped.values(points)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, [twin.value(point) for point in points], rtol=1e-6)


def test_none_of_what_has_no_graph():
    state = tf.Variable(2.0, dtype=tf.float64)
    for function in (lambda x: x * float(tf.reduce_sum(x)), lambda x: x * state.assign_add(1.0)):
        found = problem(function, args=(tf.constant(X[0]),))
        found.values(Stack([X]))
        assert found.retyped("float32") is None
