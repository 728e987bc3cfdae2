"""A TensorFlow function at one dtype, arrays in and arrays out.

The function runs as the user wrote it, but on twins of its variables: whatever it assigns, whatever state
it keeps, and whichever dtype it is asked to run in, the user's own objects are the same afterwards
(`exchange`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stabcheck.dynamic.adapters import keras
from stabcheck.dynamic.adapters.captures import Place
from stabcheck.dynamic.adapters.exchange import Exchange
from stabcheck.dynamic.adapters.tensorflow_random import seeded
from stabcheck.dynamic.adapters.tensorflow_run import Run, joined, numeric
from stabcheck.dynamic.adapters.tensorflow_sites import Site, Source
from stabcheck.dynamic.adapters.tensorflow_values import as_numpy, twin_maker
from stabcheck.dynamic.precision import numpy_dtype
from stabcheck.dynamic.problem import Leaf, Point

Array = npt.NDArray[Any]
ASIDE = (1.0009765432198765, 0.9871234567890123, 1.0123456789012345, 0.9712345678901234, 1.0312345678901234)


class TensorFlowFunction:
    """The function of a source as a function of points.

    Parameters
    ----------
    source
        the function, and where its arguments stand.
    dtype
        of the leaves.
    target
        the dtype that everything is brought to; None leaves it as the user has it.
    leaves
        the given point.
    seed
        of TensorFlow's global generator while the function runs.
    """

    def __init__(
        self, source: Source, dtype: str, target: str | None, leaves: tuple[Leaf, ...], seed: int
    ) -> None:
        self.source = source
        self.dtype = dtype
        self.leaves = leaves
        self.seconds = 0.0  # that the value at the given point took
        self._target = target
        settings = [_quiet(), seeded(seed), *(keras.settings(source.objects, target) if target else [])]
        self.exchange = Exchange(source.places, twin_maker(source.dtype, target), settings)
        self._here: Array | None = None  # the value at the given point
        self._told = False  # whether it has been given to whoever asked for it

    @property
    def point(self) -> Point:
        """The given point."""
        return tuple(leaf.value for leaf in self.leaves)

    def value(self, point: Point) -> Array:
        """The function at `point`."""
        here = all(a is leaf.value for a, leaf in zip(point, self.leaves, strict=True))
        if here and self._here is not None and not self._told:
            self._told = True
            return self._here
        began = time.monotonic()
        with self.exchange.in_force():
            value = joined(self._run(point))
        if here:
            self._here, self._told, self.seconds = value, True, time.monotonic() - began
        return value

    def tried(self) -> Array:
        """The value at the given point, which whoever asks for it first gets without another run."""
        value = self.value(self.point)
        self._told = False
        return value

    def known(self) -> Array:
        """The value at the given point, from a run that was made before if there was one."""
        return self.value(self.point) if self._here is None else self._here

    def started(self, point: Sequence[Any]) -> Run:
        """A run at `point` that can be differentiated; the exchange must be in force."""
        return Run(self.source, self._natives(point), self.exchange.twin)

    def symbolic(self, point: Sequence[Any]) -> Any:
        """One evaluation as operations of a graph; the exchange must be in force."""
        parts = [
            part if isinstance(part, tf.Tensor) else tf.convert_to_tensor(as_numpy(part))
            for part in numeric(self._run(point))
        ]
        return parts[0] if len(parts) == 1 else tf.concat([tf.reshape(part, [-1]) for part in parts], 0)

    def keeps_its_dtype(self) -> bool:
        """Whether the function can be evaluated at the given point, in this dtype throughout.

        A function that rounds its arguments to the dtype that it was written for, and returns this one again,
        can't be told from its result's dtype: it doesn't see the difference that the rounding makes.
        """
        try:
            value = self.value(self.point)
            if keras.WIDTH[self.dtype] <= keras.WIDTH[self.source.dtype]:
                return value.dtype.name == self.dtype
            return value.dtype.name == self.dtype and any(self._sees_rounding(aside) for aside in ASIDE)
        except Exception:
            return False

    def _sees_rounding(self, aside: float) -> bool:
        """Whether rounding the arguments to the source's dtype makes a difference at a point near by.

        A sum of probabilities is 1 here and there, but for its last digits: a function that is constant is
        looked at more than once.
        """
        nearby = tuple(_aside(leaf, aside) for leaf in self.leaves)
        rounded = tuple(
            _rounded(leaf, array, self.source.dtype) for leaf, array in zip(self.leaves, nearby, strict=True)
        )
        return not np.array_equal(self.value(nearby), self.value(rounded), equal_nan=True)

    def _run(self, point: Sequence[Any]) -> Any:
        """The call, on twins that hold `point`; the exchange must be in force."""
        return self.source.function(*self.source.arguments(self._natives(point)))

    def _natives(self, point: Sequence[Any]) -> list[Any]:
        """`point` as the function takes it: assigned to variables, else tensors or arrays."""
        return [self._native(site, value) for site, value in zip(self.source.sites, point, strict=True)]

    def _native(self, site: Site, value: Any) -> Any:
        if site.variable is not None:
            variable = self.exchange.twin(site.variable)
            variable.assign(tf.cast(value, variable.dtype))
            return site.holder if site.holder is not None else variable
        if not site.varied:
            return site.original
        dtype = self._target or site.dtype or self.dtype
        if self.source.differentiated_by_user and site.plain and not isinstance(value, tf.Tensor):
            return np.asarray(value).astype(numpy_dtype(dtype))[()]
        return tf.cast(value, dtype) if isinstance(value, tf.Tensor) else tf.constant(value, dtype)


def _quiet() -> tuple[Place, Any]:
    """TensorFlow's warning that functions are traced often, which is what a twin at each dtype must do.

    A filter, because to change the level of a logger empties the caches of all loggers, each time.
    """
    logger = tf.get_logger()
    place = Place(lambda: logger.filters, lambda filters: setattr(logger, "filters", filters))
    return place, [*logger.filters, _is_error]


def _is_error(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR


def _aside(leaf: Leaf, factor: float) -> Array:
    """The leaf a little to the side, with all the digits that its dtype holds."""
    return leaf.value * np.asarray(factor, leaf.value.dtype) if leaf.varied else leaf.value


def _rounded(leaf: Leaf, array: Array, dtype: str) -> Array:
    return array.astype(numpy_dtype(dtype)).astype(array.dtype) if leaf.varied else array
