"""Ordinary, correct numerics in TensorFlow and Keras: nothing here may be flagged."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops


def softmax_shifted(z):
    e = tf.exp(z - tf.reduce_max(z, axis=-1, keepdims=True))
    return e / tf.reduce_sum(e, axis=-1, keepdims=True)


def cross_entropy(labels, logits):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))


def sigmoid_cross_entropy(z, y):
    return tf.reduce_mean(tf.nn.relu(z) - z * y + tf.math.log1p(tf.exp(-tf.abs(z))))


def clipped_log(p):
    return tf.math.log(tf.clip_by_value(p, 1e-7, 1.0))


def clipped_binary(y, p):
    p = tf.clip_by_value(p, 1e-7, 1.0 - 1e-7)
    return -tf.reduce_mean(y * tf.math.log(p) + (1.0 - y) * tf.math.log(1.0 - p))


def distance(a, b):
    return tf.sqrt(tf.reduce_sum(tf.square(a - b), axis=-1) + 1e-9)


def distance_by_maximum(a, b):
    return tf.sqrt(tf.maximum(tf.reduce_sum(tf.square(a - b), axis=-1), 1e-12))


def triplet(anchor, positive, negative, margin=0.2):
    near = tf.reduce_sum(tf.square(anchor - positive), axis=1)
    far = tf.reduce_sum(tf.square(anchor - negative), axis=1)
    return tf.reduce_mean(tf.maximum(near - far + margin, 0.0))


def normalized(x):
    return tf.math.l2_normalize(x, axis=-1)


def masked_mean(x, mask):
    mask = tf.cast(mask, x.dtype)
    return tf.math.divide_no_nan(tf.reduce_sum(x * mask), tf.reduce_sum(mask))


def batch_norm(x, eps=1e-3):
    mean, variance = tf.nn.moments(x, axes=[0])
    return (x - mean) * tf.math.rsqrt(variance + eps)


def sample(mean, log_var):
    log_var = tf.clip_by_value(log_var, -10.0, 10.0)
    return mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))


def ctc(labels, logits, label_length, logit_length):
    return tf.nn.ctc_loss(labels, logits, label_length, logit_length, logits_time_major=False)


def huber(y, p, delta=1.0):
    error = tf.abs(y - p)
    return tf.where(error <= delta, 0.5 * tf.square(error), delta * error - 0.5 * delta**2)


def smooth_labels(y, classes, amount=0.1):
    return y * (1.0 - amount) + amount / classes


def dice(y, p):
    return 1.0 - (2.0 * tf.reduce_sum(y * p) + 1.0) / (tf.reduce_sum(y) + tf.reduce_sum(p) + 1.0)


def time_step(decay, t):
    return tf.exp(-tf.nn.softplus(decay) * t)


def squash(s, eps=1e-7):
    squared = tf.reduce_sum(tf.square(s), axis=-1, keepdims=True)
    return squared / (1.0 + squared) * s / tf.sqrt(squared + eps)


@tf.custom_gradient
def log1pexp(x):
    e = tf.exp(-tf.abs(x))

    def grad(upstream):
        return upstream * tf.sigmoid(x)

    return tf.maximum(x, 0.0) + tf.math.log1p(e), grad


@tf.function
def train_step(model, x, y, optimizer):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss = tf.reduce_mean(tf.keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    return loss


def logits_model():
    model = tf.keras.Sequential([tf.keras.layers.Dense(64, activation="relu"), tf.keras.layers.Dense(10)])
    model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def probability_model():
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("adam", "categorical_crossentropy")
    return model


def regression_model():
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


class Norm(layers.Layer):
    def __init__(self, epsilon=1e-6):
        super().__init__()
        self.epsilon = epsilon

    def call(self, x):
        variance = ops.mean(ops.square(x), axis=-1, keepdims=True)
        return x * ops.rsqrt(variance + self.epsilon)


class Sampling(layers.Layer):
    def call(self, inputs):
        mean, log_var = inputs
        log_var = ops.clip(log_var, -20.0, 20.0)
        return mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean))


class Attention(layers.Layer):
    def call(self, q, k, v, mask=None):
        scores = ops.matmul(q, ops.transpose(k, (0, 2, 1))) / math.sqrt(64)
        if mask is not None:
            scores = ops.where(mask, scores, -1e9)
        return ops.matmul(ops.softmax(scores, axis=-1), v)


class F1(keras.metrics.Metric):
    def update_state(self, y, p, sample_weight=None):
        p = ops.cast(p > 0.5, "float32")
        self.tp.assign_add(ops.sum(y * p))

    def result(self):
        precision = self.tp / (self.tp + self.fp + 1e-7)
        recall = self.tp / (self.tp + self.fn + 1e-7)
        return 2 * precision * recall / (precision + recall + 1e-7)


class Cosine(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        fraction = tf.minimum(tf.cast(step, tf.float32) / self.steps, 1.0)
        return self.rate * 0.5 * (1.0 + tf.cos(math.pi * fraction))


def hsv_value(image):
    return tf.reduce_max(image, axis=-1) / 255.0


def log_mel(spectrogram):
    return tf.math.log(spectrogram + 1e-6)


def softmax_temperature(logits, temperature=0.5):
    return tf.nn.softmax(logits / temperature, axis=-1)


def focal(y, logits, gamma=2.0):
    ce = tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits)
    p = tf.sigmoid(logits)
    weight = tf.pow(y * (1 - p) + (1 - y) * p, gamma)
    return tf.reduce_mean(weight * ce)


def entropy(logits):
    return -tf.reduce_sum(tf.nn.softmax(logits) * tf.nn.log_softmax(logits), axis=-1)


def check(f):
    x = tf.constant(np.random.randn(3), dtype=tf.float64)
    theory, numeric = tf.test.compute_gradient(f, [x], delta=1e-5)
    return np.max(np.abs(theory[0] - numeric[0])) / np.max(np.abs(numeric[0]) + 1e-12)
