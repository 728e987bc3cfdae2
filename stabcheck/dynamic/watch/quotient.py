"""A quotient of two values of a function at neighbouring points: of which function, where, by which step."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from stabcheck.dynamic.watch.between import assigned_between, schemes_of, written_between, written_in_copy
from stabcheck.dynamic.watch.comparison import called_name, number
from stabcheck.dynamic.watch.neighbours import differing, moved_apart, written_into
from stabcheck.dynamic.watch.scope import Scope, UnknownError, describe
from stabcheck.dynamic.watch.source import Binding, dotted, root_of, slots_of
from stabcheck.dynamic.watch.template import as_function, as_it_stands, contracted_with, replaced

ALL = ("central", "forward", "backward")
DEEPEST = 6  # names that are followed


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


def quotient(node: ast.BinOp, scope: Scope, line: int) -> Iterator[Guess]:
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
    for base, variable in assigned_between(scope, *at, line):
        try:
            function, name = as_it_stands(as_tensor(one), scope, first)
        except UnknownError:
            continue
        value = variable.numpy()
        if cotangent is None and value.dtype.kind == "f":
            yield Guess(function, name, describe(base), value, divisor, ALL, variable, in_place=True)


def as_tensor(node: ast.expr) -> ast.expr:
    """What `loss(x).numpy()` and `float(loss(x))` are made of."""
    if not isinstance(node, ast.Call) or node.keywords:
        return node
    if isinstance(node.func, ast.Attribute) and node.func.attr == "numpy" and not node.args:
        return as_tensor(node.func.value)
    return as_tensor(node.args[0]) if dotted(node.func) == "float" and len(node.args) == 1 else node


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
