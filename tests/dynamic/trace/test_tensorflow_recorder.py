"""What watching TensorFlow must leave alone, and what it must see through."""

from __future__ import annotations

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from tensorflow.python.eager import backprop, context, record  # noqa: E402

from stabcheck.dynamic.trace.explain import causes  # noqa: E402
from stabcheck.dynamic.trace.tensorflow_recorder import record as recorded  # noqa: E402


def normal(*shape):
    return np.random.default_rng(5).normal(size=shape)


def run(function, *inputs, variables=()):
    """Value, gradients and trace of a function of tensors and variables, under a tape."""
    named = {f"x{i}": x for i, x in enumerate(inputs)} | {v.name: v for v in variables}
    tape = tf.GradientTape(persistent=True)

    def value():
        with tape:
            for x in inputs:
                tape.watch(x)
            return function(*inputs)

    return recorded(value, lambda y: tape.gradient(y, list(named.values())), named)


def state():
    return (
        tf.config.functions_run_eagerly(),
        list(context.context().op_callbacks),
        record.record_operation,
        backprop._gradient_function,
    )


def test_global_state_is_restored():
    before = state()
    run(lambda x: tf.reduce_sum(tf.exp(x)), tf.constant(normal(3)))
    assert state() == before


def test_global_state_is_restored_after_an_exception_which_passes_through():
    before = state()

    def fails(x):
        tf.exp(x)
        raise KeyError("as it was")

    with pytest.raises(KeyError, match="as it was"):
        run(fails, tf.constant(normal(3)))
    assert state() == before
    with pytest.raises(tf.errors.InvalidArgumentError):
        run(lambda x: tf.matmul(x, x), tf.constant(normal(2, 3)))
    assert state() == before


def test_a_graph_still_compiles_afterwards():
    run(tf.reduce_sum, tf.constant(normal(3)))

    @tf.function
    def compiled(x):
        assert not tf.executing_eagerly()
        return x * 2

    assert compiled(tf.constant(2.0)).numpy() == 4.0


def test_stateful_operations_run_once():
    counter = tf.Variable(0.0)
    calls = []

    def impure(x):
        calls.append(1)
        counter.assign_add(1.0)
        return tf.reduce_sum(x) * counter

    value, _, _ = run(impure, tf.constant(normal(3), tf.float32))
    assert counter.numpy() == 1.0
    assert len(calls) == 1
    assert value.numpy() == pytest.approx(normal(3).sum(), rel=1e-6)


def test_random_numbers_are_drawn_once_and_are_leaves():
    def noisy(x):
        return tf.reduce_sum(x * tf.random.normal([3], seed=1) + tf.random.stateless_normal([3], [1, 2]))

    tf.random.set_seed(1)
    plain = noisy(tf.constant(normal(3), tf.float32))
    tf.random.set_seed(1)
    value, _, trace = run(noisy, tf.constant(normal(3), tf.float32))
    assert value.numpy() == plain.numpy()
    assert trace.counts["leaf"] >= 2
    assert causes(trace) == ()


def test_variables_have_shadows_through_assignments():
    weight = tf.Variable(normal(3).astype(np.float32))

    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(weight * x))
        weight.assign(weight - 0.1 * tape.gradient(loss, weight))
        return tf.reduce_sum(weight * x)

    _, _, trace = run(step, tf.constant(normal(3), tf.float32), variables=[weight])
    assert trace.results[0].error < 1e-5
    assert abs(trace.actual_error - trace.predicted_error) <= 1e-9


def test_backward_operations_belong_to_forward_ones():
    def function(x):
        y = tf.exp(x)
        z = tf.math.log(x)
        return tf.reduce_sum(y * z)

    _, _, trace = run(function, tf.constant([1.0, 2.0]))
    backward = [e for e in trace.events if e.phase == "backward" and e.forward_event is not None]
    assert {trace.events[e.forward_event].operation for e in backward} >= {"exp", "log", "multiply", "sum"}
    for event in backward:
        assert event.location == trace.events[event.forward_event].location
    assert all(trace.events[e.forward_event].phase == "forward" for e in backward)


def test_the_same_operation_twice_is_told_apart():
    def function(x):
        first = tf.sqrt(x)
        second = tf.sqrt(first * 0.0)
        return tf.reduce_sum(first + second)

    _, slopes, trace = run(function, tf.constant([4.0]))
    assert not np.isfinite(slopes[0].numpy()).all()
    [cause] = [c for c in causes(trace) if c.kind == "nan-gradient"]
    assert cause.location.line == function.__code__.co_firstlineno + 2


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_every_working_dtype_is_shadowed(dtype):
    x = tf.constant(normal(6, 5), dtype)
    _, _, trace = run(lambda x: tf.reduce_mean(tf.tanh(tf.matmul(x, x, transpose_b=True))), x)
    unit = {"float16": 2.0**-11, "bfloat16": 2.0**-8, "float32": 2.0**-24, "float64": 2.0**-53}[dtype]
    assert all(e.dtype == dtype for e in trace.events)
    assert trace.counts["shadowed"] >= 3
    assert "resynchronized" not in trace.counts
    largest = max(e.local_error for e in trace.events if e.operation == "tanh" and e.phase == "forward")
    assert 0.01 < largest < 8
    assert 0 < max(e.accumulated_error for e in trace.events if e.phase == "forward") < 100 * unit


