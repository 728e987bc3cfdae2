"""An expression of a test as a function of one thing in it."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from stabcheck.dynamic.watch.checkers import name_of
from stabcheck.dynamic.watch.scope import Scope, describe

HOLE = "_point_"


class _Hole(ast.NodeTransformer):
    """Puts the name of the hole where an expression stands, wherever it stands."""

    def __init__(self, text: str) -> None:
        self.text = text

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.expr) and ast.dump(node) == self.text:
            return ast.Name(HOLE, ast.Load())
        return super().visit(node)


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
    template = _Hole(ast.dump(held)).visit(copy.deepcopy(value))
    reads = sorted({n.id for n in ast.walk(template) if isinstance(n, ast.Name)} - {HOLE})
    values = {name: scope.value(ast.Name(name, ast.Load()), line) for name in reads}
    expression = ast.fix_missing_locations(ast.Expression(template))
    code = compile(expression, "<check>", "eval")

    def function(point: Any) -> Any:
        return eval(code, {**values, HOLE: point})

    variable = describe(held) if isinstance(held, ast.Name) else "x"
    name = name_of(callee) if callable(callee) else "the function"
    function.__name__ = name
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(variable, inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    )
    if isinstance(callee, (FunctionType, MethodType)):
        function.__wrapped__ = callee  # type: ignore[attr-defined]
    return function, name


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
