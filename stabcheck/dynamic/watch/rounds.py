"""The rounds of loops that have ended: the values that the variables of a loop had in each of them.

`for name, array in params.items(): …` leaves only its last name and array behind. What was worked out inside
it is looked at round by round, with the names that the loop bound taken away, so that they are followed
through the text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from stabcheck.dynamic.watch.scope import Scope, UnknownError
from stabcheck.dynamic.watch.source import Source, dotted

MOST = 64  # rounds that are looked at
_UNKNOWN = object()


def rounds(scope: Scope, statement: ast.stmt, line: int) -> Iterator[Scope]:
    """The scope as it is, then as it was in the rounds of the loops around `statement` but not `line`."""
    yield scope
    ended = [
        loop
        for loop in scope.source.loops(statement)[::-1]
        if isinstance(loop, ast.For) and not loop.lineno <= line <= (loop.end_lineno or loop.lineno)
    ]
    for index, found in enumerate(_in_rounds(scope, ended)):
        if index == MOST:
            return
        yield found


def element_of(name: str, loop: ast.stmt) -> ast.expr | None:
    """What a variable of a loop goes through: `b` in `for a, b in zip(one, b)`, a dictionary by its items."""
    if not isinstance(loop, ast.For):
        return None
    target, through = loop.target, loop.iter
    if dotted(target) == name:
        return through
    if not isinstance(target, ast.Tuple) or not isinstance(through, ast.Call):
        return None
    parts = [dotted(part) for part in target.elts]
    called = dotted(through.func)
    if name not in parts:
        inner = [part for part in target.elts if isinstance(part, ast.Tuple)]
        again = (
            ast.For(inner[0], through.args[0], [], []) if called == "enumerate" and len(inner) == 1 else None
        )
        return None if again is None else element_of(name, again)
    place = parts.index(name)
    if called == "zip" and len(through.args) == len(parts):
        return through.args[place]
    if called == "enumerate" and place == 1 and through.args:
        return through.args[0]
    of_items = isinstance(through.func, ast.Attribute) and through.func.attr == "items"
    return through.func.value if of_items and place == 1 else None  # type: ignore[attr-defined]


def _in_rounds(scope: Scope, loops: list[ast.For]) -> Iterator[Scope]:
    """The scopes of the inmost rounds, of the loops from the outermost inwards."""
    if not loops:
        return
    inside = False
    for values in _values(loops[0], scope):
        inside = True
        around = _of_round(scope, loops[0], values)
        yield around
        yield from _in_rounds(around, loops[1:])
    if not inside:  # a loop over indices: what it binds is not known, what is in it may be
        yield from _in_rounds(scope, loops[1:])


def _of_round(scope: Scope, loop: ast.For, values: Mapping[str, Any]) -> Scope:
    names = {name: value for name, value in scope.names.items() if name not in _bound_in(loop, scope.source)}
    return replace(scope, names={**names, **values}, live=False)


def _bound_in(loop: ast.For, source: Source) -> set[str]:
    """The names that a loop or a statement in it binds."""
    inside = [s for s in source.statements if loop.lineno <= s.lineno <= (loop.end_lineno or loop.lineno)]
    return {
        node.id
        for statement in inside
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _values(loop: ast.For, scope: Scope) -> Iterator[dict[str, Any]]:
    """The values of the loop's variables in each round; nothing for a loop over numbers alone."""
    for element in _elements(loop.iter, scope, loop.lineno):
        bound = dict(_taken_apart(loop.target, element))
        if any(
            isinstance(value, (str, np.ndarray, list, dict)) or hasattr(value, "__dict__")
            for value in bound.values()
        ):
            yield bound


def _elements(node: ast.expr, scope: Scope, line: int) -> list[Any]:
    called = dotted(node.func) if isinstance(node, ast.Call) and not node.keywords else None
    if isinstance(node, ast.Call) and called == "zip" and node.args:
        columns = [_elements(argument, scope, line) for argument in node.args]
        known = [len(column) for column in columns if column]
        length = min(known, default=0)
        full = [column or [_UNKNOWN] * length for column in columns]
        return list(zip(*(column[:length] for column in full), strict=True))
    if isinstance(node, ast.Call) and called == "enumerate" and len(node.args) == 1:
        return list(enumerate(_elements(node.args[0], scope, line)))
    if (
        isinstance(node, ast.Call)
        and called in ("list", "sorted", "reversed", "tuple")
        and len(node.args) == 1
    ):
        return _elements(node.args[0], scope, line)
    method = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    try:
        if isinstance(node, ast.Call) and method in ("items", "keys", "values") and not node.args:
            owner = scope.value(node.func.value, line)  # type: ignore[attr-defined]
            return list(getattr(owner, method)()) if isinstance(owner, dict) else []
        through = scope.value(node, line)
    except UnknownError:
        return []
    return list(through) if isinstance(through, (list, tuple, dict)) else []


def _taken_apart(target: ast.expr, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(target, ast.Name):
        if value is not _UNKNOWN:
            yield target.id, value
    elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (tuple, list)):
        for part, entry in zip(target.elts, value, strict=False):
            yield from _taken_apart(part, entry)