def test_control_flow_and_functions():
    @tf.function
    def inner(x):
        total = tf.zeros_like(x)
        for i in tf.range(4):
            if i % 2 == 0:
                total += tf.sin(x) * tf.cast(i, x.dtype)
            else:
                total -= tf.cos(x)
        return total

    def function(x):
        y = tf.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, inner(v) * 0.3), [0, x])[1]
        return tf.reduce_sum(tf.map_fn(tf.exp, y)) + tf.cond(
            tf.reduce_sum(x) > 0, lambda: x[0], lambda: -x[0]
        )

    _, slopes, trace = run(function, tf.constant(normal(4), tf.float32))
    assert trace.results[0].error < 1e-5
    assert np.isfinite(slopes[0].numpy()).all()
    assert any(e.location and e.location.function == "inner" for e in trace.events)


@pytest.mark.parametrize(
    "make",
    [
        lambda k: [
            k.layers.Dense(4, activation="relu"),
            k.layers.BatchNormalization(),
            k.layers.Dropout(0.3),
        ],
        lambda k: [k.layers.Reshape((6, 1)), k.layers.LSTM(3)],
        lambda k: [k.layers.Reshape((6, 1)), k.layers.GRU(3)],
        lambda k: [
            k.layers.Reshape((6, 1)),
            k.layers.Conv1D(4, 3),
            k.layers.MaxPooling1D(),
            k.layers.Flatten(),
        ],
        lambda k: [
            k.layers.Reshape((3, 2)),
            k.layers.LayerNormalization(),
            k.layers.GlobalAveragePooling1D(),
        ],
        lambda k: [k.layers.Dense(4, activation="gelu"), k.layers.Dense(3, activation="softmax")],
    ],
    ids=["dense", "lstm", "gru", "convolution", "normalization", "softmax"],
)
def test_keras_layers(make):
    tf.keras.utils.set_random_seed(0)
    model = tf.keras.Sequential(make(tf.keras))
    x = tf.constant(normal(8, 6), tf.float32)
    model(x)
    _, slopes, trace = run(
        lambda x: tf.reduce_mean(tf.square(model(x, training=True) - 0.1)),
        x,
        variables=model.trainable_variables,
    )
    assert trace.results[0].error < 1e-4
    assert all(s is not None for s in slopes)
    assert trace.counts.get("unrecorded", 0) == 0
    assert trace.counts["shadowed"] > 10 * trace.counts.get("resynchronized", 0)
    assert any(e.layer for e in trace.events)
    assert causes(trace) == ()


def test_embedding_gradients_are_slices():
    table = tf.Variable(normal(5, 2).astype(np.float32))
    _, slopes, trace = run(
        lambda x: tf.reduce_sum(tf.gather(table, [1, 1, 3]) * x),
        tf.constant(normal(3, 2), tf.float32),
        variables=[table],
    )
    assert slopes[1].shape == (5, 2)
    assert any(r.name.startswith("gradient of") and r.shape == (5, 2) for r in trace.results)


def test_complex_numbers_do_not_disturb():
    def spectrum(x):
        return tf.reduce_sum(tf.abs(tf.signal.rfft(x)) ** 2)

    value, _, trace = run(spectrum, tf.constant(normal(8), tf.float32))
    assert value.numpy() == spectrum(tf.constant(normal(8), tf.float32)).numpy()
    assert trace.results[0].error < 1e-4


@tf.custom_gradient
def squared_wrongly(x):
    def gradient(upstream):
        return x * upstream

    return x * x, gradient


@tf.custom_gradient
def squared_rightly(x):
    def gradient(upstream):
        return 2 * x * upstream

    return x * x, gradient


@tf.custom_gradient
def without_upstream(x):
    def gradient(upstream):
        return 2 * x

    return x * x, gradient


@tf.custom_gradient
def without_sum(x, b):
    def gradient(upstream):
        return upstream, upstream

    return x + b, gradient


@tf.custom_gradient
def summed_up(x):
    def gradient(upstream):
        return tf.reduce_sum(2 * x * upstream)

    return x * x, gradient


@tf.custom_gradient
def straight_through(x):
    def gradient(upstream):
        return upstream

    return tf.round(x), gradient


@pytest.mark.parametrize(
    ("function", "inputs", "problems"),
    [
        (squared_wrongly, 1, ["wrong-gradient"]),
        (squared_rightly, 1, [""]),
        (without_upstream, 1, ["upstream-ignored"]),
        (without_sum, 2, ["", "missing-broadcast-sum"]),
        (summed_up, 1, ["shape-mismatch"]),
        (straight_through, 1, []),
    ],
    ids=lambda x: getattr(x, "__name__", None),
)
def test_custom_gradients_are_checked_alone(function, inputs, problems):
    arguments = [tf.constant(normal(4, 3), tf.float32), tf.constant(normal(3), tf.float32)][:inputs]
    _, _, trace = run(lambda *x: tf.reduce_sum(tf.sin(function(*x))), *arguments)
    assert [c.problem for c in trace.custom_gradients] == problems
    for found in trace.custom_gradients:
        assert found.location.path == __file__
        assert found.location.function == "gradient"
