"""TensorFlow and Keras functions with the verdict and the first cause that a diagnosis must give them.

A specimen returns the keywords of `diagnose`. `suspicious` marks the right ones that other checkers accuse.
"""

from __future__ import annotations

from functools import partial

import keras
import numpy as np
import tensorflow as tf

from tests.dynamic.specimens import collection

ZOO, specimen = collection()

wrong = partial(specimen, "fail")
right = specimen("pass")
suspect = specimen("pass", suspicious=True)


def normal(*shape, seed=0, dtype=np.float64):
    return tf.constant(np.random.default_rng(seed).normal(size=shape).astype(dtype))


# --- custom gradients that are wrong


def square_with(gradient):
    @tf.custom_gradient
    def square(x):
        return x * x, lambda dy: gradient(x, dy)

    return square


@wrong("scale-error")
def factor_two_forgotten():
    return {"fn": square_with(lambda x, dy: x * dy), "args": (normal(5),)}


@wrong("scale-error")
def factor_of_the_size():
    x = normal(7)
    return {"fn": lambda x: tf.reduce_mean(x**2), "args": (x,), "grad": lambda x: 2 * x}


@wrong("sign-error")
def sign_flipped():
    return {"fn": square_with(lambda x, dy: -2 * x * dy), "args": (normal(5),)}


@wrong("upstream-ignored")
def upstream_ignored():
    return {"fn": square_with(lambda x, dy: 2 * x), "args": (normal(5),)}


@wrong("upstream-ignored")
def upstream_squared():
    return {"fn": square_with(lambda x, dy: 2 * x * dy * dy), "args": (normal(5),)}


@wrong("shape-mismatch")
def gradient_summed_to_a_scalar():
    return {"fn": square_with(lambda x, dy: tf.reduce_sum(2 * x * dy)), "args": (normal(5),)}


@wrong("shape-mismatch")
def gradient_flattened():
    return {"fn": square_with(lambda x, dy: tf.reshape(2 * x * dy, [-1])), "args": (normal(3, 4),)}


@wrong("shape-mismatch")
def gradient_with_an_axis_more():
    return {"fn": square_with(lambda x, dy: (2 * x * dy)[None]), "args": (normal(5),)}


@wrong("missing-broadcast-sum")
def bias_not_summed():
    @tf.custom_gradient
    def add(x, b):
        return x + b, lambda dy: (dy, dy)

    return {"fn": add, "args": (normal(5, 3), normal(3, seed=1))}


@wrong("scale-error")
def bias_averaged_instead_of_summed():
    @tf.custom_gradient
    def add(x, b):
        return x + b, lambda dy: (dy, tf.reduce_mean(dy, axis=0))

    x = normal(5, 3)
    return {"fn": lambda b: add(x, b), "args": (normal(3, seed=1),)}


@wrong("transposed")
def square_matrix_transposed():
    @tf.custom_gradient
    def product(a):
        b = normal(4, 4, seed=1)
        return a @ b, lambda dy: tf.transpose(dy @ tf.transpose(b))

    return {"fn": product, "args": (normal(4, 4),)}


@wrong("missing-gradient")
def gradient_cut_by_numpy():
    return {"fn": lambda x: tf.reduce_sum(tf.constant(x.numpy() ** 2)), "args": (normal(4),)}


@wrong("missing-gradient")
def gradient_stopped():
    return {"fn": lambda x: tf.reduce_sum(tf.stop_gradient(x) ** 2), "args": (normal(4),)}


@wrong("missing-gradient")
def custom_gradient_none():
    @tf.custom_gradient
    def product(x, y):
        return x * y, lambda dy: (dy * y, None)

    return {"fn": product, "args": (normal(4), normal(4, seed=1))}


@wrong("missing-gradient")
def custom_gradient_zero():
    @tf.custom_gradient
    def product(x, y):
        return x * y, lambda dy: (dy * y, tf.zeros_like(y))

    return {"fn": product, "args": (normal(4), normal(4, seed=1))}


