"""An expression of a test as a function of one thing in it."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from stabcheck.dynamic.adapters.captures import in_library
from stabcheck.dynamic.watch.checkers import name_of
from stabcheck.dynamic.watch.scope import Scope, UnknownError, describe

HOLE = "_point_"


class _Exchange(ast.NodeTransformer):
    """Puts another expression where one stands, wherever it stands."""

    def __init__(self, text: str, other: ast.expr) -> None:
        self.text, self.other = text, other

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.expr) and ast.dump(node) == self.text:
            return self.other
        return super().visit(node)


def replaced(value: ast.expr, held: ast.expr, other: ast.expr) -> ast.expr:
    """A copy of an expression with `other` wherever `held` stands in it."""
    found: ast.expr = _Exchange(ast.dump(held), other).visit(copy.deepcopy(value))
    return found


def as_function(value: ast.expr, held: ast.expr, scope: Scope, line: int) -> tuple[Callable[[Any], Any], str]:
    """The function of `held` that an expression is: the callable itself if nothing else is in it.

    Raises
    ------
    UnknownError
        if something else in it can't be told.
    """
    calls = [node for node in ast.walk(value) if isinstance(node, ast.Call) and _holds(node, held)]
    innermost = min(calls, key=lambda call: len(ast.dump(call)), default=None)
    callee = None if innermost is None else scope.value(innermost.func, line)
    if (
        innermost is value
        and callable(callee)
        and isinstance(value, ast.Call)
        and len(value.args) == 1
        and not value.keywords
        and ast.dump(value.args[0]) == ast.dump(held)
    ):
        return callee, name_of(callee)
    function = _compiled(replaced(value, held, ast.Name(HOLE, ast.Load())), scope, line)
    variable = describe(held) if isinstance(held, ast.Name) else "x"
    callee = _outermost(value, scope, line) or callee
    name = name_of(callee) if callable(callee) else "the function"
    function.__name__ = name
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(variable, inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    )
    if isinstance(callee, (FunctionType, MethodType)):
        function.__wrapped__ = callee  # type: ignore[attr-defined]
    return function, name


def as_it_stands(value: ast.expr, scope: Scope, line: int) -> tuple[Callable[[Any], Any], str]:
    """The expression, evaluated again whatever the point that is given.

    Raises
    ------
    UnknownError
        if something in it can't be told.
    """
    function = _compiled(copy.deepcopy(value), scope, line)
    callee = _outermost(value, scope, line)
    if callee is not None:
        function.__wrapped__ = callee  # type: ignore[attr-defined]
    name = "the function" if callee is None else name_of(callee)
    function.__name__ = name
    return function, name


def _outermost(value: ast.expr, scope: Scope, line: int) -> FunctionType | MethodType | None:
    """The user's function whose call an expression is, whatever is done with its result."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            try:
                callee = scope.value(node.func, line)
            except UnknownError:
                continue
            if isinstance(callee, (FunctionType, MethodType)) and not in_library(callee.__module__):
                return callee
    return None


def _compiled(template: ast.expr, scope: Scope, line: int) -> Callable[[Any], Any]:
    """The function of the hole that an expression is, closed over what it reads."""
    reads = sorted({n.id for n in ast.walk(template) if isinstance(n, ast.Name)} - {HOLE})
    values = [scope.value(ast.Name(name, ast.Load()), line) for name in reads]
    maker = ast.Lambda(_parameters(reads), ast.Lambda(_parameters([HOLE]), template))
    code = compile(ast.fix_missing_locations(ast.Expression(maker)), "<check>", "eval")
    made: Callable[[Any], Any] = eval(code, {"__name__": "<check>"})(*values)
    return made


def _parameters(names: list[str]) -> ast.arguments:
    return ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])


def contracted_with(function: Callable[[Any], Any], cotangent: Any) -> Callable[[Any], Any]:
    """The sum of the function's values times a cotangent, which is what the test differentiates."""

    def contracted(point: Any) -> Any:
        return (function(point) * cotangent).sum()

    contracted.__name__ = name_of(function)
    contracted.__wrapped__ = function  # type: ignore[attr-defined]
    return contracted


def _holds(node: ast.AST, part: ast.expr) -> bool:
    text = ast.dump(part)
    return any(ast.dump(inner) == text for inner in ast.walk(node))
