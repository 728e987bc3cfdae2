"""What `diagnose` was asked, besides the problem."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """What `diagnose` was asked, besides the problem: see there."""

    order: int = 1
    scheme: str = "central"
    step: float | None = None
    tolerance: float | None = None
    dtypes: tuple[str, ...] = ()
    full: bool = False
    seed: int = 0
