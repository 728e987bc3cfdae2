"""TensorFlow programs with a marked culprit, and sound twins."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tests.dynamic.trace.programs import Shelf, normal

shelf = Shelf()

LOGITS = np.array([[120.0, 3.0, -5.0], [1.0, 2.0, 3.0]])
ORDINARY = normal(8, 5)
SHIFTED = normal(16, 6) + 3000.0
LABELS = np.eye(3, dtype=np.float32)[[1, 2]]


@shelf.add(lambda: (LOGITS,))
def naive_softmax(x):
    e = tf.exp(x)  # culprit: overflow
    return e / tf.reduce_sum(e, axis=-1, keepdims=True)


@shelf.add(lambda: (LOGITS,))
def shifted_softmax(x):
    e = tf.exp(x - tf.reduce_max(x, axis=-1, keepdims=True))
    return e / tf.reduce_sum(e, axis=-1, keepdims=True)


@shelf.add(lambda: (LOGITS,))
def naive_cross_entropy(x):
    p = tf.nn.softmax(x)
    log_p = tf.math.log(p)  # culprit: domain-error
    return -tf.reduce_sum(LABELS * log_p)


@shelf.add(lambda: (LOGITS,))
def logits_cross_entropy(x):
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=LABELS, logits=x))


@shelf.add(lambda: (SHIFTED,))
def naive_variance(x):
    mean_of_squares = tf.reduce_mean(x * x, axis=0)
    mean = tf.reduce_mean(x, axis=0)
    return mean_of_squares - mean * mean  # culprit: cancellation


@shelf.add(lambda: (SHIFTED,))
def centred_variance(x):
    return tf.reduce_mean(tf.square(x - tf.reduce_mean(x, axis=0)), axis=0)


@shelf.add(lambda: (np.array([-120.0, 0.5, 3.0]),))
def naive_logistic(x):
    return 1.0 / (1.0 + tf.exp(-x))  # culprit: nan-gradient


@shelf.add(lambda: (np.array([-120.0, 0.5, 3.0]),))
def library_logistic(x):
    return tf.sigmoid(x)


@shelf.add(lambda: (np.array([0.3, 1.5]),))
def exp_100x(x):
    return tf.reduce_sum(tf.exp(100.0 * x))  # culprit: overflow


@shelf.add(lambda: (np.array([0.3, 0.5]),))
def exp_100x_in_range(x):
    return tf.reduce_sum(tf.exp(100.0 * x))


@shelf.add(lambda: (np.array([1e-6, 0.5]),))
def log_near_one(x):
    y = 1.0 + x
    return tf.math.log(y)  # culprit: cancellation


@shelf.add(lambda: (np.array([1e-6, 0.5]),))
def log_by_log1p(x):
    return tf.math.log1p(x)


@shelf.add(lambda: (np.array([1e-5, 2e-5]),))
def exp_minus_one(x):
    return tf.exp(x) - 1.0  # culprit: cancellation


@shelf.add(lambda: (np.array([1e-5, 2e-5]),))
def exp_by_expm1(x):
    return tf.math.expm1(x)


@shelf.add(lambda: (np.array([[3.0, 3.0], [1.0, 2.0], [5.0, 5.0]]),))
def batch_norm_without_eps(x):
    mean = tf.reduce_mean(x, axis=1, keepdims=True)
    centred = x - mean
    std = tf.sqrt(tf.reduce_mean(centred * centred, axis=1, keepdims=True))
    return centred / std  # culprit: domain-error


@shelf.add(lambda: (np.array([[3.0, 3.0], [1.0, 2.0], [5.0, 5.0]]),))
def batch_norm_with_eps(x):
    mean, variance = tf.nn.moments(x, axes=[1], keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + 1e-5)


@shelf.add(lambda: (normal(4, 8), normal(4, 8)), "float16")
def attention_with_large_mask(q, k):
    scores = tf.matmul(q, k, transpose_b=True) / 8.0**0.5
    mask = tf.constant(np.tril(np.ones((4, 4))), scores.dtype)
    scores = scores + (1.0 - mask) * -1e9  # culprit: overflow
    return tf.nn.softmax(scores)


@shelf.add(lambda: (normal(4, 8), normal(4, 8)), "float16")
def attention_with_infinite_mask(q, k):
    scores = tf.matmul(q, k, transpose_b=True) / 8.0**0.5
    mask = tf.constant(np.tril(np.ones((4, 4))) > 0)
    return tf.nn.softmax(tf.where(mask, scores, tf.constant(-np.inf, scores.dtype)))


@shelf.add(lambda: (np.array([1.0, 0.0, 2.0]),))
def where_trap_log(x):
    y = tf.math.log(x)  # culprit: nan-gradient
    return tf.reduce_sum(tf.where(x > 0, y, 0.0))


@shelf.add(lambda: (np.array([1.0, 0.0, 2.0]),))
def where_on_the_argument(x):
    safe = tf.where(x > 0, x, 1.0)
    return tf.reduce_sum(tf.where(x > 0, tf.math.log(safe), 0.0))


@shelf.add(lambda: (np.array([1.0, 120.0, 2.0]),))
def where_trap_exp(x):
    y = tf.exp(x)  # culprit: nan-gradient
    return tf.reduce_sum(tf.where(x < 50.0, y, x))


@shelf.add(lambda: (np.array([4.0, 0.0]),))
def sqrt_at_zero(x):
    return tf.reduce_sum(tf.sqrt(x))  # culprit: nan-gradient


@shelf.add(lambda: (np.array([4.0, 0.0]),))
def sqrt_with_eps(x):
    return tf.reduce_sum(tf.sqrt(x + 1e-6))


@shelf.add(lambda: (np.zeros(3),))
def norm_at_zero(x):
    return tf.norm(x)  # culprit: nan-gradient


@shelf.add(lambda: (normal(16, 1), normal(16)))
def outer_loss(prediction, target):
    difference = prediction - target  # culprit: silent-broadcast
    return tf.reduce_mean(difference * difference)


@shelf.add(lambda: (normal(16, 1), normal(16)))
def column_loss(prediction, target):
    difference = prediction - tf.reshape(target, (16, 1))
    return tf.reduce_mean(difference * difference)


@shelf.add(lambda: (normal(16, 4), normal(4)))
def bias_add(x, b):
    return tf.nn.relu(x + b)


@shelf.add(lambda: (normal(7),))
def pairwise_differences_on_purpose(x):
    return tf.reduce_sum(tf.abs(x[:, None] - x))


@shelf.add(lambda: (normal(6, 3) + 2000.0,))
def pairwise_distances(x):
    squares = tf.reduce_sum(x * x, axis=1)
    gram = tf.matmul(x, x, transpose_b=True)
    return squares[:, None] + squares[None, :] - 2.0 * gram  # culprit: cancellation


@shelf.add(lambda: (normal(6, 3) + 2000.0,))
def pairwise_distances_by_differences(x):
    return tf.reduce_sum(tf.square(x[:, None, :] - x[None, :, :]), axis=-1)


@shelf.add(lambda: (np.full(60, 0.01),))
def likelihood_product(p):
    likelihood = tf.reduce_prod(p)  # culprit: underflow
    return -tf.math.log(likelihood)


@shelf.add(lambda: (np.full(60, 0.01),))
def sum_of_logs(p):
    return -tf.reduce_sum(tf.math.log(p))


@shelf.add(lambda: (np.array([300.0, 400.0]),), "float16")
def norm_in_float16(x):
    squares = x * x  # culprit: overflow
    return tf.sqrt(tf.reduce_sum(squares))


@shelf.add(lambda: (np.array([300.0, 400.0]),), "float16")
def scaled_norm_in_float16(x):
    largest = tf.reduce_max(tf.abs(x))
    scaled = x / largest
    return largest * tf.sqrt(tf.reduce_sum(scaled * scaled))


@shelf.add(lambda: (np.array([-1.0, 2.0]),))
def log_of_negative(x):
    return tf.reduce_sum(tf.math.log(x))  # culprit: domain-error


class Scale(tf.keras.layers.Layer):
    """A hand-written layer that divides by its input's spread."""

    def call(self, x):
        spread = tf.reduce_max(x, axis=-1, keepdims=True) - tf.reduce_min(x, axis=-1, keepdims=True)
        return x / spread


