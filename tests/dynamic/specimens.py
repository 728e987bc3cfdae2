"""Functions with the verdict and the first cause that a diagnosis must give them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Specimen:
    name: str
    make: Callable[[], dict[str, Any]]  # the keywords of `diagnose`
    verdict: str
    cause: str | None
    suspicious: bool  # right, or without a derivative, but accused by other checkers


def collection() -> tuple[list[Specimen], Callable[..., Any]]:
    """An empty zoo, and the decorator that puts specimens into it."""
    zoo: list[Specimen] = []

    def specimen(verdict: str, cause: str | None = None, *, suspicious: bool = False):
        def declare(make):
            zoo.append(Specimen(make.__name__, make, verdict, cause, suspicious))
            return make

        return declare

    return zoo, specimen
