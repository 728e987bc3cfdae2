"""Qualified names and functions on the syntax tree, for detectors that look at statements."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.module import Module
from stabcheck.static.names import normalize

Definition = ast.FunctionDef | ast.AsyncFunctionDef


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


def functions(tree: ast.AST) -> Iterator[Definition]:
    """Every function and method of a tree, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, Definition):
            yield node


def own(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function or loop without those of the functions and classes nested in it, in their order."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, Definition | ast.ClassDef | ast.Lambda):
            yield from own(child)


def parameters(node: Definition | ast.Lambda) -> list[str]:
    """The names of the parameters, without `self`."""
    arguments = node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    return names[1:] if names[:1] == ["self"] else names


def names_in(node: ast.AST) -> set[str]:
    """The plain names that are read or written anywhere in a tree."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
