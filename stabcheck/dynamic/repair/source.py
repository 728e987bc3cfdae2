"""The source of a function that ran, as a tree that can be changed, compiled and put in its place."""

from __future__ import annotations

import ast
import contextlib
import gc
import linecache
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FunctionType

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
LARGEST = 1_000_000  # characters of a file that is parsed


@dataclass(frozen=True, slots=True)
class Defined:
    """A function's definition, the functions around it, the outermost first, and the module's statement."""

    node: Function
    around: tuple[Function, ...]
    statement: ast.stmt

    @property
    def smallest(self) -> ast.stmt:
        """The statement without the rest of a class."""
        outermost = (*self.around, self.node)[0]
        whole = self.statement
        if not isinstance(whole, ast.ClassDef):
            return whole
        kept = {name: getattr(whole, name) for name in whole._fields if name != "body"}
        body = [each for each in whole.body if _holds(each, outermost)]
        return ast.copy_location(ast.ClassDef(**kept, body=body), whole)


def _holds(statement: ast.AST, node: ast.AST) -> bool:
    return any(each is node for each in ast.walk(statement))


@lru_cache(maxsize=8)
def _tree(path: str) -> ast.Module | None:
    text = "".join(linecache.getlines(path))
    if not text or len(text) > LARGEST:
        return None
    try:
        return ast.parse(text)
    except SyntaxError:
        return None


def defined(code: CodeType) -> Defined | None:
    """The one definition in its file that a code object was compiled from."""
    tree = _tree(code.co_filename)
    if tree is None:
        return None
    found = [
        Defined(node, around, statement)
        for statement in tree.body
        for node, around in _functions(statement, ())
        if _is_of(code, node)
    ]
    return found[0] if len(found) == 1 else None


def _functions(
    node: ast.AST, around: tuple[Function, ...]
) -> Iterator[tuple[Function, tuple[Function, ...]]]:
    inner = around
    if isinstance(node, Function):
        yield node, around
        inner = (*around, node)
    for child in ast.iter_child_nodes(node):
        yield from _functions(child, inner)


def first_line(node: Function) -> int:
    """The line that the code object of a function begins at: that of its first decorator."""
    if isinstance(node, ast.Lambda):
        return node.lineno
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _is_of(code: CodeType, node: Function) -> bool:
    if first_line(node) != code.co_firstlineno:
        return False
    if not isinstance(node, ast.Lambda):
        return node.name == code.co_name
    body = node.body
    place = body.lineno, body.end_lineno, body.col_offset, body.end_col_offset
    return code.co_name == "<lambda>" and place in code.co_positions()


def compiled(statement: ast.stmt, like: CodeType) -> CodeType | None:
    """The code of a changed function within a changed statement of the module; None if it does not fit.

    A function keeps the variables that it has of the functions around it: their number can't change.
    """
    module = ast.Module([statement], [])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(module, like.co_filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None
    found = [each for each in _inside(code) if _same_place(each, like)]
    return found[0] if len(found) == 1 and found[0].co_freevars == like.co_freevars else None


def _inside(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _inside(constant)


def _same_place(code: CodeType, like: CodeType) -> bool:
    return (code.co_name, code.co_firstlineno, code.co_qualname) == (
        like.co_name,
        like.co_firstlineno,
        like.co_qualname,
    )


def functions_of(code: CodeType) -> list[FunctionType]:
    """The functions that run a code object."""
    return [
        each for each in gc.get_referrers(code) if isinstance(each, FunctionType) and each.__code__ is code
    ]


@contextlib.contextmanager
def in_place_of(functions: Sequence[FunctionType], code: CodeType) -> Iterator[None]:
    """The functions run another code."""
    before = [function.__code__ for function in functions]
    try:
        for function in functions:
            function.__code__ = code
        yield
    finally:
        for function, own in zip(functions, before, strict=True):
            function.__code__ = own
