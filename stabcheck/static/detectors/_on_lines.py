"""The syntax on some lines of a module: for detectors whose text tells where to look."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

from stabcheck.static.detectors._syntax import Definition, functions
from stabcheck.static.module import Module
from stabcheck.static.source_text import text_of
from stabcheck.static.syntax_index import blocks, children

N = TypeVar("N", bound=ast.AST)


def lines_with(module: Module, wanted: re.Pattern[str]) -> list[int]:
    """The lines, from 1, on which what is wanted begins."""
    text = text_of(module).whole
    return _lines(text, [each.start() for each in wanted.finditer(text)])


def lines_naming(module: Module, names: Collection[str]) -> list[int]:
    """The lines with one of these names, or with what is imported under one of them."""
    called = {alias for alias, whole in module.imports.items() if whole.rpartition(".")[2] in names}
    text = text_of(module).whole
    found: list[int] = []
    for name in {*names, *called}:
        position = text.find(name)
        while position >= 0:
            found.append(position)
            position = text.find(name, position + len(name))
    return _lines(text, sorted(found))


def _lines(text: str, positions: list[int]) -> list[int]:
    line, counted = 1, 0
    found: list[int] = []
    for position in positions:
        line += text.count("\n", counted, position)
        counted = position
        found.append(line)
    return found


def syntax_on(module: Module, lines: Sequence[int], kind: type[N]) -> Iterator[N]:
    """Every node of this very class in the statements that stand on some lines."""
    stack: list[ast.AST] = [module.tree] if lines else []
    while stack:
        node = stack.pop()
        inner = blocks(node)
        stack += [each for each in inner if stands_on(each, lines)]
        held = set(map(id, inner))
        parts = [each for each in (node, *children(node)) if id(each) not in held]
        while parts:
            part = parts.pop()
            if part.__class__ is kind:
                yield part
            if part is not node:
                parts += children(part)


def functions_on(module: Module, lines: Sequence[int]) -> Iterator[Definition]:
    """The functions that stand on one of these lines, with those around them."""
    for node in functions(module) if lines else ():
        if stands_on(node, lines):
            yield node


def stands_on(node: ast.AST, lines: Sequence[int]) -> bool:
    """Whether a statement, with its decorators, stands on one of these lines."""
    first: int | None = getattr(node, "lineno", None)
    if first is None:  # a case of a match
        return True
    last: int = getattr(node, "end_lineno", None) or first
    for decorator in getattr(node, "decorator_list", ()):
        first = min(first, decorator.lineno)
    index = bisect_left(lines, first)
    return index < len(lines) and lines[index] <= last
