"""A network of 218 thousand weights, of which only the ones in doubt are checked.

The hidden layer is a custom gradient (a leaky rectifier) that someone wrote by hand. Checking its bias and
the last kernel takes a few dozen evaluations of the loss; the other weights stay where they are.
"""

import keras
import numpy as np
import tensorflow as tf

import stabcheck

rng = np.random.default_rng(3)
images = tf.constant(rng.normal(size=(16, 784)).astype(np.float32))
digits = tf.constant(rng.integers(0, 10, size=16))


@tf.custom_gradient
def leaky(x):
    def grad(dy):
        return dy * tf.where(x > 0, 1.0, 0.1)

    return tf.maximum(x, 0.1 * x), grad


@tf.custom_gradient
def leaky_with_the_wrong_slope(x):
    def grad(dy):
        return dy * tf.where(x > 0, 1.0, 0.01)

    return tf.maximum(x, 0.1 * x), grad


def dense(units, name, seed, activation=None):
    initializer = keras.initializers.HeNormal(seed=seed)
    return keras.layers.Dense(units, activation, kernel_initializer=initializer, name=name)


def network(activation):
    return keras.Sequential(
        [
            keras.Input((784,)),
            dense(256, "wide", 1),
            dense(64, "hidden", 2, activation),
            dense(10, "logits", 3),
        ]
    )


def training_loss(model):
    def loss():
        logits = model(images, training=False)
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=digits, logits=logits))

    return loss


@stabcheck.gradient_case
def chosen_variables():
    model = network(leaky)
    chosen = [model.get_layer("hidden").bias, model.get_layer("logits").kernel]
    return stabcheck.GradientCase(fn=training_loss(model), variables=chosen)


@stabcheck.gradient_case
def one_wrong_slope():
    model = network(leaky_with_the_wrong_slope)
    chosen = [model.get_layer("hidden").bias, model.get_layer("logits").kernel]
    return stabcheck.GradientCase(fn=training_loss(model), variables=chosen)


if __name__ == "__main__":
    print(chosen_variables().diagnose())
    print(one_wrong_slope().diagnose())
