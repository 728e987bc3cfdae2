"""What a failing statement compares with what, and how closely, read from its text.

`np.testing.assert_allclose(a, b, rtol=…)`, `assert np.allclose(a, b)`, `self.assertAllClose(a, b)`,
`assert a == pytest.approx(b)`, `assert np.max(np.abs(a - b)) < tol`, `assert relative_error(a, b) < tol`, and
the last two behind an `if` that raises.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.watch.scope import Scope, UnknownError
from stabcheck.dynamic.watch.source import dotted, header

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The difference that a comparison allows: `absolute` + `relative` × |desired|.

    `overall` says that the number is a relative error already, of norms or of the worst entry.
    """

    absolute: float = 0.0
    relative: float = 0.0
    overall: bool = False

    def as_relative_error(self, desired: Array) -> float | None:
        """The tolerance on the relative error in the 2-norm that this amounts to."""
        if self.overall:
            return self.relative or None
        sizes = np.abs(np.asarray(desired, float).reshape(-1))
        norm = float(np.linalg.norm(sizes))
        if not norm or not np.isfinite(norm):
            return self.relative or None
        return float(np.linalg.norm(self.absolute + self.relative * sizes)) / norm or None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two expressions that should have been close. `by` is what compared them, for messages."""

    by: str
    one: ast.expr
    other: ast.expr
    tolerance: Tolerance | None
    line: int


# Name of the function -> names of its parameters (desired second), then of its tolerances and their defaults.
_CLOSE: Mapping[str, tuple[tuple[str, ...], Mapping[str, float]]] = {
    "assert_allclose": (("actual", "desired", "rtol", "atol"), {"rtol": 1e-7, "atol": 0.0}),
    "allclose": (("a", "b", "rtol", "atol"), {"rtol": 1e-5, "atol": 1e-8}),
    "isclose": (("a", "b", "rtol", "atol"), {"rtol": 1e-5, "atol": 1e-8}),
    "assertAllClose": (("a", "b", "rtol", "atol"), {"rtol": 1e-6, "atol": 1e-6}),
    "assert_close": (("actual", "expected"), {}),
    "assert_near": (("x", "y", "rtol", "atol"), {}),
    "assert_array_almost_equal": (("actual", "desired", "decimal"), {"decimal": 6}),
    "assert_almost_equal": (("actual", "desired", "decimal"), {"decimal": 7}),
    "assertAlmostEqual": (("first", "second", "places"), {"places": 7}),
}
_DECIMALS = {"assert_array_almost_equal": 1.5, "assert_almost_equal": 1.5, "assertAlmostEqual": 0.5}
_CLOSENESS = re.compile(r"close|near|almost|approx|grad|error", re.IGNORECASE)
_LESS = {"assertLess", "assertLessEqual", "assert_array_less"}


def comparisons(statement: ast.stmt, scope: Scope) -> Iterator[Comparison]:
    """The comparisons in a statement that failed: an assertion, a call that raises, a raise behind an if."""
    condition = _condition(statement, scope)
    for node in ast.walk(condition) if condition is not None else ():
        if isinstance(node, ast.Call):
            yield from _close(node, scope)
            yield from _less_call(node, scope)
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            yield from _compare(node, scope)


def may_compare(statement: ast.stmt) -> bool:
    """Whether a failing statement can have failed because two values were not close.

    An assertion about a shape, a truth value or equality has not; what a function of the user's looks at is
    not known, unless it is called in an assertion.
    """
    asserts = isinstance(statement, ast.Assert)
    bounds = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    for node in (inner for expression in header(statement) for inner in ast.walk(expression)):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], bounds):
            return True
        if isinstance(node, ast.Call):
            called = called_name(node)
            if _CLOSENESS.search(called) or called in _LESS:
                return True
            asserts = asserts or called.startswith("assert")
    bare = isinstance(statement, ast.Assert) and isinstance(statement.test, (ast.Name, ast.Attribute))
    return bare or not asserts


def _condition(statement: ast.stmt, scope: Scope) -> ast.expr | None:
    if isinstance(statement, ast.Assert):
        return _through_name(statement.test, scope)
    if isinstance(statement, ast.Expr):
        return statement.value
    if isinstance(statement, ast.Raise):
        around = [
            s
            for s in scope.source.statements
            if isinstance(s, ast.If) and s.lineno <= statement.lineno <= (s.end_lineno or 0)
        ]
        return _through_name(around[-1].test, scope) if around else None
    if isinstance(statement, (ast.Assign, ast.Return)):
        return statement.value
    if isinstance(statement, (ast.If, ast.While)):
        return statement.test
    return None


def _through_name(test: ast.expr, scope: Scope) -> ast.expr:
    """`ok` where `ok = np.allclose(a, b)` stands before."""
    bare = test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else test
    name = dotted(bare)
    binding = scope.source.last_value(name, test.lineno) if name else None
    return binding.value if binding is not None and binding.kind == "value" else test


def _close(call: ast.Call, scope: Scope) -> Iterator[Comparison]:
    name = called_name(call)
    if name not in _CLOSE:
        return
    parameters, defaults = _CLOSE[name]
    if name == "isclose" and _is_of_math(call.func, scope, call.lineno):
        parameters, defaults = ("a", "b"), {"rel_tol": 1e-9, "abs_tol": 0.0}
    given = dict(zip(parameters, call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    one, other = given.get(parameters[0]), given.get(parameters[1])
    if one is None or other is None:
        return
    tolerance = _tolerance(name, given, defaults, scope, call.lineno)
    yield Comparison(name, one, other, tolerance, call.lineno)


def _is_of_math(function: ast.expr, scope: Scope, line: int) -> bool:
    try:
        return getattr(scope.value(function, line), "__module__", "") == "math"
    except UnknownError:
        return False


def _tolerance(
    name: str, given: Mapping[str, ast.expr], defaults: Mapping[str, float], scope: Scope, line: int
) -> Tolerance | None:
    numbers = dict(defaults)
    for key in ("rtol", "atol", "rel_tol", "abs_tol", "decimal", "places", "delta"):
        if key in given:
            value = number(given[key], scope, line)
            if value is None:
                return None
            numbers[key] = value
    if "delta" in numbers:
        return Tolerance(absolute=numbers["delta"])
    if name in _DECIMALS:
        return Tolerance(absolute=_DECIMALS[name] * 10.0 ** -numbers.get("decimal", numbers.get("places", 7)))
    if "rel_tol" in numbers:
        return Tolerance(numbers["abs_tol"], numbers["rel_tol"])
    if "rtol" not in numbers or "atol" not in numbers:
        return None  # the default depends on the dtype
    return Tolerance(numbers["atol"], numbers["rtol"])


def _less_call(call: ast.Call, scope: Scope) -> Iterator[Comparison]:
    if called_name(call) in _LESS and len(call.args) >= 2:
        yield from _error_below(call.args[0], call.args[1], scope, call.lineno)


def _compare(node: ast.Compare, scope: Scope) -> Iterator[Comparison]:
    left, right = node.left, node.comparators[0]
    if isinstance(node.ops[0], ast.Eq):
        for approximate, plain in ((right, left), (left, right)):
            if isinstance(approximate, ast.Call) and (dotted(approximate.func) or "").endswith("approx"):
                yield from _approx(approximate, plain, scope)
    elif isinstance(node.ops[0], (ast.Lt, ast.LtE)):
        yield from _error_below(left, right, scope, node.lineno)
        if number(right, scope, node.lineno) is None:
            yield from _error_below(right, left, scope, node.lineno)
    elif isinstance(node.ops[0], (ast.Gt, ast.GtE)):
        yield from _error_below(left, right, scope, node.lineno)
        yield from _error_below(right, left, scope, node.lineno)


def _approx(call: ast.Call, plain: ast.expr, scope: Scope) -> Iterator[Comparison]:
    if not call.args:
        return
    given = {keyword.arg: number(keyword.value, scope, call.lineno) for keyword in call.keywords}
    relative, absolute = given.get("rel"), given.get("abs")
    if relative is None:
        relative = 0.0 if absolute is not None else 1e-6
    tolerance = Tolerance(1e-12 if absolute is None else absolute, relative)
    yield Comparison("pytest.approx", plain, call.args[0], tolerance, call.lineno)


def _error_below(error: ast.expr, bound: ast.expr, scope: Scope, line: int) -> Iterator[Comparison]:
    """`error < bound`, where the error is worked out from a difference of two values."""
    limit = number(bound, scope, line)
    if limit is not None:
        yield from differences(error, limit, scope, line)


def differences(error: ast.expr, limit: float, scope: Scope, line: int) -> Iterator[Comparison]:
    """The differences that an error is worked out from: `rel = diff / size`, `diff = np.abs(a - b).max()`."""
    if not 0 < limit < 1:
        return
    relative, absolute = Tolerance(relative=limit, overall=True), Tolerance(absolute=limit)
    for node, divided in behind([error], line, scope, _divides):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            yield Comparison("assertion", node.left, node.right, relative if divided else absolute, line)
        elif isinstance(node, ast.Call) and len(node.args) == 2:
            tolerance = relative if divided else None  # what the function does with them is not looked at
            yield Comparison(called_name(node) or "assertion", node.args[0], node.args[1], tolerance, line)


def _divides(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return any(isinstance(inner, ast.Name) for inner in ast.walk(node.right))
    return isinstance(node, ast.Call) and "rel" in called_name(node).lower()


def behind(
    roots: Iterable[ast.expr], line: int, scope: Scope, mark: Callable[[ast.expr], bool]
) -> Iterator[tuple[ast.expr, bool]]:
    """What expressions are worked out from, names followed to what was bound to them last before `line`.

    Each comes with whether it, or an expression around it, has the mark.
    """
    seen: set[str] = set()
    waiting = [(root, line, False) for root in roots]
    while waiting:
        node, at, marked = waiting.pop()
        name = dotted(node)
        if name is not None:
            binding = scope.source.last_value(name, at)
            if name not in seen and binding is not None and binding.kind == "value":
                waiting.append((binding.value, binding.statement.lineno, marked))
            seen.add(name)
            continue
        marked = marked or mark(node)
        yield node, marked
        waiting.extend((n, at, marked) for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr))


def bounded_calls(statement: ast.stmt, scope: Scope) -> Iterator[tuple[ast.Call, float, int]]:
    """`check(f, g, x) < 1e-6`: calls whose result is an error, the bound, and the line of the call."""
    condition = _condition(statement, scope)
    for node in ast.walk(condition) if condition is not None else ():
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            sides = [(node.left, node.comparators[0]), (node.comparators[0], node.left)]
        elif isinstance(node, ast.Call) and len(node.args) >= 2 and called_name(node) in _LESS:
            sides = [(node.args[0], node.args[1])]
        else:
            continue
        for error, bound in sides:
            limit, call, line = number(bound, scope, node.lineno), error, node.lineno
            name = dotted(error)
            binding = scope.source.last_value(name, line) if name is not None else None
            if binding is not None and binding.kind == "value":
                call, line = binding.value, binding.statement.lineno
            if limit is not None and isinstance(call, ast.Call):
                yield call, limit, line


def called_name(call: ast.Call) -> str:
    """The last part of the name that is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func) or ""


def number(node: ast.expr, scope: Scope, line: int) -> float | None:
    """A number that an expression is, if that can be told."""
    try:
        value = scope.value(node, line)
    except UnknownError:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        return None
    return float(value)
