"""Second derivatives by TensorFlow: the tape's gradient, differentiated by a tape around it.

Of gradients that TensorFlow makes, custom ones included, and of the user's own where they compute it with
TensorFlow's operations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from stabcheck.dynamic.adapters.tensorflow_run import Array, Run


def second_derivative(
    start: Callable[[], Run], cotangent: Array, direction: Sequence[Array]
) -> dict[int, Any]:
    """H · direction for the second derivative H of <cotangent, f>, by the index of each varied leaf.

    As <gradient, direction> differentiated in reverse, which is what an optimizer of second order and a
    gradient penalty do. None where there is no path to the leaf.

    Parameters
    ----------
    start
        begins one run at the point; the exchange must be in force.

    Raises
    ------
    LookupError
        if an operation on the way has no second derivative, or the gradient is not TensorFlow's to
        differentiate.
    """
    run = start()
    if not run.differentiable(cotangent):
        raise LookupError("the gradient is the user's own, and no function of tensors")
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for target in run.watched.values():
            tape.watch(target)
        first = run.gradient(run.value(), cotangent)
        products = [
            tf.reduce_sum(tf.convert_to_tensor(entry) * tf.cast(direction[index], entry.dtype))
            for index, entry in zip(run.watched, first, strict=True)
            if entry is not None
        ]
    if not products:
        return dict.fromkeys(run.watched)
    targets = list(run.watched.values())
    found = tape.gradient(products, targets)
    if run.by_the_user and all(part is None for part in found):
        raise LookupError("the gradient is the user's own, and cut off from its arguments")
    return dict(zip(run.watched, found, strict=True))
