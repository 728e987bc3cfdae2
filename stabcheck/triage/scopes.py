"""Which functions a line of a file lies in."""

from __future__ import annotations

import ast
import os
import warnings
from functools import lru_cache

from stabcheck.static.finding import Problem
from stabcheck.static.source import decode, read


def enclosing(path: str, line: int) -> tuple[tuple[str, int], ...]:
    """The functions that hold the line, outermost first, each by its name and first line."""
    try:
        changed = os.stat(path).st_mtime_ns
    except OSError:
        return ()
    return tuple((name, first) for name, first, last in _functions(path, changed) if first <= line <= last)


@lru_cache(maxsize=256)
def _functions(path: str, _changed: int) -> tuple[tuple[str, int, int], ...]:
    """Name, first line (of its decorators, if any) and last line of every function, outer ones first.

    A file that was changed since (`_changed`, the time in nanoseconds) is read again.
    """
    data = read(path)
    source = data if isinstance(data, Problem) else decode(data, path)
    if isinstance(source, Problem):
        return ()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found = [
        (
            node.name,
            min([node.lineno, *(each.lineno for each in node.decorator_list)]),
            node.end_lineno or node.lineno,
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return tuple(sorted(found, key=lambda function: (function[1], -function[2])))
