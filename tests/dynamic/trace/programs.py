"""How the traced programs are written down: a function, its inputs, and the culprit marked by a comment."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


def normal(*shape: int) -> np.ndarray:
    """The same standard normal numbers for the same shape."""
    return np.random.default_rng(sum(shape)).normal(size=shape)


MARK = "# culprit: "


@dataclass(frozen=True)
class Program:
    """A function to trace; the line that must be named, if there is one, ends in "# culprit: <kind>"."""

    function: Callable[..., Any]
    make: Callable[[], tuple[Any, ...]]
    dtype: str
    also: tuple[Callable[..., Any], ...] = ()  # functions that it calls, where the mark may stand

    @property
    def name(self) -> str:
        return self.function.__name__

    def marks(self) -> list[tuple[int, str]]:
        """Line and kind of each mark."""
        found = []
        for function in (self.function, *self.also):
            lines, first = inspect.getsourcelines(function)
            found += [
                (first + i, line.split(MARK)[1].strip()) for i, line in enumerate(lines) if MARK in line
            ]
        return found


class Shelf:
    """The programs of a file, in order."""

    def __init__(self) -> None:
        self.programs: list[Program] = []

    def add(
        self,
        make: Callable[[], tuple[Any, ...]],
        dtype: str = "float32",
        also: tuple[Callable[..., Any], ...] = (),
    ) -> Callable[[Any], Any]:
        """Decorator: the function is a program with these inputs, cast to `dtype` where they are floating."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self.programs.append(Program(function, make, dtype, also))
            return function

        return register

    def culprits(self) -> list[Program]:
        return [p for p in self.programs if p.marks()]

    def sound(self) -> list[Program]:
        return [p for p in self.programs if not p.marks()]