@wrong("localized-error")
def wrong_where_negative():
    @tf.custom_gradient
    def leaky(x):
        return tf.maximum(x, 0.1 * x), lambda dy: dy * tf.where(x > 0, 1.0, 0.5)

    return {"fn": leaky, "args": (tf.cast(normal(12), tf.float32),)}


@wrong("localized-error")
def one_entry_off():
    offset = tf.constant([1.0, 1.0, 1.03, 1.0, 1.0, 1.0], tf.float64)
    return {"fn": square_with(lambda x, dy: 2 * x * dy * offset), "args": (normal(6),)}


@wrong("localized-error")
def one_row_of_a_kernel():
    x = normal(8, 4)
    mask = tf.constant([[1.0], [0.0], [1.0], [1.0]], tf.float64)

    @tf.custom_gradient
    def dense(w):
        return tf.tanh(x @ w), lambda dy: mask * (tf.transpose(x) @ (dy * (1 - tf.tanh(x @ w) ** 2)))

    return {"fn": dense, "args": (normal(4, 3, seed=1),)}


@wrong("wrong-gradient")
def sine_for_cosine():
    @tf.custom_gradient
    def sine(x):
        return tf.sin(x), lambda dy: dy * tf.sin(x)

    return {"fn": sine, "args": (normal(6),)}


@wrong("scale-error")
def wrong_by_three_in_a_hundred_thousand():
    return {"fn": square_with(lambda x, dy: 2 * x * dy * (1 + 3e-5)), "args": (normal(6),)}


@wrong("wrong-gradient")
def penalty_missing_from_the_gradient():
    x, y = normal(20, 4), normal(20, seed=1)

    def loss(w):
        return tf.reduce_mean((tf.linalg.matvec(x, w) - y) ** 2) + 0.05 * tf.reduce_sum(w**2)

    def gradient(w):
        return 2 / 20 * tf.linalg.matvec(x, tf.linalg.matvec(x, w) - y, transpose_a=True)

    return {"fn": loss, "args": (normal(4, seed=2),), "grad": gradient}


@wrong("scale-error")
def vjp_by_hand_with_a_factor():
    a = normal(5, 3)
    return {
        "fn": lambda x: tf.linalg.matvec(a, x),
        "args": (normal(3, seed=1),),
        "vjp": lambda x, dy: 0.5 * tf.linalg.matvec(a, dy, transpose_a=True),
    }


@wrong("scale-error")
def custom_gradient_inside_a_layer():
    class Doubled(keras.layers.Layer):
        def call(self, inputs):
            return square_with(lambda x, dy: 4 * x * dy)(inputs)

    return {"fn": Doubled(), "args": (normal(4, 3, dtype=np.float32),)}


@wrong("sign-error")
def compiled_with_a_wrong_custom_gradient():
    square = square_with(lambda x, dy: -2 * x * dy)
    return {"fn": tf.function(lambda x: tf.reduce_sum(square(x))), "args": (normal(5),)}


# --- functions that break


@wrong("overflow")
def exponential_overflows():
    x = tf.constant([88.0, 90.0, 91.0])
    return {"fn": lambda x: tf.exp(x) / tf.reduce_sum(tf.exp(x)), "args": (x,)}


@wrong("overflow")
def float16_sum_of_squares():
    x = tf.constant(np.full(8, 200.0, np.float16))
    return {"fn": lambda x: tf.sqrt(tf.reduce_sum(x * x)), "args": (x,)}


@wrong("nan-gradient")
def where_trap():
    x = tf.constant([0.0, 1.0, 4.0], tf.float64)
    return {"fn": lambda x: tf.reduce_sum(tf.where(x > 0, tf.math.log(x), x)), "args": (x - 1.0,)}


@wrong("nan-gradient")
def where_trap_of_a_square_root():
    x = tf.constant([-1.0, 1.0, 4.0], tf.float64)
    return {"fn": lambda x: tf.reduce_sum(tf.where(x > 0, tf.sqrt(x) * x, 0.0 * x)), "args": (x,)}


@wrong("nan-gradient")
def norm_at_zero():
    return {"fn": tf.norm, "args": (tf.zeros(3, tf.float64),)}


