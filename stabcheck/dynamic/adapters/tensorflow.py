"""TensorFlow functions as problems: closures over variables, functions of tensors, Keras layers and models.

The function runs as the user wrote it, but on twins of its variables: whatever it assigns, whatever state
it keeps, and whichever dtype it is asked to run in, the user's own objects are the same afterwards
(`exchange`).
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stabcheck.dynamic.adapters import keras
from stabcheck.dynamic.adapters.captured_shapes import captured_integers, captured_matrices, captured_shapes
from stabcheck.dynamic.adapters.captures import Place
from stabcheck.dynamic.adapters.exchange import Exchange
from stabcheck.dynamic.adapters.results import contracted
from stabcheck.dynamic.adapters.tensorflow_batch import Loop, alike, traced
from stabcheck.dynamic.adapters.tensorflow_eager import looks_in_arrays
from stabcheck.dynamic.adapters.tensorflow_names import location_of
from stabcheck.dynamic.adapters.tensorflow_random import seeded
from stabcheck.dynamic.adapters.tensorflow_replay import Replay, replay_of
from stabcheck.dynamic.adapters.tensorflow_retyped import RetypedProblem
from stabcheck.dynamic.adapters.tensorflow_run import Run, joined, numeric, raw
from stabcheck.dynamic.adapters.tensorflow_second import second_derivative
from stabcheck.dynamic.adapters.tensorflow_sites import Site, Source, source_of
from stabcheck.dynamic.adapters.tensorflow_survey import derived, operands_meet, shapes_meet
from stabcheck.dynamic.adapters.tensorflow_values import COMPILED, as_numpy, twin_maker
from stabcheck.dynamic.precision import DiagnoseError, coarsest_unit, numpy_dtype
from stabcheck.dynamic.problem import Leaf, Point
from stabcheck.dynamic.report import Cause, Location
from stabcheck.dynamic.stack import Stack
from stabcheck.dynamic.trace.event import Trace

Array = npt.NDArray[Any]

WORTH_TRACING = 24  # evaluations one by one that cost what it takes to trace a graph of the function
SLOW = 2.0  # seconds of one evaluation from which none is made for comparison alone
FEW_POINTS = 4  # not worth a call of the loop
LARGE_POINT = 2**20  # bytes of arguments from which it takes longer to stack them than to call the function


def problem(
    fn: Callable[..., Any],
    args: Any = None,
    grad: Any = None,
    *,
    variables: Sequence[Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    name: str | None = None,
    seed: int = 0,
) -> TensorFlowProblem:
    """The problem of a function written with TensorFlow or Keras.

    Parameters
    ----------
    fn
        a function, a `tf.function`, a Keras layer or model.
    args
        what it is called with; a layer is a function of its weights as well.
    grad
        a callable with the same arguments, or the gradient itself. Without it and without `vjp`, the
        gradient under test is `tf.GradientTape`'s, custom gradients included.
    variables
        `tf.Variable`s or Keras weights that `fn` is a function of; without arguments and without
        `variables`, the trainable ones that `fn` can see.
    vjp
        called as `vjp(*args, cotangent)`.
    name
        of the case.
    seed
        of TensorFlow's global generator while the function runs; the user's own comes back afterwards.

    Raises
    ------
    DiagnoseError
        if there is nothing to differentiate with respect to.
    """
    source = source_of(fn, args, grad, variables, vjp, name)
    if not any(site.varied for site in source.sites):
        raise DiagnoseError(
            f"{source.name} has nothing to vary: give floating-point arguments, or variables=[…]"
        )
    return _prepared(source, seed)


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
        self._target = target
        self._seed = seed
        settings = [_quiet(), seeded(seed), *(keras.settings(source.objects, target) if target else [])]
        self._exchange = Exchange(source.places, twin_maker(source.dtype, target), settings)
        self._others: dict[str, TensorFlowProblem | None] = {}
        self._tried: Array | None = None  # the value at the given point
        self._told = False  # whether it has been given to whoever asked for it
        self._seconds = 0.0  # that it took
        self._asked = 0  # evaluations at other points
        self._loop: Loop | None = None
        self._refused = False  # the function can't be compiled, or comes out differently when it is

    @property
    def captured_shapes(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Names and shapes of the tensors that the function reads besides its arguments."""
        return captured_shapes(self._source.function)

    @property
    def captured_integers(self) -> tuple[tuple[str, Array], ...]:
        """Names and values of the arrays of integers that the function reads besides its arguments."""
        return captured_integers(self._source.function)

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
        return (
            operands_meet(self._replay.run.operands) if self._replay is not None else shapes_meet(self._graph)
        )

    @property
    def derived(self) -> bool:
        """Whether it is known that TensorFlow derives all of the gradient, which is then linear."""
        if self._source.differentiated_by_user:
            return False
        if self._replay is not None:
            return not self._replay.run.custom
        return self._graph is not None and derived(self._graph)

    @property
    def repeats(self) -> bool:
        """Whether it is known that nothing random and no state is in the function, nor in its gradient."""
        return self.derived and self._replay is not None

    @functools.cached_property
    def _replay(self) -> Replay | None:
        """The operations of small functions that do the same at every point; None for others."""
        objects = self._source.objects
        compiled = any(isinstance(item, COMPILED) for item in objects)
        if compiled or looks_in_arrays(objects) or self._seconds > SLOW:
            return None
        variables = [site.variable for site in self._source.sites if site.variable is not None]
        with self._exchange.in_force():
            try:
                handles = {self._exchange.twin(variable).handle._id for variable in variables}
                known = self._tried
                value = self.value(tuple(leaf.value for leaf in self.leaves)) if known is None else known
                return replay_of(self._symbolic, self.leaves, value, handles)
            except Exception:
                return None

    @functools.cached_property
    def _graph(self) -> Any:
        """The operations of one evaluation; None if they can't be had, or the arguments are too large."""
        if sum(leaf.value.nbytes for leaf in self.leaves) > LARGE_POINT:
            return None
        with self._exchange.in_force():
            try:
                return traced(self._symbolic, [leaf.value for leaf in self.leaves])
            except Exception:
                return None

    def value(self, point: Point) -> Array:
        """The function at `point`."""
        here = all(a is leaf.value for a, leaf in zip(point, self.leaves, strict=True))
        if here and self._tried is not None and not self._told:
            self._told = True
            return self._tried
        began = time.monotonic()
        with self._exchange.in_force():
            value = joined(self._run(point))
        if here:
            self._tried, self._told, self._seconds = value, True, time.monotonic() - began
        return value

    def values(self, points: Sequence[Point]) -> Sequence[Array] | Array:
        """The function at several points: its operations on all of them, or one graph, or one by one."""
        if self._replay is not None:
            try:
                return self._replay(Stack.of(points))
            except Exception:
                self._replay = None
        self._asked += len(points)
        due = self._loop is not None or self._asked >= WORTH_TRACING
        if self._refused or not due or len(points) < FEW_POINTS:
            return self._one_by_one(points)
        stack = Stack.of(points)
        loop = self._compiled(stack)
        if loop is not None:
            with self._exchange.in_force():
                try:
                    return loop(stack)
                except Exception:
                    self._refused = True
        return self._one_by_one(points)

    def _compiled(self, points: Stack) -> Loop | None:
        """The function over many points, if it gives what it gives without, at the first of these."""
        if self._loop is None and self._graph is not None:
            with self._exchange.in_force():
                probe = self.value(points[0])
                try:
                    loop = Loop(self._graph, self._symbolic, points[0], probe)
                    self._refused = not alike(loop(points[:1])[0], probe)
                except Exception:
                    self._refused = True
            self._loop = None if self._refused else loop
        return self._loop

    def _one_by_one(self, points: Sequence[Point]) -> list[Array]:
        with self._exchange.in_force():
            return [self.value(point) for point in points]

    def gradient(self, point: Point, cotangent: Array) -> tuple[Array | None, ...]:
        """The gradient under test, raw, one entry a leaf."""
        return self.gradients(point, [cotangent])[1][0]

    def gradients(
        self, point: Point, cotangents: Sequence[Array]
    ) -> tuple[Array | None, list[tuple[Array | None, ...]]]:
        """The gradient under test by each cotangent, and the value of the one run that they are of."""
        with self._exchange.in_force():
            run = self._started(point)
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
        with self._exchange.in_force():
            found = second_derivative(lambda: self._started(point), cotangent, direction)
            return tuple(raw(found.get(index)) for index in range(len(self.leaves)))

    def at(self, dtype: str) -> TensorFlowProblem | None:
        """The same function with everything that it reads at another dtype; None where it can't run."""
        if dtype == self.dtype:
            return self
        if dtype not in self._others:
            leaves = tuple(_leaf_at(leaf, dtype) for leaf in self.leaves)
            other = TensorFlowProblem(self._source, dtype, dtype, leaves, self.suspects, seed=self._seed)
            self._others[dtype] = other if other.runs() else None
        return self._others[dtype]

    def retyped(self, dtype: str) -> RetypedProblem | None:
        """The values of the function at another dtype, from the graph of it that stands; None without one."""
        known = self._replay or self._loop
        operations = known.retyped(self.dtype, dtype) if known is not None else None
        if operations is None:
            return None
        leaves = tuple(_leaf_at(leaf, dtype) for leaf in self.leaves)
        return RetypedProblem(self.name, dtype, leaves, self.location, operations)

    def runs(self) -> bool:
        """Whether the function can be evaluated at the given point, in this dtype throughout.

        A function that rounds its arguments to the dtype that it was written for, and returns this one again,
        can't be told from its result's dtype: it doesn't see the difference that the rounding makes.
        """
        try:
            value = self.value(tuple(leaf.value for leaf in self.leaves))
            if keras.WIDTH[self.dtype] <= keras.WIDTH[self._source.dtype]:
                return value.dtype.name == self.dtype
            nearby = tuple(_aside(leaf) for leaf in self.leaves)
            rounded = tuple(
                _rounded(leaf, array, self._source.dtype)
                for leaf, array in zip(self.leaves, nearby, strict=True)
            )
            blind = np.array_equal(self.value(nearby), self.value(rounded), equal_nan=True)
        except Exception:
            return False
        return value.dtype.name == self.dtype and not blind

    def trace(self, cotangent: Array | None) -> Trace | None:
        """One watched run at the given point; None if it can't be recorded."""
        from stabcheck.dynamic.trace.tensorflow_recorder import record  # noqa: PLC0415  (only where asked for)

        point = tuple(leaf.value for leaf in self.leaves)
        with self._exchange.in_force():
            run = self._started(point)
            try:
                differentiate = (
                    None if cotangent is None else functools.partial(run.gradient, cotangent=cotangent)
                )
                _, _, found = record(run.value, differentiate, run.inputs)
            except Exception:
                return None
        return found

    def _run(self, point: Sequence[Any]) -> Any:
        """The call, on twins that hold `point`; the exchange must be in force."""
        return self._source.function(*self._source.arguments(self._natives(point)))

    def _natives(self, point: Sequence[Any]) -> list[Any]:
        """`point` as the function takes it: assigned to variables, else tensors or arrays."""
        return [self._native(site, value) for site, value in zip(self._source.sites, point, strict=True)]

    def _native(self, site: Site, value: Any) -> Any:
        if site.variable is not None:
            variable = self._exchange.twin(site.variable)
            variable.assign(tf.cast(value, variable.dtype))
            return site.holder if site.holder is not None else variable
        if not site.varied:
            return site.original
        dtype = self._target or site.dtype or self.dtype
        if self._source.differentiated_by_user and site.plain and not isinstance(value, tf.Tensor):
            return np.asarray(value).astype(numpy_dtype(dtype))[()]
        return tf.cast(value, dtype) if isinstance(value, tf.Tensor) else tf.constant(value, dtype)

    def _started(self, point: Sequence[Any]) -> Run:
        return Run(self._source, self._natives(point), self._exchange.twin)

    def _symbolic(self, point: Sequence[Any]) -> Any:
        """One evaluation as operations of a graph."""
        parts = [
            part if isinstance(part, tf.Tensor) else tf.convert_to_tensor(as_numpy(part))
            for part in numeric(self._run(point))
        ]
        return parts[0] if len(parts) == 1 else tf.concat([tf.reshape(part, [-1]) for part in parts], 0)


