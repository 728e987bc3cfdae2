"""What the working and the exact namespace have in common: shapes, and the choice among values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

Axis = int | Sequence[int] | None


class Namespace(ABC):
    """Functions over arrays whose entries are numbers of one kind.

    The elementwise functions (`exp`, `log1p`, `maximum` …) are attributes, made on first use from the
    subclass's `elementwise`; this class holds what does not depend on how a number is represented.
    """

    @abstractmethod
    def elementwise(self, name: str) -> Callable[..., Any]:
        """The function of scalars `name`, applied entry by entry with broadcasting.

        Raises
        ------
        AttributeError
            if there is none of that name.
        """

    @abstractmethod
    def asarray(self, x: Any) -> Any:
        """A number, nested sequence or array of numbers as this namespace holds it; truth values stay so."""

    @abstractmethod
    def settle(self, x: Any) -> Any:
        """What a formula computed, in the precision of the namespace; truth values stay so."""

    @abstractmethod
    def quiet(self) -> AbstractContextManager[object]:
        """A context in which exceptional results raise no warning."""

    @abstractmethod
    def sum(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Sum over `axis` (all of them by default)."""

    @abstractmethod
    def prod(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Product over `axis`."""

    @abstractmethod
    def max(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Maximum over `axis`; NaN if one is among the entries."""

    @abstractmethod
    def matmul(self, x: Any, y: Any) -> Any:
        """Matrix product as `numpy.matmul` defines it."""

    @abstractmethod
    def cumulative(self, name: str, x: Any, axis: int) -> Any:
        """`x` accumulated along `axis` by the binary elementwise function `name`."""

    def exclusive(self, name: str, x: Any, axis: int) -> Any:
        """`cumulative` without the entry itself: the first is 1."""
        running = self.cumulative(name, x, axis)
        shifted = np.roll(running, 1, axis)
        first = np.arange(np.shape(x)[axis]) == 0
        return self.where(
            np.expand_dims(first, tuple(range(1, np.ndim(x) - axis % np.ndim(x)))), 1.0, shifted
        )

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        function = self.elementwise(name)
        setattr(self, name, function)
        return function

    @property
    def pi(self) -> Any:
        """π to the precision of the namespace."""
        return 4.0 * self.arctan(1.0)

    def min(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Minimum over `axis`; NaN if one is among the entries."""
        return -self.max(-self.asarray(x), axis, keepdims)

    def mean(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Arithmetic mean over `axis`, as the sum divided by the count."""
        return self.sum(x, axis, keepdims) / self.asarray(float(self.count(x, axis)))

    def count(self, x: Any, axis: Axis = None) -> int:
        """How many entries a reduction of `x` over `axis` joins."""
        shape = np.shape(x)
        if axis is None:
            return int(np.prod(shape, dtype=int))
        axes = axis if isinstance(axis, Sequence) else (axis,)
        return int(np.prod([shape[a] for a in axes], dtype=int))

    def shape(self, x: Any) -> tuple[int, ...]:
        """The shape of `x`; () of a number."""
        return np.shape(x)

    def squeeze(self, x: Any, axis: Axis = None) -> Any:
        """`x` without the axes of size one given, all of them by default."""
        axes = axis if axis is None or isinstance(axis, int) else tuple(axis)
        return np.squeeze(self.asarray(x), axes)[()]

    def flat(self, x: Any, axis: Axis) -> Any:
        """`x`, flattened if no axis is named."""
        x = self.asarray(x)
        return np.reshape(x, -1) if axis is None else x

    def reshape(self, x: Any, shape: Any) -> Any:
        """`x` in another shape."""
        return np.reshape(self.asarray(x), shape)

    def transpose(self, x: Any, axes: Any = None) -> Any:
        """`x` with its axes reversed, or in the order given."""
        return np.transpose(self.asarray(x), axes)

    def swapaxes(self, x: Any, first: int, second: int) -> Any:
        """`x` with two axes swapped."""
        return np.swapaxes(self.asarray(x), first, second)

    def expand_dims(self, x: Any, axis: Any) -> Any:
        """`x` with axes of size one put in."""
        return np.expand_dims(self.asarray(x), axis)

    def broadcast_to(self, x: Any, shape: Sequence[int]) -> Any:
        """`x` repeated to a larger shape."""
        return np.broadcast_to(self.asarray(x), tuple(shape))

    def inverse_order(self, axes: Sequence[int]) -> list[int]:
        """The order of axes that undoes `transpose(x, axes)`."""
        return [int(a) for a in np.argsort([a % len(axes) for a in axes])]

    def differences(self, x: Any, n: int, axis: int) -> Any:
        """Differences of neighbours along `axis`, taken `n` times."""
        return np.diff(self.asarray(x), n, axis)

    def sum_to(self, x: Any, shape: Sequence[int]) -> Any:
        """The sum of `x` over the axes along which `shape` was broadcast to its own."""
        x = self.asarray(x)
        extra = np.ndim(x) - len(shape)
        stretched = [a + extra for a, size in enumerate(shape) if size == 1 and np.shape(x)[a + extra] != 1]
        axes = [*range(extra), *stretched]
        return np.reshape(self.sum(x, axes, keepdims=True), tuple(shape))[()] if axes else x

    def diagonal(self, x: Any) -> Any:
        """The diagonals of the last two axes."""
        return np.diagonal(self.asarray(x), 0, -2, -1)

    def roll(self, x: Any, shift: int) -> Any:
        """`x` rotated along its last axis."""
        return np.roll(self.asarray(x), shift, -1)

    def moveaxis(self, x: Any, source: Any, destination: Any) -> Any:
        """`x` with axes moved to other places."""
        return np.moveaxis(self.asarray(x), source, destination)

    def concatenate(self, xs: Sequence[Any], axis: int = 0) -> Any:
        """Arrays joined along an axis that they have."""
        return np.concatenate([self.asarray(x) for x in xs], axis)

    def stack(self, xs: Sequence[Any], axis: int = 0) -> Any:
        """Arrays joined along a new axis."""
        return np.stack([self.asarray(x) for x in xs], axis)

    def tile(self, x: Any, repeats: Any) -> Any:
        """`x`, repeated along each axis."""
        return np.tile(self.asarray(x), repeats)

    def triangle(self, name: str, x: Any, k: int = 0) -> Any:
        """The upper (`triu`) or lower (`tril`) triangle of `x`, zeros elsewhere."""
        kept = getattr(np, name)(np.ones(np.shape(x)), k) != 0
        return self.where(kept, x, 0.0)

    def flip(self, x: Any, axis: int | None = None) -> Any:
        """`x` in reverse order along `axis`."""
        return np.flip(self.asarray(x), axis)

    def median(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """The middle of the sorted entries, or the mean of the two in the middle."""
        over = axis if axis is None or isinstance(axis, int) else tuple(axis)
        return self.asarray(np.median(np.asarray(self.asarray(x)), axis=over, keepdims=keepdims))

    def any(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Whether one of the truth values over `axis` holds."""
        over = axis if axis is None or isinstance(axis, int) else tuple(axis)
        return np.any(np.asarray(x, dtype=bool), axis=over, keepdims=keepdims)

    def all(self, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        """Whether all of the truth values over `axis` hold."""
        over = axis if axis is None or isinstance(axis, int) else tuple(axis)
        return np.all(np.asarray(x, dtype=bool), axis=over, keepdims=keepdims)

    def argmax(self, x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        """The position of the first largest entry."""
        return self.asarray(np.argmax(np.asarray(self.asarray(x)), axis=axis, keepdims=keepdims))

    def pick(self, x: Any, labels: Any) -> Any:
        """The entry of the last axis of `x` that each of the whole numbers `labels` points at."""
        index = np.asarray(labels, dtype=float).astype(int)
        return np.take_along_axis(np.asarray(self.asarray(x)), index[..., None], -1)[..., 0][()]

    def swapped(self, x: Any) -> Any:
        """`x` with its last two axes swapped."""
        return np.swapaxes(self.asarray(x), -1, -2)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        """`x` where `condition` holds, `y` elsewhere: a choice of values, nothing is computed."""
        chosen = np.where(np.asarray(condition, dtype=bool), self.asarray(x), self.asarray(y))
        return chosen[()]

    def clip(self, x: Any, lower: Any = None, upper: Any = None) -> Any:
        """min(max(x, lower), upper); a limit that is None is not there."""
        x = self.asarray(x)
        if lower is not None:
            x = self.maximum(x, lower)
        return x if upper is None else self.minimum(x, upper)

    def within(self, x: Any, lower: Any = None, upper: Any = None) -> Any:
        """Where lower <= x <= upper; a limit that is None is not there."""
        inside = self.equal(x, x)
        if lower is not None:
            inside = inside & self.greater_equal(x, lower)
        return inside if upper is None else inside & self.less_equal(x, upper)

    def expand(self, x: Any, shape: Sequence[int], axis: Axis, keepdims: bool) -> Any:
        """The result of a reduction, spread again over the `shape` that was reduced over `axis`."""
        x = self.asarray(x)
        if not keepdims and axis is not None:
            axes = axis if isinstance(axis, Sequence) else (axis,)
            x = np.expand_dims(x, tuple(a % len(shape) for a in axes))
        elif not keepdims:
            x = np.reshape(x, (1,) * len(shape))
        return np.broadcast_to(x, tuple(shape))