@suspect
def norm_at_zero_squared():
    x = tf.zeros(3, tf.float64)
    return {"fn": lambda x: tf.norm(x) ** 2, "args": (x,)}


@wrong("domain-error")
def logarithm_of_a_negative():
    return {"fn": lambda x: tf.reduce_sum(tf.math.log(x)), "args": (tf.constant([1.0, -2.0, 3.0]),)}


@wrong("domain-error")
def logarithm_of_a_saturated_softmax():
    x = tf.constant([[0.0, 200.0, 10.0]])
    labels = tf.constant([[1.0, 0.0, 0.0]])
    return {"fn": lambda x: -tf.reduce_sum(labels * tf.math.log(tf.nn.softmax(x))), "args": (x,)}


@wrong("cancellation")
def variance_as_a_difference():
    x = normal(50, dtype=np.float32) + 3000.0
    return {"fn": lambda x: tf.reduce_mean(x * x) - tf.reduce_mean(x) ** 2, "args": (x,)}


@wrong("shape-mismatch")
def vector_in_a_matrix_product():
    w = tf.Variable(normal(3))
    x = normal(5, 3)
    return {"fn": lambda: tf.reduce_sum(tf.matmul(x, w)), "variables": [w]}


@wrong("shape-mismatch")
def inner_sizes_differ():
    x = normal(5, 3)
    return {"fn": lambda w: tf.reduce_sum(x @ w), "args": (normal(4, 2),)}


# --- nothing to compare with

undecided = partial(specimen, "inconclusive")


@undecided("nondeterministic")
def dropout():
    return {"fn": lambda x: tf.reduce_sum(tf.nn.dropout(x, 0.5) ** 2), "args": (normal(20),)}


@undecided("nondeterministic")
def dropout_layer_in_training():
    model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dropout(0.5), keras.layers.Dense(2)])
    return {"fn": partial(model, training=True), "args": (normal(6, 3, dtype=np.float32),)}


@undecided("nondeterministic")
def counter_in_a_variable():
    calls = tf.Variable(0.0, dtype=tf.float64, trainable=False)

    def stateful(x):
        calls.assign_add(1.0)
        return tf.reduce_sum(x * calls)

    return {"fn": stateful, "args": (normal(4),)}


@undecided("non-differentiable")
def relu_at_zero():
    return {
        "fn": lambda x: tf.reduce_sum(tf.nn.relu(x)),
        "args": (tf.constant([0.0, 1.0, -2.0], tf.float64),),
    }


@undecided("non-differentiable")
def relu_layer_of_zeros():  # several kinks at each entry: no choice at each of them lies between all slopes
    layer = keras.layers.Dense(3, activation="relu", kernel_initializer=keras.initializers.GlorotUniform(1))
    return {"fn": layer, "args": (np.zeros((2, 4), np.float32),)}


@undecided("non-differentiable")
def maximum_with_a_tie():
    return {"fn": tf.reduce_max, "args": (tf.constant([1.0, 3.0, 3.0, 2.0], tf.float64),)}


@undecided("non-differentiable")
def absolute_value_at_zero():
    return {"fn": lambda x: tf.reduce_sum(tf.abs(x)), "args": (tf.constant([0.0, 0.5], tf.float64),)}


@undecided("non-differentiable")
def clip_at_its_bound():
    x = tf.constant([1.0, 0.3], tf.float64)
    return {"fn": lambda x: tf.reduce_sum(tf.clip_by_value(x, -1.0, 1.0)), "args": (x,)}


@undecided("discontinuous")
def floor_at_an_integer():
    def staircase(x):
        return tf.reduce_sum(tf.floor(x) + 0.1 * x)

    return {"fn": staircase, "args": (tf.constant([2.0, 0.4], tf.float64),)}


@undecided("rough")
def cast_to_float16_inside():
    def rounded(x):
        return tf.reduce_sum(tf.cast(tf.cast(x, tf.float16), tf.float64) ** 2)

    return {"fn": rounded, "args": (normal(1) + 1.3,)}


# --- right, and unsuspicious


