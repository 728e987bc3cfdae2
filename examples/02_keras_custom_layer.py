"""A hand-written Keras layer, tanh of a matmul, fed float64 data.

Two things go wrong, and neither error message says so: the weight has the shape (units,), which matmul
refuses; and once that is repaired, Keras casts the float64 input to float32 without a word, so that a check
with a step of 1e-6 measures rounding. The last layer is right, and is checked in the dtype of its data.
"""

import keras
import numpy as np
import tensorflow as tf

import stabcheck

rng = np.random.default_rng(1)
data = rng.normal(size=(8, 4))


class TanhOfVector(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(name="w", shape=(self.units,), initializer="random_normal")

    def call(self, inputs):
        return tf.tanh(tf.matmul(inputs, self.w))


class Tanh(TanhOfVector):
    def build(self, input_shape):
        self.w = self.add_weight(
            name="w", shape=(input_shape[-1], self.units), initializer=keras.initializers.RandomNormal(seed=2)
        )


@stabcheck.gradient_case
def weight_that_matmul_refuses():
    return stabcheck.GradientCase(fn=TanhOfVector(3), args=(data,))


@stabcheck.gradient_case
def float64_data_in_a_float32_layer():
    return stabcheck.GradientCase(fn=Tanh(3), args=(data,), step=1e-6, tolerance=1e-5)


@stabcheck.gradient_case
def layer_in_the_dtype_of_its_data():
    return stabcheck.GradientCase(fn=Tanh(3, dtype="float64"), args=(data,), step=1e-6, tolerance=1e-5)


if __name__ == "__main__":
    print(float64_data_in_a_float32_layer().diagnose())
    print(layer_in_the_dtype_of_its_data().diagnose())
    print(weight_that_matmul_refuses().diagnose())
