"""What the user has (a NumPy function, a TensorFlow closure, a Keras model) as a `Problem`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FunctionType, ModuleType
from typing import Any

from stabcheck.dynamic.adapters.captures import Kinds, reach
from stabcheck.dynamic.problem import Problem

FRAMEWORKS = ("tensorflow", "keras")


def problem_for(
    fn: Callable[..., Any],
    args: Any = None,
    grad: Any = None,
    *,
    variables: Sequence[Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    name: str | None = None,
    seed: int = 0,
) -> Problem:
    """The problem that `diagnose` was given, through the adapter of the library it is written in.

    No framework is imported here: TensorFlow is considered only if the user's program has imported it
    already, and taken only if the arguments, the variables, or something that the function reaches are its
    objects.

    Raises
    ------
    DiagnoseError
        if no adapter can make sense of the arguments and the gradient together.
    """
    if "tensorflow" in sys.modules and (variables is not None or uses_framework(fn, args, grad, vjp)):
        from stabcheck.dynamic.adapters import tensorflow  # noqa: PLC0415  (only where it is in use)

        found: Problem = tensorflow.problem(
            fn, args, grad, variables=variables, vjp=vjp, name=name, seed=seed
        )
        return found
    from stabcheck.dynamic.adapters import numpy  # noqa: PLC0415

    return numpy.problem(fn, args, grad, variables=variables, vjp=vjp, name=name)


def uses_framework(*objects: Any) -> bool:
    """Whether one of the objects is of TensorFlow or Keras, or a function that reaches or calls it."""
    if any(_is_framework(entry) for item in objects if isinstance(item, tuple) for entry in item):
        return True  # the arguments alone tell
    reached = reach(list(objects), Kinds(carried=_is_framework, opened=_closed_if_framework)).objects
    return any(_is_framework(item) or _calls_framework(item) for item in reached)


def _closed_if_framework(value: Any) -> tuple[()] | None:
    return () if _is_framework(value) else None


def _is_framework(value: Any) -> bool:
    """Whether an object, its class, or a base class belongs to TensorFlow or Keras."""
    owners = [value.__name__] if isinstance(value, ModuleType) else []
    owners += [base.__module__ for base in type(value).__mro__]
    if isinstance(value, (type, FunctionType)):
        owners.append(value.__module__)
    return any(str(owner).partition(".")[0] in FRAMEWORKS for owner in owners)


def _calls_framework(value: Any) -> bool:
    """Whether a function names one of the frameworks' modules: as a global, or in an import of its own."""
    if not isinstance(value, FunctionType):
        return False
    scope = value.__globals__
    return any(
        name.partition(".")[0] in FRAMEWORKS or _is_framework(scope.get(name))
        for name in names_in(value.__code__)
    )


def names_in(code: CodeType) -> Iterator[str]:
    """The names that a function's code looks up, with those of the functions in it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_in(constant)
