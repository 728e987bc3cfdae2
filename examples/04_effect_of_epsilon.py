"""The derivative of sin at 1, checked with ε = 1e-8, 1e-6 and 1e-4, in float64 and in float32.

The gradient is right in all six. What differs is whether the check could have told: in float32, 1 + 1e-8 is
1.
"""

import tensorflow as tf

import stabcheck

EPSILONS = (1e-8, 1e-6, 1e-4)


@stabcheck.gradient_case
def float64():
    x = tf.constant(1.0, tf.float64)
    return {
        f"{epsilon:.0e}": stabcheck.GradientCase(fn=tf.sin, args=(x,), step=epsilon, tolerance=1e-5)
        for epsilon in EPSILONS
    }


@stabcheck.gradient_case
def float32():
    x = tf.constant(1.0)
    return {
        f"{epsilon:.0e}": stabcheck.GradientCase(fn=tf.sin, args=(x,), step=epsilon, tolerance=1e-3)
        for epsilon in EPSILONS
    }


if __name__ == "__main__":
    for case in (*float64().values(), *float32().values()):
        print(case.diagnose())
