"""exp(100·x): beyond the range of float32 from x = 0.89 on.

Clipping the exponent to ±100 is no cure: exp(100) overflows float32 all the same, and where the clip acts
the weights no longer depend on x at all. What the program needs is a quotient of such values: a softmax.

The penalty has the same fault in waiting: it is right at these inputs, and infinite from x = 1.79 on.
"""

import tensorflow as tf

import stabcheck

x = tf.constant([0.88, 0.9, 0.91])


def weights(x):
    e = tf.exp(100.0 * x)
    return e / tf.reduce_sum(e)


def clipped_weights(x):
    e = tf.exp(tf.clip_by_value(100.0 * x, -100.0, 100.0))
    return e / tf.reduce_sum(e)


def stable_weights(x):
    return tf.nn.softmax(100.0 * x)


def penalty(x):
    return tf.reduce_sum(tf.math.log(1.0 + tf.exp(50.0 * (x - 0.01))))


@stabcheck.gradient_case
def raw_exponential():
    return stabcheck.GradientCase(fn=weights, args=(x,))


@stabcheck.gradient_case
def clipped_exponential():
    return stabcheck.GradientCase(fn=clipped_weights, args=(x,))


@stabcheck.gradient_case
def softmax():
    return stabcheck.GradientCase(fn=stable_weights, args=(x,))


@stabcheck.gradient_case
def penalty_of_moderate_inputs():
    return stabcheck.GradientCase(fn=penalty, args=(x,))


if __name__ == "__main__":
    beyond = tf.constant([1.1, 1.2, 1.3], tf.float64)
    print(f"beyond the clip: {clipped_weights(beyond).numpy()} instead of {stable_weights(beyond).numpy()}")
    print(raw_exponential().diagnose())
    print(clipped_exponential().diagnose())
    print(softmax().diagnose())
    print(penalty_of_moderate_inputs().diagnose())
