"""Run a function with other values in the places that it reads, and put the user's values back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from stabcheck.dynamic.adapters.captures import Place


class Exchange:
    """The places that a function reads, with the twins of the values that stand there.

    Parameters
    ----------
    places
        each with the user's value.
    twin
        makes the value that stands in for the user's; called once an object, so that what is shared stays
        shared.
    settings
        further places, each with what shall stand there.
    """

    def __init__(
        self,
        places: Iterable[tuple[Place, Any]],
        twin: Callable[[Any], Any],
        settings: Iterable[tuple[Place, Any]] = (),
    ) -> None:
        self._originals: list[Any] = []
        self._twins: dict[int, Any] = {}
        self._make = twin
        self._entered = False
        self._places: list[tuple[Place, Any]] = []
        for place, value in places:
            other = self.twin(value)
            if other is not value:
                self._places.append((place, other))
        self._places.extend(settings)

    def twin(self, value: Any) -> Any:
        """The object that stands in for `value` while the exchange is in force."""
        if id(value) not in self._twins:
            self._originals.append(value)  # keeps the identity from being used again
            self._twins[id(value)] = (
                self._twin_of_tuple(value) if isinstance(value, tuple) else self._make(value)
            )
        return self._twins[id(value)]

    def _twin_of_tuple(self, value: tuple[Any, ...]) -> tuple[Any, ...]:
        entries = [self.twin(entry) for entry in value]
        if all(new is old for new, old in zip(entries, value, strict=True)):
            return value
        return type(value)(*entries) if hasattr(value, "_fields") else type(value)(entries)

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Put the twins in place; afterwards the user's values, whatever happened.

        What the function itself wrote into a place is kept for the next time: a function that keeps state
        goes on keeping it, on the twins alone.
        """
        if self._entered:
            yield
            return
        with ExitStack() as stack:
            self._entered = True
            stack.callback(self._leave)
            for index, (place, other) in enumerate(self._places):
                stack.callback(self._restore, index, place.read())
                place.write(other)
            yield

    def _restore(self, index: int, value: Any) -> None:
        place, _ = self._places[index]
        self._places[index] = (place, place.read())
        place.write(value)

    def _leave(self) -> None:
        self._entered = False
