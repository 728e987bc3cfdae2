"""A function with a gradient under test, as every analysis sees it: arrays in, arrays out, at one dtype.

Adapters (`stabcheck.dynamic.adapters`) turn what the user has (a NumPy function, a TensorFlow closure over
variables, a Keras model) into a `Problem`; nothing above them knows a framework.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy.typing as npt

from stabcheck.dynamic.precision import numpy_dtype
from stabcheck.dynamic.report import Cause, Location
from stabcheck.dynamic.trace.event import Trace

Array = npt.NDArray[Any]
Point = tuple[Array, ...]  # one array a leaf, all of the problem's dtype (integer leaves keep theirs)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One array among the arguments (or variables): where it stands, and its value.

    `name` is how a person would point at it: "x", "params['W1']", "dense/kernel:0".
    `varied` is False for integers, truth values and text: they are passed on, not perturbed.
    """

    name: str
    value: Array
    varied: bool = True

    def at(self, dtype: str) -> Leaf:
        """The leaf at another dtype, if it is varied."""
        return replace(self, value=self.value.astype(numpy_dtype(dtype))) if self.varied else self


class Problem(Protocol):
    """What the dynamic pass knows of a function; all methods leave their arguments alone.

    Attributes
    ----------
    name
        of the case, for messages.
    library
        "numpy", "tensorflow", …
    dtype
        the working dtype's name: the widest among the varied leaves as the user gave them.
    leaves
        the arrays that the function is a function of, in a fixed order.
    location
        where the function is defined.
    notes
        what a reader must know of how the function is run: "inference mode: Dropout is off".
    suspects
        causes that the adapter saw while it prepared the function, before any step was taken: inputs that the
        framework silently casts to a narrower dtype (`dtype-mismatch`).

    An adapter may say more, by attributes that are looked up where they help: `by_framework` (True: the
    framework differentiates, with what custom gradients there are), `derived` (True: the framework derives
    all of the gradient), `repeats` (True: equal arguments are known to give equal values and gradients),
    `shapes_meet` (True: no operands are broadcast by accident, in function and
    gradient), `retyped(dtype)` (the values alone at a dtype that nobody works in, or None), `gradient_given`
    (False: there
    is no gradient to check), `gradient_fixed` (it is an array, known at the given point alone),
    `gradient_unit` (the unit roundoff of such an array, which a wider dtype does not make more accurate),
    `gradient_location`, `mutated` (names of arguments that a call wrote into), `line_that_writes()` (the
    line that does), `captured_shapes` (names and shapes of arrays that the function reads besides its
    arguments), `captured_integers` and `captured_matrices` (those of integers, and the small square ones,
    themselves), `captured_numbers` (single floats), and `second_derivative(point, w,
    direction)`: the product of the second derivative of <w, f> with a direction, one array a leaf like
    a gradient; it may raise LookupError, and is None where nobody claims to know that derivative.
    """

    name: str
    library: str
    dtype: str
    leaves: tuple[Leaf, ...]
    location: Location | None
    notes: tuple[str, ...]
    suspects: tuple[Cause, ...]

    def value(self, point: Point) -> Array:
        """Evaluate f at `point`, as a NumPy array of whatever shape and dtype f returns.

        Structures are flattened and joined. Exceptions of the user's code pass through.
        """
        ...

    def values(self, points: Sequence[Point]) -> Sequence[Array] | Array:
        """Evaluate f at several points, in one batch where the framework can."""
        ...

    def gradient(self, point: Point, cotangent: Array) -> tuple[Array | None, ...]:
        """Give the gradient under test: one entry a leaf, None where there is none.

        Raw: the shape and dtype are those that the user's gradient has. `cotangent` has the shape of f's
        value.
        """
        ...

    def gradients(
        self, point: Point, cotangents: Sequence[Array]
    ) -> tuple[Array | None, Sequence[tuple[Array | None, ...]]]:
        """Give the gradient under test by each of several cotangents, of one run of f where that suffices.

        The value of f in that run comes first, or None if the gradient does without.
        """
        ...

    def at(self, dtype: str) -> Problem | None:
        """Give the same function with arguments, captured arrays, variables and weights at another dtype.

        None if the function can't be run there. The user's objects are not changed.
        """
        ...

    def trace(self, cotangent: Array | None) -> Trace | None:
        """Run f once at the leaves' values, and its gradient if a cotangent is given, and watch it.

        A high-precision shadow runs beside it; the working results are bitwise those of an unwatched run.
        None if this library has no recorder or the function can't be recorded.
        """
        ...