@shelf.add(lambda: (ORDINARY,))
def custom_layer(x):
    return tf.reduce_sum(Scale()(x))


@shelf.add(lambda: (SHIFTED * 1e3,), "float64")
def naive_variance_in_float64(x):
    x = x + 1e9
    return tf.reduce_mean(x * x) - tf.reduce_mean(x) ** 2  # culprit: cancellation


@shelf.add(lambda: (np.array([800.0, 1.0]),), "float64")
def log_sum_exp_in_float64(x):
    total = tf.reduce_sum(tf.exp(x))  # culprit: overflow
    return tf.math.log(total)


@shelf.add(lambda: (np.array([800.0, 1.0]),), "float64")
def library_log_sum_exp(x):
    return tf.reduce_logsumexp(x)


@shelf.add(lambda: (ORDINARY, normal(5, 7), normal(7, 3)))
def two_layer_network(x, w, v):
    return tf.reduce_mean(tf.tanh(tf.matmul(tf.tanh(tf.matmul(x, w)), v)) ** 2)


@shelf.add(lambda: (np.array([40.0, -40.0, 3.0]),))
def log_one_plus_exp(x):
    return tf.reduce_sum(tf.math.log(1.0 + tf.exp(x)))


@shelf.add(lambda: (np.array([100.0, -1.0]),))
def log_one_plus_exp_overflowing(x):
    return tf.math.log(1.0 + tf.exp(x))  # culprit: overflow


@shelf.add(lambda: (ORDINARY,))
def layer_normalization(x):
    return tf.keras.layers.LayerNormalization()(x)


@shelf.add(lambda: (np.array([[1.0, 2.0], [0.0, 0.0]]),))
def cosine_similarity_of_zeros(x):
    norms = tf.sqrt(tf.reduce_sum(x * x, axis=1, keepdims=True))
    unit = x / norms  # culprit: domain-error
    return tf.matmul(unit, unit, transpose_b=True)


@shelf.add(lambda: (np.array([0.999999, 0.5]),))
def entropy_of_complement(p):
    z = tf.math.log(p / (1.0 - p))
    q = tf.sigmoid(1.5 * z)
    return tf.math.log(1.0 - q)  # culprit: cancellation
