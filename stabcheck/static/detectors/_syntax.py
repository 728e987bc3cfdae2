"""Qualified names and functions on the syntax tree, for detectors that look at statements."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import TypeVar

from stabcheck.static.latest import of_latest
from stabcheck.static.module import Module
from stabcheck.static.names import normalize
from stabcheck.static.syntax_index import SyntaxIndex, blocks, children, index, statements

N = TypeVar("N", bound=ast.AST)
Definition = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class Names:
    """What dotted names of a module mean, by its imports."""

    def __init__(self, module: Module) -> None:
        self._imports = module.imports

    def qualified(self, node: ast.expr) -> str:
        """The qualified name of `tf.math.exp` and the like; "" for what is no name of an imported module."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        home = self._imports.get(node.id)
        return normalize(".".join([home, *reversed(parts)])) if home else ""


@of_latest
def _indexed(module: Module) -> SyntaxIndex:
    return index(module.tree)


@of_latest
def _statements(module: Module) -> SyntaxIndex:
    return statements(module.tree)


def syntax(module: Module, kind: type[N]) -> Iterator[N]:
    """Every node of the syntax tree of this very class."""
    yield from (_statements(module) if issubclass(kind, ast.stmt) else _indexed(module)).of(kind)


def functions(module: Module) -> Iterator[Definition]:
    """Every function and method of a module, nested ones too."""
    yield from syntax(module, ast.FunctionDef)
    yield from syntax(module, ast.AsyncFunctionDef)


def functions_around(module: Module, inner: Iterable[ast.stmt]) -> Iterator[Definition]:
    """The functions that one of these statements stands in, itself or in what is nested in it."""
    lines = sorted(statement.lineno for statement in inner)
    for node in functions(module) if lines else ():
        first = bisect_left(lines, node.lineno)
        if first < len(lines) and lines[first] <= (node.end_lineno or node.lineno):
            yield node


def own(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function or loop, without those of functions and classes nested in it, in order."""
    stack = children(node)[::-1]
    while stack:
        child = stack.pop()
        yield child
        if not isinstance(child, _SCOPES):
            stack.extend(reversed(children(child)))


def own_statements(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements among them."""
    stack = blocks(node)[::-1]
    while stack:
        child = stack.pop()
        if isinstance(child, ast.stmt):
            yield child
        if not isinstance(child, _SCOPES):
            stack.extend(reversed(blocks(child)))


def parameters(node: Definition | ast.Lambda) -> list[str]:
    """The names of the parameters, without `self`."""
    arguments = node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    return names[1:] if names[:1] == ["self"] else names


def names_in(node: ast.AST) -> set[str]:
    """The plain names that are read or written anywhere in a tree."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
