"""Numeric gradients that a test works out by hand: two values of a function, subtracted, over a step.

`(f(x + h) - f(x - h)) / (2 * h)`, in a loop over the entries or for all of them at once, in the test itself
or in a function that it calls, with the argument copied or written into. What is read here is a guess at
function, point and step; `replay` accepts it only if it gives the numbers that the test compared.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from stabcheck.dynamic.trace.location import is_users
from stabcheck.dynamic.watch.checkers import name_of
from stabcheck.dynamic.watch.comparison import called_name, number
from stabcheck.dynamic.watch.neighbours import differing, moved_apart, written_into
from stabcheck.dynamic.watch.scope import Scope, UnknownError, describe, scope_of_call
from stabcheck.dynamic.watch.source import dotted, text_of
from stabcheck.dynamic.watch.template import as_function, contracted_with

DEEPEST = 6  # calls and names that are followed
_WRAPPERS = {
    "array",
    "asarray",
    "ravel",
    "reshape",
    "squeeze",
    "stack",
    "float",
    "float64",
    "atleast_1d",
    "list",
}
_METHODS = {"ravel", "flatten", "reshape", "copy", "astype", "squeeze", "item", "numpy"}


@dataclass(frozen=True, slots=True)
class Guess:
    """A numeric gradient as it was read: `function` of one argument, at `point`, and the divisor.

    `sides` are the schemes that the text allows: the divisor is 2 h for "central", h for the others. `name`
    is the function's as the test calls it, `variable` the argument's.
    """

    function: Callable[[Any], Any]
    name: str
    variable: str
    point: Any = field(repr=False)
    divisor: float
    sides: tuple[str, ...]


def numeric_gradient(
    node: ast.expr, scope: Scope, line: int, depth: int = 0, key: str | None = None
) -> Guess | None:
    """What numeric gradient an expression is, if it is one.

    `key`: it is a dictionary of gradients, and that one of them is meant.
    """
    if depth > DEEPEST:
        return None
    if isinstance(node, ast.Subscript) and key is None:
        return _picked(node, scope, line, depth)
    if isinstance(node, ast.Dict) and key is not None:
        found = [
            value for name, value in zip(node.keys, node.values, strict=True) if name and text_of(name) == key
        ]
        return numeric_gradient(found[0], scope, line, depth + 1) if len(found) == 1 else None
    if isinstance(node, ast.BinOp):
        return _quotient(node, scope, line)
    if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        return numeric_gradient(node.elt, scope, line, depth + 1)
    name = dotted(node)
    if name is not None:
        return _named(name, scope, line, depth, key)
    if isinstance(node, ast.Call):
        return _called(node, scope, line, depth, key)
    return None


def _picked(node: ast.Subscript, scope: Scope, line: int, depth: int) -> Guess | None:
    """`gradients["W"]`, and `gradients[key]` where the key is known."""
    try:
        key = scope.value(node.slice, line)
    except UnknownError:
        return None
    return numeric_gradient(node.value, scope, line, depth + 1, key) if isinstance(key, str) else None


def _named(name: str, scope: Scope, line: int, depth: int, key: str | None) -> Guess | None:
    value = scope.source.last_value(name, line)
    if value is not None and value.kind == "value":
        found = numeric_gradient(value.value, scope, value.statement.lineno, depth + 1, key)
        if found is not None:
            return found
    filled = [b for b in scope.source.bindings(name) if b.kind == "content" and (key is None or b.key == key)]
    found_in = [numeric_gradient(b.value, scope, b.statement.lineno, depth + 1) for b in filled]
    return found_in[0] if len(found_in) == 1 else None


def _called(node: ast.Call, scope: Scope, line: int, depth: int, key: str | None) -> Guess | None:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
    if isinstance(node.func, ast.Attribute) and called in _METHODS:
        return numeric_gradient(node.func.value, scope, line, depth + 1)
    wraps = called in _WRAPPERS and node.args
    try:
        function = scope.value(node.func, line)
        arguments, keywords = scope.arguments(node, line)
    except UnknownError:
        return numeric_gradient(node.args[0], scope, line, depth + 1) if wraps else None
    if getattr(function, "__name__", "") == "approx_fprime":
        return _approx_fprime(function, arguments, keywords)
    plain = getattr(function, "__func__", function)
    if not isinstance(plain, FunctionType) or not is_users(plain.__code__.co_filename):
        return numeric_gradient(node.args[0], scope, line, depth + 1) if wraps else None
    inner = scope_of_call(function, arguments, keywords)
    return None if inner is None else _returned(inner, depth, key)


def _returned(scope: Scope, depth: int, key: str | None) -> Guess | None:
    if isinstance(scope.source.node, ast.Lambda):
        return numeric_gradient(scope.source.node.body, scope, scope.source.node.lineno, depth + 1, key)
    returns = [s for s in scope.source.statements if isinstance(s, ast.Return) and s.value is not None]
    found = [
        numeric_gradient(s.value, scope, s.lineno, depth + 1, key) for s in returns if s.value is not None
    ]
    return found[0] if len(found) == 1 else None


def _approx_fprime(function: Any, arguments: list[Any], keywords: dict[str, Any]) -> Guess | None:
    """SciPy's forward difference."""
    if not str(getattr(function, "__module__", "")).startswith("scipy."):
        return None
    try:
        bound = inspect.signature(function).bind(*arguments, **keywords)
    except TypeError:
        return None
    bound.apply_defaults()
    given = bound.arguments
    inner, rest, step = given["f"], given.get("args", ()), given["epsilon"]
    if not isinstance(step, (int, float)):
        return None
    of_one = inner if not rest else functools.wraps(inner)(lambda x: inner(x, *rest))
    return Guess(of_one, name_of(inner), "xk", given["xk"], float(step), ("forward",))