def _prepared(source: Source, seed: int) -> TensorFlowProblem:
    """The problem in the dtype that the function really works in; tried once."""
    try:
        return _tried(source, seed)
    except Exception:  # the function may take arrays of float64 where it would refuse such tensors
        narrower = source.narrowed("float32")
        if narrower.sites == source.sites:
            raise
        try:
            return _tried(narrower, seed)
        except Exception:
            pass
        raise


def _tried(source: Source, seed: int) -> TensorFlowProblem:
    conduct = keras.Conduct(source.objects)
    leaves = tuple(source.leaf(site) for site in source.sites)
    found = TensorFlowProblem(source, source.dtype, None, leaves, source.suspects, seed=seed)
    point = tuple(leaf.value for leaf in leaves)
    with found._exchange.in_force():
        conduct.begin()
        began = time.monotonic()
        value = joined(found._run(point))
        found._tried, found._seconds = value, time.monotonic() - began
        found.notes = (*source.notes, *conduct.notes())
        if not source.differentiated_by_user:
            return found
        _, covered = found._started(point).by_user(np.ones_like(value))
    if any(site.varied and site.beyond(covered) for site in source.sites):
        return _tried(source.covering(covered), seed)
    return found


def _quiet() -> tuple[Place, Any]:
    """TensorFlow's warning that functions are traced often, which is what a twin at each dtype must do.

    A filter, because to change the level of a logger empties the caches of all loggers, each time.
    """
    logger = tf.get_logger()
    place = Place(lambda: logger.filters, lambda filters: setattr(logger, "filters", filters))
    return place, [*logger.filters, _is_error]


def _is_error(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR


def _leaf_at(leaf: Leaf, dtype: str) -> Leaf:
    return Leaf(leaf.name, leaf.value.astype(numpy_dtype(dtype)), True) if leaf.varied else leaf


def _aside(leaf: Leaf) -> Array:
    """The leaf a thousandth to the side, with all the digits that its dtype holds."""
    return leaf.value * np.asarray(1.0009765432198765, leaf.value.dtype) if leaf.varied else leaf.value


def _rounded(leaf: Leaf, array: Array, dtype: str) -> Array:
    return array.astype(numpy_dtype(dtype)).astype(array.dtype) if leaf.varied else array
