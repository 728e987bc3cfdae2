"""Functions rewritten so that their operations are announced to a watch (how, is in `numpy_syntax`).

The values stay what they are (arrays, floats, whatever the user computes with); only who performs an
operation changes. Rewriting is by `ast`, on demand, function by function; closures keep their cells,
defaults and globals are shared with the original, and nothing of the user's module is touched.
"""

from __future__ import annotations
import __future__

import ast
import copy
import inspect
import linecache
from collections.abc import Sequence
from functools import lru_cache
from types import CellType, CodeType, FunctionType
from typing import Any

from stabcheck.dynamic.trace.location import is_users
from stabcheck.dynamic.trace.numpy_syntax import WATCH, announce

_INNER = "__stabcheck_function__"


def rewritten(function: FunctionType, watch: Any) -> FunctionType | None:
    """The function with its operations announced to `watch`; None without the user's source for it."""
    if WATCH in function.__code__.co_freevars:
        return function  # defined inside a rewritten one
    code = _rewritten_code(function.__code__, function.__qualname__, function.__code__.co_filename)
    if code is None:
        return None
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    cells[WATCH] = CellType(watch)
    closure = tuple(cells[name] for name in code.co_freevars)
    result = FunctionType(code, function.__globals__, function.__name__, function.__defaults__, closure)
    result.__kwdefaults__ = function.__kwdefaults__
    result.__dict__.update(function.__dict__)
    result.__qualname__ = function.__qualname__
    return result


@lru_cache(maxsize=1024)
def _rewritten_code(code: CodeType, qualname: str, path: str) -> CodeType | None:
    # `path` is part of the key: code objects of two files may be equal.
    if not is_users(path) or code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        return None
    tree = _parsed(path, "".join(linecache.getlines(path)))
    node = _definition(tree, code) if tree is not None else None
    if node is None:
        return None
    definition = _as_definition(copy.deepcopy(node))
    announce(definition, path, code.co_name, _class_name(qualname))
    definition.name = _INNER  # its own name means what it means outside: a global, if the function is one
    outer = ast.FunctionDef(
        name="__outer__",
        args=_parameters([WATCH, *code.co_freevars]),
        body=[definition, ast.Return(ast.Name(definition.name, ast.Load()))],
        decorator_list=[],
    )
    module = ast.Module([ast.copy_location(outer, node)], [])
    try:
        future = code.co_flags & __future__.annotations.compiler_flag
        tree = ast.fix_missing_locations(module)
        compiled = compile(tree, path, "exec", flags=future, dont_inherit=True)
    except (SyntaxError, ValueError, TypeError):
        return None  # syntax newer than this rewriting knows: the function runs as it is
    inside = _nested(_nested(compiled, "__outer__"), _INNER)
    return inside.replace(co_name=code.co_name, co_qualname=code.co_qualname)


@lru_cache(maxsize=256)
def _parsed(path: str, text: str) -> ast.Module | None:
    try:
        return ast.parse(text) if text else None
    except (SyntaxError, ValueError):
        return None


def _nested(code: CodeType, name: str) -> CodeType:
    return next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name)


def _definition(tree: ast.Module, code: CodeType) -> ast.FunctionDef | ast.Lambda | None:
    """The syntax of a code object: by name and first line; lambdas of one line by their columns."""
    found: list[ast.FunctionDef | ast.Lambda] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            lines = {node.lineno, *(d.lineno for d in node.decorator_list)}
            found += [node] if code.co_firstlineno in lines else []
        elif (
            isinstance(node, ast.Lambda) and code.co_name == "<lambda>" and node.lineno == code.co_firstlineno
        ):
            found.append(node)
    if len(found) <= 1:
        return found[0] if found else None
    columns = [p[2] for p in code.co_positions() if p[2] is not None and p[0] is not None and p[2] > 0]
    lambdas = [
        n for n in found if isinstance(n, ast.Lambda) and columns and n.body.col_offset == min(columns)
    ]
    return lambdas[0] if lambdas else None


def _as_definition(node: ast.FunctionDef | ast.Lambda) -> ast.FunctionDef:
    """A definition without what is evaluated when it is executed: decorators, defaults, annotations."""
    if isinstance(node, ast.Lambda):
        body: list[ast.stmt] = [ast.copy_location(ast.Return(node.body), node.body)]
        node = ast.copy_location(ast.FunctionDef("__lambda__", node.args, body, []), node)
    node.decorator_list = []
    node.returns = None
    arguments = node.args
    arguments.defaults = [ast.Constant(None) for _ in arguments.defaults]
    arguments.kw_defaults = [None if d is None else ast.Constant(None) for d in arguments.kw_defaults]
    for argument in (
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ):
        if argument is not None:
            argument.annotation = None
    return node


def _parameters(names: Sequence[str]) -> ast.arguments:
    return ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])


def _class_name(qualname: str) -> str | None:
    """The class whose private names a method mangles."""
    parts = qualname.split(".")
    return parts[-2] if len(parts) > 1 and parts[-2] != "<locals>" else None
