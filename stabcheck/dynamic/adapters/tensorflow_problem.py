"""A TensorFlow function with the gradient under test, at one dtype."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
import tensorflow as tf

from stabcheck.dynamic.adapters.captured_shapes import (
    captured_integers,
    captured_matrices,
    captured_numbers,
    captured_shapes,
)
from stabcheck.dynamic.adapters.results import contracted
from stabcheck.dynamic.adapters.tensorflow_function import TensorFlowFunction
from stabcheck.dynamic.adapters.tensorflow_names import location_of
from stabcheck.dynamic.adapters.tensorflow_points import ManyPoints
from stabcheck.dynamic.adapters.tensorflow_retyped import RetypedProblem
from stabcheck.dynamic.adapters.tensorflow_run import Run, joined, raw
from stabcheck.dynamic.adapters.tensorflow_second import second_derivative
from stabcheck.dynamic.adapters.tensorflow_sites import Source
from stabcheck.dynamic.adapters.tensorflow_survey import derived, operands_meet, shapes_meet
from stabcheck.dynamic.precision import coarsest_unit
from stabcheck.dynamic.problem import Leaf, Point
from stabcheck.dynamic.report import Cause, Location
from stabcheck.dynamic.trace.event import Trace

Array = npt.NDArray[Any]


class TensorFlowProblem:
    """A TensorFlow function at one dtype (see `stabcheck.dynamic.problem.Problem`)."""

    library = "tensorflow"

    def __init__(
        self,
        source: Source,
        dtype: str,
        target: str | None,
        leaves: tuple[Leaf, ...],
        suspects: tuple[Cause, ...] = (),
        *,
        seed: int = 0,
    ) -> None:
        self.name = source.name
        self.location: Location | None = source.location
        self.dtype = dtype
        self.leaves = leaves
        self.notes: tuple[str, ...] = source.notes
        self.suspects = suspects
        self.gradient_given = True  # TensorFlow has one where the user gives none
        self.gradient_location = location_of(source.vjp if source.vjp is not None else source.grad)
        self.by_framework = not source.differentiated_by_user
        self.gradient_fixed = source.grad is not None and not callable(source.grad)
        self.gradient_unit = (
            coarsest_unit(tf.nest.map_structure(raw, source.grad)) if self.gradient_fixed else 0.0
        )
        self.second_derivative = None if self.gradient_fixed else self._second_derivative
        self._source = source
        self._seed = seed
        self.function = TensorFlowFunction(source, dtype, target, leaves, seed)
        self.many_points = ManyPoints(self.function)
        self._others: dict[str, TensorFlowProblem | None] = {}

    @property
    def captured_shapes(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Names and shapes of the tensors that the function reads besides its arguments."""
        return captured_shapes(self._source.function)

    @property
    def captured_integers(self) -> tuple[tuple[str, Array], ...]:
        """Names and values of the arrays of integers that the function reads besides its arguments."""
        return captured_integers(self._source.function)

    @property
    def captured_numbers(self) -> tuple[tuple[str, float], ...]:
        """Names and values of the single floats that the function reads besides its arguments."""
        return captured_numbers(self._source.function)

    @property
    def captured_matrices(self) -> tuple[tuple[str, Array], ...]:
        """Names and values of the small square matrices that the function reads besides its arguments."""
        return captured_matrices(self._source.function)

    @property
    def shapes_meet(self) -> bool:
        """Whether no operation of function or gradient broadcasts a column with a vector of its length.

        Known of a function that can be traced, with a gradient that TensorFlow derives.
        """
        if not self.derived:
            return False
        replay = self.many_points.replay
        if replay is not None:
            return operands_meet(replay.run.operands)
        return shapes_meet(self.many_points.graph)

    @property
    def derived(self) -> bool:
        """Whether it is known that TensorFlow derives all of the gradient, which is then linear."""
        if self._source.differentiated_by_user:
            return False
        if self.many_points.replay is not None:
            return not self.many_points.replay.run.custom
        return self.many_points.graph is not None and derived(self.many_points.graph)

    @property
    def repeats(self) -> bool:
        """Whether it is known that nothing random and no state is in the function, nor in its gradient."""
        return self.derived and self.many_points.replay is not None

    def value(self, point: Point) -> Array:
        """The function at `point`."""
        return self.function.value(point)

    def values(self, points: Sequence[Point]) -> Sequence[Array] | Array:
        """The function at several points."""
        return self.many_points(points)

    def gradient(self, point: Point, cotangent: Array) -> tuple[Array | None, ...]:
        """The gradient under test, raw, one entry a leaf."""
        return self.gradients(point, [cotangent])[1][0]

    def gradients(
        self, point: Point, cotangents: Sequence[Array]
    ) -> tuple[Array | None, list[tuple[Array | None, ...]]]:
        """The gradient under test by each cotangent, and the value of the one run that they are of."""
        with self.function.exchange.in_force():
            run = self.function.started(point)
            if self._source.differentiated_by_user:
                return None, [self._entries(run, [], cotangent) for cotangent in cotangents]
            outputs = run.value(len(cotangents) > 1)
            return joined(outputs), [self._entries(run, outputs, cotangent) for cotangent in cotangents]

    def _entries(self, run: Run, outputs: list[Any], cotangent: Array) -> tuple[Array | None, ...]:
        found = dict(zip(run.watched, run.gradient(outputs, cotangent), strict=True))
        entries = [raw(found.get(index)) for index in range(len(self.leaves))]
        if self._source.vjp is not None or not self._source.differentiated_by_user:
            return tuple(entries)
        pairs = zip(entries, self.leaves, strict=True)
        return tuple(None if entry is None else contracted(entry, cotangent, leaf) for entry, leaf in pairs)

    def _second_derivative(
        self, point: Point, cotangent: Array, direction: Sequence[Array]
    ) -> tuple[Array | None, ...]:
        """The second derivative of <cotangent, f> times a direction, raw, one entry a leaf."""
        with self.function.exchange.in_force():
            found = second_derivative(lambda: self.function.started(point), cotangent, direction)
            return tuple(raw(found.get(index)) for index in range(len(self.leaves)))

    def at(self, dtype: str) -> TensorFlowProblem | None:
        """The same function with everything that it reads at another dtype; None where it can't run."""
        if dtype == self.dtype:
            return self
        if dtype not in self._others:
            leaves = tuple(leaf.at(dtype) for leaf in self.leaves)
            other = TensorFlowProblem(self._source, dtype, dtype, leaves, self.suspects, seed=self._seed)
            self._others[dtype] = other if other.function.keeps_its_dtype() else None
        return self._others[dtype]

    def retyped(self, dtype: str) -> RetypedProblem | None:
        """The values of the function at another dtype, from the graph of it that stands; None without one."""
        operations = self.many_points.retyped(self.dtype, dtype)
        if operations is None:
            return None
        leaves = tuple(leaf.at(dtype) for leaf in self.leaves)
        return RetypedProblem(self.name, dtype, leaves, self.location, operations)

    def trace(self, cotangent: Array | None) -> Trace | None:
        """One watched run at the given point; None if it can't be recorded."""
        from stabcheck.dynamic.trace.tensorflow_recorder import record  # noqa: PLC0415  (only where asked for)

        with self.function.exchange.in_force():
            run = self.function.started(self.function.point)
            try:
                differentiate = (
                    None if cotangent is None else functools.partial(run.gradient, cotangent=cotangent)
                )
                _, _, found = record(run.value, differentiate, run.inputs)
            except Exception:
                return None
        return found
