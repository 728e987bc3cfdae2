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
from itertools import islice
from math import ulp
from typing import Any, Protocol

from stabcheck.ops import Interval
from stabcheck.ops.symbols import BINARY
from stabcheck.static.graph import Apply, Call, Constant, Item, Site, Value, scalar, strip, walk
from stabcheck.static.lower.conditions import COMPARISONS
from stabcheck.static.normal import UNWRITTEN, is_written, key, scaled, sums, term
from stabcheck.static.pattern import PatternError, metavariable, parse_template


class GuardError(ValueError):
    """What is wrong with a guard, and what is allowed."""


class Knowledge(Protocol):
    """What inference says of values (`stabcheck.static.infer.Facts`)."""

    def interval(self, value: Value) -> Interval: ...  # noqa: D102
    def tags(self, value: Value) -> frozenset[str]: ...  # noqa: D102
    def dtype(self, value: Value) -> str | None: ...  # noqa: D102
    def shape(self, value: Value) -> tuple[int | str | None, ...] | None: ...  # noqa: D102
    def integer(self, value: Value) -> bool: ...  # noqa: D102
    def library(self, value: Value) -> str | None: ...  # noqa: D102
    def differentiated(self, site: Site, value: Value) -> bool: ...  # noqa: D102


class Scene:
    """The place that a guard is asked about: the matched value, its metavariables, what is known there."""

    __slots__ = ("bindings", "facts", "site", "value")

    def __init__(self, facts: Knowledge, site: Site, value: Value, bindings: Mapping[str, Value]) -> None:
        self.facts = facts
        self.site = site
        self.value = value
        self.bindings = bindings


_Question = Callable[..., Any]


def _shifted(scene: Scene, x: Value) -> bool:
    """`x` is something minus its own maximum (or its logsumexp)."""
    return "shifted" in scene.facts.tags(x)


def _lower(scene: Scene, x: Value) -> float:
    """The lower end; the smallest positive number for what is above zero: `lower($x) > 0` asks for that."""
    interval = scene.facts.interval(x)
    return ulp(0.0) if interval.lower == 0 and interval.nonzero else interval.lower


def _upper(scene: Scene, x: Value) -> float:
    interval = scene.facts.interval(x)
    return -ulp(0.0) if interval.upper == 0 and interval.nonzero else interval.upper


def _is_op(_: Scene, x: Value, op: str) -> bool:
    node = strip(x)
    return isinstance(node, Apply) and node.op == op


def _mentions(_: Scene, x: Value, y: Value) -> bool:
    """`y` is a part of the expression `x`."""
    wanted = key(y)
    return any(key(node) == wanted for node in islice(walk(x), 200))


def _nonzero_divisor(scene: Scene) -> bool:
    """The place is a quotient, and its divisor was tested for zero or can't be zero."""
    node = strip(scene.value)
    if not isinstance(node, Apply) or node.op != "divide":
        return False
    return scene.facts.interval(node.operands[1]).excludes_zero


def _rank(scene: Scene, x: Value) -> int | None:
    shape = scene.facts.shape(x)
    return None if shape is None else len(shape)


def _offset(_: Scene, x: Value) -> float:
    """The magnitude of the number in the sum `x`: 1 for `1 - y`, 0 for what is no sum with a number."""
    return max((abs(sum(reading.numbers)) for reading in sums(x, 2)), default=0.0)


_ROUNDING = frozenset({"round", "floor", "ceil", "rint", "trunc", "argmax", "argmin", "argsort", "bucketize"})


def _rounded(scene: Scene) -> bool:
    """The expression around the value rounds it to whole numbers: what it loses is not seen."""
    target = strip(scene.value)
    for node in islice(walk(scene.site.value), 200):
        if isinstance(node, Apply):
            whole = node.op in _ROUNDING
        else:
            whole = isinstance(node, Call) and (node.function or "").rpartition(".")[2] in _ROUNDING | {"int"}
        if whole and any(strip(each) is target for each in islice(walk(node), 50)):
            return True
    return False


