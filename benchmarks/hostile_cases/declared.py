"""Hostile cases, each with the answer that it must get: a regular expression, read by `hostile.py`.

The answer to a case that is diagnosed is its verdict and its first cause ("fail overflow"), to another one
the message. `expected` marks what is no case itself: a function that makes cases and fails to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from stabcheck import GradientCase

F = TypeVar("F", bound=Callable[..., Any])
X = np.linspace(0.5, 1.5, 4)


def square(x: Any) -> Any:
    return np.sum(x**2)


def double(x: Any) -> Any:
    return 2 * x


class Hostile:
    """The cases of one file, by name."""

    def __init__(self) -> None:
        self.cases: dict[str, GradientCase] = {}

    def function(self, answer: str, *, args: Any = X, grad: Any = double) -> Callable[[F], F]:
        """A hostile function, with a gradient that is right for the sum of squares."""

        def declare(function: F) -> F:
            self.cases[function.__name__] = GradientCase(function, args, grad)
            return function

        return declare

    def gradient(self, answer: str, *, args: Any = X) -> Callable[[F], F]:
        """A hostile gradient of the sum of squares."""

        def declare(gradient: F) -> F:
            self.cases[gradient.__name__] = GradientCase(square, args, gradient)
            return gradient

        return declare

    def argument(self, answer: str, *, fn: Any = square, grad: Any = double) -> Callable[[F], F]:
        """A hostile argument, made by the function below, of the sum of squares."""

        def declare(maker: F) -> F:
            self.cases[maker.__name__] = GradientCase(fn, (maker(),), grad)
            return maker

        return declare


def expected(answer: str) -> Callable[[F], F]:
    """What a function that makes no cases is answered."""
    return lambda function: function
