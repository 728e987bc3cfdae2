"""The calls around a place: what a value is handed to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.static.graph import Span
from stabcheck.static.latest import of_latest
from stabcheck.static.module import Module
from stabcheck.static.syntax_index import index


def calls_around(module: Module, span: Span) -> Iterator[tuple[str, str]]:
    """The calls whose arguments hold a place: the last part of what is called, and the keyword or ""."""
    for node in _calls_by_line(module).get(span.line, ()):
        if not _holds(node, span):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for argument in node.args:
            if _holds(argument, span):
                yield name, ""
        for keyword in node.keywords:
            if _holds(keyword.value, span):
                yield name, keyword.arg or ""


@of_latest
def _calls_by_line(module: Module) -> dict[int, list[ast.Call]]:
    """The calls of a module by the lines that they stand on, outer ones first."""
    found: dict[int, list[ast.Call]] = {}
    for node in index(module.tree).of(ast.Call):
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            found.setdefault(line, []).append(node)
    return found


def _holds(node: ast.expr, span: Span) -> bool:
    first, last = (node.lineno, node.col_offset + 1), (node.end_lineno or 0, (node.end_col_offset or 0) + 1)
    return first <= (span.line, span.column) and (span.end_line, span.end_column) <= last