@right
def logistic_regression_over_variables():
    x, y = normal(30, 4), tf.cast(normal(30, 1, seed=1) > 0, tf.float64)
    w, b = tf.Variable(normal(4, 1, seed=2)), tf.Variable(tf.zeros(1, tf.float64))

    def loss():
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x @ w + b))

    return {"fn": loss, "variables": [w, b]}


@right
def variables_found_in_the_closure():
    w = tf.Variable(normal(3, seed=2))
    return {"fn": lambda: tf.reduce_sum(tf.sin(w) ** 2)}


@right
def compiled_method_of_a_module():
    class Net(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable(normal(4, 2))

        @tf.function
        def loss(self, x):
            return tf.reduce_sum(tf.tanh(x @ self.w) ** 2)

    net = Net()
    return {"fn": lambda x: 2 * net.loss(x), "args": (normal(5, 4, seed=1),), "variables": [net.w]}


@right
def functional_model():
    inputs = keras.Input((4,), dtype="float64")
    hidden = keras.layers.Dense(5, "tanh", dtype="float64")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2, dtype="float64")(hidden))
    return {"fn": model, "args": (normal(6, 4),)}


@right
def nested_arguments():
    params = {"w": normal(3, 2), "b": [normal(2, seed=1), normal(2, seed=2)]}

    def fn(p, x):
        return tf.reduce_sum(tf.tanh(x @ p["w"] + p["b"][0]) * p["b"][1])

    return {"fn": fn, "args": (params, normal(4, 3, seed=3))}


@right
def recurrent_layer():
    return {"fn": keras.layers.LSTM(3, dtype="float64"), "args": (normal(2, 4, 3),)}


@right
def gradient_by_hand_of_variables():
    w = tf.Variable(normal(4))
    return {"fn": lambda: tf.reduce_sum(w**3), "variables": [w], "grad": lambda: [3 * w**2]}


# --- right, and accused by other checkers


@suspect
def float32_network():
    model = keras.Sequential([keras.layers.Dense(8, "tanh"), keras.layers.Dense(3, "softmax")])
    return {"fn": model, "args": (normal(5, 4, dtype=np.float32),)}


@suspect
def float16_function():
    return {"fn": lambda x: tf.reduce_mean(tf.tanh(x)), "args": (normal(10, dtype=np.float16),)}


@suspect
def large_constant_added():
    return {"fn": lambda x: 1e6 + tf.reduce_sum(tf.sin(x)), "args": (normal(6),)}


@specimen("pass", "dtype-too-coarse", suspicious=True)
def large_constant_added_in_float32():
    return {"fn": lambda x: 1e6 + tf.reduce_sum(tf.sin(x)), "args": (normal(6, dtype=np.float32),)}


@suspect
def scales_from_a_millionth_to_a_million():
    scales = tf.constant([1e-6, 1e-3, 1.0, 1e3, 1e6], tf.float64)
    return {"fn": lambda x: tf.reduce_sum(tf.sin(x / scales)), "args": (0.7 * scales,)}


@suspect
def high_curvature():
    return {"fn": lambda x: tf.reduce_sum(tf.sin(200 * x)), "args": (normal(4),)}


@suspect
def tiny_gradients():
    return {"fn": lambda x: 1e-9 * tf.reduce_sum(tf.tanh(x)), "args": (normal(4),)}


@suspect
def embedding_of_integers():
    layer = keras.layers.Embedding(10, 3)
    return {"fn": layer, "args": (tf.constant([[1, 4, 4], [7, 1, 0]]),)}


@suspect
def gathered_twice():
    table = tf.Variable(normal(6, 2))
    return {"fn": lambda: tf.reduce_sum(tf.gather(table, [1, 1, 4]) ** 2), "variables": [table]}


@suspect
def batch_norm_in_training():
    layer = keras.layers.BatchNormalization()
    return {"fn": partial(layer, training=True), "args": (normal(12, 3, dtype=np.float32),)}


@suspect
def layer_norm_whose_outputs_sum_to_zero():
    layer = keras.layers.LayerNormalization(dtype="float64")
    return {"fn": layer, "args": (normal(4, 6),)}


