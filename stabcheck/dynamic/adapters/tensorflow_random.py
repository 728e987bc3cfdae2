"""TensorFlow's global random generator, lent to a function and taken back."""

from __future__ import annotations

import random
from typing import Any

from tensorflow.python.eager import context

from stabcheck.dynamic.adapters.captures import Place


def seeded(seed: int) -> tuple[Place, Any]:
    """The state of the generator as a place, and the state that `tf.random.set_seed(seed)` gives it.

    Operations without a seed of their own (`tf.nn.dropout`, `tf.random.normal`) draw one from it. There is no
    public way to read it; where a version of TensorFlow keeps it elsewhere, it is left alone. Kernels that
    have run before keep their own state, so that equal seeds don't mean equal numbers.
    """
    owner = context.context()
    if not hasattr(owner, "_seed"):
        return Place(lambda: None, lambda state: None), None

    def write(state: tuple[int | None, random.Random | None]) -> None:
        owner._seed, owner._rng = state

    return Place(lambda: (owner._seed, getattr(owner, "_rng", None)), write), (seed, random.Random(seed))
