"""TensorFlow functions as problems: closures over variables, functions of tensors, Keras layers and models.

The function runs as the user wrote it, but on twins of its variables: whatever it assigns, whatever state
it keeps, and whichever dtype it is asked to run in, the user's own objects are the same afterwards
(`exchange`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stabcheck.dynamic.adapters import keras
from stabcheck.dynamic.adapters.captures import Place
from stabcheck.dynamic.adapters.exchange import Exchange
from stabcheck.dynamic.adapters.numpy import contracted
from stabcheck.dynamic.adapters.tensorflow_batch import Loop
from stabcheck.dynamic.adapters.tensorflow_random import seeded
from stabcheck.dynamic.adapters.tensorflow_sites import Site, Source, source_of
from stabcheck.dynamic.adapters.tensorflow_values import as_numpy, is_array, twin_maker
from stabcheck.dynamic.precision import DiagnoseError, numpy_dtype
from stabcheck.dynamic.problem import Leaf, Point
from stabcheck.dynamic.report import Cause, Location
from stabcheck.dynamic.trace.event import Trace

Array = npt.NDArray[Any]

WORTH_COMPILING = 0.5  # seconds spent on evaluations one by one, below which tracing a graph takes longer
FEW_POINTS = 8  # not worth a call of the loop


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
        self.gradient_fixed = source.grad is not None and not callable(source.grad)
        self._source = source
        self._target = target
        self._seed = seed
        settings = [_quiet(), seeded(seed), *(keras.settings(source.objects, target) if target else [])]
        self._exchange = Exchange(source.places, twin_maker(source.dtype, target), settings)
        self._others: dict[str, TensorFlowProblem | None] = {}
        self._spent = 0.0
        self._loop: Loop | None = None
        self._refused = False  # the function can't be compiled, or comes out differently when it is

    def value(self, point: Point) -> Array:
        """F at `point`."""
        start = time.perf_counter()
        with self._exchange.in_force():
            result = joined(self._run(point))
        self._spent += time.perf_counter() - start
        return result

    def values(self, points: Sequence[Point]) -> Sequence[Array]:
        """F at several points: in one graph if that pays, else one by one."""
        if self._refused or self._spent < WORTH_COMPILING or len(points) < FEW_POINTS:
            return [self.value(point) for point in points]
        probe = self.value(points[0])
        try:
            with self._exchange.in_force():
                if self._loop is None:
                    self._loop = Loop(self._symbolic, points[0], probe)
                results = self._loop(points)
        except Exception:
            self._refused = True
            return [self.value(point) for point in points]
        if not _alike(results[0], probe):
            self._refused = True
            return [self.value(point) for point in points]
        return results

    def gradient(self, point: Point, cotangent: Array) -> tuple[Array | None, ...]:
        """The gradient under test, raw, one entry a leaf."""
        with self._exchange.in_force():
            run = _Run(self, self._natives(point))
            needs_value = not self._source.differentiated_by_user
            outputs = run.value() if needs_value else []
            found = dict(zip(run.watched, run.gradient(outputs, cotangent), strict=True))
            entries = [_raw(found.get(index)) for index in range(len(self.leaves))]
        if self._source.vjp is not None or needs_value:
            return tuple(entries)
        pairs = zip(entries, self.leaves, strict=True)
        return tuple(None if entry is None else contracted(entry, cotangent, leaf) for entry, leaf in pairs)

    def at(self, dtype: str) -> TensorFlowProblem | None:
        """The same function with everything that it reads at another dtype; None where it can't run."""
        if dtype == self.dtype:
            return self
        if dtype not in self._others:
            leaves = tuple(_leaf_at(leaf, dtype) for leaf in self.leaves)
            other = TensorFlowProblem(self._source, dtype, dtype, leaves, self.suspects, seed=self._seed)
            self._others[dtype] = other if other.runs() else None
        return self._others[dtype]

    def runs(self) -> bool:
        """Whether the function can be evaluated at the given point, in this dtype throughout."""
        try:
            value = self.value(tuple(leaf.value for leaf in self.leaves))
        except Exception:
            return False
        return value.dtype.name == self.dtype or value.dtype.kind not in "fV"

    def trace(self, cotangent: Array | None) -> Trace | None:
        """One watched run at the given point; None if it can't be recorded."""
        from stabcheck.dynamic.trace.tensorflow_recorder import record  # noqa: PLC0415  (only where asked for)

        point = tuple(leaf.value for leaf in self.leaves)
        with self._exchange.in_force():
            run = _Run(self, self._natives(point))
            try:
                differentiate = None if cotangent is None else partial(run.gradient, cotangent=cotangent)
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

    def _symbolic(self, point: Sequence[Any]) -> Any:
        """One evaluation as operations of a graph."""
        parts = [tf.convert_to_tensor(part) for part in numeric(self._run(point))]
        return parts[0] if len(parts) == 1 else tf.concat([tf.reshape(part, [-1]) for part in parts], 0)


