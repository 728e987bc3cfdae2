"""A JAX function as arrays in, an array out: what `jax.test_util.check_grads` was given, for `diagnose`.

The gradient is that of reverse mode. JAX runs in 32 bits unless it is told otherwise: for float64 arguments
its 64-bit mode is switched on for the time of the call.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.precision import DiagnoseError
from stabcheck.dynamic.watch.checkers import Question, name_of
from stabcheck.dynamic.watch.torch_view import relative_tolerance

Array = npt.NDArray[Any]

STEP = 1e-4  # of check_grads, where the call gives none
# The tolerances of check_grads, where the call gives none: absolute and relative.
TOLERANCES = {"float16": 1e-2, "bfloat16": 1e-1, "float32": 2e-3, "float64": 1e-5}


class JaxView:
    """The function in terms of NumPy arrays, whatever trees of arrays it takes and returns."""

    def __init__(self, function: Any, args: Sequence[Any]) -> None:
        self.__wrapped__ = function
        self.__name__ = name_of(function)
        jax = sys.modules["jax"]
        leaves, self._structure = jax.tree_util.tree_flatten(tuple(args))
        arrays = tuple(np.array(leaf) for leaf in leaves)
        # Dicts, lists and tuples are left as they are, so that a person knows the arrays by their places.
        self._nested = all(map(_is_plain, args))
        self.arrays = jax.tree_util.tree_unflatten(self._structure, arrays) if self._nested else arrays

    def __call__(self, *args: Any) -> Array:
        """The function's values, flattened and joined if they are several."""
        arrays = sys.modules["jax"].tree_util.tree_leaves(args)
        with _width(arrays):
            return np.array(self._joined(*arrays))

    def product(self, *args: Any) -> tuple[Any, ...]:
        """Reverse mode's vector-Jacobian product; the last argument is the cotangent."""
        jax = sys.modules["jax"]
        arrays = jax.tree_util.tree_leaves(args[:-1])
        with _width(arrays):
            value, pull = jax.vjp(self._joined, *(jax.numpy.asarray(array) for array in arrays))
            upstream = jax.numpy.asarray(np.asarray(args[-1]), value.dtype).reshape(value.shape)
            found = tuple(np.array(entry) for entry in pull(upstream))
        if not self._nested:
            return found
        nested: tuple[Any, ...] = jax.tree_util.tree_unflatten(self._structure, found)
        return nested

    def _joined(self, *arrays: Any) -> Any:
        jax = sys.modules["jax"]
        tensors = [jax.numpy.asarray(array) for array in arrays]
        result = self.__wrapped__(*jax.tree_util.tree_unflatten(self._structure, tensors))
        parts = jax.tree_util.tree_leaves(result)
        if not parts:
            raise DiagnoseError(f"{self.__name__} returns no array")
        if len(parts) == 1:
            return parts[0]
        return jax.numpy.concatenate([jax.numpy.ravel(part) for part in parts])


def question(given: Mapping[str, Any]) -> Question:
    """What a call of `check_grads` asks; `given` are its arguments by name.

    Raises
    ------
    DiagnoseError
        if an argument is complex.
    """
    view = JaxView(given["f"], given["args"])
    arrays = sys.modules["jax"].tree_util.tree_leaves(view.arrays)
    if any(array.dtype.kind == "c" for array in arrays):
        raise DiagnoseError("complex arguments are not diagnosed")
    dtypes = [array.dtype.name for array in arrays if array.dtype.name in TOLERANCES]
    usual = max((TOLERANCES[dtype] for dtype in dtypes), default=None)
    atol, rtol = (usual if given[name] is None else given[name] for name in ("atol", "rtol"))
    keywords = {
        "fn": view,
        "args": view.arrays,
        "vjp": view.product,
        "step": float(given["eps"] or STEP),
        "order": 2 if given["order"] >= 2 else 1,
    }
    if isinstance(atol, (int, float)) and isinstance(rtol, (int, float)):
        keywords["tolerance"] = relative_tolerance(view, view.product, float(atol), float(rtol))
    return Question(view.__name__, keywords)


def _is_plain(tree: Any) -> bool:
    """Whether a tree of arrays is made of dicts, lists and tuples alone."""
    if type(tree) in (tuple, list, dict):
        return all(map(_is_plain, tree.values() if isinstance(tree, dict) else tree))
    return hasattr(tree, "dtype") or isinstance(tree, (int, float))


def _width(arrays: Sequence[Any]) -> AbstractContextManager[Any]:
    """64-bit mode, if there is something for it to do."""
    jax = sys.modules["jax"]
    wide = any(np.asarray(array).dtype == np.float64 for array in arrays)
    if not wide or jax.config.jax_enable_x64:
        return nullcontext()
    found: AbstractContextManager[Any] = jax.enable_x64(True)
    return found
