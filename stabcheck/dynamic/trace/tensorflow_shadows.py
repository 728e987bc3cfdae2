"""The float64 shadows of a TensorFlow run's tensors and variables, and the private tape that watches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from stabcheck.dynamic.trace.formats import wide_type
from stabcheck.dynamic.trace.statistics import Array
from stabcheck.dynamic.trace.tensorflow_kernels import WORKING, attribute_map, values, widen
from stabcheck.dynamic.trace.tensorflow_wide import wide_operation


@dataclass(frozen=True, slots=True)
class Leaf:
    """A tensor that no watched operation made; `given` if it is an input of the run."""

    tensor: Any
    shadow: Any
    given: bool


class Shadows:
    """Shadows by tensor identity (`EagerTensor._id`), which a process never uses twice.

    A shadow is a float64 tensor; beside that of a float64 tensor there is a long double array, as far as
    `tensorflow_wide` has the operations that lead to it.
    """

    def __init__(self) -> None:
        self.tape = tf.GradientTape(persistent=True, watch_accessed_variables=False)
        self.leaves: list[Leaf] = []
        self._shadows: dict[int, Any] = {}
        self._wide: dict[int, Array] = {}
        self._exact: set[int] = set()  # tensors that equal their shadow
        self._variables: dict[
            int, tuple[Any, bool]
        ] = {}  # by handle: shadow, and whether the value equals it

    def add_leaf(self, tensor: Any, *, given: bool = False) -> Any:
        """A new shadow that equals a working tensor."""
        shadow = widen(tensor)
        self.tape.watch(shadow)
        self._shadows[tensor._id] = shadow
        self._exact.add(tensor._id)
        self.leaves.append(Leaf(tensor, shadow, given))
        return shadow

    def add_variable(self, handle: Any, tensor: Any, *, given: bool) -> None:
        """A shadow for a variable, of its present value."""
        self._variables[handle._id] = self.add_leaf(tensor, given=given), True

    def of(self, tensor: Any) -> Any:
        """The shadow of a working tensor, a new leaf if it has none; other tensors stand for themselves.

        So do containers, unless there is one of shadows.
        """
        if tensor.dtype not in WORKING:
            return self._shadows.get(tensor._id, tensor)
        known = self._shadows.get(tensor._id)
        return known if known is not None else self.add_leaf(tensor)

    def of_input(self, tensor: Any) -> Any:
        """The shadow of a tensor or a variable that the run has used; None for others."""
        if isinstance(tensor, tf.Variable):
            known = self._variables.get(tensor.handle._id)
            return None if known is None else known[0]
        return self._shadows.get(tensor._id)

    def reference(self, tensor: Any) -> Array:
        """The shadow's numbers: long double for a float64 tensor where there are any."""
        wide = self._wide.get(tensor._id)
        return wide if wide is not None else values(self.of(tensor))

    def exact(self, tensors: Sequence[Any]) -> bool:
        """All of these equal their shadows."""
        return all(t._id in self._exact for t in tensors if t.dtype in WORKING)

    def hold(self, container: Any, shadow: Any) -> None:
        """Note a container (of type variant) of shadows."""
        self._shadows[container._id] = shadow

    def alias(self, tensor: Any, other: Any) -> None:
        """Let a tensor have the shadow of another one with the same numbers."""
        if other._id in self._shadows:
            self._shadows[tensor._id] = self._shadows[other._id]
        if other._id in self._wide:
            self._wide[tensor._id] = self._wide[other._id]
        if other._id in self._exact:
            self._exact.add(tensor._id)

    def read(self, handle: Any, tensor: Any) -> None:
        """Note that a variable was read into a tensor."""
        known = self._variables.get(handle._id)
        if known is None:  # not an input of the run: its value is exact, like any constant's
            self.add_variable(handle, tensor, given=False)
            return
        self._shadows[tensor._id] = known[0]
        if known[1]:
            self._exact.add(tensor._id)

    def assign(self, operation: str, handle: Any, tensor: Any) -> None:
        """Note that a variable was changed; after anything but a plain assignment its shadow begins anew."""
        if operation == "AssignVariableOp" and tensor.dtype in WORKING:
            self._variables[handle._id] = self.of(tensor), tensor._id in self._exact
        else:
            self._variables.pop(handle._id, None)

    def store(self, outputs: Sequence[Any], results: Sequence[Any], *, exact: bool) -> None:
        """Keep what the shadow of an operation has made."""
        for tensor, shadow in zip(outputs, results, strict=True):
            if tensor.dtype in WORKING and shadow.dtype == tf.float64:
                self._shadows[tensor._id] = shadow
                if exact:
                    self._exact.add(tensor._id)

    def widen(self, operation: str, attributes: Any, inputs: Sequence[Any], outputs: Sequence[Any]) -> bool:
        """Run a float64 operation in long double as well; whether that could be done."""
        arguments = [
            np.asarray(self.reference(t), dtype=wide_type()) if t.dtype in WORKING else values(t)
            for t in inputs
        ]
        wide = in_long_double(operation, attribute_map(attributes), arguments, outputs)
        for tensor, result in zip(outputs, wide, strict=False):
            self._wide[tensor._id] = result
        return bool(wide)


def in_long_double(
    operation: str, attributes: Mapping[str, Any], arguments: list[Array], outputs: Sequence[Any]
) -> tuple[Array, ...]:
    """The operation in long double; empty if there is no rule for it, or none for these arguments."""
    rule = wide_operation(operation)
    if rule is None or wide_type() is np.float64:
        return ()
    try:
        results = rule(arguments, attributes)
    except (ValueError, TypeError, IndexError):
        return ()
    agree = all(r.shape == tuple(t.shape) for r, t in zip(results, outputs, strict=False))
    return tuple(np.asarray(r, dtype=wide_type()) for r in results) if agree else ()
