"""Guards: the conditions on a card under which a pattern speaks or stays silent.

A guard is an expression in Python's syntax over a fixed list of questions about the matched values: parsed
once, when the card is loaded, and walked, never executed. Logic is three-valued: what is not known is None,
and a guard counts only if it is surely true.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from stabcheck.ops.symbols import BINARY
from stabcheck.static.graph import Apply, Constant, Value, scalar
from stabcheck.static.normal import UNWRITTEN, scaled
from stabcheck.static.pattern import PatternError, metavariable, parse_template
from stabcheck.static.question import QUESTIONS, Knowledge, Scene

__all__ = ["GuardError", "Knowledge", "Scene", "holds", "instantiate", "parse_guard"]


class GuardError(ValueError):
    """What is wrong with a guard, and what is allowed."""


_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


@cache
def parse_guard(text: str, names: frozenset[str]) -> ast.expr:
    """Parse a guard and check it against the language and the metavariables of its pattern.

    Raises
    ------
    GuardError
        for anything else than questions, metavariables of the pattern, numbers, texts, comparisons, logic and
        arithmetic.
    """
    try:
        tree = parse_template(text)
    except PatternError as error:
        raise GuardError(str(error)) from None
    _check(tree, text, names)
    return tree


def _check(node: ast.expr, text: str, names: frozenset[str]) -> None:
    variable = metavariable(node)
    if variable is not None:
        if variable[0] not in names or variable[1]:
            known = ", ".join(f"${name}" for name in sorted(names)) or "none"
            raise GuardError(f"{text!r} asks about ${variable[0]}; the pattern binds {known}")
        return
    match node:
        case ast.BoolOp(values=values):
            below = values
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            below = [operand]
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARE for op in ops):
            below = [left, *others]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            below = [left, right]
        case ast.Constant(value=value) if isinstance(value, int | float | str | bool):
            return
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if name not in QUESTIONS:
                raise GuardError(f"unknown question {name!r} in {text!r}; allowed are {', '.join(QUESTIONS)}")
            kinds = QUESTIONS[name][0]
            fits = [
                _is_value(argument)
                if kind == "v"
                else isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                for kind, argument in zip(kinds, arguments, strict=False)
            ]
            if len(arguments) != len(kinds) or not all(fits):
                wanted = ", ".join("$x" if kind == "v" else "'…'" for kind in kinds)
                raise GuardError(f"{text!r}: write {name}({wanted})")
            below = [argument for argument, kind in zip(arguments, kinds, strict=True) if kind == "v"]
        case _:
            raise GuardError(
                f"{ast.unparse(node)!r} in {text!r} is not allowed; guards hold {', '.join(QUESTIONS)}, "
                "metavariables, numbers, texts, comparisons, and/or/not and arithmetic"
            )
    for child in below:
        _check(child, text, names)


def _is_value(node: ast.expr) -> bool:
    """A metavariable, or arithmetic of metavariables and numbers: `shifted($a - $b)`."""
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            return type(op) in BINARY and _is_value(left) and _is_value(right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _is_value(operand)
        case ast.Constant(value=value):
            return isinstance(value, int | float)
        case _:
            return metavariable(node) is not None


def holds(text: str, names: frozenset[str], scene: Scene) -> bool:
    """Whether the guard is surely true at this place."""
    return _value(parse_guard(text, names), scene) is True


def _value(node: ast.expr, scene: Scene) -> Any:
    """The value of a checked guard; None where it is not known."""
    variable = metavariable(node)
    if variable is not None:
        bound = scene.bindings.get(variable[0])
        return None if bound is None else scalar(bound)
    match node:
        case ast.Constant(value=value):
            return value
        case ast.BoolOp(op=op, values=values):
            return _logic(isinstance(op, ast.And), [_value(value, scene) for value in values])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _value(operand, scene)
            return None if inner is None else not inner
        case ast.UnaryOp(operand=operand):
            inner = _value(operand, scene)
            return None if inner is None else -inner
        case ast.Compare():
            return _comparison(node, scene)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _value(left, scene), _value(right, scene)
            if not isinstance(a, int | float) or not isinstance(b, int | float):
                return None
            try:
                return _ARITHMETIC[type(op)](float(a), float(b))  # integers would grow without end
            except ArithmeticError:
                return None
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _answer(name, arguments, scene)
    return None


def _answer(name: str, arguments: list[ast.expr], scene: Scene) -> Any:
    """What inference says; None if it is asked about a metavariable that is not bound."""
    kinds, question = QUESTIONS[name]
    asked: list[Any] = []
    for argument, kind in zip(arguments, kinds, strict=True):
        if kind == "v":
            asked.append(instantiate(argument, scene.bindings))
        elif isinstance(argument, ast.Constant):
            asked.append(argument.value)
    return None if None in asked else question(scene, *asked)


def instantiate(node: ast.expr, bindings: Mapping[str, Value]) -> Value | None:
    """The value that arithmetic of metavariables stands for; None if one is not bound."""
    variable = metavariable(node)
    if variable is not None:
        return bindings.get(variable[0])
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            a, b = instantiate(left, bindings), instantiate(right, bindings)
            return None if a is None or b is None else Apply(UNWRITTEN, BINARY[type(op)], (a, b))
        case ast.UnaryOp(operand=operand):
            inner = instantiate(operand, bindings)
            return None if inner is None else scaled(inner, -1.0)
        case ast.Constant(value=value) if isinstance(value, int | float):
            return Constant(UNWRITTEN, value)
        case _:
            return None


def _logic(conjunction: bool, values: list[Any]) -> bool | None:
    """Kleene's `and` and `or`."""
    decided = not conjunction
    if any(value is not None and bool(value) is decided for value in values):
        return decided
    return None if None in values else conjunction


def _comparison(node: ast.Compare, scene: Scene) -> bool | None:
    values = [_value(each, scene) for each in (node.left, *node.comparators)]
    results: list[Any] = []
    for op, a, b in zip(node.ops, values, values[1:], strict=False):
        if a is None or b is None:
            results.append(None)
            continue
        try:
            results.append(_COMPARE[type(op)](a, b))
        except TypeError:
            results.append(None)
    return _logic(True, results)