def _quotient(node: ast.BinOp, scope: Scope, line: int) -> Guess | None:
    """`(one - other) / divisor`, where both are one function at neighbouring points."""
    split = _split(node, scope, line, 0)
    if split is None:
        return None
    difference, divisor, cotangent = split
    one, one_line = _followed(difference.left, scope, line)
    other, other_line = _followed(difference.right, scope, line)
    pairs = list(differing(one, other))
    if len(pairs) > 1:
        return None
    if pairs:
        found = moved_apart(pairs[0], scope, min(one_line, other_line))
    else:
        found = written_into(one, scope)
    if found is None:
        return None
    base, held, sides = found
    try:
        point = scope.value(base, line)
        function, name = as_function(one, held, scope, one_line)
    except UnknownError:
        return None
    if cotangent is not None:
        function = contracted_with(function, cotangent)
    return Guess(function, name, describe(base), point, divisor, sides)


Split = tuple[ast.BinOp, float, Any]


def _split(node: ast.expr, scope: Scope, line: int, depth: int) -> Split | None:
    """The difference in `(a - b) / (2 * h)`, `0.5 * (a - b) / h`, and the divisor.

    In `np.sum((a - b) * cotangent) / (2 * h)` also the cotangent, else None.
    """
    if depth > DEEPEST:
        return None
    name = dotted(node)
    if name is not None:
        binding = scope.source.last_value(name, line)
        if binding is None or binding.kind != "value":
            return None
        return _split(binding.value, scope, binding.statement.lineno, depth + 1)
    if isinstance(node, ast.Call):
        return _summed(node, scope, line, depth)
    if not isinstance(node, ast.BinOp):
        return None
    if isinstance(node.op, ast.Sub):
        return node, 1.0, None
    if isinstance(node.op, ast.Div):
        inner, factor = _split(node.left, scope, line, depth + 1), _constant(node.right, scope, line)
    elif isinstance(node.op, ast.Mult):
        inner, factor = _split(node.right, scope, line, depth + 1), _constant(node.left, scope, line)
        if inner is None or not factor:
            inner, factor = _split(node.left, scope, line, depth + 1), _constant(node.right, scope, line)
        factor = 1 / factor if factor else None
    else:
        return None
    return None if inner is None or not factor else (inner[0], inner[1] * factor, inner[2])


def _summed(node: ast.Call, scope: Scope, line: int, depth: int) -> Split | None:
    """`np.sum((a - b) * cotangent)`, `((a - b) * cotangent).sum()`: over all entries."""
    of = node.args[0] if node.args else node.func.value if isinstance(node.func, ast.Attribute) else None
    plain = len(node.args) <= 1 and not node.keywords and called_name(node) == "sum"
    if not plain or not isinstance(of, ast.BinOp) or not isinstance(of.op, ast.Mult):
        return None
    for difference, factor in ((of.left, of.right), (of.right, of.left)):
        inner = _split(difference, scope, line, depth + 1)
        if inner is None or inner[2] is not None:
            continue
        try:
            cotangent = scope.value(factor, line)
        except UnknownError:
            return None
        return (inner[0], inner[1], cotangent) if hasattr(cotangent, "shape") else None
    return None


def _constant(node: ast.expr, scope: Scope, line: int) -> float | None:
    """A number that is the same for all entries: not one that the loop over them works out."""
    here = scope.source.statement_at(line)
    around = [] if here is None else scope.source.loops(here)
    for name in filter(None, map(dotted, ast.walk(node))):
        binding = scope.source.last_value(name, line)
        if binding is None or binding.kind != "value" or _nameless(binding.value):
            continue
        if any(loop in around for loop in scope.source.loops(binding.statement)):
            return None
    return number(node, scope, line)


def _nameless(node: ast.expr) -> bool:
    """Whether an expression is written without names: `1e-5`, `2 ** -10`."""
    return not any(isinstance(inner, ast.Name) for inner in ast.walk(node))


def _followed(node: ast.expr, scope: Scope, line: int) -> tuple[ast.expr, int]:
    """What a name stands for, as far as it was given to it in one piece."""
    for _ in range(DEEPEST):
        name = dotted(node)
        binding = scope.source.last_value(name, line) if name is not None else None
        if binding is None or binding.kind != "value":
            break
        node, line = binding.value, binding.statement.lineno
    return node, line
