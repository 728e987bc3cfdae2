"""Places in the source of a function where an expression or a statement can be exchanged for another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

LOOPS = (ast.For, ast.AsyncFor)
OPAQUE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.JoinedStr)


@dataclass(frozen=True, slots=True)
class Spot:
    """A node, and where it hangs; `looped` if a loop goes around it, `statement` what it is part of."""

    node: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    statement: ast.stmt | None
    looped: bool

    def put(self, node: ast.AST) -> None:
        """Let another node stand there."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def spots(function: ast.AST) -> Iterator[Spot]:
    """All of a function's body in the order of the source; functions inside of it are their own."""
    body = function.body  # type: ignore[attr-defined]
    if isinstance(body, list):
        for index, statement in enumerate(body):
            yield from _below(Spot(statement, function, "body", index, statement, False))
    else:
        yield from _below(Spot(body, function, "body", None, None, False))


def _below(spot: Spot) -> Iterator[Spot]:
    node = spot.node
    if isinstance(node, OPAQUE):
        return
    yield spot
    looped = spot.looped or isinstance(node, LOOPS)
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "ctx"):
            continue
        children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if isinstance(child, ast.AST) and not _is_written(node, field):
                own = child if isinstance(child, ast.stmt) else spot.statement
                yield from _below(Spot(child, node, field, index, own, looped))


def _is_written(node: ast.AST, field: str) -> bool:
    """Whether it is what an assignment writes into: that stays the same, only where in it may change."""
    return field == "value" and isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del))


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names of a function stood for at its end."""

    names: dict[str, Any]
    globals: dict[str, Any]

    def value(self, node: ast.AST) -> Any:
        """What a name, an attribute or an entry under a constant key stands for; None if it can't be told.

        No code of the user's is run for it.
        """
        if isinstance(node, ast.Name):
            return self.names.get(node.id, self.globals.get(node.id))
        if isinstance(node, ast.Attribute):
            owner = self.value(node.value)
            if node.attr == "T" and isinstance(owner, np.ndarray):
                return owner.T
            inner = getattr(owner, "__dict__", None)
            return inner.get(node.attr) if isinstance(inner, dict) else None
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            owner = self.value(node.value)
            key = node.slice.value
            if isinstance(owner, dict):
                return owner.get(key)
            if isinstance(owner, (list, tuple)) and isinstance(key, int) and -len(owner) <= key < len(owner):
                return owner[key]
        return None

    def shape(self, node: ast.AST) -> tuple[int, ...] | None:
        """The shape of the numbers that a reference stands for; None if it stands for something else."""
        value = self.value(node)
        if isinstance(value, (int, float, np.number, np.ndarray)) and not isinstance(value, bool):
            return np.shape(value) if np.asarray(value).dtype.kind in "fiub" else None
        return None

    def numpy(self) -> str | None:
        """The name of NumPy."""
        return next((name for name, value in self.globals.items() if value is np), None)


def references(function: ast.AST, scope: Scope) -> dict[str, ast.expr]:
    """The numbers that a function refers to, by text: names, attributes, entries under constant keys."""
    found: dict[str, ast.expr] = {}
    for spot in spots(function):
        node = spot.node
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and scope.shape(node) is not None:
            found.setdefault(ast.unparse(node), _loaded(node))
    if not isinstance(function, ast.Lambda):
        for each in function.args.args:  # type: ignore[attr-defined]
            name = ast.Name(each.arg, ast.Load())
            if scope.shape(name) is not None:
                found.setdefault(each.arg, name)
    return found


def slices_of(function: ast.AST) -> list[ast.expr]:
    """What a function takes of arrays between brackets, as far as it is a part of them."""
    found = [spot.node.slice for spot in spots(function) if isinstance(spot.node, ast.Subscript)]
    return [each for each in found if any(isinstance(inner, ast.Slice) for inner in ast.walk(each))]


def numbers_of(function: ast.AST) -> list[str]:
    """The floats that are written in a function."""
    found = [spot.node.value for spot in spots(function) if isinstance(spot.node, ast.Constant)]
    return [repr(each) for each in dict.fromkeys(found) if isinstance(each, float) and each not in (0.0, 1.0)]


def _loaded(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Name):
        return ast.Name(node.id, ast.Load())
    if isinstance(node, ast.Attribute):
        return ast.Attribute(node.value, node.attr, ast.Load())
    assert isinstance(node, ast.Subscript)
    return ast.Subscript(node.value, node.slice, ast.Load())