@suspect
def bias_before_batch_norm_has_no_gradient():
    model = keras.Sequential(
        [keras.layers.Dense(4), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
    )
    return {"fn": partial(model, training=True), "args": (normal(8, 3, dtype=np.float32),)}


@suspect
def bias_of_the_keys_of_attention_has_no_gradient():
    class Attention(keras.Model):
        def __init__(self):
            super().__init__()
            self.attention = keras.layers.MultiHeadAttention(2, 4)

        def call(self, x):
            return self.attention(x, x)

    return {"fn": Attention(), "args": (normal(2, 3, 4, dtype=np.float32),)}


@suspect
def loop_with_constants_of_float32():
    @tf.function
    def series(x):
        i, total = tf.constant(0), tf.constant(0.0)
        while i < 3:
            total = total + tf.reduce_sum(x ** tf.cast(i, tf.float32))
            i = i + 1
        return total

    return {"fn": series, "args": (tf.constant([1.5, 2.0]),)}


@suspect
def resizing_computes_in_float32_whatever_it_is_given():
    return {"fn": keras.layers.Resizing(4, 4), "args": (normal(1, 3, 3, 1, dtype=np.float32),)}


@suspect
def bfloat16_function():
    return {"fn": lambda x: tf.reduce_sum(tf.tanh(x)), "args": (tf.cast(normal(6), tf.bfloat16),)}


@suspect
def dropout_with_a_fixed_seed():  # which draws other numbers in float64
    x = normal(6, 4, dtype=np.float32)
    drop = partial(tf.nn.experimental.stateless_dropout, rate=0.5, seed=(1, 2))
    return {
        "fn": lambda w: tf.reduce_mean(drop(tf.tanh(x @ w)) ** 2),
        "args": (normal(4, 3, seed=1, dtype=np.float32),),
    }


@suspect
def dropout_in_inference():
    model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dropout(0.5), keras.layers.Dense(2)])
    return {"fn": model, "args": (normal(6, 3, dtype=np.float32),)}


@suspect
def relu_away_from_zero():
    return {"fn": lambda x: tf.reduce_sum(tf.nn.relu(x)), "args": (normal(30),)}


@suspect
def unused_argument():
    return {"fn": lambda x, y: tf.reduce_sum(x**2), "args": (normal(3), normal(3, seed=1))}


@suspect
def saturated_sigmoid():
    x = tf.constant([-30.0, 25.0, 40.0], tf.float64)
    return {
        "fn": lambda x: tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(tf.ones(3, tf.float64), x)),
        "args": (x,),
    }


@suspect
def double_where():
    x = tf.constant([-1.0, 1.0, 4.0], tf.float64)

    def safe(x):
        inner = tf.where(x > 0, x, tf.ones_like(x))
        return tf.reduce_sum(tf.where(x > 0, tf.math.log(inner), x))

    return {"fn": safe, "args": (x,)}


@suspect
def gradient_is_zero_at_the_optimum():
    target = normal(5)
    return {"fn": lambda x: tf.reduce_sum((x - target) ** 2), "args": (target,)}


@suspect
def straight_constants_of_float32():
    def fn(x):
        return tf.reduce_sum(
            tf.where(x > 0, tf.constant(2.0) * x, tf.ones(6) * 0.5 * x) * tf.linspace(0.1, 1.0, 6)
        )

    return {"fn": fn, "args": (normal(6, dtype=np.float32),)}


@suspect
def mixed_precision_layer():
    layer = keras.layers.Dense(3, "tanh", dtype="mixed_float16")
    return {"fn": layer, "args": (normal(4, 5, dtype=np.float32),)}


@suspect
def one_sided_domain():
    return {"fn": lambda x: tf.reduce_sum(tf.sqrt(x)), "args": (tf.constant([1e-8, 1.0, 3.0], tf.float64),)}


@suspect
def attention_with_a_mask():
    q = normal(4, 3)
    mask = tf.constant(np.triu(np.full((4, 4), -1e9), 1))
    return {"fn": lambda k: tf.nn.softmax(q @ tf.transpose(k) + mask), "args": (normal(4, 3, seed=1),)}


@specimen("pass", "silent-broadcast", suspicious=True)
def column_minus_row():
    x, y = normal(8, 3), normal(8, seed=1)
    return {"fn": lambda w: tf.reduce_mean((x @ w - y) ** 2), "args": (normal(3, 1, seed=2),)}


