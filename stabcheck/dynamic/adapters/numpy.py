"""NumPy functions as problems: which of the arguments are perturbed, and which only passed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from stabcheck.dynamic.adapters.numpy_problem import NumpyProblem, location_of
from stabcheck.dynamic.arguments import Item, align, as_arguments, items
from stabcheck.dynamic.precision import DiagnoseError, is_floating, unit_of
from stabcheck.dynamic.problem import Leaf
from stabcheck.dynamic.report import Cause


def problem(
    fn: Callable[..., Any],
    args: Any,
    grad: Any,
    *,
    variables: Sequence[Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    name: str | None = None,
) -> NumpyProblem:
    """The NumPy function `fn` with its gradient, ready to be checked.

    Raises
    ------
    DiagnoseError
        if nothing among the arguments can be perturbed, or if the gradient does not fit function and
        arguments.
    """
    if variables is not None:
        raise DiagnoseError("variables= is for TensorFlow and Keras; pass NumPy arrays as args=")
    arguments = as_arguments(args)
    if not arguments:
        raise DiagnoseError("no arguments to check: pass them as args=")
    entries = items(fn, arguments)
    leaves, places = _leaves(entries)
    made = NumpyProblem(
        name=name or str(getattr(fn, "__name__", type(fn).__name__)),
        dtype="float64",
        leaves=leaves,
        location=location_of(fn),
        notes=(),
        suspects=(),
        fn=fn,
        grad=grad,
        vjp=vjp,
        args=arguments,
        places=places,
    )
    made = _hold_what_has_no_gradient(made, entries)
    made = _promote_integers(made, entries)
    varied = [leaf.value.dtype for leaf in made.leaves if leaf.varied]
    if not varied:
        raise DiagnoseError("no floating-point array among the arguments to differentiate by")
    return replace(made, dtype=min(varied, key=unit_of).name)


def _leaves(entries: tuple[Item, ...]) -> tuple[tuple[Leaf, ...], tuple[int | None, ...]]:
    leaves: list[Leaf] = []
    places: list[int | None] = []
    for entry in entries:
        array = np.asarray(entry.value) if not isinstance(entry.value, str) else np.asarray(None)
        if array.dtype.kind == "c":
            raise DiagnoseError(f"{entry.name} is complex: only real arguments can be checked")
        if array.dtype.kind not in "fiub" and array.dtype.name != "bfloat16":
            places.append(None)
            continue
        places.append(len(leaves))
        leaves.append(Leaf(entry.name, array, varied=is_floating(array.dtype)))
    return tuple(leaves), tuple(places)


def _hold_what_has_no_gradient(made: NumpyProblem, entries: tuple[Item, ...]) -> NumpyProblem:
    """Arguments after the last one that the gradient covers are data: they are passed on, not perturbed."""
    if not made.gradient_given or len(made.args) == 1:
        return made
    point = tuple(leaf.value for leaf in made.leaves)
    arguments, _ = made.arguments(point)
    with np.errstate(all="ignore"):
        if made.vjp is not None:
            raw = made.vjp(*arguments, np.ones_like(made.value(point), dtype=_dtype_of_point(made))[()])
        else:
            raw = made.grad(*arguments) if callable(made.grad) else made.grad
    _, covered = align(raw, made.args)
    held = {
        place
        for entry, place in zip(entries, made.places, strict=True)
        if place is not None and entry.argument >= covered
    }
    if not held:
        return made
    leaves = tuple(
        replace(leaf, varied=leaf.varied and index not in held) for index, leaf in enumerate(made.leaves)
    )
    names = ", ".join(leaf.name for index, leaf in enumerate(made.leaves) if index in held and leaf.varied)
    note = (f"no gradient given by {names}: held fixed",) if names else ()
    return replace(made, leaves=leaves, notes=(*made.notes, *note), mutated=set())


def _dtype_of_point(made: NumpyProblem) -> np.dtype[Any]:
    """The widest floating-point dtype among the leaves, float64 if there is none."""
    return np.result_type(*(leaf.value.dtype for leaf in made.leaves if leaf.varied), np.float16)


def _promote_integers(made: NumpyProblem, entries: tuple[Item, ...]) -> NumpyProblem:
    """If nothing but integers was given, the function is to be differentiated by them, in float64."""
    if any(leaf.varied for leaf in made.leaves):
        return made
    arrays = []
    leaves = list(made.leaves)
    for entry, place in zip(entries, made.places, strict=True):
        if place is None or leaves[place].value.dtype.kind not in "iu":
            continue
        leaf = leaves[place]
        leaves[place] = replace(leaf, value=leaf.value.astype(np.float64), varied=True)
        if isinstance(entry.value, np.ndarray):
            arrays.append(leaf)
    suspects = tuple(
        Cause(
            "integer-input",
            f"{leaf.name} holds {leaf.value.dtype}: a step written into its entries is truncated to whole "
            "numbers, and a numeric gradient made so means nothing",
            f"make {leaf.name} floating point before checking: {leaf.name}.astype(float)",
            {"leaf": leaf.name, "dtype": str(leaf.value.dtype)},
            made.location,
        )
        for leaf in arrays
    )
    return replace(made, leaves=tuple(leaves), suspects=(*made.suspects, *suspects))
