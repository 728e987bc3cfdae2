"""What several detectors ask of the same module is found once, and kept to be gone through many times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TypeVar

from stabcheck.static.latest import of_latest
from stabcheck.static.module import Module

T = TypeVar("T")


def once_per_module(find: Callable[[Module], Iterable[T]]) -> Callable[[Module], tuple[T, ...]]:
    """All that `find` yields for the module that it was asked about last."""

    @of_latest
    @wraps(find)
    def found(module: Module) -> tuple[T, ...]:
        return tuple(find(module))

    return found
