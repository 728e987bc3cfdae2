"""Functions of TensorFlow and Keras that misbehave."""

from __future__ import annotations

import os
import sys
import threading
import time

import keras
import numpy as np
import tensorflow as tf
from declared import Hostile

from stabcheck import gradient_case

HOSTILE = Hostile()
X = tf.constant(np.linspace(0.5, 1.5, 4))
NOTHING = "returns nothing that could be differentiated"


def square(x):
    return tf.reduce_sum(x**2)


def hostile(answer, args=X):
    return HOSTILE.function(answer, args=args, grad=None)


@hostile(NOTHING)
def none(x):
    return None


@hostile(NOTHING)
def text(x):
    return "abc"


@hostile(NOTHING)
def text_of_tensorflow(x):
    return tf.constant("abc")


@hostile("returns is complex")
def complex_numbers(x):
    return tf.complex(x, x)


@hostile("without elements")
def nothing(x):
    return x[:0]


@hostile(NOTHING)
def a_generator(x):
    yield square(x)


@hostile(NOTHING)
async def a_coroutine(x):
    return square(x)


@hostile("pass")
def a_ragged_tensor(x):
    return tf.RaggedTensor.from_row_lengths(x**2, [1, 3])


@hostile("fail missing-gradient")
def a_sparse_tensor(x):
    return tf.sparse.from_dense(x**2)


@hostile(NOTHING)
def a_data_set(x):
    return tf.data.Dataset.from_tensor_slices(x)


@hostile("fail missing-gradient")
def numbers_of_numpy(x):
    return np.sum(x.numpy() ** 2)


@hostile("fail domain-error")
def not_a_number(x):
    return tf.math.log(-square(x))


@hostile("raised InvalidArgumentError")
def a_check_that_fails(x):
    tf.debugging.assert_less(x, 0.0)
    return square(x)


@hostile("raised ValueError: no$")
def raises(x):
    raise ValueError("no")


@hostile("pass")
@tf.function
def compiled(x):
    return square(x)


@hostile("raised ValueError: no")
@tf.function
def raises_when_it_is_traced(x):
    raise ValueError("no")


@hostile("raised RecursionError")
def without_end(x):
    return without_end(x)


@hostile("given up after")
def a_loop_of_tensorflow(x):
    return tf.while_loop(lambda i: i >= 0, lambda i: (i * 0,), (tf.constant(0),))[0]


@hostile("given up after")
def sleeps(x):
    time.sleep(100)


def leave(number):
    os._exit(7)


@hostile("ended the process with exit status 7")
def leaves_in_a_function_of_python(x):
    return tf.py_function(leave, [x], tf.float64)


@hostile("ended the process by SIGABRT")
def aborts(x):
    os.abort()


@hostile(r"called sys.exit\(3\)")
def leaves(x):
    sys.exit(3)


@hostile("pass")
@tf.function
def forks_when_it_is_traced(x):
    if os.fork() == 0:
        os._exit(0)
    return square(x)


@hostile("pass")
def what_precision_layers_have(x):
    keras.mixed_precision.set_global_policy("mixed_float16")
    return square(x)


@hostile("pass")
def what_a_float_is(x):
    keras.backend.set_floatx("float16")
    return square(x)


@hostile("pass")
def the_seed(x):
    tf.random.set_seed(0)
    return square(x)


@hostile("inconclusive nondeterministic")
def the_dice(x):
    return square(x) + tf.random.normal((), dtype=x.dtype)


@hostile("pass")
def how_functions_run(x):
    tf.config.run_functions_eagerly(True)
    return square(x)


@hostile("pass")
def what_numbers_are_checked(x):
    tf.debugging.enable_check_numerics()
    return square(x)


@hostile("pass")
def what_is_logged(x):
    tf.get_logger().setLevel("DEBUG")
    tf.print("noise")
    return square(x)


STATE = tf.Variable(0.0, dtype=tf.float64)


@hostile("inconclusive nondeterministic")
def a_variable(x):
    STATE.assign_add(1.0)
    return square(x) + STATE


@hostile("pass")
def a_variable_of_its_own(x):
    return square(tf.Variable(x) * 0 + x)


@hostile("pass")
def a_thread_that_goes_on(x):
    if threading.active_count() < 10:
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
    return square(x)


@hostile("pass")
def a_tape_inside(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x**3)
    return tf.reduce_sum(tape.gradient(y, x))


@hostile("raised ResourceExhaustedError: OOM")
def takes_terabytes(x):
    return tf.reduce_sum(tf.zeros((10**13,), tf.float64)) + square(x)


@hostile("fail missing-gradient")
def without_a_gradient_of_its_own(x):
    return tf.custom_gradient(lambda x: (tf.reduce_sum(x**2), lambda dy: None))(x)


@hostile("expected to return 1 gradients, but returned 2")
def with_too_many_of_its_own(x):
    return tf.custom_gradient(lambda x: (tf.reduce_sum(x**2), lambda dy: (dy * 2 * x, dy)))(x)


class Odd(keras.layers.Layer):
    """A layer that has its weights replaced by a call."""

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], 2))

    def call(self, x):
        self.w.assign(self.w * 0 + 1)
        return x @ self.w


LAYER = Odd()


@hostile("pass", args=tf.constant(np.ones((2, 3), np.float32)))
def a_layer_that_changes_its_weights(x):
    return LAYER(x)


@hostile("pass")
def control(x):
    return square(x)


@gradient_case
def of_tensorflow():
    return HOSTILE.cases
