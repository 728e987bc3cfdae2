"""Statements that run one after the other: assignments, imports, definitions, returns, with-blocks."""

from __future__ import annotations

import ast

from stabcheck.static.graph import Apply, Call, Place, Reference, Value, strip
from stabcheck.static.lower.attributes import dotted
from stabcheck.static.lower.conditions import assume
from stabcheck.static.lower.customary import customary, stands_for
from stabcheck.static.lower.expressions import combine
from stabcheck.static.lower.frame import Frame, reference, statement
from stabcheck.static.lower.functions import NO_GRADIENT, as_value, define
from stabcheck.static.lower.layers import appended
from stabcheck.static.lower.targets import assign
from stabcheck.static.names import imported, library

# Methods that change what they are called on.
_CHANGING = frozenset(
    {"append", "extend", "insert", "sort", "fill", "pop", "remove", "clear", "reverse", "update", "shuffle"}
)
_STOPS = frozenset({"sys.exit", "os._exit", "builtins.exit", "builtins.quit"})


@statement(ast.Expr)
def _expression(frame: Frame, node: ast.Expr) -> bool:
    if isinstance(node.value, ast.Constant):
        return True
    value = frame.site(node.value)
    if isinstance(node.value, ast.Call):
        _in_place(frame, node.value, value)
    return not (isinstance(value, Call) and value.function in _STOPS)


def _in_place(frame: Frame, node: ast.Call, value: Value) -> None:
    """Calls that change a name.

    `x.clamp_(0, 1)`, `np.clip(x, 0, 1, out=x)`, `model.add(layer)`, `items.append(x)`.
    """
    out = next((each.value for each in node.keywords if each.arg == "out"), None)
    if out is not None and isinstance(value, Apply):
        target = dotted(out)
        if target is not None and target in frame.scope.names:
            assign(frame, out, value)
        return
    if not isinstance(node.func, ast.Attribute):
        return
    name = dotted(node.func.value)
    held = frame.scope.names.get(name) if name is not None else None
    if held is None or name is None:
        return
    method = node.func.attr
    if method.endswith("_") and not method.endswith("__") and isinstance(value, Apply):
        assign(frame, node.func.value, value)
    elif method == "add" and isinstance(value, Call) and value.arguments:
        model = appended(held, value.arguments[0], held.place)
        if model is not None:
            frame.scope.set(name, model)
    elif method in _CHANGING and not isinstance(strip(held), Reference):
        frame.scope.assigned[name] = frame.scope.assigned.get(name, 0) + 1
        frame.scope.set(name, frame.scope.fresh(name, frame.unit.place(node)))


@statement(ast.Assign)
def _assign(frame: Frame, node: ast.Assign) -> bool:
    value = frame.site(node.value)
    for target in node.targets:
        assign(frame, target, value)
    return True


@statement(ast.AnnAssign)
def _annotated(frame: Frame, node: ast.AnnAssign) -> bool:
    if node.value is not None:
        assign(frame, node.target, frame.site(node.value))
    return True


@statement(ast.AugAssign)
def _augmented(frame: Frame, node: ast.AugAssign) -> bool:
    right = frame.value(node.value)
    left = frame.value(node.target)
    value = combine(frame, node, type(node.op), left, right)
    frame.record(value, node)
    assign(frame, node.target, value)
    return True


@statement(ast.Return)
def _return(frame: Frame, node: ast.Return) -> bool:
    if node.value is not None:
        frame.returns.append(frame.site(node.value))
    return False


@statement(ast.Raise)
def _raise(frame: Frame, node: ast.Raise) -> bool:
    return False


@statement(ast.Assert)
def _assert(frame: Frame, node: ast.Assert) -> bool:
    assume(frame, frame.site(node.test), True)
    return True


@statement(ast.Delete)
def _delete(frame: Frame, node: ast.Delete) -> bool:
    for target in node.targets:
        name = dotted(target)
        if name is not None and name in frame.scope.names:
            frame.scope.set(name, None)
    return True


@statement(ast.Import, ast.ImportFrom)
def _import(frame: Frame, node: ast.Import | ast.ImportFrom) -> bool:
    place = frame.unit.place(node)
    for alias, written in imported(node):
        qualified = stands_for(alias, written)
        frame.unit.learn(alias, qualified)
        if alias == "*":
            frame.unit.stars.append(qualified)
            if library(qualified) is None:
                _bring(frame, place)
        else:
            frame.scope.bind(alias, reference(qualified, place))
    return True


def _bring(frame: Frame, place: Place) -> None:
    """Bind the names of libraries that can only come from a module of which everything is imported."""
    for name, module in customary(frame.unit.text):
        if frame.scope.find(name) is None:
            frame.unit.learn(name, module)
            frame.scope.bind(name, reference(module, place))


@statement(ast.FunctionDef, ast.AsyncFunctionDef)
def _function(frame: Frame, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    definition = define(frame, node, node.name)
    frame.scope.bind(node.name, as_value(definition, frame))
    if definition.owner is not None:
        definition.owner.methods[node.name] = definition
    return True


@statement(ast.With, ast.AsyncWith)
def _with(frame: Frame, node: ast.With | ast.AsyncWith) -> bool:
    outer = frame.no_gradient
    for item in node.items:
        manager = frame.site(item.context_expr)
        if _stops_gradient(manager):
            frame.no_gradient = True
        if item.optional_vars is not None:
            assign(frame, item.optional_vars, manager)
    end = frame.block(node.body)
    frame.no_gradient = outer
    return end


def _stops_gradient(manager: Value) -> bool:
    inner = strip(manager)
    if isinstance(inner, Call):
        name = inner.function or ""
        return name in NO_GRADIENT or name.endswith(".stop_recording")
    return False


@statement(ast.Global, ast.Nonlocal)
def _declared(frame: Frame, node: ast.Global | ast.Nonlocal) -> bool:
    for name in node.names:
        held = frame.scope.find(name)
        if held is not None and not isinstance(held, Reference):
            frame.scope.set(name, frame.scope.fresh(name, frame.unit.place(node), "global"))
    return True
