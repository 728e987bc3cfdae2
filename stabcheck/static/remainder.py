"""The tree of what is kept of a text; what is left out is only asked whether it is Python.

Making a tree costs more than half of what parsing does (`stabcheck.static.parsing`), and most of what people
write is left out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set

from stabcheck.static.lower.imports import Import, inner_imports
from stabcheck.static.parsing import is_python, parse
from stabcheck.static.source import with_newlines
from stabcheck.static.units import Units

_IMPORT = re.compile(
    rb"^[ \t]*((?:from[ \t]+[\w.\x80-\xff]+[ \t]+)?import\b[ \t]*(?:\([^)]*\)|(?:[^\n;(\\]|\\\n)*))",
    re.MULTILINE,
)
_ANY_IMPORT = re.compile(rb"\bimport\b")


def remainder(text: str, units: Units, kept: Set[int]) -> tuple[ast.Module, tuple[Import, ...]]:
    """The tree of some units of a text, at their places in it, and the imports inside of functions of all.

    Raises
    ------
    SyntaxError, RecursionError, MemoryError
        as `stabcheck.static.parsing.parse`, wherever in the text the reason lies.
    """
    left_out = set(range(len(units.all))) - kept
    if left_out:
        try:
            return _cut(text, units, left_out)
        except SyntaxError:  # of the text itself, or it stands otherwise than its indentation tells
            pass
    tree = parse(text)
    return tree, inner_imports(tree, text)


def _cut(text: str, units: Units, left_out: Set[int]) -> tuple[ast.Module, tuple[Import, ...]]:
    lines = with_newlines(text).split("\n")
    rest: list[str] = []
    imports: list[Import] = []
    for number in left_out:
        block, home = units.all[number].block, units.all[number].home
        assert block is not None
        if block.indent:  # a method
            if home in left_out:
                continue
            rest.append("if 1:")
        rest += lines[block.first : block.last]
        lines[block.first : block.last] = [""] * (block.last - block.first)
        if block.indent:
            lines[block.first] = f"{block.indent.decode()}pass"
        imports.extend(_imports(units.code[block.start : block.stop], block.first + 1))
    if not is_python("\n".join(rest)):
        raise SyntaxError
    kept = "\n".join(lines)
    tree = parse(kept)
    imports.extend(inner_imports(tree, kept))
    return tree, tuple(sorted(imports, key=lambda node: node.lineno))


def _imports(code: bytes, line: int) -> Iterator[Import]:
    """The imports in a code that begins in a line.

    Raises
    ------
    SyntaxError
        if the word stands in it in another way.
    """
    if b"import" not in code:
        return
    found = list(_IMPORT.finditer(code))
    if len(found) < len(_ANY_IMPORT.findall(code)):
        raise SyntaxError
    for each in found:
        for node in parse(each[1].decode("utf-8", "surrogatepass")).body:
            assert isinstance(node, Import)
            node.lineno = line + code.count(b"\n", 0, each.start())
            yield node
