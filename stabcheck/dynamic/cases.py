"""Gradient cases: what to check, declared in the user's own files.

>>> @gradient_case
... def square():
...     return GradientCase(fn=lambda x: x**2, args=3.0, grad=lambda x: 2 * x)
>>> square().fn(3.0)
9.0
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from types import CodeType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from stabcheck.dynamic.report import Report

F = TypeVar("F", bound=Callable[[], Any])


@dataclass(frozen=True, slots=True, eq=False)
class GradientCase:
    """One gradient to check: the keywords of `stabcheck.diagnose`, kept until they are wanted.

    Parameters
    ----------
    fn, args, grad, variables, vjp, order, step, tolerance, dtypes, full, budget, seed, name
        see `stabcheck.diagnose`. `name` distinguishes the cases that one function returns.
    """

    fn: Callable[..., Any]
    args: Any = None
    grad: Any = None
    _: KW_ONLY
    variables: Sequence[Any] | None = None
    vjp: Callable[..., Any] | None = None
    order: int = 1
    step: float | tuple[str, float] | None = None
    tolerance: float | None = None
    dtypes: str | Sequence[str] | None = None
    full: bool = False
    budget: float | None = None
    seed: int = 0
    name: str | None = None

    def keywords(self) -> dict[str, Any]:
        """The keyword arguments of `stabcheck.diagnose`."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def diagnose(self) -> Report:
        """Check it here and now: `stabcheck.diagnose` with the same keywords."""
        from stabcheck.dynamic.entry import diagnose  # noqa: PLC0415  (declaring a case needs no NumPy)

        return diagnose(**self.keywords())


@dataclass(frozen=True, slots=True)
class CaseFunction:
    """A function that makes cases: the `def` line where a person finds it, and the module that holds it."""

    function: Callable[[], Any]
    name: str
    module: str
    path: str
    line: int


# By module, then by name: a module that is read again replaces its cases.
_declared: dict[str, dict[str, CaseFunction]] = {}


def gradient_case(function: F) -> F:
    """Declare a function without arguments as the maker of a gradient case.

    `stabcheck diagnose FILE` calls it and checks what it returns: one `GradientCase`, or a list or dict of
    them. The function itself is returned unchanged.

    Raises
    ------
    TypeError
        if it is not used as a bare decorator of a function.
    """
    code = getattr(function, "__code__", None)
    if code is None:
        raise TypeError("@gradient_case decorates a function; it takes no arguments itself")
    declared = CaseFunction(
        function, function.__name__, function.__module__, code.co_filename, _line_of_def(code)
    )
    _declared.setdefault(function.__module__, {})[function.__name__] = declared
    return function


def _line_of_def(code: CodeType) -> int:
    """The line of `def`: the first line of a decorated function's code is that of its first decorator."""
    for line in range(code.co_firstlineno, code.co_firstlineno + 100):
        if linecache.getline(code.co_filename, line).lstrip().startswith(("def ", "async def ")):
            return line
    return code.co_firstlineno


def declared_in(module: str) -> tuple[CaseFunction, ...]:
    """The case functions that a module has declared, in the order of their lines."""
    return tuple(sorted(_declared.get(module, {}).values(), key=lambda case: case.line))


def forget(module: str) -> None:
    """Drop the cases of a module that is gone."""
    _declared.pop(module, None)


def cases_of(declared: CaseFunction) -> list[tuple[str, GradientCase]]:
    """Call a case function: the cases that it makes, each with its name.

    Raises
    ------
    TypeError
        if it returns something else. Exceptions of the user's code pass through.
    """
    made = declared.function()
    if isinstance(made, GradientCase):
        return [(made.name or declared.name, _checked(made, declared))]
    if isinstance(made, dict):
        return [(f"{declared.name}[{key}]", _checked(case, declared)) for key, case in made.items()]
    if isinstance(made, (list, tuple)):
        return [
            (f"{declared.name}[{_name_of(case) or index}]", _checked(case, declared))
            for index, case in enumerate(made)
        ]
    raise _unexpected(made, declared)


def _checked(case: Any, declared: CaseFunction) -> GradientCase:
    if not isinstance(case, GradientCase):
        raise _unexpected(case, declared)
    return case


def _name_of(case: Any) -> str | None:
    return case.name if isinstance(case, GradientCase) else None


def _unexpected(made: Any, declared: CaseFunction) -> TypeError:
    return TypeError(
        f"{declared.name}() returned {'None' if made is None else f'type {type(made).__name__}'}: "
        "a gradient case returns stabcheck.GradientCase(…), or a list or dict of them"
    )
