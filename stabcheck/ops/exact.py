"""Exact evaluation: mpmath on scalars and on object arrays, with IEEE 754's infinities and NaN.

mpmath itself raises at poles and goes on in the complex plane outside a function's domain; a numerical
program gets an infinity or NaN there. What a formula is worth at such an input is what this module says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import mpmath
import numpy as np

from stabcheck.ops.functions import binary, unary
from stabcheck.ops.namespace import Axis, Namespace


class Exact(Namespace):
    """Numbers of `digits` decimal digits and unbounded exponent.

    Scalars are mpmath numbers of a context of their own, arrays are NumPy object arrays of them.
    """

    def __init__(self, digits: int) -> None:
        self.context = mpmath.MPContext()
        self.context.dps = digits
        self.digits = digits
        _divide_like_ieee(self.context)
        self._unary = unary(self.context)
        self._binary = binary(self.context)

    def asarray(self, x: Any) -> Any:
        """`x` without rounding (strings are read as decimal numbers); truth values stay truth values."""
        if isinstance(x, self.context.mpf):
            return x
        if not isinstance(x, np.ndarray):
            x = np.asarray(x, dtype=None if _plain(x) else object)
        if x.dtype == bool:
            return x[()]
        converted = np.empty(x.shape, dtype=object)
        for index in np.ndindex(x.shape):
            converted[index] = self._number(x[index])
        return converted[()]

    def _number(self, x: Any) -> Any:
        if isinstance(x, self.context.mpf):
            return x
        if isinstance(x, np.longdouble):
            if not np.isfinite(x):
                return self.context.mpf(float(x))
            fraction, exponent = np.frexp(x)  # beyond the range of float64, too
            high = float(fraction)
            rest = float(fraction - np.longdouble(high))
            return self.context.ldexp(self.context.mpf(high) + self.context.mpf(rest), int(exponent))
        if isinstance(x, str | mpmath.mpf):
            return self.context.mpf(x)
        if isinstance(x, int | np.integer):
            return self.context.mpf(int(x))
        return self.context.mpf(float(x))

    def settle(self, x: Any) -> Any:
        """`x`: exact numbers are not widened by others."""
        return x

    def quiet(self) -> AbstractContextManager[object]:
        """NumPy warns of comparisons with NaN in object arrays too."""
        return nullcontext()

    def has(self, name: str) -> bool:
        """Whether there is an elementwise function of that name."""
        return name in self._unary or name in self._binary

    def elementwise(self, name: str) -> Callable[..., Any]:
        """The function of `stabcheck.ops.functions`, entry by entry."""
        if name in self._binary:
            broadcast = np.frompyfunc(self._binary[name], 2, 1)
        elif name in self._unary:
            broadcast = np.frompyfunc(self._unary[name], 1, 1)
        else:
            raise AttributeError(name)

        def apply(*operands: Any) -> Any:
            result = broadcast(*(self.asarray(x) for x in operands))
            if isinstance(result, np.ndarray) and result.size and isinstance(result.flat[0], bool):
                return result.astype(bool)
            return result

        return apply

    def sum(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Sum over `axis`, rounded once."""
        return self._reduce(self.context.fsum, x, axis, keepdims)

    def prod(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Product over `axis`."""
        return self._reduce(self.context.fprod, x, axis, keepdims)

    def max(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Maximum over `axis`; NaN if one is among the entries."""

        def largest(row: Sequence[Any]) -> Any:
            return next((entry for entry in row if self.context.isnan(entry)), None) or max(row)

        return self._reduce(largest, x, axis, keepdims)

    def _reduce(self, function: Callable[[list[Any]], Any], x: Any, axis: Axis, keepdims: bool) -> Any:
        array = np.asarray(self.asarray(x), dtype=object)
        axes = range(array.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
        gone = sorted(a % array.ndim for a in axes)
        kept = [a for a in range(array.ndim) if a not in gone]
        rows = array.transpose(kept + gone).reshape([array.shape[a] for a in kept] + [-1])
        reduced = np.empty(rows.shape[:-1], dtype=object)
        for index in np.ndindex(reduced.shape):
            reduced[index] = function(list(rows[index]))
        if keepdims:
            reduced = np.expand_dims(reduced, gone)
        return reduced[()]

    def matmul(self, x: Any, y: Any) -> Any:
        """Matrix product as `numpy.matmul` defines it."""
        return np.matmul(self.asarray(x), self.asarray(y))

    def cumulative(self, name: str, x: Any, axis: int) -> Any:
        """`x` accumulated along `axis` by the binary elementwise function `name`."""
        step = getattr(self, name)
        array = np.moveaxis(np.array(self.asarray(x), dtype=object), axis, 0)
        for position in range(1, len(array)):
            array[position] = step(array[position - 1], array[position])
        return np.moveaxis(array, 0, axis)


def _plain(x: Any) -> bool:
    """Numbers that NumPy holds without loss: not Python integers, which it may cut to 64 bits."""
    return isinstance(x, bool | float | np.generic)


def _divide_like_ieee(context: Any) -> None:
    """Make `x / 0` an infinity or NaN, and `0 ** -1` too, for the numbers of this context alone."""
    number = context.mpf
    divide, reverse, power = number.__truediv__, number.__rtruediv__, number.__pow__

    def by_zero(numerator: Any) -> Any:
        return context.nan if numerator == 0 or context.isnan(numerator) else numerator * context.inf

    def true_divide(self: Any, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented  # entry by entry: the array's business
        return by_zero(self) if other == 0 else divide(self, other)

    def reverse_divide(self: Any, other: Any) -> Any:
        return by_zero(context.mpf(other)) if self == 0 else reverse(self, other)

    def raise_to(self: Any, exponent: Any) -> Any:
        if isinstance(exponent, np.ndarray):
            return NotImplemented
        if self == 0 and exponent < 0:
            return context.inf
        result = power(self, exponent)
        return result if isinstance(result, number) else context.nan

    number.__truediv__, number.__rtruediv__, number.__pow__ = true_divide, reverse_divide, raise_to
