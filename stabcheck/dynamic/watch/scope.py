"""What expressions of a test are worth, as far as that can be told without running the user's code again.

Names, attributes, constants, arithmetic, lambdas, and calls of NumPy's own functions are evaluated; a call of
the user's functions is not.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FrameType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from stabcheck.dynamic.watch.source import Source, dotted, lambda_of, signature_of, source_of

_PLAIN = (float, int, complex, bool, abs, len, max, min, range, tuple, list, sum, slice)
_METHODS = ("copy", "astype", "ravel", "flatten", "reshape", "item", "view", "numpy", "squeeze")


class UnknownError(Exception):
    """The value can't be told."""


@dataclass(frozen=True)
class Scope:
    """A function (or module) that ran: its source, and the values of those of its names that are known.

    `names` are local, `outer` those of the module. `live`: the frame is there, so that what is not among the
    names has no value, and stands at line `stands`; otherwise only parameters are known, and assignments are
    followed.
    """

    source: Source
    names: Mapping[str, Any]
    outer: Mapping[str, Any] = field(repr=False)
    live: bool
    stands: int = 0

    def value(self, node: ast.expr, line: int) -> Any:
        """The value of an expression that stands on `line`.

        Raises
        ------
        UnknownError
            if it can't be told.
        """
        try:
            return self._value(node, line)
        except UnknownError:
            raise
        except Exception as error:  # an attribute that is not there, an index out of range
            raise UnknownError from error

    def arguments(self, call: ast.Call, line: int) -> tuple[list[Any], dict[str, Any]]:
        """The positional and the keyword arguments of a call; `*rest` is taken apart.

        Raises
        ------
        UnknownError
            if one can't be told, or some are given by `**`.
        """
        arguments: list[Any] = []
        for argument in call.args:
            if isinstance(argument, ast.Starred):
                arguments.extend(self.value(argument.value, line))
            else:
                arguments.append(self.value(argument, line))
        if any(keyword.arg is None for keyword in call.keywords):
            raise UnknownError
        return arguments, {str(k.arg): self.value(k.value, line) for k in call.keywords}

    def _value(self, node: ast.expr, line: int) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self._name(node.id, line)
        if isinstance(node, ast.Attribute):
            return getattr(self._value(node.value, line), node.attr)
        if isinstance(node, (ast.Tuple, ast.List)):
            entries = [self._value(entry, line) for entry in node.elts]
            return tuple(entries) if isinstance(node, ast.Tuple) else entries
        if isinstance(node, (ast.UnaryOp, ast.BinOp)):
            parts = [node.operand] if isinstance(node, ast.UnaryOp) else [node.left, node.right]
            return self._computed(node, [self._value(part, line) for part in parts], parts)
        if isinstance(node, ast.Subscript):
            return self._value(node.value, line)[self._value(node.slice, line)]
        if isinstance(node, ast.Lambda):
            return self._computed(node, *self._free(node, line))
        if isinstance(node, ast.Call):
            return self._called(node, line)
        raise UnknownError

    def _name(self, name: str, line: int) -> Any:
        if name in self.names:
            return self.names[name]
        binding = None if self.live else self.source.last_value(name, line)
        if binding is not None:
            if binding.kind != "value":
                raise UnknownError
            return self._value(binding.value, binding.statement.lineno)
        if name in self.outer:
            return self.outer[name]
        if hasattr(builtins, name):
            return getattr(builtins, name)
        raise UnknownError

    def _free(self, node: ast.Lambda, line: int) -> tuple[list[Any], list[ast.expr]]:
        """The values of the names that a lambda reads, and the names."""
        own = {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
        reads = {n.id: n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id not in own}
        stored = {n.id for n in reads.values() if isinstance(n.ctx, ast.Store)}
        used: list[ast.expr] = [n for name, n in sorted(reads.items()) if name not in stored]
        return [self._value(name, line) for name in used], used

    def _computed(self, node: ast.expr, values: list[Any], parts: list[ast.expr]) -> Any:
        """The expression with its parts replaced by their values."""
        if isinstance(node, ast.Lambda):
            names = {part.id: value for part, value in zip(parts, values, strict=True)}  # type: ignore[attr-defined]
            arguments = ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])
            maker = ast.Lambda(arguments, node)
            code = compile(ast.fix_missing_locations(ast.Expression(maker)), self._path(), "eval")
            return eval(code, {"__name__": "<check>"})(*values)  # a closure over cells: they can be exchanged
        if not all(isinstance(value, (bool, int, float, np.ndarray, np.generic)) for value in values):
            raise UnknownError
        names = {f"_{index}": value for index, value in enumerate(values)}
        holes: list[ast.expr] = [ast.Name(name, ast.Load()) for name in names]
        copy: ast.expr = (
            ast.UnaryOp(node.op, holes[0])
            if isinstance(node, ast.UnaryOp)
            else ast.BinOp(holes[0], node.op, holes[1])  # type: ignore[attr-defined]
        )
        return eval(compile(ast.fix_missing_locations(ast.Expression(copy)), "<check>", "eval"), names)

    def _path(self) -> str:
        code = next((v.__code__ for v in self.outer.values() if isinstance(v, FunctionType)), None)
        return str(self.outer.get("__file__") or getattr(code, "co_filename", "<check>"))

    def _called(self, node: ast.Call, line: int) -> Any:
        """A call of NumPy or of a plain built-in function."""
        if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            owner = self._value(node.func.value, line)
            if not isinstance(owner, (np.ndarray, np.generic)) and node.func.attr != "numpy":
                raise UnknownError
            function = getattr(owner, node.func.attr)
        else:
            function = self._value(node.func, line)
            if not _is_pure(function):
                raise UnknownError
        arguments, keywords = self.arguments(node, line)
        return function(*arguments, **keywords)


def scope_of_frame(frame: FrameType) -> Scope | None:
    """The scope of a frame that is still there."""
    source = source_of(frame.f_code)
    return (
        None
        if source is None
        else Scope(source, dict(frame.f_locals), frame.f_globals, live=True, stands=frame.f_lineno)
    )


def scope_of_call(function: Any, arguments: list[Any], keywords: Mapping[str, Any]) -> Scope | None:
    """The scope that a call of a user's Python function had, with the values of its parameters."""
    first = [function.__self__] if isinstance(function, MethodType) else []
    plain = inspect.unwrap(getattr(function, "__func__", function))
    if not isinstance(plain, FunctionType):
        return None
    source, signature = source_of(plain.__code__), signature_of(plain)
    if source is None and plain.__name__ == "<lambda>":
        node = lambda_of(plain.__code__)
        source = None if node is None else Source(node, ())
    if source is None or signature is None:
        return None
    try:
        bound = signature.bind(*first, *arguments, **keywords)
    except TypeError:
        return None
    bound.apply_defaults()
    names = dict(bound.arguments)
    for name, cell in zip(plain.__code__.co_freevars, plain.__closure__ or (), strict=False):
        try:
            names.setdefault(name, cell.cell_contents)
        except ValueError:  # not bound yet
            continue
    return Scope(source, names, plain.__globals__, live=False)


def _is_pure(function: Any) -> bool:
    if function in _PLAIN or isinstance(function, np.ufunc):
        return True
    module = str(getattr(function, "__module__", "") or "")
    owner = getattr(function, "__self__", None)
    named = module.partition(".")[0] in ("numpy", "math") and "random" not in module
    return named and callable(function) and (owner is None or isinstance(owner, ModuleType))


def describe(node: ast.expr) -> str:
    """An expression as a person would name it, short."""
    text = dotted(node) or ast.unparse(node)
    return text if len(text) <= 60 else text[:57] + "…"
