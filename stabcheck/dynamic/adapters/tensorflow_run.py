"""One call of a TensorFlow function: its result as arrays, and the gradient under test of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stabcheck.dynamic.adapters.tensorflow_sites import Source
from stabcheck.dynamic.adapters.tensorflow_values import as_numpy, is_array
from stabcheck.dynamic.arguments import real_numbers, refuse_too_many, with_article
from stabcheck.dynamic.precision import DiagnoseError

Array = npt.NDArray[Any]


class Run:
    """One forward run that can be differentiated afterwards; the exchange must be in force.

    Parameters
    ----------
    source
        the function, and the gradient under test.
    natives
        what stands at the sites: tensors, arrays, variables.
    twin
        gives the variable that stands in for the user's.
    """

    def __init__(self, source: Source, natives: Sequence[Any], twin: Callable[[Any], Any]) -> None:
        self._source = source
        self._arguments = source.arguments(natives)
        self.watched = {  # what it is differentiated with respect to, by the index of the leaf
            index: native if site.variable is None else twin(site.variable)
            for index, (site, native) in enumerate(zip(source.sites, natives, strict=True))
            if site.varied
        }
        tensors = ((index, target) for index, target in self.watched.items() if not is_array(target))
        self.inputs = {self._source.sites[index].name: target for index, target in tensors}
        self._tape: Any = None

    def value(self, repeatedly: bool = False) -> list[Any]:
        """The numbers that the function returns, recorded on the tape unless the gradient is the user's.

        `repeatedly`: so that more than one gradient can be taken.
        """
        if self._source.differentiated_by_user:
            return numeric(self._source.function(*self._arguments))
        self._tape = tf.GradientTape(persistent=repeatedly, watch_accessed_variables=False)
        with self._tape:
            for target in self.watched.values():
                self._tape.watch(target)
            return numeric(self._source.function(*self._arguments))

    @property
    def by_the_user(self) -> bool:
        """Whether the gradient is the user's own."""
        return self._source.differentiated_by_user

    def differentiable(self, cotangent: Array) -> bool:
        """Whether what `gradient` returns for this cotangent can be differentiated again, by a tape."""
        if not self.by_the_user:
            return True
        of_tensors = not any(is_array(target) for target in self.watched.values())
        return of_tensors and (self._source.vjp is not None or np.size(cotangent) == 1)

    def gradient(self, outputs: list[Any], cotangent: Array) -> list[Any]:
        """The gradient under test by each of `watched`: raw, None where there is none."""
        if self._source.differentiated_by_user:
            entries, _ = self.by_user(cotangent)
            return [entries[index] for index in self.watched]
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

    def by_user(self, cotangent: Array) -> tuple[tuple[Any, ...], int]:
        """What the user's gradient returns, one entry a site, and how many of the arguments it covers."""
        source = self._source
        if source.vjp is not None:
            plain = all(site.plain for site in source.sites)
            upstream = cotangent if plain else tf.constant(cotangent)
            result: Any = source.vjp(*self._arguments, upstream)
        else:
            result = source.grad(*self._arguments) if callable(source.grad) else source.grad
        refuse_too_many(result, source.args, np.shape(cotangent))
        return source.aligned(result)


def numeric(result: Any) -> list[Any]:
    """The parts of a function's result that hold numbers."""
    parts = [result] if isinstance(result, tf.Tensor) else tf.nest.flatten(result)
    parts = [part for part in parts if part is not None and not isinstance(part, (str, bytes))]
    if not parts:
        raise DiagnoseError("the function returns nothing that could be differentiated")
    return [_dense(part) for part in parts]


def _dense(part: Any) -> Any:
    if isinstance(part, tf.IndexedSlices):
        return tf.convert_to_tensor(part)
    return part.flat_values if isinstance(part, tf.RaggedTensor) else part


def joined(result: Any) -> Array:
    """A function's result as one array: its own shape if it is one, else its parts flattened and joined."""
    arrays = [array for array in (as_numpy(part) for part in numeric(result)) if array is not None]
    if not arrays:
        raise DiagnoseError("the function returns nothing that could be differentiated")
    whole = arrays[0] if len(arrays) == 1 else np.concatenate([array.ravel() for array in arrays])
    return real_numbers(whole, "what the function returns")


def split(cotangent: Array, outputs: Sequence[Any]) -> list[Array]:
    """The cotangent of a joined result, a piece for each of its parts."""
    cotangent = np.asarray(cotangent)
    shapes = [tuple(output.shape) if hasattr(output, "shape") else () for output in outputs]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    pieces = np.split(cotangent.reshape(-1), ends[:-1])
    return [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]


def raw(value: Any) -> Array | None:
    """A gradient as it came, except that slices are put where they belong."""
    if value is None:
        return None
    array = as_numpy(value)
    if array is None:
        raise DiagnoseError(f"the gradient holds {with_article(type(value).__name__)}, which is no array")
    return real_numbers(array, "the gradient")
