"""What is asked of the same module many times is found once: one module is looked at after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from stabcheck.static.module import Module

T = TypeVar("T")


def of_latest(find: Callable[[Module], T]) -> Callable[[Module], T]:
    """`find`, which keeps what it found in the module that it was asked about last."""
    latest: list[tuple[Module, T]] = []

    @wraps(find)
    def found(module: Module) -> T:
        if not latest or latest[0][0] is not module:
            latest[:] = [(module, find(module))]
        return latest[0][1]

    return found
