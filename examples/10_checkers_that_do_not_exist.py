"""Calls of gradient checkers that don't exist, or are gone, as they are found in answers and in old code.

None of them is reached before training fails with an AttributeError. `stabcheck lint` names the one that
exists: `tf.test.compute_gradient`, which returns two lists of Jacobians and leaves the comparison to you.
"""

import numpy as np
import tensorflow as tf

import stabcheck

x = tf.constant([0.3, -0.7, 1.1], tf.float64)


def f(x):
    return tf.reduce_sum(tf.sin(x) * tf.exp(x))


def misremembered():
    return tf.gradient_check_numercial(f, [x])


def removed_in_version_2():
    return tf.test.compute_gradient_error(x, x.shape, f(x), [])


def existing():
    theoretical, numerical = tf.test.compute_gradient(f, [x], delta=1e-6)
    return max(np.abs(t - n).max() for t, n in zip(theoretical, numerical, strict=True))


@stabcheck.gradient_case
def the_function_itself():
    return stabcheck.GradientCase(fn=f, args=(x,))


if __name__ == "__main__":
    for check in (misremembered, removed_in_version_2, existing):
        try:
            print(f"{check.__name__}: largest difference {check():.1e}")
        except AttributeError as error:
            print(f"{check.__name__}: {error}")
    print(the_function_itself().diagnose())
