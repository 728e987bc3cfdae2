"""A TensorFlow function at many points: its operations on all of them, or one graph, or one by one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy.typing as npt

from stabcheck.dynamic.adapters.tensorflow_batch import Loop, alike, traced
from stabcheck.dynamic.adapters.tensorflow_eager import looks_in_arrays
from stabcheck.dynamic.adapters.tensorflow_function import TensorFlowFunction
from stabcheck.dynamic.adapters.tensorflow_replay import Replay, replay_of
from stabcheck.dynamic.adapters.tensorflow_values import COMPILED
from stabcheck.dynamic.problem import Point
from stabcheck.dynamic.stack import Stack

Array = npt.NDArray[Any]

WORTH_TRACING = 24  # evaluations one by one that cost what it takes to trace a graph of the function
SLOW = 2.0  # seconds of one evaluation from which none is made for comparison alone
FEW_POINTS = 4  # not worth a call of the loop
LARGE_POINT = 2**20  # bytes of arguments from which it takes longer to stack them than to call the function


class ManyPoints:
    """`function` at several points at once, in the way that costs least."""

    def __init__(self, function: TensorFlowFunction) -> None:
        self.loop: Loop | None = None
        self.refused = False  # the function can't be compiled, or comes out differently when it is
        self._function = function
        self._asked = 0  # evaluations so far

    def __call__(self, points: Sequence[Point]) -> Sequence[Array] | Array:
        """The values at `points`, in order."""
        if self.replay is not None:
            try:
                return self.replay(Stack.of(points))
            except Exception:
                self.replay = None
        self._asked += len(points)
        due = self.loop is not None or self._asked >= WORTH_TRACING
        if self.refused or not due or len(points) < FEW_POINTS:
            return self._one_by_one(points)
        stack = Stack.of(points)
        loop = self._compiled(stack)
        if loop is not None:
            with self._function.exchange.in_force():
                try:
                    return loop(stack)
                except Exception:
                    self.refused = True
        return self._one_by_one(points)

    def retyped(self, working: str, other: str) -> Callable[[Stack], Array] | None:
        """The operations that stand, at another dtype than `working`; None without any."""
        known = self.replay or self.loop
        return known.retyped(working, other) if known is not None else None

    @functools.cached_property
    def replay(self) -> Replay | None:
        """The operations of small functions that do the same at every point; None for others."""
        function, source = self._function, self._function.source
        compiled = any(isinstance(item, COMPILED) for item in source.objects)
        if compiled or looks_in_arrays(source.objects) or function.seconds > SLOW:
            return None
        variables = [site.variable for site in source.sites if site.variable is not None]
        with function.exchange.in_force():
            try:
                handles = {function.exchange.twin(variable).handle._id for variable in variables}
                return replay_of(function.symbolic, function.leaves, function.known(), handles)
            except Exception:
                return None

    @functools.cached_property
    def graph(self) -> Any:
        """The operations of one evaluation; None if they can't be had, or the arguments are too large."""
        if sum(leaf.value.nbytes for leaf in self._function.leaves) > LARGE_POINT:
            return None
        with self._function.exchange.in_force():
            try:
                return traced(self._function.symbolic, self._function.point)
            except Exception:
                return None

    def _compiled(self, points: Stack) -> Loop | None:
        """The function over many points, if it gives what it gives without, at the first of these."""
        if self.loop is None and self.graph is not None:
            with self._function.exchange.in_force():
                probe = self._function.value(points[0])
                try:
                    loop = Loop(self.graph, self._function.symbolic, points[0], probe)
                    self.refused = not alike(loop(points[:1])[0], probe)
                except Exception:
                    self.refused = True
            self.loop = None if self.refused else loop
        return self.loop

    def _one_by_one(self, points: Sequence[Point]) -> list[Array]:
        with self._function.exchange.in_force():
            return [self._function.value(point) for point in points]
