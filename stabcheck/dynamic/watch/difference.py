"""Numeric gradients that a test works out by hand: two values of a function, subtracted, over a step.

`(f(x + h) - f(x - h)) / (2 * h)`, in a loop over the entries or for all of them at once, in the test itself
or in a function that it calls, with the argument copied or written into. What is read here is a guess at
function, point and step; `replay` accepts it only if it gives the numbers that the test compared.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from stabcheck.dynamic.trace.location import is_users
from stabcheck.dynamic.watch.between import schemes_of, written_between, written_in_copy
from stabcheck.dynamic.watch.checkers import name_of
from stabcheck.dynamic.watch.comparison import called_name, number
from stabcheck.dynamic.watch.neighbours import differing, moved_apart, written_into
from stabcheck.dynamic.watch.rounds import element_of, rounds
from stabcheck.dynamic.watch.scope import Scope, UnknownError, describe, scope_of_call
from stabcheck.dynamic.watch.source import Binding, dotted, root_of, slots_of, text_of
from stabcheck.dynamic.watch.template import as_function, as_it_stands, contracted_with, replaced

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
    is the function's as the test calls it, `variable` the argument's. `written` is the array that the test
    writes into in place, where the entry that was moved last still is if `moved`; `in_place`: the function
    looks at what stands there, whatever it is given.
    """

    function: Callable[[Any], Any]
    name: str
    variable: str
    point: Any = field(repr=False)
    divisor: float
    sides: tuple[str, ...]
    written: Any = field(default=None, repr=False)
    moved: bool = False
    in_place: bool = False


def numeric_gradients(
    node: ast.expr, scope: Scope, line: int, depth: int = 0, key: str | None = None
) -> Iterator[Guess]:
    """What numeric gradient an expression may be, if it is one.

    `key`: it is a dictionary of gradients, and that one of them is meant.
    """
    if depth > DEEPEST:
        return
    name = dotted(node)
    if isinstance(node, ast.Subscript) and key is None:
        yield from _picked(node, scope, line, depth)
    elif isinstance(node, ast.Dict) and key is not None:
        for label, value in zip(node.keys, node.values, strict=True):
            if label is not None and text_of(label) == key:
                yield from numeric_gradients(value, scope, line, depth + 1)
    elif isinstance(node, ast.BinOp):
        yield from _quotient(node, scope, line)
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        yield from numeric_gradients(node.elt, scope, line, depth + 1)
    elif name is not None:
        yield from _named(name, scope, line, depth, key)
    elif isinstance(node, ast.Call):
        yield from _called(node, scope, line, depth, key)


def _picked(node: ast.Subscript, scope: Scope, line: int, depth: int) -> Iterator[Guess]:
    """`gradients["W"]`, `gradients[key]` where the key is known, and one of a list of gradients."""
    try:
        key = scope.value(node.slice, line)
        among = isinstance(key, int) and isinstance(scope.value(node.value, line), (list, tuple))
    except UnknownError:
        return
    if isinstance(key, str) or among:
        yield from numeric_gradients(
            node.value, scope, line, depth + 1, key if isinstance(key, str) else None
        )


def _named(name: str, scope: Scope, line: int, depth: int, key: str | None) -> Iterator[Guess]:
    value = scope.source.last_value(name, line)
    through = None if value is None or value.kind == "content" else element_of(name, value.statement)
    if value is not None and value.kind == "value":
        yield from numeric_gradients(value.value, scope, value.statement.lineno, depth + 1, key)
    elif value is not None and through is not None:
        yield from numeric_gradients(through, scope, value.statement.lineno, depth + 1)
    for filled in scope.source.bindings(name):
        if filled.kind == "content" and (key is None or filled.may_be_under(key)):
            for then in rounds(scope, filled.statement, line):
                yield from numeric_gradients(filled.value, then, filled.statement.lineno, depth + 1)


def _called(node: ast.Call, scope: Scope, line: int, depth: int, key: str | None) -> Iterator[Guess]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
    if isinstance(node.func, ast.Attribute) and called in _METHODS:
        yield from numeric_gradients(node.func.value, scope, line, depth + 1)
        return
    try:
        function = scope.value(node.func, line)
        arguments, keywords = scope.arguments(node, line)
    except UnknownError:
        function = None
    plain = getattr(function, "__func__", function)
    if getattr(function, "__name__", "") == "approx_fprime":
        yield from _approx_fprime(function, arguments, keywords)
    elif isinstance(plain, FunctionType) and is_users(plain.__code__.co_filename):
        inner = scope_of_call(function, arguments, keywords)
        if inner is not None:
            yield from _returned(inner, depth, key)
    elif called in _WRAPPERS and node.args:
        yield from numeric_gradients(node.args[0], scope, line, depth + 1)


