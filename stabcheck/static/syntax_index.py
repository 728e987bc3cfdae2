"""The syntax tree of a module by kinds of nodes: walked once, shared by all who look for statements.

The standard library's `ast.walk` asks every node for all of its fields, and visits what marks a name as read
or written, too; this walk knows by the kind of a node which fields can hold others.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

N = TypeVar("N", bound=ast.AST)

# Fields that hold names, numbers and marks such as `ast.Load()` and `ast.Add()`.
_LEAVES = frozenset(
    {
        "arg",
        "attr",
        "conversion",
        "ctx",
        "id",
        "is_async",
        "kind",
        "kwd_attrs",
        "level",
        "lineno",
        "module",
        "asname",
        "op",
        "ops",
        "rest",
        "simple",
        "tag",
        "type_comment",
        "type_ignores",
    }
)
_NAMED_BY_TEXT = frozenset({"Global", "Nonlocal"})
_VALUES = frozenset({"Constant", "MatchSingleton"})


@dataclass(frozen=True, slots=True)
class SyntaxIndex:
    """The nodes of a syntax tree by their class, each kind from the outermost to the innermost."""

    by_kind: Mapping[type[ast.AST], list[Any]]

    def of(self, kind: type[N]) -> list[N]:
        """Every node of this very class."""
        return self.by_kind.get(kind, [])


def index(tree: ast.AST) -> SyntaxIndex:
    """The index of a tree; marks (`ast.Load`, `ast.Add` …) are left out."""
    found: dict[type[ast.AST], list[Any]] = {}
    level: list[Any] = [tree]
    while level:
        deeper: list[Any] = []
        add, extend = deeper.append, deeper.extend
        for node in level:
            if node is None:  # a default that is not given, the key of `**mapping`
                continue
            kind = node.__class__
            if kind not in found:
                found[kind] = []
            found[kind].append(node)
            for name in _fields(kind):
                held = getattr(node, name)
                if held.__class__ is list:
                    extend(held)
                elif held is not None:
                    add(held)
        level = deeper
    return SyntaxIndex(found)


_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")


def statements(tree: ast.AST) -> SyntaxIndex:
    """The index of the statements of a tree: none of their expressions is looked into."""
    found: dict[type[ast.AST], list[Any]] = {}
    level: list[Any] = [tree]
    while level:
        deeper: list[Any] = []
        for node in level:
            found.setdefault(node.__class__, []).append(node)
            deeper.extend(blocks(node))
        level = deeper
    return SyntaxIndex(found)


def blocks(node: ast.AST) -> list[ast.AST]:
    """The statements right below a node, handlers of exceptions and cases of a match, in their order."""
    found: list[ast.AST] = []
    kind: Any = node.__class__
    for name in _blocks(kind):
        found += getattr(node, name)
    return found


@cache
def _blocks(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a kind of node that are lists of statements."""
    return () if issubclass(kind, ast.expr) else tuple(name for name in kind._fields if name in _BLOCKS)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node, in the order of its fields, without marks."""
    found: list[Any] = []
    kind: Any = type(node)
    for name in _fields(kind):
        held = getattr(node, name)
        if held.__class__ is list:
            found.extend(held)
        else:
            found.append(held)
    return [each for each in found if each is not None]


@cache
def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a kind of node that hold nodes."""
    if kind.__name__ in _VALUES:
        return ()
    texts = _LEAVES if kind.__name__ == "TypeAlias" else _LEAVES | {"name"}
    texts = texts | {"names"} if kind.__name__ in _NAMED_BY_TEXT else texts
    return tuple(name for name in kind._fields if name not in texts)