@specimen("pass", "dtype-mismatch", suspicious=True)
def float64_data_in_a_float32_model():
    model = keras.Sequential([keras.layers.Dense(4, "tanh")])
    return {"fn": model, "args": (normal(5, 3),)}


@specimen("pass", "dtype-mismatch", suspicious=True)
def numpy_float64_meets_float32_variables():
    w = tf.Variable(normal(3, dtype=np.float32))
    return {"fn": lambda x: tf.reduce_sum(x * w), "args": (np.linspace(0.1, 1.0, 3),)}


@specimen("pass", "step-too-small", suspicious=True)
def step_below_the_resolution():
    return {"fn": tf.sin, "args": (tf.constant(1.0),), "step": 1e-8, "tolerance": 1e-2}


@specimen("pass", "step-too-large", suspicious=True)
def step_beyond_the_wave():
    return {
        "fn": lambda x: tf.reduce_sum(tf.sin(50 * x)),
        "args": (normal(3),),
        "step": 1e-1,
        "tolerance": 1e-5,
    }


@specimen("pass", "one-sided-difference", suspicious=True)
def forward_difference():
    return {
        "fn": lambda x: tf.reduce_sum(tf.exp(x)),
        "args": (normal(3),),
        "step": ("forward", 1e-4),
        "tolerance": 1e-6,
    }


# --- met while looking for wrong explanations


@suspect
def ill_conditioned_system():
    n = np.arange(8)
    hilbert = tf.constant(1 / (n[:, None] + n + 1.0))
    return {
        "fn": lambda b: tf.reduce_sum(tf.linalg.solve(hilbert, b[:, None])),
        "args": (tf.ones(8, tf.float64),),
    }


@suspect
def loop_as_long_as_the_values_say():
    def doubled(x):
        while tf.reduce_sum(x * x) < 50:
            x = x * 1.7
        return tf.reduce_sum(x)

    return {"fn": doubled, "args": (tf.constant([1.0, 2.0, 0.5], tf.float64),)}


@suspect
def spectrum_in_single_precision():
    return {
        "fn": lambda x: tf.reduce_sum(tf.abs(tf.signal.rfft(x)) ** 2),
        "args": (tf.cast(normal(8), tf.float32),),
    }


@wrong("underflow")
def logarithm_of_a_product():
    p = tf.constant(np.full(400, 0.1))
    return {"fn": lambda p: tf.math.log(tf.reduce_prod(p)), "args": (p,)}


@wrong("transposed")
def custom_layer_times_its_matrix_again():
    matrix = tf.constant(normal(4, 4))

    @tf.custom_gradient
    def layer(x):
        return tf.linalg.matvec(matrix, x), lambda dy: tf.linalg.matvec(matrix, dy)

    return {"fn": layer, "args": (tf.constant(normal(4, seed=1)),)}


@wrong("localized-error")
def straight_through_a_clip():
    @tf.custom_gradient
    def clipped(x):
        return tf.clip_by_value(x, 0.0, 1.0), lambda dy: dy

    x = tf.constant([-0.5, 0.25, 0.75, 1.5, 2.0])
    return {"fn": lambda x: tf.reduce_sum(clipped(x) ** 2 + clipped(x)), "args": (x,)}


@wrong("cancellation")
def root_of_a_variance_below_zero():
    x = tf.cast(5000 + normal(100, seed=20), tf.float32)

    def spread(x):
        return tf.sqrt(tf.reduce_mean(x * x) - tf.reduce_mean(x) ** 2 + 1.0)

    return {"fn": spread, "args": (x,)}


@suspect
def softmax_summed():
    return {"fn": lambda x: tf.reduce_sum(tf.nn.softmax(x)), "args": (tf.cast(normal(4, 5), tf.float32),)}


@suspect
def layer_normalisation_summed():
    layer = keras.layers.LayerNormalization()
    return {"fn": lambda x: tf.reduce_sum(layer(x)), "args": (tf.cast(normal(4, 5), tf.float32),)}
