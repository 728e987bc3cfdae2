"""Imports that a fix adds to a file."""

from __future__ import annotations

import ast
import symtable
from functools import lru_cache

from stabcheck.static.finding import Edit
from stabcheck.static.graph import Span
from stabcheck.static.source_text import Text


def is_free(name: str, text: str) -> bool:
    """Whether no scope of the file knows `name`, so that an import can take it."""
    known = _identifiers(text)
    return known is not None and name not in known


@lru_cache(maxsize=1)  # all fixes of a file ask for the same text
def _identifiers(text: str) -> frozenset[str] | None:
    """The names that any scope of a file knows; None if it parses, but would not compile."""
    try:
        tables = [symtable.symtable(text, "<file>", "exec")]
    except SyntaxError:
        return None
    known = set[str]()
    while tables:
        table = tables.pop()
        known.update(table.get_identifiers())
        tables.extend(table.get_children())
    return frozenset(known)


def import_of(module: str, tree: ast.Module, text: Text) -> Edit | None:
    """The insertion of `import module` where libcst's codemods put it: behind the first imports of the file.

    None if the rest of the file would not stay as it is.
    """
    line = _behind_imports(tree)
    if line is not None and not _is_imported(module, tree):
        follows = text[Span(line, 1, line + 1, 1)].strip()
        return Edit(Span(line, 1, line, 1), f"import {module}\n" + ("\n" if follows else ""))
    return _import_by_codemod(module, tree, text)


def _behind_imports(tree: ast.Module) -> int | None:
    """The line behind the imports that the file begins with; None if it is not plain where that is.

    It is not where there are no imports, where two statements share a line, and at the end of the file.
    """
    last = None
    for index, statement in enumerate(tree.body):
        if last is not None and statement.lineno <= (last.end_lineno or last.lineno):
            return None
        if not isinstance(statement, ast.Import | ast.ImportFrom) and (
            index > 0 or not _is_docstring(statement, tree)
        ):
            imports = isinstance(last, ast.Import | ast.ImportFrom)
            return (last.end_lineno or last.lineno) + 1 if last is not None and imports else None
        last = statement
    return None


def _is_imported(module: str, tree: ast.Module) -> bool:
    return any(
        each.name == module for node in tree.body if isinstance(node, ast.Import) for each in node.names
    )


def _import_by_codemod(module: str, tree: ast.Module, text: Text) -> Edit | None:
    """The insertion by libcst itself.

    Only the top of the file is parsed, down to the first statement that is no import.
    """
    # Few fixes add an import, and the codemods take longer to load than all the rest of libcst.
    from libcst.codemod import CodemodContext  # noqa: PLC0415
    from libcst.codemod.visitors import AddImportsVisitor  # noqa: PLC0415

    from stabcheck.static.lossless import read  # noqa: PLC0415

    head = _head(tree, text)
    top = None if head is None else read(head)
    if head is None or top is None:
        return None
    context = CodemodContext()
    AddImportsVisitor.add_needed_import(context, module)
    changed = AddImportsVisitor(context).transform_module(top).code
    before, after = head.split("\n"), changed.split("\n")
    new = len(after) - len(before)
    line = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(before))
    if new < 1 or after[line + new :] != before[line:] or not _opens_alike(head, changed):
        return None
    inserted = "".join(f"{each}\n" for each in after[line : line + new])
    return Edit(Span(line + 1, 1, line + 1, 1), inserted)


def _head(tree: ast.Module, text: Text) -> str | None:
    """The lines of the file above its first statement that is no import, and `pass` for that."""
    rest = (each for each in tree.body if not isinstance(each, ast.Import | ast.ImportFrom))
    first = next((each for each in rest if not _is_docstring(each, tree)), None)
    if first is None:
        return None
    decorators: list[ast.expr] = getattr(first, "decorator_list", [])
    line = min([first.lineno, *(each.lineno for each in decorators)])
    return text[Span(1, 1, line, 1)] + "pass\n"


def _opens_alike(before: str, after: str) -> bool:
    """Whether the docstring still is one, and the `__future__` imports still come first.

    The codemod does not see them beside a semicolon.
    """
    try:
        compile(after, "<file>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return ast.get_docstring(ast.parse(before)) == ast.get_docstring(ast.parse(after))


def _is_docstring(statement: ast.stmt, tree: ast.Module) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return statement is tree.body[0]
        case _:
            return False
