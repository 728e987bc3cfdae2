"""Numeric gradients that a test works out by hand: two values of a function, subtracted, over a step.

`(f(x + h) - f(x - h)) / (2 * h)`, in a loop over the entries or for all of them at once, in the test itself
or in a function that it calls, with the argument copied or written into. What is read here is a guess at
function, point and step; `replay` accepts it only if it gives the numbers that the test compared.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from stabcheck.dynamic.trace.location import is_users
from stabcheck.dynamic.watch.checkers import name_of
from stabcheck.dynamic.watch.quotient import Guess, quotient
from stabcheck.dynamic.watch.rounds import element_of, rounds
from stabcheck.dynamic.watch.scope import Scope, UnknownError, scope_of_call
from stabcheck.dynamic.watch.source import dotted, text_of

DEEPEST = 6  # calls and names that are followed
_WRAPPERS = {
    "array",
    "asarray",
    "ravel",
    "reshape",
    "squeeze",
    "stack",
    "float",
    "float64",
    "atleast_1d",
    "list",
}
_METHODS = {"ravel", "flatten", "reshape", "copy", "astype", "squeeze", "item", "numpy"}


def numeric_gradients(
    node: ast.expr, scope: Scope, line: int, depth: int = 0, key: str | None = None
) -> Iterator[Guess]:
    """What numeric gradient an expression may be, if it is one.

    `key`: it is a dictionary of gradients, and that one of them is meant.
    """
    if depth > DEEPEST:
        return
    name = dotted(node)
    if isinstance(node, ast.Subscript) and key is None:
        yield from _picked(node, scope, line, depth)
    elif isinstance(node, ast.Dict) and key is not None:
        for label, value in zip(node.keys, node.values, strict=True):
            if label is not None and text_of(label) == key:
                yield from numeric_gradients(value, scope, line, depth + 1)
    elif isinstance(node, ast.BinOp):
        yield from quotient(node, scope, line)
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        yield from numeric_gradients(node.elt, scope, line, depth + 1)
    elif name is not None:
        yield from _named(name, scope, line, depth, key)
    elif isinstance(node, ast.Call):
        yield from _called(node, scope, line, depth, key)


def _picked(node: ast.Subscript, scope: Scope, line: int, depth: int) -> Iterator[Guess]:
    """`gradients["W"]`, `gradients[key]` where the key is known, and one of a list of gradients."""
    try:
        key = scope.value(node.slice, line)
        among = isinstance(key, int) and isinstance(scope.value(node.value, line), (list, tuple))
    except UnknownError:
        return
    if isinstance(key, str) or among:
        yield from numeric_gradients(
            node.value, scope, line, depth + 1, key if isinstance(key, str) else None
        )


def _named(name: str, scope: Scope, line: int, depth: int, key: str | None) -> Iterator[Guess]:
    value = scope.source.last_value(name, line)
    through = None if value is None or value.kind == "content" else element_of(name, value.statement)
    if value is not None and value.kind == "value":
        yield from numeric_gradients(value.value, scope, value.statement.lineno, depth + 1, key)
    elif value is not None and through is not None:
        yield from numeric_gradients(through, scope, value.statement.lineno, depth + 1)
    for filled in scope.source.bindings(name):
        if filled.kind == "content" and (key is None or filled.may_be_under(key)):
            for then in rounds(scope, filled.statement, line):
                yield from numeric_gradients(filled.value, then, filled.statement.lineno, depth + 1)


def _called(node: ast.Call, scope: Scope, line: int, depth: int, key: str | None) -> Iterator[Guess]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
    if isinstance(node.func, ast.Attribute) and called in _METHODS:
        yield from numeric_gradients(node.func.value, scope, line, depth + 1)
        return
    try:
        function = scope.value(node.func, line)
        arguments, keywords = scope.arguments(node, line)
    except UnknownError:
        function = None
    plain = getattr(function, "__func__", function)
    if getattr(function, "__name__", "") == "approx_fprime":
        yield from _approx_fprime(function, arguments, keywords)
    elif isinstance(plain, FunctionType) and is_users(plain.__code__.co_filename):
        inner = scope_of_call(function, arguments, keywords)
        if inner is not None:
            yield from _returned(inner, depth, key)
    elif called in _WRAPPERS and node.args:
        yield from numeric_gradients(node.args[0], scope, line, depth + 1)


def _returned(scope: Scope, depth: int, key: str | None) -> Iterator[Guess]:
    if isinstance(scope.source.node, ast.Lambda):
        yield from numeric_gradients(scope.source.node.body, scope, scope.source.node.lineno, depth + 1, key)
    for statement in scope.source.statements:
        if isinstance(statement, ast.Return) and statement.value is not None:
            yield from numeric_gradients(statement.value, scope, statement.lineno, depth + 1, key)


def _approx_fprime(function: Any, arguments: list[Any], keywords: dict[str, Any]) -> Iterator[Guess]:
    """SciPy's forward difference."""
    if not str(getattr(function, "__module__", "")).startswith("scipy."):
        return
    try:
        bound = inspect.signature(function).bind(*arguments, **keywords)
    except TypeError:
        return
    bound.apply_defaults()
    given = bound.arguments
    inner, rest, step = given["f"], given.get("args", ()), given["epsilon"]
    if isinstance(step, (int, float)):
        of_one = inner if not rest else functools.wraps(inner)(lambda x: inner(x, *rest))
        yield Guess(of_one, name_of(inner), "xk", given["xk"], float(step), ("forward",))
