"""Keras layers and models: weights named by layer, other dtypes without a clone, conduct told from state."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from stabcheck.dynamic.adapters.tensorflow import problem  # noqa: E402


def normal(*shape):
    return tf.constant(np.random.default_rng(0).normal(size=shape).astype(np.float32))


def point_of(found):
    return tuple(leaf.value for leaf in found.leaves)


def model():
    return keras.Sequential([keras.layers.Dense(4, "tanh", name="one"), keras.layers.Dense(2, name="two")])


class Scaled(keras.layers.Layer):
    """A layer that no get_config could rebuild."""

    def __init__(self, scale):
        super().__init__(name="scaled")
        self.scale = tf.constant(scale)
        self.inner = keras.layers.Dense(3)

    def call(self, inputs):
        return self.inner(inputs) * self.scale


def test_weights_and_inputs_are_leaves_named_by_layer():
    found = problem(model(), args=(normal(5, 3),))
    names = [leaf.name for leaf in found.leaves]
    assert names == ["one/kernel", "one/bias", "two/kernel", "two/bias", "inputs"]


def test_one_layer_keeps_its_name():
    found = problem(keras.layers.Dense(2, name="only"), args=(normal(5, 3),))
    assert [leaf.name for leaf in found.leaves] == ["only/kernel", "only/bias", "inputs"]


def test_integer_inputs_are_passed_on():
    found = problem(keras.layers.Embedding(7, 2, name="e"), args=(tf.constant([[1, 2]]),))
    assert [(leaf.name, leaf.varied) for leaf in found.leaves] == [("e/embeddings", True), ("inputs", False)]


@pytest.mark.parametrize("make", [model, lambda: Scaled(2.0), lambda: keras.layers.GRU(3)])
def test_a_layer_runs_in_float64_and_comes_back(make):
    layer = make()
    inputs = normal(2, 4, 3) if isinstance(layer, keras.layers.GRU) else normal(5, 3)
    found = problem(layer, args=(inputs,))
    before = [(weight.dtype, weight.numpy().tobytes()) for weight in layer.weights]
    twin = found.at("float64")
    value = twin.value(point_of(twin))
    assert value.dtype == np.float64
    np.testing.assert_allclose(value, found.value(point_of(found)), rtol=1e-4, atol=1e-6)
    assert all(entry is not None for entry in twin.gradient(point_of(twin), np.ones_like(value)))
    assert [(weight.dtype, weight.numpy().tobytes()) for weight in layer.weights] == before
    assert layer.dtype_policy.name == "float32"
    assert keras.config.floatx() == "float32"
    assert layer(inputs).dtype == tf.float32


def test_functional_models_and_losses_run_in_float64():
    inputs = keras.Input((3,))
    functional = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    error = keras.losses.MeanSquaredError()
    x, y = normal(5, 3), normal(5, 1)
    found = problem(lambda: error(y, functional(x)), variables=functional.trainable_variables)
    twin = found.at("float64")
    value = twin.value(point_of(twin))
    predictions = x.numpy().astype(float) @ functional.weights[0].numpy().astype(float)
    exact = np.mean((y.numpy().astype(float) - predictions) ** 2)
    assert abs(float(value) - exact) < 1e-14
    assert found.leaves[0].name == "dense/kernel" or found.leaves[0].name.endswith("/kernel")


def test_float64_inputs_of_a_float32_layer_are_a_dtype_mismatch():
    found = problem(model(), args=(np.random.default_rng(0).normal(size=(5, 3)),))
    assert found.dtype == "float32"
    (cause,) = found.suspects
    assert cause.kind == "dtype-mismatch"
    assert cause.evidence["given"] == "float64"
    assert cause.evidence["argument"] == "inputs"


def test_a_float64_layer_is_no_mismatch():
    layer = keras.layers.Dense(2, dtype="float64")
    found = problem(layer, args=(np.ones((5, 3)),))
    assert found.dtype == "float64"
    assert found.suspects == ()


def test_mixed_precision_is_reported_not_accused():
    layer = keras.layers.Dense(2, dtype="mixed_float16")
    found = problem(layer, args=(normal(5, 3),))
    assert found.dtype == "float16"
    assert found.suspects == ()
    assert "mixed precision" in found.notes[0]
    assert found.at("float64").value(point_of(found.at("float64"))).dtype == np.float64


def test_a_recurrent_layer_without_dropout_has_nothing_to_tell():
    assert problem(keras.layers.GRU(2), args=(normal(2, 3, 4),)).notes == ()


def test_training_and_inference_are_told_apart():
    layers = [
        keras.layers.Dense(4),
        keras.layers.Dropout(0.5, name="d"),
        keras.layers.BatchNormalization(name="b"),
    ]
    stack = keras.Sequential(layers)
    inference = problem(stack, args=(normal(5, 3),))
    before = [weight.numpy().tobytes() for weight in stack.variables]
    training = problem(partial(stack, training=True), args=(normal(5, 3),))
    assert any("inference mode" in note and "'d'" in note and "'b'" in note for note in inference.notes)
    assert any("Dropout 'd' drew" in note for note in training.notes)
    assert any("BatchNormalization 'b' normalized by the batch" in note for note in training.notes)
    assert [weight.numpy().tobytes() for weight in stack.variables] == before
    first, second = (training.value(point_of(training)) for _ in range(2))
    assert not np.array_equal(first, second)