def _returned(scope: Scope, depth: int, key: str | None) -> Iterator[Guess]:
    if isinstance(scope.source.node, ast.Lambda):
        yield from numeric_gradients(scope.source.node.body, scope, scope.source.node.lineno, depth + 1, key)
    for statement in scope.source.statements:
        if isinstance(statement, ast.Return) and statement.value is not None:
            yield from numeric_gradients(statement.value, scope, statement.lineno, depth + 1, key)


def _approx_fprime(function: Any, arguments: list[Any], keywords: dict[str, Any]) -> Iterator[Guess]:
    """SciPy's forward difference."""
    if not str(getattr(function, "__module__", "")).startswith("scipy."):
        return
    try:
        bound = inspect.signature(function).bind(*arguments, **keywords)
    except TypeError:
        return
    bound.apply_defaults()
    given = bound.arguments
    inner, rest, step = given["f"], given.get("args", ()), given["epsilon"]
    if isinstance(step, (int, float)):
        of_one = inner if not rest else functools.wraps(inner)(lambda x: inner(x, *rest))
        yield Guess(of_one, name_of(inner), "xk", given["xk"], float(step), ("forward",))


def _quotient(node: ast.BinOp, scope: Scope, line: int) -> Iterator[Guess]:
    """`(one - other) / divisor`, where both are one function at neighbouring points."""
    split = _split(node, scope, line, 0)
    if split is None:
        return
    difference, divisor, cotangent = split
    one, one_at = _followed(difference.left, scope, line)
    other, other_at = _followed(difference.right, scope, line)
    pairs = list(differing(one, other))
    if len(pairs) > 1:
        return
    here = scope.source.statement_at(line)
    one_at, other_at = one_at or here, other_at or here
    if one_at is None or other_at is None:
        return
    if not pairs:
        yield from _written(one, cotangent, divisor, scope, (one_at, other_at), line)
        return
    found = moved_apart(pairs[0], scope, min(one_at.lineno, other_at.lineno))
    if found is None:
        return
    base, held, sides = found
    try:
        point = scope.value(base, line)
        function, name = as_function(one, held, scope, one_at.lineno)
    except UnknownError:
        return
    if isinstance(point, (dict, list)):  # copies of all parameters, of which one array is written into
        for array in written_in_copy(base, held, scope, line):
            found_in = as_it_stands(replaced(one, held, base), scope, one_at.lineno)
            yield Guess(*found_in, describe(array[0]), array[1], divisor, sides, array[1], in_place=True)
        return
    if cotangent is not None:
        function = contracted_with(function, cotangent)
    yield Guess(function, name, describe(base), point, divisor, sides)


def _written(
    one: ast.expr, cotangent: Any, divisor: float, scope: Scope, at: tuple[ast.stmt, ast.stmt], line: int
) -> Iterator[Guess]:
    """Two evaluations with the same text, between which an array is written into."""
    first, schemes = at[0].lineno, schemes_of(scope, *at)
    sides, moved = schemes.sides, schemes.moved
    for held in written_into(one, scope):
        try:
            point = scope.value(held, line)
            function, name = as_function(one, held, scope, first)
        except UnknownError:
            continue
        if cotangent is not None:
            function = contracted_with(function, cotangent)
        yield Guess(function, name, describe(held), point, divisor, sides, point, moved)
    for base, array in written_between(scope, *at, line):
        try:
            function, name = as_it_stands(one, scope, first)
        except UnknownError:
            continue
        if cotangent is not None:
            function = contracted_with(function, cotangent)
        yield Guess(function, name, describe(base), array, divisor, sides, array, moved, in_place=True)


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


def _followed(node: ast.expr, scope: Scope, line: int) -> tuple[ast.expr, ast.stmt | None]:
    """What a name or an entry stands for, and the statement that gave it its value."""
    at = None
    for _ in range(DEEPEST):
        binding = _given(node, scope, line)
        if binding is None:
            break
        node, at, line = binding.value, binding.statement, binding.statement.lineno
        if binding.index is not None:  # value, _ = f(x)
            node = ast.Subscript(node, ast.Constant(binding.index), ast.Load())
    return node, at


def _given(node: ast.expr, scope: Scope, line: int) -> Binding | None:
    """Where a name was given its value, or `name[i]` was, with the same text in the brackets."""
    name = dotted(node)
    if name is not None:
        binding = scope.source.last_value(name, line)
        if binding is None or binding.kind == "value":
            return binding
        apart = isinstance(binding.statement, ast.Assign) and binding.index is not None
        return binding if apart else None
    root = root_of(node) if isinstance(node, ast.Subscript) else None
    if root is None:
        return None
    slots = [ast.dump(slot) for slot in slots_of(node)]
    given = [
        binding
        for binding in scope.source.bindings(root)
        if binding.kind == "content"
        and isinstance(binding.statement, ast.Assign)
        and binding.statement.lineno <= line
        and [ast.dump(slot) for slot in binding.slots] == slots
    ]
    return given[-1] if given else None
