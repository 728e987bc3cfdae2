"""Expressions other than calls and subscripts."""

from __future__ import annotations

import ast

from stabcheck.ops import lookup
from stabcheck.static.comprehension import each_of
from stabcheck.static.graph import Apply, Call, Constant, Merge, Opaque, Sequence, Value
from stabcheck.static.lower.attributes import attribute
from stabcheck.static.lower.conditions import assume, is_condition
from stabcheck.static.lower.folding import fold
from stabcheck.static.lower.frame import Frame, constant, expression


def _operation(name: str, otherwise: str) -> str:
    spelling = lookup(f"operator.{name}")
    return spelling.operation if spelling else otherwise


BINARY: dict[type[ast.operator], str] = {
    ast.Add: _operation("add", "add"),
    ast.Sub: _operation("sub", "subtract"),
    ast.Mult: _operation("mul", "multiply"),
    ast.Div: _operation("truediv", "divide"),
    ast.FloorDiv: _operation("floordiv", "floor_divide"),
    ast.Mod: _operation("mod", "remainder"),
    ast.Pow: _operation("pow", "power"),
    ast.MatMult: _operation("matmul", "matmul"),
    ast.BitAnd: _operation("and_", "logical_and"),
    ast.BitOr: _operation("or_", "logical_or"),
}

COMPARISON: dict[type[ast.cmpop], str] = {
    ast.Lt: _operation("lt", "less"),
    ast.LtE: _operation("le", "less_equal"),
    ast.Gt: _operation("gt", "greater"),
    ast.GtE: _operation("ge", "greater_equal"),
    ast.Eq: _operation("eq", "equal"),
    ast.NotEq: _operation("ne", "not_equal"),
}

_OTHER_COMPARISON: dict[type[ast.cmpop], str] = {
    ast.Is: "operator.is_",
    ast.IsNot: "operator.is_not",
    ast.In: "operator.contains",
    ast.NotIn: "operator.not_contains",
}


@expression(ast.Attribute)
def _attribute(frame: Frame, node: ast.Attribute) -> Value:
    return attribute(frame, node)


@expression(ast.BinOp)
def _binary(frame: Frame, node: ast.BinOp) -> Value:
    # A sum of ten thousand terms leans to the left: go down its spine in a loop.
    spine = [node]
    while isinstance(spine[-1].left, ast.BinOp):
        spine.append(spine[-1].left)
    left = frame.value(spine[-1].left)
    for each in reversed(spine):
        left = combine(frame, each, type(each.op), left, frame.value(each.right))
    return left


def combine(
    frame: Frame, node: ast.BinOp | ast.AugAssign, operator: type[ast.operator], left: Value, right: Value
) -> Value:
    """`left operator right`, folded if both are numbers."""
    place = frame.unit.place(node)
    op = BINARY.get(operator)
    if op is None or _is_listed(left) or _is_listed(right):
        return Opaque(place, (left, right))
    return fold(op, (left, right), place) or Apply(place, op, (left, right))


def _is_listed(value: Value) -> bool:
    """Whether a value is a text or a list: those are joined and repeated."""
    if isinstance(value, Constant):
        return isinstance(value.value, str | bytes)
    return each_of(value) is not None


@expression(ast.UnaryOp)
def _unary(frame: Frame, node: ast.UnaryOp) -> Value:
    operand = frame.value(node.operand)
    place = frame.unit.place(node)
    if isinstance(node.op, ast.UAdd):
        return operand
    if isinstance(node.op, ast.USub):
        return fold("negative", (operand,), place) or Apply(place, "negative", (operand,))
    return Apply(place, "logical_not", (operand,))


@expression(ast.Compare)
def _compare(frame: Frame, node: ast.Compare) -> Value:
    place = frame.unit.place(node)
    left = frame.value(node.left)
    parts: list[Value] = []
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = frame.value(comparator)
        op = COMPARISON.get(type(operator))
        if op is not None:
            parts.append(Apply(place, op, (left, right)))
        else:
            parts.append(Call(place, _OTHER_COMPARISON[type(operator)], None, (left, right)))
        left = right
    whole = parts[0]
    for part in parts[1:]:
        whole = Apply(place, "logical_and", (whole, part))
    return whole


