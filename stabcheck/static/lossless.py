"""Reading source with libcst: as it stands, or not at all."""

from __future__ import annotations

import ast
import warnings

import libcst as cst

from stabcheck.static.statement_text import DEEPEST


def read(source: str | bytes) -> cst.Module | None:
    """The concrete tree of a text, or of the bytes of a file; None unless it gives them back unchanged.

    None, too, for what Python does not parse, and for what is nested too deeply for libcst.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the code that is read: an invalid escape
            tree = ast.parse(source)
        if _deeper_than(DEEPEST, tree):
            return None
        module = cst.parse_module(source)
        same = (module.code if isinstance(source, str) else module.bytes) == source
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError, cst.ParserSyntaxError):
        return None
    return module if same else None


def _deeper_than(limit: int, tree: ast.AST) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(limit):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True
