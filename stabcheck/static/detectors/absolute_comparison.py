"""Numeric and analytic gradients compared by their absolute difference alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._on_lines import functions_on, lines_with
from stabcheck.static.detectors._syntax import Definition, own
from stabcheck.static.graph import Span
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module
from stabcheck.static.source_text import text_of

_NUMERIC = re.compile(r"numeric|approx|finite_diff|(?:^|_)(?:num|fd)(?:_|$)", re.I)
_ANALYTIC = re.compile(
    r"analytic|backprop|theor|autodiff|autograd|(?:^|_)(?:ana|grads?|gradients?)(?:_|$)", re.I
)
_REDUCTIONS = frozenset(
    {"max", "amax", "sum", "mean", "norm", "all", "any", "reduce_max", "reduce_sum", "reduce_mean"}
)
# An operator of order and a number behind it, on the same line or not. Possessive: in a row of `#` each may
# begin a comment, and trying them all takes for ever.
_BOUND = re.compile(r"[<>]=?(?:[\s\\(]++|#.*+)*+\.?\d")
_LINE_END = 1_000_000  # a column behind all
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`abs(numeric - analytic) < 1e-7`, also through a name; not of a quotient."""
    positions, text = Positions(module.text), text_of(module)
    for function in functions_on(module, lines_with(module, _BOUND)):
        # With what stands behind it, since a name may end where a text does.
        if _NUMERIC.search(f"{text[_whole(function)]}\n\n") is None:
            continue
        differences = {
            node.targets[0].id: node.value
            for node in own(function)
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and _is_difference(node.value)
        }
        for node in own(function):
            if isinstance(node, ast.Compare) and _is_bounded(node):
                left = node.left
                named = isinstance(left, ast.Name) and left.id in differences
                if named or _is_difference(left):
                    yield Hit(positions.span(node))


def _whole(function: Definition) -> Span:
    """The lines of a function, with those of its decorators."""
    first = min([function.lineno, *(each.lineno for each in function.decorator_list)])
    return Span(first, 1, function.end_lineno or function.lineno, _LINE_END)


def _is_bounded(node: ast.Compare) -> bool:
    """`… < 1e-7`, in any direction."""
    return isinstance(node.ops[0], _ORDER) and _is_number(node.comparators[0])


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < node.value < 0.1


def _is_difference(node: ast.expr) -> bool:
    """abs, norm or maximum of a numeric minus an analytic gradient."""
    seen_size = False
    while isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("abs", "absolute", "fabs", "norm"):
            seen_size = True
        elif name not in _REDUCTIONS:
            return False
        inner = (
            node.args[0] if node.args else node.func.value if isinstance(node.func, ast.Attribute) else None
        )
        if inner is None:
            return False
        node = inner
    if not seen_size or not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub):
        return False
    sides = [_last_name(node.left), _last_name(node.right)]
    numeric = [bool(_NUMERIC.search(side)) for side in sides]
    return any(numeric[i] and _ANALYTIC.search(sides[1 - i]) and not numeric[1 - i] for i in (0, 1))


def _last_name(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
