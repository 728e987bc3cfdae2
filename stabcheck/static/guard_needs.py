"""What a text must hold for the guards of a pattern (`only_when`) to be true anywhere in it.

A guard counts only if it is surely true, and what it asks about comes from somewhere: a dtype is written or
made by an operation that has it, a number is written or computed of numbers, a name is a name of the text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from math import inf

from stabcheck.ops import OPERATIONS, Operation
from stabcheck.ops.interval import REAL
from stabcheck.static.marks import MARKS
from stabcheck.static.naming import NAMES
from stabcheck.static.pattern import metavariable, parse_template
from stabcheck.static.spelt import Clause, of_any, words

# What a file names that has arrays of these libraries.
NAMED_BY = {
    "tensorflow": frozenset({"tensorflow", "tf"}),
    "keras": frozenset({"keras", "tf_keras", "keras_core", "tensorflow"}),
    "torch": frozenset({"torch"}),
    "jax": frozenset({"jax", "jnp"}),
}


_UNIT = re.compile(r"lower\((\$\w+)\) >= 0")
_INTEGER_DTYPES = frozenset({"int", "int_", "int8", "int16", "int32", "int64", "long", "intp", "LongTensor"})
_SMALLEST_NORMAL = 2.0**-126  # of float32
_NAMED_NUMBERS = frozenset({"finfo", "tiny", "smallest_subnormal", "float_info", "nextafter", "fromhex"})
_SUBNORMAL = frozenset(
    {"1e-40", "exp(1)", "tiny", "smallest_subnormal", "smallest_normal", "nextafter", "fromhex"}
)
_SMALL = _NAMED_NUMBERS | {"1e-8", "epsilon"}
_FRACTION = _NAMED_NUMBERS | {"0.5", "epsilon", "pi", "tau", "e", "euler_gamma"}


@cache
def integers() -> Clause:
    """What makes whole numbers, or an array of the dtype of what it is given."""
    counting = of_any("argmax", "argmin", "argsort", "shape", "size", "ndim", "random_integer")
    return _INTEGER_DTYPES | {"len", "range"} | of_any("arange", "full", "asarray") | counting


@cache
def _of_dtype(dtype: object) -> Clause:
    """What a value of a dtype comes from; nothing where it may come from anywhere."""
    match dtype:
        case "float16":
            return frozenset({"float16", "half"})
        case "uint8":
            return frozenset({"uint8"})
        case "int32" | "int64":
            return integers()
        case _:
            return frozenset()


@cache
def _probability() -> Clause:
    """What makes a value a probability (`stabcheck.static.infer.tags`)."""
    made = of_any("softmax", "sigmoid", "ndtr", "hard_sigmoid")
    return made | {"predict_proba", "cdf", "sf", "pmf"}


@cache
def _bounded() -> Clause:
    """What can keep a value between 0 and 1: bounded operations, quotients, powers, tests, numbers."""
    computed = (
        "divide",
        "reciprocal",
        "rsqrt",
        "power",
        "exp",
        "exp2",
        "minimum",
        "clip",
        "remainder",
        "fmod",
    )
    bounded = (op for op, row in OPERATIONS.items() if _is_bounded(row))
    return of_any(*computed, "linspace", *bounded) | {"predict_proba", "0.5", "x < y"}


def _is_bounded(row: Operation) -> bool:
    """Whether the results of an operation are bounded above, whatever it is applied to."""
    if row.range is None:
        return False
    try:
        return row.range(*[REAL] * row.operands, **dict(row.defaults)).upper < inf
    except (TypeError, ValueError, ArithmeticError):
        return True


def of_guards(guards: Sequence[str]) -> list[Clause]:
    """The clauses that code meets wherever all of these guards can hold."""
    trees = [parse_template(guard) for guard in guards]
    positive = {name for tree in trees for name in _above_zero(tree)}
    found = [clause for tree in trees for clause in _of(tree, positive)]
    if any(_UNIT.sub(r"upper(\1) <= 1", guard) in guards for guard in guards if _UNIT.fullmatch(guard)):
        found.append(_bounded())
    return found


def of_library(guards: Iterable[str]) -> str | None:
    """The library whose spellings alone count, where a guard asks for one."""
    for guard in guards:
        match parse_template(guard):
            case ast.Compare(
                left=ast.Call(func=ast.Name(id="library")),
                ops=[ast.Eq()],
                comparators=[ast.Constant(value=str(name))],
            ):
                return name
    return None


def _of(tree: ast.expr, positive: set[str]) -> list[Clause]:
    match tree:
        case ast.BoolOp(op=ast.And(), values=values):
            return [clause for value in values for clause in _of(value, positive)]
        case ast.BoolOp(op=ast.Or(), values=values):
            each = [_of(value, positive) for value in values]
            smallest = [min(clauses, key=len) for clauses in each] if all(each) else []
            return [frozenset[str]().union(*smallest)] if smallest else []
        case ast.Compare(left=left, ops=[operator], comparators=[ast.Constant(value=value)]):
            return _of_comparison(left, operator, value, positive)
        case ast.Call(
            func=ast.Name(id="is_op" | "carries" | "made_here"), args=[*_, ast.Constant(value=str(op))]
        ):
            return [words(op)] if op in OPERATIONS else []
        case ast.Call(func=ast.Name(id="tagged"), args=[_, ast.Constant(value=str(tag))]):
            return [_probability()] if tag == "probability" else [frozenset({tag})] if tag in NAMES else []
        case ast.Call(func=ast.Name(id="in_gradient")):
            return [frozenset({"a gradient"})]
        case _:
            return []


def _of_comparison(left: ast.expr, operator: ast.cmpop, value: object, positive: set[str]) -> list[Clause]:
    variable = metavariable(left)
    if variable is not None:
        if variable[0] not in positive or not isinstance(operator, ast.Lt | ast.LtE):
            return []
        assert isinstance(value, int | float)
        if value < _SMALLEST_NORMAL:
            return [_SUBNORMAL]
        return [_SMALL] if value < 0.1 else [_FRACTION] if value <= 1 and isinstance(operator, ast.Lt) else []
    match left, operator:
        case ast.Call(func=ast.Name(id="dtype")), ast.Eq() if _of_dtype(value):
            named = [frozenset({f"np.{value}"})] if f"np.{value}" in MARKS else []
            return [_of_dtype(value), *named]
        case ast.Call(func=ast.Name(id="library")), ast.Eq() if value in NAMED_BY:
            return [NAMED_BY[value]]
        case _:
            return []


def _above_zero(tree: ast.expr) -> Iterator[str]:
    """The metavariable of `$c > 0`."""
    match tree:
        case ast.Compare(left=left, ops=[ast.Gt()], comparators=[ast.Constant(value=0)]):
            variable = metavariable(left)
            if variable is not None:
                yield variable[0]
