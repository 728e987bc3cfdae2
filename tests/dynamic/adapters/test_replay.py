"""Operations run again on stacks of points give what the function gives, or are not used at all."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from stabcheck.dynamic.adapters.tensorflow import problem
from stabcheck.dynamic.stack import Stack

RNG = np.random.default_rng(0)
A = tf.constant(RNG.normal(size=(5, 4)))
B = tf.constant(RNG.normal(size=(3, 4)))
LABELS = tf.constant([[0.2, 0.5, 0.2, 0.1], [0.7, 0.1, 0.1, 0.1], [0.0, 0.0, 1.0, 0.0]], tf.float64)
W = tf.Variable(RNG.normal(size=(3, 4)))


def definite(x):
    return tf.linalg.matmul(x, x, transpose_b=True) + 10 * tf.eye(3, dtype=x.dtype)


def in_a_loop(x):
    total = tf.zeros((), x.dtype)
    for index in range(3):
        total += tf.sin(x[index, 0] * total + float(index))
    return total


def of_its_gradient(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.tanh(x) ** 2)
    return tf.reduce_sum(tape.gradient(y, x) ** 2)


# Each is a function of a matrix of 3 rows and 4 columns.
REPLAYED = {
    "a product": lambda x: tf.tanh(A @ tf.transpose(x)),
    "products of both": lambda x: x @ tf.transpose(x),
    "a product, transposed": lambda x: tf.matmul(x, x, transpose_a=True),
    "a vector against columns": lambda x: x * x[0] - x[:, :1],
    "a vector against rows": lambda x: tf.reduce_sum(x, 1)[:, None] / (1 + tf.square(x)),
    "a number against all": lambda x: x / tf.norm(x) + tf.reduce_max(x),
    "sums": lambda x: tf.reduce_sum(x, 0) * 2 + tf.reduce_mean(x, -2),
    "sums of all": lambda x: tf.reduce_sum(x) ** 2 + tf.math.reduce_std(x),
    "log sum exp": lambda x: tf.reduce_logsumexp(x, axis=1, keepdims=True) - x,
    "softmax": lambda x: tf.nn.softmax(x, axis=0) * tf.nn.log_softmax(x),
    "cross entropy": lambda x: tf.nn.softmax_cross_entropy_with_logits(labels=LABELS, logits=x),
    "cross entropy of a row": lambda x: tf.nn.softmax_cross_entropy_with_logits(
        labels=LABELS[0], logits=x[1]
    ),
    "sparse cross entropy": lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits([1, 0, 3], x),
    "sigmoid cross entropy": lambda x: tf.nn.sigmoid_cross_entropy_with_logits(LABELS, x),
    "choices": lambda x: tf.where(x > 0, tf.sqrt(tf.abs(x)), x * x),
    "rows chosen": lambda x: tf.where(x[:, :1] > x[1, 2], x, B),
    "reshaping": lambda x: tf.reshape(x, [2, -1]) @ tf.reshape(x, [6, 2]),
    "transposing": lambda x: tf.transpose(tf.reshape(x, [3, 2, 2]), [2, 0, 1]) ** 3,
    "joining": lambda x: tf.concat([x, B, x * 2], 0) + tf.concat([B, x, B], axis=-2),
    "stacking": lambda x: tf.stack([x, B], axis=-1) * tf.stack([x[:, 0], x[:, 1]], axis=1)[:, None],
    "unstacking": lambda x: tf.add_n(tf.unstack(x, axis=1)) * tf.unstack(x)[2][0],
    "slices": lambda x: x[1:, ::2] * x[:2, 1::2] + x[..., -1:][0] + x[None, 0, :2, None][0, 0],
    "slices of lengths": lambda x: tf.slice(x, [1, 0], [-1, 2]) * tf.slice(x, [0, 1], [2, 2]),
    "backwards": lambda x: x[::-1] * tf.reverse(x, [1]) + x[-1],
    "tiles": lambda x: tf.tile(x[:1], [4, 2]) + tf.broadcast_to(x[0, 0], [4, 8]),
    "gathering": lambda x: tf.gather(x, [2, 0, 2]) * tf.gather(x, [1], axis=-1),
    "running sums": lambda x: tf.cumsum(x, axis=1) * tf.math.cumprod(x, axis=0, exclusive=True),
    "special functions": lambda x: tf.math.lgamma(tf.abs(x) + 1) + tf.math.erf(x) + tf.nn.softplus(x),
    "Cholesky factor": lambda x: tf.linalg.cholesky(definite(x)),
    "log determinant": lambda x: tf.linalg.slogdet(definite(x))[1],
    "a solution": lambda x: tf.linalg.solve(definite(x), tf.ones((3, 1), x.dtype)),
    "casts": lambda x: tf.cast(tf.cast(x, tf.float32) * 2.0, tf.float64) + tf.round(x),
    "the largest": lambda x: tf.math.top_k(x, 2).values * tf.cast(tf.argmax(x, 0)[:2], x.dtype),
    "a bias": lambda x: tf.nn.bias_add(x @ tf.transpose(B), x[0, :3]),
    "a loop of Python": in_a_loop,
    "a gradient": of_its_gradient,
    "several results": lambda x: (tf.sin(x), {"more": tf.reduce_sum(x)}),
}


def points_of(count=20):
    return Stack([RNG.normal(size=(count, 3, 4))])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", REPLAYED)
def test_stacked_operations_give_what_the_function_gives(name, dtype):
    found = problem(REPLAYED[name], args=(tf.constant(RNG.normal(size=(3, 4))),)).at(dtype)
    if found is None:
        pytest.skip("does not run in this dtype")
    assert found.many_points.replay is not None
    points = Stack([column.astype(dtype) for column in points_of().columns])
    unit = float(np.finfo(dtype).eps)
    expected = np.stack([found.value(point) for point in points])
    np.testing.assert_allclose(found.values(points), expected, rtol=256 * unit, atol=64 * unit)


def test_several_arguments_and_variables_are_stacked_each():
    found = problem(lambda x, y: tf.reduce_sum(x * y + W, 1), args=(A[:3], B[0], tf.constant(1))[:2])
    assert found.many_points.replay is not None
    points = Stack([RNG.normal(size=(9, 3, 4)), RNG.normal(size=(9, 4))])
    np.testing.assert_allclose(found.values(points), [found.value(p) for p in points], rtol=1e-14)
    found = problem(lambda: tf.reduce_sum(W * B), variables=[W])
    assert found.many_points.replay is not None
    points = points_of(9)
    np.testing.assert_allclose(found.values(points), [np.sum(p[0] * B.numpy()) for p in points], rtol=1e-12)


def test_a_difference_to_the_given_point_holds_no_reordered_sum():
    found = problem(lambda x: tf.linalg.matvec(A, x), args=(B[0],))
    assert found.many_points.replay is not None
    points = Stack([np.stack([B[0].numpy()] * 3)])
    assert np.all(found.values(points) == found.value((B[0].numpy(),)))


class Stateful:
    calls = 0

    def __call__(self, x):
        self.calls += 1
        return x * float(self.calls)


def takes_either_way(x):
    return x * 2 if tf.reduce_sum(x) > 0 else x


def looks_with_numpy(x):
    return x * 2 if np.any(x > 3) else x


def imports_numpy(x):
    import numpy as array_library

    return x * 2 if array_library.max(x) > 3 else x


def leaves_and_returns(x):
    return tf.constant(x.numpy() ** 2)


def while_it_is_small(x):
    return tf.while_loop(lambda y: tf.reduce_sum(y * y) < 100, lambda y: [y * 2], [x])[0]


def assigns(x):
    W.assign_add(x)
    return W * x


NOT_REPLAYED = {
    "Python decides": takes_either_way,
    "NumPy decides": looks_with_numpy,
    "NumPy, imported in it, decides": imports_numpy,
    "numbers leave TensorFlow": leaves_and_returns,
    "state": Stateful(),
    "a variable is assigned to": assigns,
    "random numbers": lambda x: x * tf.random.normal(x.shape, dtype=x.dtype),
    "a compiled function": tf.function(lambda x: x * 2),
    "a loop of unknown length": while_it_is_small,
    "Python's own functions": lambda x: x * tf.py_function(lambda y: y * 2, [x], x.dtype),
    "the order of operations is by Python": lambda x: max(x[0, 0], x[1, 1]) * x,
    "no rule": lambda x: tf.linalg.expm(x[:, :3]),
}


@pytest.mark.parametrize("name", NOT_REPLAYED)
def test_a_run_that_tells_nothing_of_other_points_is_not_used(name):
    found = problem(NOT_REPLAYED[name], args=(tf.constant(RNG.normal(size=(3, 4))),))
    assert found.many_points.replay is None


def test_another_branch_is_taken_where_the_given_point_takes_none():
    found = problem(takes_either_way, args=(A,))
    points = Stack([np.stack([A.numpy() - shift for shift in (3.0, 0.0, -3.0)])])
    np.testing.assert_array_equal(
        found.values(points), [takes_either_way(p[0]).numpy() for p in map(tensors, points)]
    )


def tensors(point):
    return tuple(map(tf.constant, point))


def test_a_custom_gradient_is_not_called_derived():
    @tf.custom_gradient
    def square(x):
        return x * x, lambda upstream: 3 * upstream * x

    found = problem(lambda x: tf.reduce_sum(square(x)), args=(A,))
    assert found.many_points.replay is not None
    assert not found.derived
    assert problem(lambda x: tf.reduce_sum(x * x), args=(A,)).derived


def test_what_is_patched_is_put_back():
    from tensorflow.python.eager import record
    from tensorflow.python.framework import ops

    before = record.record_operation, ops._EagerTensorBase._numpy

    def fails(x):
        if len(calls) > 1:
            raise RuntimeError("a function that fails at other points")
        calls.append(x)
        return x

    calls = []
    problem(fails, args=(A,)).many_points.replay  # noqa: B018
    assert (record.record_operation, ops._EagerTensorBase._numpy) == before