class _Run:
    """One forward run that can be differentiated afterwards.

    `watched` holds the tensors and variables that it is differentiated with respect to, by the index of the
    leaf.
    """

    def __init__(self, problem: TensorFlowProblem, natives: list[Any]) -> None:
        self._source = problem._source
        self._arguments = self._source.arguments(natives)
        self.watched = {
            index: native if site.variable is None else problem._exchange.twin(site.variable)
            for index, (site, native) in enumerate(zip(self._source.sites, natives, strict=True))
            if site.varied
        }
        tensors = ((index, target) for index, target in self.watched.items() if not is_array(target))
        self.inputs = {self._source.sites[index].name: target for index, target in tensors}
        self._tape = tf.GradientTape(watch_accessed_variables=False)

    def value(self) -> list[Any]:
        """The numbers that the function returns, recorded on the tape unless the gradient is the user's."""
        if self._source.differentiated_by_user:
            return numeric(self._source.function(*self._arguments))
        with self._tape:
            for target in self.watched.values():
                self._tape.watch(target)
            return numeric(self._source.function(*self._arguments))

    def gradient(self, outputs: list[Any], cotangent: Array) -> list[Any]:
        """The gradient under test by each of `watched`: raw, None where there is none."""
        if self._source.differentiated_by_user:
            return self._by_user(cotangent)
        pieces = split(cotangent, outputs)
        active = [
            (output, tf.constant(piece, output.dtype))
            for output, piece in zip(outputs, pieces, strict=True)
            if isinstance(output, tf.Tensor) and output.dtype.is_floating
        ]
        if not active:  # the function left TensorFlow: .numpy(), float(), a cast to integers
            return [None] * len(self.watched)
        found: list[Any] = self._tape.gradient(
            [output for output, _ in active],
            list(self.watched.values()),
            output_gradients=[piece for _, piece in active],
        )
        return found

    def _by_user(self, cotangent: Array) -> list[Any]:
        source = self._source
        if source.vjp is not None:
            plain = all(site.plain for site in source.sites)
            upstream = cotangent if plain else tf.constant(cotangent)
            result: Any = source.vjp(*self._arguments, upstream)
        else:
            result = source.grad(*self._arguments) if callable(source.grad) else source.grad
        entries, _ = source.aligned(result)
        return [entries[index] for index in self.watched]


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
        found._run(point)
        notes = (*source.notes, *conduct.notes())
    if callable(source.grad) and source.vjp is None:
        with found._exchange.in_force():
            natives = found._natives(point)
            _, covered = source.aligned(source.grad(*source.arguments(natives)))
        if any(site.varied and site.beyond(covered) for site in source.sites):
            return _tried(source.covering(covered), seed)
    found.notes = notes
    return found


def _quiet() -> tuple[Place, Any]:
    """TensorFlow's warning that functions are traced often, which is what a twin at each dtype must do."""
    logger = tf.get_logger()
    return Place(lambda: logger.level, logger.setLevel), logging.ERROR


def numeric(result: Any) -> list[Any]:
    """The parts of a function's result that hold numbers."""
    parts = [result] if isinstance(result, tf.Tensor) else tf.nest.flatten(result)
    parts = [part for part in parts if part is not None and not isinstance(part, (str, bytes))]
    if not parts:
        raise DiagnoseError("the function returns nothing that could be differentiated")
    return [tf.convert_to_tensor(part) if isinstance(part, tf.IndexedSlices) else part for part in parts]


def joined(result: Any) -> Array:
    """A function's result as one array: its own shape if it is one, else its parts flattened and joined."""
    arrays = [array for array in (as_numpy(part) for part in numeric(result)) if array is not None]
    if not arrays:
        raise DiagnoseError("the function returns nothing that could be differentiated")
    return arrays[0] if len(arrays) == 1 else np.concatenate([array.ravel() for array in arrays])


def split(cotangent: Array, outputs: Sequence[Any]) -> list[Array]:
    """The cotangent of a joined result, a piece for each of its parts."""
    cotangent = np.asarray(cotangent)
    shapes = [tuple(output.shape) if hasattr(output, "shape") else () for output in outputs]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    pieces = np.split(cotangent.reshape(-1), ends[:-1])
    return [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]


def _raw(value: Any) -> Array | None:
    """A gradient as it came, except that slices are put where they belong."""
    if value is None:
        return None
    array = as_numpy(value)
    if array is None:
        raise DiagnoseError(f"the gradient holds a {type(value).__name__}, which is no array")
    return array


def _leaf_at(leaf: Leaf, dtype: str) -> Leaf:
    return Leaf(leaf.name, leaf.value.astype(numpy_dtype(dtype)), True) if leaf.varied else leaf


def _alike(one: Array, other: Array) -> bool:
    """Whether two results are the same up to the rounding of reordered sums."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    unit = float(np.finfo(one.dtype).eps) if one.dtype.kind == "f" else 0.0
    return bool(np.allclose(one, other, rtol=64 * unit, atol=0.0, equal_nan=True))
