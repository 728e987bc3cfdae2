"""Imports inside of functions: which libraries a file uses is known before any function is lowered."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from stabcheck.static.source import with_newlines

Import = ast.Import | ast.ImportFrom

_WORD = "import"  # every import holds it; one may be found in a comment or a text, too
_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")


def inner_imports(tree: ast.Module, text: str) -> tuple[Import, ...]:
    """The imports of a module that do not stand at its top, in the order of the text."""
    lines = _lines(text)
    top = {node.lineno for node in tree.body if isinstance(node, Import)}
    left = [line for line in lines if line not in top]
    return tuple(_below(tree.body, left)) if left else ()


def _lines(text: str) -> list[int]:
    """The lines, from 1, that may be part of an import."""
    text = with_newlines(text)
    found: list[int] = []
    line, counted, position = 1, 0, text.find(_WORD)
    while position >= 0:
        line += text.count("\n", counted, position)
        counted = position
        found.append(line)
        position = text.find(_WORD, position + len(_WORD))
    return found


def _below(body: Sequence[ast.AST], lines: list[int]) -> Iterator[Import]:
    for node in body:
        first = getattr(node, "lineno", None)
        if first is not None:
            index = bisect_left(lines, first)
            if index == len(lines) or lines[index] > (getattr(node, "end_lineno", None) or first):
                continue
        for name in _BLOCKS:
            for inner in getattr(node, name, ()) if isinstance(getattr(node, name, None), list) else ():
                if isinstance(inner, Import):
                    yield inner
                else:
                    yield from _below([inner], lines)
