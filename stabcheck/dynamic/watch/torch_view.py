"""A PyTorch function as arrays in, an array out: what `torch.autograd.gradcheck` was given, for `diagnose`.

The function is called with tensors of the dtype that is asked for; its gradient is that of autograd. Tensors
that need no gradient are passed on as they are.
"""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.arguments import parameter_names
from stabcheck.dynamic.precision import DiagnoseError
from stabcheck.dynamic.watch.checkers import Question, name_of

Array = npt.NDArray[Any]


class TorchView:
    """The function of those of its tensors that require a gradient, in terms of NumPy arrays."""

    def __init__(self, function: Any, inputs: Sequence[Any]) -> None:
        self.__wrapped__ = function
        self.__name__ = name_of(function)
        self._inputs = tuple(inputs)
        self._varied = tuple(place for place, entry in enumerate(inputs) if _varies(entry))
        names = parameter_names(function, len(self._inputs))
        if len(set(names)) == len(names) and all(name.isidentifier() for name in names):
            kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
            self.__signature__ = inspect.Signature([inspect.Parameter(names[p], kind) for p in self._varied])

    @property
    def arrays(self) -> tuple[Array, ...]:
        """The tensors that are varied, as arrays."""
        return tuple(_array(self._inputs[place]) for place in self._varied)

    def __call__(self, *arrays: Array) -> Array:
        """The function's values, flattened and joined if they are several."""
        return _array(self._joined(self._tensors(arrays)))

    def product(self, *arrays: Any) -> tuple[Array | None, ...]:
        """Autograd's vector-Jacobian product; the last argument is the cotangent."""
        torch = sys.modules["torch"]
        tensors = self._tensors(arrays[:-1])
        value = self._joined(tensors)
        if not value.requires_grad:
            return tuple(None for _ in tensors)
        upstream = torch.as_tensor(np.asarray(arrays[-1]), dtype=value.dtype).reshape(value.shape)
        found = torch.autograd.grad(value, tensors, upstream, allow_unused=True)
        return tuple(None if entry is None else _array(entry) for entry in found)

    def _tensors(self, arrays: Sequence[Any]) -> list[Any]:
        torch = sys.modules["torch"]
        return [torch.tensor(np.array(array)).requires_grad_() for array in arrays]

    def _joined(self, tensors: Sequence[Any]) -> Any:
        torch = sys.modules["torch"]
        inputs = list(self._inputs)
        for place, tensor in zip(self._varied, tensors, strict=True):
            inputs[place] = tensor
        result = self.__wrapped__(*inputs)
        parts = list(result) if isinstance(result, (tuple, list)) else [result]
        parts = [part for part in parts if getattr(part, "is_floating_point", lambda: False)()]
        if not parts:
            raise DiagnoseError(f"{self.__name__} returns no floating-point tensor")
        return parts[0] if len(parts) == 1 else torch.cat([part.reshape(-1) for part in parts])


def question(given: Mapping[str, Any]) -> Question:
    """What a call of `gradcheck` asks; `given` are its arguments by name.

    Raises
    ------
    DiagnoseError
        if a tensor is complex, sparse, or on another device: only dense real tensors in main memory are.
    """
    inputs = given["inputs"]
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    for entry in inputs:
        if not _varies(entry):
            continue
        if entry.is_complex() or entry.layout is not sys.modules["torch"].strided or entry.is_cuda:
            raise DiagnoseError("complex and sparse tensors and those of a GPU are not diagnosed")
    view = TorchView(given["func"], inputs)
    keywords = {
        "fn": view,
        "args": view.arrays,
        "vjp": view.product,
        "step": float(given["eps"]),
        "tolerance": relative_tolerance(view, view.product, float(given["atol"]), float(given["rtol"])),
    }
    return Question(view.__name__, keywords)


def relative_tolerance(view: Any, product: Any, atol: float, rtol: float) -> float | None:
    """The tolerance atol + rtol |J| on every entry of the Jacobian, relative to J in the Frobenius norm.

    That norm is estimated by one product with random signs, whose square has its square as expectation
    (Hutchinson). None if the function can't be evaluated.
    """
    try:
        value = np.asarray(view(*view.arrays))
        signs = np.random.default_rng(0).choice([-1.0, 1.0], size=value.shape)
        found = list(_leaves(product(*view.arrays, signs.astype(value.dtype))))
    except Exception:  # the diagnosis will say so
        return None
    norm = math.sqrt(sum(float(np.sum(np.square(entry, dtype=float))) for entry in found))
    entries = value.size * sum(entry.size for entry in found)
    tolerance = rtol + atol * math.sqrt(entries) / norm if norm else rtol
    return tolerance if 0 < tolerance < math.inf else None


def _leaves(tree: Any) -> Iterator[Array]:
    """The arrays of a nest of dicts, lists and tuples."""
    if isinstance(tree, (dict, list, tuple)):
        for part in tree.values() if isinstance(tree, dict) else tree:
            yield from _leaves(part)
    elif tree is not None:
        yield np.asarray(tree)


def _varies(entry: Any) -> bool:
    return bool(getattr(entry, "requires_grad", False)) and hasattr(entry, "detach")


def _array(tensor: Any) -> Array:
    detached = tensor.detach()
    if str(detached.dtype) == "torch.bfloat16":
        detached = detached.float()
    return np.array(detached.numpy())
