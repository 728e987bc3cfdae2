"""Broadcasting, wrong in the backward pass and wrong in the loss.

A bias is added to every row, so its gradient is the sum over the rows; the custom gradient forgets the sum,
and `tape.gradient` returns a matrix for a vector without complaint. The loss subtracts targets of shape
(n,) from predictions of shape (n, 1), which makes n² differences instead of n.
"""

import numpy as np
import tensorflow as tf

import stabcheck

rng = np.random.default_rng(6)
features = tf.constant(rng.normal(size=(16, 3)))
targets = tf.constant(rng.normal(size=16))
rows = tf.constant(rng.normal(size=(5, 3)))
bias = tf.constant(rng.normal(size=3))


@tf.custom_gradient
def add_bias(x, b):
    def grad(dy):
        return dy, dy

    return x + b, grad


@tf.custom_gradient
def add_bias_summed(x, b):
    def grad(dy):
        return dy, tf.reduce_sum(dy, axis=0)

    return x + b, grad


@stabcheck.gradient_case
def gradient_without_the_sum():
    return stabcheck.GradientCase(fn=add_bias, args=(rows, bias))


@stabcheck.gradient_case
def gradient_with_the_sum():
    return stabcheck.GradientCase(fn=add_bias_summed, args=(rows, bias))


def column_minus_row(w):
    predictions = tf.matmul(features, w)
    return tf.reduce_mean(tf.square(predictions - targets))


def column_minus_column(w):
    predictions = tf.matmul(features, w)
    return tf.reduce_mean(tf.square(predictions - targets[:, None]))


@stabcheck.gradient_case
def loss_over_all_pairs():
    return stabcheck.GradientCase(fn=column_minus_row, args=(tf.constant(rng.normal(size=(3, 1))),))


@stabcheck.gradient_case
def loss_over_the_samples():
    return stabcheck.GradientCase(fn=column_minus_column, args=(tf.constant(rng.normal(size=(3, 1))),))


if __name__ == "__main__":
    print(gradient_without_the_sum().diagnose())
    print(gradient_with_the_sum().diagnose())
    print(loss_over_all_pairs().diagnose())
    print(loss_over_the_samples().diagnose())
