"""Which forward operation a backward operation belongs to.

A tape computes a gradient by calling, for each operation it recorded, the gradient function registered for
it; whatever runs during that call is backward, and belongs to that operation. The call brings the forward
operation's inputs and outputs (those that the gradient function needs), by whose identity it is found
again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tensorflow.python import pywrap_tfe
from tensorflow.python.eager import backprop


class ForwardIndex:
    """The forward operations of a run, to be found from what their gradient functions are given."""

    def __init__(self) -> None:
        self._by_output: dict[int, int] = {}
        self._by_inputs: dict[tuple[str, tuple[int, ...]], int] = {}
        self._waiting: dict[str, list[tuple[int, tuple[int, ...]]]] = {}
        self._running: list[int | None] = []

    @property
    def current(self) -> int | None:
        """The forward event whose gradient function is running, None if none is or it is not known."""
        return self._running[-1] if self._running else None

    @property
    def in_gradient(self) -> bool:
        """A registered gradient function is running."""
        return bool(self._running)

    def add(self, event: int, operation: str, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Note a forward operation."""
        identities = tuple(t._id for t in inputs)
        self._by_inputs[operation, identities] = event
        self._waiting.setdefault(operation, []).append((event, identities))
        for tensor in outputs:
            self._by_output[tensor._id] = event

    def find(self, operation: str, inputs: Sequence[Any], outputs: Sequence[Any]) -> int | None:
        """The event of a forward operation.

        By an output, by all inputs, by some, else the latest not yet met.
        """
        waiting = self._waiting.get(operation, [])
        identities = [getattr(t, "_id", None) for t in inputs or ()]
        known = [self._by_output[t._id] for t in outputs or () if getattr(t, "_id", None) in self._by_output]
        if not known and identities and None not in identities:
            exactly = tuple(i for i in identities if i is not None)
            known = [e for e in (self._by_inputs.get((operation, exactly)),) if e is not None]
        if not known:
            known = [e for e, ids in reversed(waiting) if _agree(ids, identities)][:1]
        if not known:
            known = [e for e, _ in waiting[-1:]]
        self._waiting[operation] = [w for w in waiting if w[0] not in known]
        return known[0] if known else None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Wrap the gradient function that all tapes of the process use, for the length of the block."""
        original = backprop._gradient_function

        def gradient(
            name: str,
            attributes: Any,
            count: int,
            inputs: Any,
            outputs: Any,
            upstream: Any,
            skip: Any,
            scope: Any,
        ) -> Any:
            self._running.append(self.find(name, inputs, outputs))
            try:
                return original(name, attributes, count, inputs, outputs, upstream, skip, scope)
            finally:
                self._running.pop()

        pywrap_tfe.TFE_Py_RegisterGradientFunction(gradient)
        try:
            yield
        finally:
            pywrap_tfe.TFE_Py_RegisterGradientFunction(original)


def _agree(known: tuple[int, ...], given: Sequence[int | None]) -> bool:
    """The given identities (None where a gradient function doesn't need the tensor) fit the known ones."""
    return (
        len(known) == len(given)
        and any(g is not None for g in given)
        and all(g is None or g == k for k, g in zip(known, given, strict=True))
    )
