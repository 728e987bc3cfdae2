"""How the traced programs are written down: a function, its inputs, and the culprit marked by a comment."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MARK = "# culprit: "


@dataclass(frozen=True)
class Program:
    """A function to trace; the line that ends in "# culprit: <kind>" is what must be named, none if it is sound."""

    function: Callable[..., Any]
    make: Callable[[], tuple[Any, ...]]
    dtype: str

    @property
    def name(self) -> str:
        return self.function.__name__

    def marks(self) -> list[tuple[int, str]]:
        """Line and kind of each mark."""
        lines, first = inspect.getsourcelines(self.function)
        return [(first + i, line.split(MARK)[1].strip()) for i, line in enumerate(lines) if MARK in line]


class Shelf:
    """The programs of a file, in order."""

    def __init__(self) -> None:
        self.programs: list[Program] = []

    def add(self, make: Callable[[], tuple[Any, ...]], dtype: str = "float32") -> Callable[[Any], Any]:
        """Decorator: the function is a program with these inputs, cast to `dtype` where they are floating."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self.programs.append(Program(function, make, dtype))
            return function

        return register

    def culprits(self) -> list[Program]:
        return [p for p in self.programs if p.marks()]

    def sound(self) -> list[Program]:
        return [p for p in self.programs if not p.marks()]
