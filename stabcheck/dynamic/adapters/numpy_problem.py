"""A NumPy function with a gradient that its author wrote, at one dtype."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from types import CodeType, FunctionType
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.adapters.captured_shapes import (
    captured_integers,
    captured_matrices,
    captured_numbers,
    captured_shapes,
)
from stabcheck.dynamic.adapters.captures import Kinds, reach
from stabcheck.dynamic.adapters.exchange import Exchange
from stabcheck.dynamic.adapters.results import contracted, joined
from stabcheck.dynamic.adapters.writes import line_that_writes
from stabcheck.dynamic.arguments import align, items, real_numbers, rebuild, refuse_too_many
from stabcheck.dynamic.precision import is_floating, numpy_dtype
from stabcheck.dynamic.problem import Leaf, Point
from stabcheck.dynamic.report import Cause, Location
from stabcheck.dynamic.trace.event import Trace
from stabcheck.dynamic.trace.location import is_users

Array = npt.NDArray[Any]


@dataclass(slots=True)
class NumpyProblem:
    """A NumPy function as a `Problem`.

    Arrays are copied before every call, so that a function that writes into its arguments neither changes the
    user's objects nor the next evaluation; what it wrote into is kept in `mutated`.
    """

    name: str
    dtype: str
    leaves: tuple[Leaf, ...]
    location: Location | None
    notes: tuple[str, ...]
    suspects: tuple[Cause, ...]
    fn: Callable[..., Any]
    grad: Any
    vjp: Callable[..., Any] | None
    args: tuple[Any, ...]
    places: tuple[int | None, ...]  # of each item of the arguments: its leaf, or None for what is no number
    exchange: Exchange | None = None
    library: str = "numpy"
    mutated: set[str] = field(default_factory=set)
    process: int = field(default_factory=os.getpid)

    @property
    def gradient_given(self) -> bool:
        """Whether there is a gradient to check; NumPy has none of its own."""
        return self.grad is not None or self.vjp is not None

    @property
    def gradient_fixed(self) -> bool:
        """Whether the gradient is an array, known at the given point alone."""
        return self.grad is not None and not callable(self.grad)

    @property
    def gradient_location(self) -> Location | None:
        """Where the gradient function is defined."""
        return location_of(self.vjp if self.vjp is not None else self.grad)

    @property
    def captured_shapes(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Names and shapes of the arrays that the function reads besides its arguments."""
        return captured_shapes(self.fn)

    @property
    def captured_integers(self) -> tuple[tuple[str, Array], ...]:
        """Names and values of the arrays of integers that the function reads besides its arguments."""
        return captured_integers(self.fn)

    @property
    def captured_numbers(self) -> tuple[tuple[str, float], ...]:
        """Names and values of the single floats that the function reads besides its arguments."""
        return captured_numbers(self.fn)

    @property
    def captured_matrices(self) -> tuple[tuple[str, Array], ...]:
        """Names and values of the small square matrices that the function reads besides its arguments."""
        return captured_matrices(self.fn)

    def value(self, point: Point) -> Array:
        """Evaluate f at `point`; structures are flattened and joined."""
        arguments, arrays = self.arguments(point)
        result = self._run(self.fn, arguments)
        self._note_mutation(arrays, point)
        return joined(result)

    def values(self, points: Sequence[Point]) -> Sequence[Array]:
        """Evaluate f at several points, one after the other."""
        return [self.value(point) for point in points]

    def gradient(self, point: Point, cotangent: Array) -> tuple[Array | None, ...]:
        """The user's gradient, contracted with `cotangent` where it was not written as a product with one."""
        arguments, arrays = self.arguments(point)
        if self.vjp is not None:
            raw = self._run(self.vjp, (*arguments, cotangent[()]))
        elif callable(self.grad):
            raw = self._run(self.grad, arguments)
        else:
            raw = self.grad
        self._note_mutation(arrays, point)
        refuse_too_many(raw, arguments, cotangent.shape)
        entries = self._entries(raw, arguments)
        if self.vjp is not None:
            return entries
        return tuple(
            None if entry is None else contracted(entry, cotangent, leaf)
            for entry, leaf in zip(entries, self.leaves, strict=True)
        )

    def gradients(
        self, point: Point, cotangents: Sequence[Array]
    ) -> tuple[None, list[tuple[Array | None, ...]]]:
        """The same by several cotangents, without the value."""
        return None, [self.gradient(point, cotangent) for cotangent in cotangents]

    def at(self, dtype: str) -> NumpyProblem | None:
        """The function with its arguments, and every array that it reaches, at another dtype."""
        target = numpy_dtype(dtype)
        leaves = tuple(leaf.at(dtype) for leaf in self.leaves)
        roots = [self.fn, self.vjp, self.grad if callable(self.grad) else None]
        reached = reach([root for root in roots if root is not None], Kinds(carried=_is_floating_value))
        exchange = Exchange(reached.places, lambda value: _cast(value, target))
        return replace(self, dtype=dtype, leaves=leaves, exchange=exchange, mutated=set())

    def trace(self, cotangent: Array | None) -> Trace | None:
        """One watched run at the given point, the user's gradient included; None if it can't be recorded."""
        from stabcheck.dynamic.trace.numpy_recorder import record  # noqa: PLC0415  (only where asked for)

        point = tuple(leaf.value for leaf in self.leaves)
        arguments, _ = self.arguments(point)
        again, _ = self.arguments(point)
        names = [leaf.name for leaf in self.leaves if is_floating(leaf.value.dtype)]
        gradient = self.vjp if self.vjp is not None else self.grad if callable(self.grad) else None
        upstream = () if self.vjp is None or cotangent is None else (cotangent[()],)
        with self.exchange.in_force() if self.exchange is not None else nullcontext():
            try:
                backward = None if cotangent is None else gradient
                _, _, found = record(self.fn, arguments, backward, (*again, *upstream), names)
            except Exception:
                return None
        return found

    def line_that_writes(self) -> Location | None:
        """The line of function or gradient that writes into an argument."""
        point = tuple(leaf.value for leaf in self.leaves)
        gradient = self.grad if callable(self.grad) else None
        for function in (self.fn, gradient):
            if function is not None:
                arguments, arrays = self.arguments(point)
                found = line_that_writes(functools.partial(self._run, function, arguments), arrays)
                if found is not None:
                    return found
        return None

    def arguments(self, point: Point) -> tuple[tuple[Any, ...], list[Array]]:
        """Positional arguments for one call, and the fresh arrays that stand in them for the leaves."""
        arrays = [np.array(array, copy=True, subok=True) for array in point]
        originals = [item.value for item in items(self.fn, self.args)]
        values = [
            original if place is None else _in_the_form_of(original, arrays[place])
            for original, place in zip(originals, self.places, strict=True)
        ]
        return rebuild(self.args, values), arrays

    def _run(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        try:
            with self.exchange.in_force() if self.exchange is not None else nullcontext():
                return function(*arguments)
        finally:
            if os.getpid() != self.process:  # the function forked: only the parent goes on with the diagnosis
                os._exit(0)

    def _note_mutation(self, arrays: list[Array], point: Point) -> None:
        for leaf, used, given in zip(self.leaves, arrays, point, strict=True):
            if used.tobytes() != given.tobytes():
                self.mutated.add(leaf.name)

    def _entries(self, raw: Any, arguments: tuple[Any, ...]) -> tuple[Array | None, ...]:
        """The user's gradients, one a leaf."""
        found, _ = align(raw, arguments)
        entries: list[Array | None] = [None] * len(self.leaves)
        for place, entry in zip(self.places, found, strict=True):
            if place is not None and entry is not None:
                entries[place] = real_numbers(entry, f"the gradient by {self.leaves[place].name}")
        return tuple(entries)


def location_of(function: Any) -> Location | None:
    """Where a callable of the user's is defined; None for those of libraries, built-in ones and arrays."""
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function) if callable(function) else function
    function = getattr(function, "__func__", function)
    if not isinstance(function, FunctionType) and callable(function):
        function = type(function).__call__
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType) or not is_users(code.co_filename):
        return None
    return Location(code.co_filename, code.co_firstlineno, code.co_name)


def _in_the_form_of(original: Any, array: Array) -> Any:
    """A leaf as the user gave it: a Python number stays one where its dtype has no narrower form.

    So does a matrix, whose products are others than those of arrays.
    """
    if isinstance(original, np.ma.MaskedArray):
        return np.ma.masked_array(array, mask=original.mask)
    if isinstance(original, np.ndarray):
        return array if type(original) is np.ndarray else array.view(type(original))
    if isinstance(original, (list, tuple)):
        return array
    if not isinstance(original, np.generic):
        if array.dtype.kind in "biu":
            return original
        if array.dtype == np.float64:
            return float(array)
    return array[()]


def _is_floating_value(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic)) and is_floating(value.dtype)


def _cast(value: Any, dtype: np.dtype[Any]) -> Any:
    if not _is_floating_value(value) or value.dtype == dtype:
        return value
    return value.astype(dtype)
