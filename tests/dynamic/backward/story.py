"""Backward passes written by hand, each with one mistake, and their twins without it.

Above the line with the mistake stands `# right: …`, which is how it would be right. `twin` reads a file of
stories with all those lines as they should be.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

MARK = re.compile(r"^( *)# right: (.*)\n.*$", re.MULTILINE)

Made = tuple[Callable[..., Any], tuple[Any, ...], Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Story:
    """A function, its arguments and a gradient with a mistake.

    `says` is what may be said of it instead of its line.
    """

    make: Callable[[], Made]
    says: str

    @property
    def name(self) -> str:
        return self.make.__name__

    @property
    def line(self) -> int:
        """The line with the mistake: the next one that is marked, or for the last story the one before."""
        code = self.make.__code__
        lines = linecache.getlines(code.co_filename)
        marked = [number + 1 for number, line in enumerate(lines, 1) if "# right: " in line]
        return next((number for number in marked if number > code.co_firstlineno), marked[-1])


class Stories(list[Story]):
    """The stories of one file."""

    def __call__(self, says: str = "") -> Callable[[Callable[[], Made]], Callable[[], Made]]:
        def tell(make: Callable[[], Made]) -> Callable[[], Made]:
            self.append(Story(make, says))
            return make

        return tell


def twin(module: ModuleType) -> Stories:
    """The stories of a module without their mistakes."""
    path = str(module.__file__)
    text = MARK.sub(r"\1# it is right\n\1\2", "".join(linecache.getlines(path)))
    name = f"{path}.right"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    scope: dict[str, Any] = {"__name__": f"{module.__name__}_right", "__file__": name}
    exec(compile(text, name, "exec"), scope)
    found: Stories = scope["STORIES"]
    return found


def normal(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any) -> Any:
    shares = np.exp(z - z.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)
