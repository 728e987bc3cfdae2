"""Evaluation in a working precision: NumPy, rounding to the dtype after every operation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.ops.namespace import Axis, Namespace
from stabcheck.ops.numeric import exact

# Digits that a function which NumPy lacks is evaluated to before it is rounded: more than the widest dtype
# has.
_DIGITS = 40

_DTYPES = ("float16", "bfloat16", "float32", "float64", "longdouble")


def numpy_dtype(name: str) -> np.dtype[Any]:
    """The NumPy dtype of a floating-point format's name.

    Raises
    ------
    ValueError
        if the name is not known, or is bfloat16 and the package ml_dtypes is not installed.
    """
    if name not in _DTYPES:
        raise ValueError(f"no working precision {name!r}: choose from {', '.join(_DTYPES)}")
    if name == "bfloat16":
        try:
            import ml_dtypes  # noqa: PLC0415
        except ImportError:
            raise ValueError("working precision 'bfloat16' needs the package ml_dtypes") from None
        bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
        return bfloat16
    return np.dtype(name)


class Working(Namespace):
    """NumPy at one dtype. Functions that NumPy lacks (`erf`, `digamma`) are the exact value, rounded once."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype

    def asarray(self, x: Any) -> Any:
        """`x` rounded to the dtype; truth values stay truth values."""
        array = np.asarray(x)
        if array.dtype == bool:
            return array[()]
        if array.dtype == object:
            return self._rounded(array)
        with self.quiet():
            return array.astype(self.dtype)[()]

    def settle(self, x: Any) -> Any:
        """`x` rounded, should a Python number have widened it: NumPy 1 and bfloat16 scalars do that."""
        dtype = getattr(x, "dtype", None)
        return x if dtype is None or dtype in (self.dtype, bool) else self.asarray(x)

    def quiet(self) -> AbstractContextManager[object]:
        """No floating-point warnings."""
        return np.errstate(all="ignore")

    def elementwise(self, name: str) -> Callable[..., Any]:
        """NumPy's function of that name if it has one, else the exact one, rounded."""
        function = getattr(np, name, None)
        if not isinstance(function, np.ufunc):
            return self._from_exact(name)

        def apply(*operands: Any) -> Any:
            with self.quiet():
                result = function(*(self.asarray(x) for x in operands))
            return result if result.dtype == bool else result.astype(self.dtype)

        return apply

    def _from_exact(self, name: str) -> Callable[..., Any]:
        function = exact(_DIGITS).elementwise(name)

        def apply(*operands: Any) -> Any:
            return self._rounded(function(*(self.asarray(x) for x in operands)))

        return apply

    def _rounded(self, x: Any) -> Any:
        """Arbitrary-precision numbers rounded to the dtype."""
        numbers = np.asarray(x, dtype=object)
        wide: npt.NDArray[Any] = np.empty(numbers.shape, np.longdouble)
        for index in np.ndindex(numbers.shape):
            high = float(numbers[index])
            low = float(numbers[index] - high) if np.isfinite(high) else 0.0
            wide[index] = np.longdouble(high) + np.longdouble(low)
        with self.quiet():
            return (wide if self.dtype == np.longdouble else wide.astype(np.float64)).astype(self.dtype)[()]

    def sum(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """`numpy.sum` with the dtype as accumulator (pairwise along the last axis)."""
        return self._reduce(np.add, x, axis, keepdims)

    def prod(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Product over `axis`."""
        return self._reduce(np.multiply, x, axis, keepdims)

    def max(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Maximum over `axis`; NaN if one is among the entries."""
        return self._reduce(np.maximum, x, axis, keepdims)

    def _reduce(self, ufunc: np.ufunc, x: Any, axis: Axis, keepdims: bool) -> Any:
        over = axis if axis is None or isinstance(axis, int) else tuple(axis)
        with self.quiet():
            reduced = ufunc.reduce(np.asarray(self.asarray(x)), axis=over, keepdims=keepdims)
        return reduced.astype(self.dtype)

    def matmul(self, x: Any, y: Any) -> Any:
        """Matrix product as `numpy.matmul` defines it."""
        with self.quiet():
            return np.matmul(self.asarray(x), self.asarray(y)).astype(self.dtype)

    def cumulative(self, name: str, x: Any, axis: int) -> Any:
        """`x` accumulated along `axis` by the NumPy function `name`."""
        with self.quiet():
            return getattr(np, name).accumulate(self.asarray(x), axis=axis).astype(self.dtype)
