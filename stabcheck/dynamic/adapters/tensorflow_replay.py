"""A small function over many points without tracing it: the operations of an eager run, run again on stacks.

A traced graph takes as long to build as hundred evaluations of a small function. The operations of one
eager run need not be built: they are run as they were noted, each once for all points (`tensorflow_batched`).
That is right only if the function does the same everywhere: the run is one at another point.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stabcheck.dynamic.adapters.tensorflow_batch import alike
from stabcheck.dynamic.adapters.tensorflow_batched import RULES, Call, Operand, eager
from stabcheck.dynamic.adapters.tensorflow_eager import EagerRun, Operation, UnrepeatableError, eager_run
from stabcheck.dynamic.adapters.tensorflow_steps import Step, Steps
from stabcheck.dynamic.problem import Leaf
from stabcheck.dynamic.stack import Stack
from stabcheck.dynamic.trace.tensorflow_kernels import execute

Array = npt.NDArray[Any]

LARGEST = 2**18  # bytes of all arrays of one evaluation: beyond that, tracing is what takes little
LARGEST_BATCH = 2**24  # bytes of them at the same time
MOST_OPERATIONS = 400
ASIDE = (1.1259765625, 0.84912109375)  # of the arguments, in turn, at the point where the run is noted
ZERO_ASIDE = 0.1  # what is added where they are 0


class Replay:
    """The operations of one run over many points.

    Parameters
    ----------
    run
        the operations.
    steps
        as which they are run.
    shift
        what is added to every result. A stack of matrices is multiplied in another order than a matrix, and
        may round differently; a difference to the value at the given point must hold nothing of that.
    """

    def __init__(self, run: EagerRun, steps: Steps, shift: Array | None = None) -> None:
        self.run = run
        self._steps = steps
        self._shift = shift
        self._most = max(1, LARGEST_BATCH // max(run.bytes, 1))  # points

    def __call__(self, points: Stack) -> Array:
        """The results at `points`, in order; in float64 if they are shifted."""
        portions = range(0, len(points), self._most)
        found = [self._at(points[start : start + self._most]) for start in portions]
        whole = found[0] if len(found) == 1 else np.concatenate(found)
        return whole if self._shift is None else whole.astype(np.float64) + self._shift

    def retyped(self, working: str, other: str) -> Replay | None:
        """The same at another dtype; None if the result doesn't have the working one."""
        if self.run.dtypes[self.run.result].name != working:
            return None
        return Replay(self.run, self._steps.retyped(tf.as_dtype(working), tf.as_dtype(other)))

    def _at(self, points: Stack) -> Array:
        steps, known = self._steps, dict(self._steps.constants)
        for slot, column in enumerate(points.columns):
            if slot not in known:
                dtype = steps.dtypes[slot]
                known[slot] = eager(column.astype(dtype.as_numpy_dtype, copy=False), dtype)
        for step in steps.order:
            if isinstance(step, Step):
                operands = [known[slot] for slot in step.inputs]
                results = execute(step.name, operands, step.attributes, len(step.outputs))
            else:
                results = self._by_rule(step, known, len(points))
            known.update(zip(step.outputs, results, strict=True))
        return np.asarray(known[self.run.result])

    def _by_rule(self, operation: Operation, known: dict[int, Any], points: int) -> list[Any]:
        steps = self._steps
        slots = zip(operation.inputs, steps.shapes(operation.inputs), strict=True)
        operands = [Operand(known[slot], shape, steps.stacked(slot)) for slot, shape in slots]
        shapes = steps.shapes(operation.outputs)
        return RULES[operation.name](Call(operation.name, operation.attributes, operands, shapes, points))


def replay_of(
    evaluate: Callable[[Sequence[Any]], Any], leaves: Sequence[Leaf], value: Array, handles: Collection[int]
) -> Replay:
    """The function that `evaluate` is, from a run of it aside, and its value at the given point.

    Parameters
    ----------
    evaluate, handles
        as for `eager_run`.
    leaves
        the arguments.
    value
        the result at their values.

    Raises
    ------
    UnrepeatableError
        if the function is not small, or gives at one of the points what the stacked operations do not.
    KeyError
        if there is no rule for one of the operations.
    """
    if sum(leaf.value.nbytes for leaf in leaves) > LARGEST:
        raise UnrepeatableError("the function is not small")
    aside = tuple(_moved(leaf.value) if leaf.varied else leaf.value for leaf in leaves)
    tensors = [tf.constant(array) for array in aside]
    run, result = eager_run(evaluate, tensors, [leaf.varied for leaf in leaves], handles)
    if run.bytes > LARGEST or len(run.operations) > MOST_OPERATIONS:
        raise UnrepeatableError("the function is not small")
    steps = Steps(run)
    replay = Replay(run, steps)
    stacked = replay(Stack.of([tuple(leaf.value for leaf in leaves), aside]))
    if not alike(stacked[0], value) or not alike(stacked[1], np.asarray(result)):
        raise UnrepeatableError("the results come out differently")
    if stacked[0].tobytes() == value.tobytes():
        return replay
    shift = value.astype(np.float64) - stacked[0].astype(np.float64)
    return Replay(run, steps, np.where(np.isfinite(shift), shift, 0.0))


def _moved(array: Array) -> Array:
    """Other numbers: entries grow and shrink in turn, so that their order changes, too."""
    turns = np.resize(np.asarray(ASIDE), array.size).reshape(array.shape)
    moved = np.where(array == 0, ZERO_ASIDE * (turns - 1), array.astype(np.float64) * turns)
    return moved.astype(array.dtype)
