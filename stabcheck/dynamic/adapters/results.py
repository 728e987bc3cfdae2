"""What a function and its gradient return, as the arrays that are compared."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.arguments import real_numbers
from stabcheck.dynamic.precision import DiagnoseError, is_floating
from stabcheck.dynamic.problem import Leaf

Array = npt.NDArray[Any]


def joined(result: Any) -> Array:
    """What a function returned, as one array: nested results are flattened and joined.

    Raises
    ------
    DiagnoseError
        if it is not made of real numbers.
    """
    try:
        return _joined(result)
    except RecursionError:
        raise DiagnoseError("what the function returns is nested too deep, or holds itself") from None


def _joined(result: Any) -> Array:
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (list, tuple)) and any(_is_nest(part) for part in result):
        return np.concatenate([_joined(part).reshape(-1) for part in result])
    return real_numbers(result, "what the function returns")


def _is_nest(part: Any) -> bool:
    return isinstance(part, (dict, list, tuple)) or np.ndim(part) > 0


def contracted(gradient: Array, cotangent: Array, leaf: Leaf) -> Array:
    """The gradient of <cotangent, f> from what a gradient function without a cotangent returns.

    For a function with one value that is its gradient, times the cotangent. For several values it is either
    their Jacobian, of shape value + argument, or the derivative of an element-wise function, of the shape of
    the value. The product has the dtype of the gradient, as it is no more accurate than that.

    Raises
    ------
    DiagnoseError
        if it is neither.
    """
    shape = leaf.value.shape
    if cotangent.size == 1 and gradient.shape != cotangent.shape + shape:
        return _rounded_as(gradient, gradient * cotangent.reshape(()))
    if gradient.shape == cotangent.shape + shape:
        return _rounded_as(gradient, np.tensordot(cotangent, gradient, axes=cotangent.ndim))
    if gradient.shape == cotangent.shape or (gradient.size == 1 and cotangent.shape == shape):
        return _rounded_as(gradient, cotangent * gradient)
    raise DiagnoseError(
        f"the function returns shape {cotangent.shape}, its gradient by {leaf.name} has shape "
        f"{gradient.shape}: "
        f"give a function with one value, a Jacobian of shape {cotangent.shape + shape}, or vjp="
    )


def _rounded_as(gradient: Array, product: Array) -> Array:
    """`product` in the dtype of the gradient, unless it is too large for that."""
    if not is_floating(gradient.dtype) or np.result_type(gradient, product) == gradient.dtype:
        return product
    with np.errstate(over="ignore"):
        rounded = product.astype(gradient.dtype)
    return rounded if np.array_equal(np.isfinite(rounded), np.isfinite(product)) else product