def _clipped_by_name(_: Scene, x: Value) -> bool:
    """`clip(x, eps, 1 - eps)`: bounds that are not numbers here are the author's."""
    node = strip(x)
    if not isinstance(node, Apply) or node.op != "clip":
        return False
    limits = (*node.operands[1:], *(node.attributes.get(name) for name in ("lower", "upper", "min", "max")))
    return any(each is not None and scalar(each) is None for each in limits)


def _weighs(scene: Scene, x: Value) -> bool:
    """A power of the value is the weight of `x` itself, as in a focal loss: both vanish together."""
    target, wanted = strip(scene.value), key(term(x).value)

    def is_weight(value: Value) -> bool:
        node = strip(value)
        return isinstance(node, Apply) and node.op == "power" and strip(node.operands[0]) is target

    for node in islice(walk(scene.site.value), 200):
        if isinstance(node, Apply) and node.op == "multiply" and len(node.operands) == 2:
            for weight, other in (node.operands, node.operands[::-1]):
                if is_weight(weight) and key(term(other).value) == wanted:
                    return True
    return False


def _compared(scene: Scene, x: Value, y: Value) -> bool:
    """A line above compares something that is made of both: the author has looked at degenerate cases."""
    module = getattr(scene.facts, "module", None)
    wanted = {key(x), key(y)}
    for site in module.sites if module is not None else ():
        if site.function != scene.site.function or site.value.span.line > scene.site.value.span.line:
            continue
        node = strip(site.value)
        if isinstance(node, Apply) and node.op in COMPARISONS:
            if wanted <= {key(each) for each in islice(walk(node), 200)}:
                return True
    return False


def _range_tested(scene: Scene, x: Value) -> bool:
    """Lines above compare the largest with the smallest entry of `x`, or their difference with something."""
    module = getattr(scene.facts, "module", None)
    if module is None:
        return False
    wanted = key(x)

    def is_extreme(value: Value) -> bool:
        node = strip(value)
        if isinstance(node, Apply) and node.op == "subtract":
            return all(map(is_extreme, node.operands))
        return isinstance(node, Apply) and node.op in ("max", "min") and key(node.operands[0]) == wanted

    for site in module.sites:
        if site.function != scene.site.function or site.value.span.line > scene.site.value.span.line:
            continue
        node = strip(site.value)
        if isinstance(node, Apply) and node.op in COMPARISONS and any(map(is_extreme, node.operands)):
            return True
    return False


# Arguments: "v" a metavariable or arithmetic of them, "s" a text.
QUESTIONS: dict[str, tuple[str, _Question]] = {
    "lower": ("v", _lower),
    "upper": ("v", _upper),
    "nonzero": ("v", lambda scene, x: scene.facts.interval(x).excludes_zero),
    "constant": ("v", lambda _, x: scalar(x) is not None),
    "offset": ("v", _offset),
    "rounded": ("", _rounded),
    "compared": ("vv", _compared),
    "clipped_by_name": ("v", _clipped_by_name),
    "weighs": ("v", _weighs),
    "range_tested": ("v", _range_tested),
    "factor": ("v", lambda _, x: abs(term(x).coefficient)),
    "integer": ("v", lambda scene, x: scene.facts.integer(x)),
    "tagged": ("vs", lambda scene, x, tag: tag in scene.facts.tags(x)),
    "shifted": ("v", _shifted),
    "dtype": ("v", lambda scene, x: scene.facts.dtype(x)),
    "rank": ("v", _rank),
    "is_op": ("vs", _is_op),
    "entry": ("v", lambda _, x: isinstance(strip(x), Item)),
    "mentions": ("vv", _mentions),
    "same": ("vv", lambda _, x, y: key(x) == key(y)),
    "library": ("", lambda scene: scene.facts.library(scene.value)),
    "differentiated": ("", lambda scene: scene.facts.differentiated(scene.site, scene.value)),
    "nonzero_divisor": ("", _nonzero_divisor),
    "written": ("v", lambda _, x: is_written(strip(x))),
    "given": ("v", lambda _, x: is_written(x)),
}
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
            if a is None or b is None:
                return None
            try:
                return _ARITHMETIC[type(op)](a, b)
            except (ArithmeticError, TypeError):
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