@expression(ast.BoolOp)
def _boolean(frame: Frame, node: ast.BoolOp) -> Value:
    place = frame.unit.place(node)
    scope = frame.scope
    mark = scope.mark()
    values: list[Value] = []
    for each in node.values:
        value = frame.value(each)
        values.append(value)
        # `x > 0 and log(x) < 3`: what follows is evaluated only where this held (`or`: did not hold).
        assume(frame, value, isinstance(node.op, ast.And))
    scope.forget_assumptions(mark)
    if not any(is_condition(value) for value in values):
        return Merge(place, tuple(values))
    op = "logical_and" if isinstance(node.op, ast.And) else "logical_or"
    whole = values[0]
    for value in values[1:]:
        whole = Apply(place, op, (whole, value))
    return whole


@expression(ast.IfExp)
def _conditional(frame: Frame, node: ast.IfExp) -> Value:
    scope = frame.scope
    test = frame.site(node.test)
    mark = scope.mark()
    assume(frame, test, True)
    body = frame.value(node.body)
    scope.forget_assumptions(mark)
    assume(frame, test, False)
    orelse = frame.value(node.orelse)
    scope.forget_assumptions(mark)
    if body is orelse:
        return body
    return Merge(frame.unit.place(node), (body, orelse))


@expression(ast.Tuple, ast.List)
def _display(frame: Frame, node: ast.Tuple | ast.List) -> Value:
    items = tuple([frame.value(each) for each in node.elts])
    place = frame.unit.place(node)
    if any([each.__class__ is ast.Starred for each in node.elts]):  # noqa: C419 - most have few elements
        return Opaque(place, items)
    return Sequence(place, items)


@expression(ast.Starred, ast.Await)
def _inner(frame: Frame, node: ast.Starred | ast.Await) -> Value:
    return frame.value(node.value)


@expression(ast.NamedExpr)
def _walrus(frame: Frame, node: ast.NamedExpr) -> Value:
    value = frame.value(node.value)
    frame.scope.bind(node.target.id, value)
    return value


@expression(ast.Set)
def _set(frame: Frame, node: ast.Set) -> Value:
    return Opaque(frame.unit.place(node), tuple(frame.value(each) for each in node.elts))


@expression(ast.Dict)
def _dict(frame: Frame, node: ast.Dict) -> Value:
    """A dictionary is the call `dict(…)` as long as its keys are names."""
    place = frame.unit.place(node)
    keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
    values = [frame.value(each) for each in node.values]
    if all(isinstance(key, str) for key in keys):
        return Call(place, "builtins.dict", None, (), dict(zip(map(str, keys), values, strict=True)))
    return Opaque(place, tuple(values))


@expression(ast.JoinedStr)
def _text(frame: Frame, node: ast.JoinedStr) -> Value:
    parts = [
        frame.value(each.value)
        for each in node.values
        if isinstance(each, ast.FormattedValue) and not isinstance(each.value, ast.Name | ast.Constant)
    ]
    # A call, so that it is not taken for an array: `f"{x}".join(…)`.
    return Call(frame.unit.place(node), "builtins.str", None, tuple(parts))


@expression(ast.Yield, ast.YieldFrom)
def _yield(frame: Frame, node: ast.Yield | ast.YieldFrom) -> Value:
    frame.is_generator = True
    parts = () if node.value is None else (frame.value(node.value),)
    return Opaque(frame.unit.place(node), parts)


@expression(ast.Slice)
def _slice(frame: Frame, node: ast.Slice) -> Value:
    place = frame.unit.place(node)
    parts = tuple(
        constant(None, place) if part is None else frame.value(part)
        for part in (node.lower, node.upper, node.step)
    )
    return Call(place, "builtins.slice", None, parts)
