"""TensorFlow functions as problems: closures over variables, functions of tensors, Keras layers and models.

What a function is a function of is read from its arguments and variables, then tried once: in the dtype that
it really works in, by what the user's gradient covers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from stabcheck.dynamic.adapters import keras
from stabcheck.dynamic.adapters.tensorflow_problem import TensorFlowProblem
from stabcheck.dynamic.adapters.tensorflow_sites import Source, source_of
from stabcheck.dynamic.precision import DiagnoseError


def problem(
    fn: Callable[..., Any],
    args: Any = None,
    grad: Any = None,
    *,
    variables: Sequence[Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    name: str | None = None,
    seed: int = 0,
) -> TensorFlowProblem:
    """The problem of a function written with TensorFlow or Keras.

    Parameters
    ----------
    fn
        a function, a `tf.function`, a Keras layer or model.
    args
        what it is called with; a layer is a function of its weights as well.
    grad
        a callable with the same arguments, or the gradient itself. Without it and without `vjp`, the
        gradient under test is `tf.GradientTape`'s, custom gradients included.
    variables
        `tf.Variable`s or Keras weights that `fn` is a function of; without arguments and without
        `variables`, the trainable ones that `fn` can see.
    vjp
        called as `vjp(*args, cotangent)`.
    name
        of the case.
    seed
        of TensorFlow's global generator while the function runs; the user's own comes back afterwards.

    Raises
    ------
    DiagnoseError
        if there is nothing to differentiate with respect to.
    """
    source = source_of(fn, args, grad, variables, vjp, name)
    if not any(site.varied for site in source.sites):
        raise DiagnoseError(
            f"{source.name} has nothing to vary: give floating-point arguments, or variables=[…]"
        )
    return _prepared(source, seed)


def _prepared(source: Source, seed: int) -> TensorFlowProblem:
    """The problem in the dtype that the function really works in; tried once."""
    try:
        return _tried(source, seed)
    except Exception:  # the function may take arrays of float64 where it would refuse such tensors
        narrower = source.narrowed("float32")
        if narrower.sites == source.sites:
            raise
        try:
            return _tried(narrower, seed)
        except Exception:
            pass
        raise


def _tried(source: Source, seed: int) -> TensorFlowProblem:
    conduct = keras.Conduct(source.objects)
    leaves = tuple(source.leaf(site) for site in source.sites)
    found = TensorFlowProblem(source, source.dtype, None, leaves, source.suspects, seed=seed)
    function = found.function
    with function.exchange.in_force():
        conduct.begin()
        value = function.tried()
        found.notes = (*source.notes, *conduct.notes())
        if not source.differentiated_by_user:
            return found
        _, covered = function.started(function.point).by_user(np.ones_like(value))
    if any(site.varied and site.beyond(covered) for site in source.sites):
        return _tried(source.covering(covered), seed)
    return found
