"""Detectors: rules that a pattern can't express, by name, loaded when a card asks for them.

A detector is a module of this package with the function

    def find(module: Module, facts: Facts, card: Card) -> Iterable[Hit]

which looks at one lowered module and yields the places where its card applies. Nothing but these modules can
be named by a card, so that a rule pack holds no code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from stabcheck.static.card import Card
from stabcheck.static.hit import Hit
from stabcheck.static.module import Module

Detector = Callable[[Module, Any, Card], Iterable[Hit]]

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def exists(name: str) -> bool:
    """Whether there is a detector of that name; nothing is loaded."""
    return _NAME.fullmatch(name) is not None and find_spec(f"{__name__}.{name}") is not None


def names() -> list[str]:
    """The detectors that there are."""
    return sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))


@cache
def detector(name: str) -> Detector:
    """The detector of that name.

    Raises
    ------
    LookupError
        if there is none.
    """
    if not exists(name):
        raise LookupError(f"there is no detector {name!r}")
    found: Detector = import_module(f"{__name__}.{name}").find
    return found
