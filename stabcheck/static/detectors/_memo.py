"""What several detectors ask of the same module is found once: they look at one module after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TypeVar

from stabcheck.static.module import Module

T = TypeVar("T")


def once_per_module(find: Callable[[Module], Iterable[T]]) -> Callable[[Module], tuple[T, ...]]:
    """`find`, which keeps what it found in the module that it was asked about last."""
    latest: list[tuple[Module, tuple[T, ...]]] = []

    @wraps(find)
    def found(module: Module) -> tuple[T, ...]:
        if not latest or latest[0][0] is not module:
            latest[:] = [(module, tuple(find(module)))]
        return latest[0][1]

    return found
