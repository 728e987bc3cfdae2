"""The array that a check writes into between two evaluations with the same text.

`w[i] += h`, `params["W1"][i, j] -= 2 * h`, `layer.b.flat[k] = old + h`: the array need not stand in what is
evaluated, as `network.loss(x, y)` reads it from the network.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.watch.scope import Scope, UnknownError
from stabcheck.dynamic.watch.source import dotted, root_of, slots_of

Array = npt.NDArray[Any]
SETS = "set_weights"
ASSIGNS = ("assign", "assign_add", "assign_sub")


@dataclass(frozen=True, slots=True)
class Schemes:
    """Which differences two evaluations may be, and whether the entry that they move is still moved."""

    sides: tuple[str, ...]
    moved: bool


def schemes_of(scope: Scope, one: ast.stmt, other: ast.stmt) -> Schemes:
    """The schemes that the writes around two evaluations allow.

    Where the check fails before the entry is put back, the text alone tells which they are: there was a write
    before the first evaluation, too, or not.
    """
    first, last = sorted((one, other), key=_position)
    loop = _loop(scope, first, last)
    begin = scope.source.statements[0] if loop is None else loop
    written = {ast.dump(target) for target in _writes(scope, first, last)}
    after = [s for s in scope.source.statements if loop is not None and _position(s) <= _end(loop)]
    still = any(ast.dump(t) in written for s in after if s.lineno > scope.stands for t in _targets(s))
    inside = scope.live and loop is not None and loop.lineno <= scope.stands <= _end(loop)[0]
    if not still or not inside:
        return Schemes(("central", "forward", "backward"), False)
    twice = any(ast.dump(target) in written for target in _writes(scope, begin, first))
    return Schemes(("central",) if twice else ("forward", "backward"), True)


def _loop(scope: Scope, first: ast.stmt, last: ast.stmt) -> ast.stmt | None:
    """The inmost loop around the last of two evaluations, if it is around the first as well."""
    around = scope.source.loops(last)
    shared = [loop for loop in around if loop in scope.source.loops(first)]
    return shared[0] if shared else around[0] if around else None


def _end(statement: ast.stmt) -> tuple[int, int]:
    return statement.end_lineno or statement.lineno, statement.end_col_offset or 0


def _writes(scope: Scope, first: ast.stmt, last: ast.stmt) -> list[ast.expr]:
    """What is written into between two statements."""
    inside = [s for s in scope.source.statements if _position(first) < _position(s) < _position(last)]
    return [t for statement in inside for t in _targets(statement) if isinstance(t, ast.Subscript)]


def written_between(
    scope: Scope, one: ast.stmt, other: ast.stmt, line: int
) -> Iterator[tuple[ast.expr, Array]]:
    """The arrays of floating point that are written into between two statements, with what names them.

    `line`: where the names are looked up.
    """
    first, last = sorted((one, other), key=_position)
    seen: list[Array] = []
    for target in _writes(scope, first, last):
        found = _array_of(target, scope, line)
        if found is not None and not any(found[1] is array for array in seen):
            seen.append(found[1])
            yield found


def assigned_between(
    scope: Scope, one: ast.stmt, other: ast.stmt, line: int
) -> Iterator[tuple[ast.expr, Any]]:
    """The variables of a framework that are assigned to between two statements, with what names them."""
    first, last = sorted((one, other), key=_position)
    seen: list[Any] = []
    for statement in scope.source.statements:
        call = statement.value if isinstance(statement, ast.Expr) else None
        called = call.func if isinstance(call, ast.Call) else None
        if not isinstance(called, ast.Attribute) or called.attr not in (*ASSIGNS, SETS):
            continue
        holder = called.value
        while isinstance(holder, ast.Subscript):  # w[i].assign(…)
            holder = holder.value
        if not _position(first) < _position(statement) < _position(last):
            continue
        try:
            value = scope.value(holder, line)
        except UnknownError:
            continue
        several = called.attr == SETS  # of a layer or a model
        for variable in getattr(value, "weights", ()) if several else (value,):
            if is_variable(variable) and not any(variable is known for known in seen):
                seen.append(variable)
                named = ast.Name(str(getattr(variable, "path", "a weight")), ast.Load())
                yield named if several else holder, variable


def is_variable(value: Any) -> bool:
    """Whether a value is a variable of floating point of a framework: it can be assigned to, and read."""
    return callable(getattr(value, "assign", None)) and callable(getattr(value, "numpy", None))


def written_in_copy(
    base: ast.expr, copied: ast.expr, scope: Scope, line: int
) -> Iterator[tuple[ast.expr, Array]]:
    """The arrays of `params` that are written into in a copy of it: `plus["W1"][i, j] += h`."""
    seen: list[Array] = []
    for statement in scope.source.statements:
        for target in _targets(statement):
            slots = slots_of(target)
            if not slots or root_of(target) != dotted(copied):
                continue
            found = _array_of(_entry_of(base, slots), scope, line)
            if found is not None and not any(found[1] is array for array in seen):
                seen.append(found[1])
                yield found


def _entry_of(node: ast.expr, slots: tuple[ast.expr, ...]) -> ast.expr:
    for slot in slots:
        node = ast.Subscript(node, slot, ast.Load())
    return node


def _position(statement: ast.stmt) -> tuple[int, int]:
    return statement.lineno, statement.col_offset


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.AugAssign):
        return [statement.target]
    return list(statement.targets) if isinstance(statement, ast.Assign) else []


def _array_of(target: ast.expr, scope: Scope, line: int) -> tuple[ast.expr, Array] | None:
    """The outermost array that `name[…][…]` is an entry of; a view as the array that it shows."""
    containers: list[ast.expr] = []
    while isinstance(target, ast.Subscript):
        target = target.value
        if isinstance(target, ast.Attribute) and target.attr == "flat":
            target = target.value
        containers.append(target)
    for container in containers[::-1]:
        try:
            value = scope.value(container, line)
        except UnknownError:
            continue
        if isinstance(value, np.ndarray):
            whole = (
                value.base if isinstance(value.base, np.ndarray) and value.base.size == value.size else value
            )
            usable = whole.dtype.kind == "f" and whole.size > 0 and whole.flags.writeable
            return (container, whole) if usable else None
    return None
