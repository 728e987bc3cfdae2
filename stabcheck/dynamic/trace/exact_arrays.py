"""Array code in arbitrary precision: NumPy object arrays of mpmath numbers.

Long double misses what is 0 in both precisions (1 − cos 1e-10), and is no wider than float64 on Windows and
ARM. Sixty digits with unbounded exponents settle what an expression is worth; they cost a thousand times as
much, so only small runs are worth it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from stabcheck.dynamic.trace.formats import wide_type
from stabcheck.dynamic.trace.statistics import Array
from stabcheck.ops.exact import Exact

DIGITS = 60
# What a run may cost, in additions (below): where there is a doubt, and where there is hardly one.
MOST = 150_000
LITTLE = 10_000
# Costs are counted in additions of two numbers, some 2 µs each.
_TRANSCENDENTAL = 20
TINIEST = 5e-324  # the smallest number of float64, which stands for all below it
# NumPy's functions of object arrays call methods of the entries, by these names.
_METHODS = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "sin", "cos", "tan", "arcsin",
    "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "rint", "floor", "ceil",
    "trunc",
)  # fmt: skip
# These have a loop for objects that uses the entries' own operators, which is faster.
_NATIVE = frozenset({
    "add", "subtract", "multiply", "divide", "true_divide", "negative", "positive", "absolute", "square",
    "maximum", "minimum", "power", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
    "matmul", "sign", "reciprocal", "conjugate",
})  # fmt: skip
_CHEAP = _NATIVE | {"sum", "mean", "getitem", "reshape", "transpose"}


@cache
def exact_numbers() -> Exact:
    """The numbers, with the methods that NumPy asks of the entries of object arrays."""
    numbers = Exact(DIGITS)
    for name in _METHODS:
        setattr(numbers.context.mpf, name, numbers._unary[name])
    for name in ("arctan2", "hypot", "fmod"):
        setattr(numbers.context.mpf, name, numbers._binary[name])
    return numbers


def exactly(value: Any) -> Any:
    """The same numbers without rounding: floating-point arrays and scalars, also inside lists and tuples.

    A type that says in what a function shall compute becomes `object`.
    """
    if isinstance(value, np.ndarray | np.generic):
        return exact_numbers().asarray(value) if value.dtype.kind == "f" else value
    if isinstance(value, float):
        return exact_numbers().asarray(value)
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(exactly(v) for v in value)
    if type(value) is dict:
        return {name: exactly(v) for name, v in value.items()}
    return object if is_wide_type(value) else value


def is_wide_type(value: Any) -> bool:
    """The wide type itself, as it stands among the arguments of a shadow's functions."""
    if isinstance(value, type):
        return value is wide_type() or value is float
    return isinstance(value, np.dtype) and value == np.dtype(wide_type())


def is_exact(value: Any) -> bool:
    """An array of exact numbers, or one of them."""
    if isinstance(value, np.ndarray):
        return bool(value.dtype == object)
    return isinstance(value, exact_numbers().context.mpf)


def rounded(value: Any, dtype: type[np.floating]) -> Array:
    """Exact numbers in a hardware type, with its own range of exponents; only a 0 becomes 0."""
    array = np.asarray(value, dtype=object)
    if np.dtype(dtype) == np.float64:
        result = array.astype(np.float64)
        if not result.all():
            lost = (result == 0) & np.asarray(array != 0, dtype=bool)
            result = np.where(lost, np.where(np.asarray(array > 0, dtype=bool), TINIEST, -TINIEST), result)
        return result
    frexp, isnormal = exact_numbers().context.frexp, exact_numbers().context.isnormal
    result = np.empty(array.shape, dtype=dtype)
    for index in np.ndindex(array.shape):
        number = array[index]
        if not isnormal(number):  # 0, ±inf, NaN
            result[index] = float(number)
            continue
        fraction, exponent = frexp(number)
        leading = float(fraction)
        result[index] = np.ldexp(dtype(leading) + dtype(float(fraction - leading)), int(exponent))
    return result


def apply(function: Callable[..., Any], arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """A function of NumPy, or one made of such, on exact arguments.

    Raises
    ------
    Exception
        whatever NumPy raises where it has no form of the function for objects.
    """
    numbers = exact_numbers()
    name = str(getattr(function, "exact_name", None) or getattr(function, "__name__", ""))
    if isinstance(function, np.ufunc) and name in _NATIVE:
        return function(*arguments, **keywords)
    if isinstance(function, np.ufunc) or hasattr(function, "exact_name"):
        if keywords:
            raise TypeError(f"{name} with keywords has no exact form")
        return numbers.elementwise(name)(*arguments)
    result = function(*arguments, **keywords)
    if isinstance(result, np.ndarray) and result.dtype == object:
        return only_numbers(result)
    left = isinstance(result, np.ndarray | np.generic) and result.dtype.kind == "f"
    if left or isinstance(result, float):  # a function that left exact numbers
        raise TypeError(f"{name} has no exact form")
    return result


def only_numbers(array: Array) -> Array:
    """The array with every entry an exact number: NumPy fills new ones with integers.

    Raises
    ------
    TypeError
        if some have been rounded on the way.
    """
    number = exact_numbers().context.mpf
    if all(type(entry) is number for entry in array.ravel()):
        return array
    if any(isinstance(entry, float | np.floating) for entry in array.ravel()):
        raise TypeError("entries that were rounded")
    return np.asarray(exact_numbers().asarray(array), dtype=object).reshape(array.shape)


def cost(name: str, size: int) -> int:
    """What an operation with a result of `size` entries costs, in additions."""
    return size * (1 if name in _CHEAP else _TRANSCENDENTAL)


def solve(a: Array, b: Array) -> Array:
    """A linear system (or a stack of them) of exact numbers, by elimination with partial pivoting."""
    if a.ndim > 2:
        parts = [solve(x, y) for x, y in zip(a, b, strict=True)]
        return np.stack(parts)
    left, right = a.copy(), b.copy()
    size = len(left)
    columns = right.reshape(size, -1)
    for k in range(size):
        pivot = k + int(np.argmax(np.abs(left[k:, k])))
        left[[k, pivot]], columns[[k, pivot]] = left[[pivot, k]], columns[[pivot, k]]
        factors = left[k + 1 :, k] / left[k, k]
        left[k + 1 :] -= np.outer(factors, left[k])
        columns[k + 1 :] -= np.outer(factors, columns[k])
    for k in reversed(range(size)):
        for later in range(k + 1, size):
            columns[k] -= left[k, later] * columns[later]
        columns[k] = columns[k] / left[k, k]
    return columns.reshape(b.shape)


def inverse(a: Array) -> Array:
    """The inverse of a matrix of exact numbers, or of a stack of them."""
    identity = exactly(np.broadcast_to(np.eye(a.shape[-1]), a.shape).copy())
    return solve(a, identity)
