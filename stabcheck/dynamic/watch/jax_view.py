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
        self.arrays = tuple(np.array(leaf) for leaf in leaves)

    def __call__(self, *arrays: Array) -> Array:
        """The function's values, flattened and joined if they are several."""
        with _width(arrays):
            return np.array(self._joined(*arrays))

    def product(self, *arrays: Any) -> tuple[Array, ...]:
        """Reverse mode's vector-Jacobian product; the last argument is the cotangent."""
        jax = sys.modules["jax"]
        with _width(arrays[:-1]):
            value, pull = jax.vjp(self._joined, *(jax.numpy.asarray(array) for array in arrays[:-1]))
            upstream = jax.numpy.asarray(np.asarray(arrays[-1]), value.dtype).reshape(value.shape)
            return tuple(np.array(entry) for entry in pull(upstream))

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
    if any(array.dtype.kind == "c" for array in view.arrays):
        raise DiagnoseError("complex arguments are not diagnosed")
    dtypes = [array.dtype.name for array in view.arrays if array.dtype.name in TOLERANCES]
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


def _width(arrays: Sequence[Any]) -> AbstractContextManager[Any]:
    """64-bit mode, if there is something for it to do."""
    jax = sys.modules["jax"]
    wide = any(np.asarray(array).dtype == np.float64 for array in arrays)
    if not wide or jax.config.jax_enable_x64:
        return nullcontext()
    found: AbstractContextManager[Any] = jax.enable_x64(True)
    return found
