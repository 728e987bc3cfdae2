"""Logistic regression in TensorFlow: the loss closes over its weights, and the check needs no arguments.

In float64 the gradient by W and b is right to eleven digits. The same loss with the cross entropy written
out by hand takes the logarithm of a probability that has rounded to 0, and its gradient is not a number.
"""

import numpy as np
import tensorflow as tf

import stabcheck

rng = np.random.default_rng(0)
X = tf.constant(rng.normal(size=(100, 10)))
y = tf.constant((rng.random(size=(100, 1)) > 0.5).astype(np.float64))

W = tf.Variable(0.1 * rng.normal(size=(10, 1)), name="W")
b = tf.Variable(np.zeros(1), name="b")


def loss():
    logits = tf.matmul(X, W) + b
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))


@stabcheck.gradient_case
def logistic_regression():
    return stabcheck.GradientCase(fn=loss, variables=[W, b])


scores = tf.Variable([40.0, -60.0, 120.0], name="scores")
labels = tf.constant([1.0, 0.0, 0.0])


def cross_entropy_by_hand():
    p = 1.0 / (1.0 + tf.exp(-scores))
    return -tf.reduce_mean(labels * tf.math.log(p) + (1.0 - labels) * tf.math.log(1.0 - p))


@stabcheck.gradient_case
def logarithm_of_a_rounded_probability():
    return stabcheck.GradientCase(fn=cross_entropy_by_hand, variables=[scores])


def cross_entropy_of_logits():
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=scores))


@stabcheck.gradient_case
def cross_entropy_from_logits():
    return stabcheck.GradientCase(fn=cross_entropy_of_logits, variables=[scores])


if __name__ == "__main__":
    print(logistic_regression().diagnose())
    print(logarithm_of_a_rounded_probability().diagnose())
    print(cross_entropy_from_logits().diagnose())
