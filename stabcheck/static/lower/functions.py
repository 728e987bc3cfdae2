"""Functions: their parameters, their body, and what they return."""

from __future__ import annotations

import ast

from stabcheck.static.graph import Constant, Reference, Symbol, Value
from stabcheck.static.lower.frame import Frame, expression
from stabcheck.static.lower.local import Definition, FunctionNode, LocalFunction
from stabcheck.static.lower.scope import Scope
from stabcheck.static.lower.unit import Unit
from stabcheck.static.module import Function

_DEEPEST_DEMAND = 3  # functions lowered because another one, being lowered, needs to know what they make

# Decorators and contexts under which nothing is differentiated.
NO_GRADIENT = frozenset(
    {
        "torch.no_grad",
        "torch.inference_mode",
        "torch.set_grad_enabled",
        "tensorflow.no_gradient",
        "jax.lax.stop_gradient",
    }
)


def define(frame: Frame, node: FunctionNode, name: str) -> Definition:
    """Register a function where its definition stands; its body is lowered later."""
    unit = frame.unit
    qualified = unit.unique(f"{frame.function}.{name}" if frame.function else name)
    decorators: tuple[str, ...] = ()
    if not isinstance(node, ast.Lambda):
        decorators = tuple(_decorator(frame, each) for each in node.decorator_list)
    definition = Definition(
        qualified,
        node,
        _enclosing(frame),
        frame.owner
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _in_class(frame)
        else None,
        decorators,
        _defaults(frame, node.args),
        no_gradient=frame.no_gradient or any(each in NO_GRADIENT for each in decorators),
    )
    unit.definitions[qualified] = definition
    unit.pending.append(definition)
    return definition


def _in_class(frame: Frame) -> bool:
    return frame.owner is not None and frame.receiver is None and frame.function == frame.owner.name


def _enclosing(frame: Frame) -> Scope:
    """The scope that the body's free names are looked up in: class bodies are not seen from methods."""
    if _in_class(frame) and frame.scope.parent is not None:
        return frame.scope.parent
    return frame.scope


def _decorator(frame: Frame, node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        value = frame.site(node.func)
        for argument in node.args:
            frame.site(argument)
        if isinstance(value, Reference) and value.name == "functools.partial" and node.args:
            value = frame.value(node.args[0])
    else:
        value = frame.value(node)
    return value.name if isinstance(value, Reference) else ""


def _defaults(frame: Frame, arguments: ast.arguments) -> dict[str, Value]:
    positional = [*arguments.posonlyargs, *arguments.args]
    found: dict[str, Value] = {}
    if arguments.defaults:
        for argument, default in zip(positional[-len(arguments.defaults) :], arguments.defaults, strict=True):
            found[argument.arg] = frame.site(default)
    for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if keyword_default is not None:
            found[argument.arg] = frame.site(keyword_default)
    return found


def lower_pending(unit: Unit) -> None:
    """Lower the bodies of the functions that are still waiting, and of those that they define."""
    while unit.pending:
        definition = unit.pending.popleft()
        if definition.state == "waiting":
            lower_function(unit, definition)


def demand(unit: Unit, definition: Definition) -> Function | None:
    """The function once lowered, doing so now if need be; None while it is itself being lowered."""
    if definition.state == "waiting" and unit.nesting < _DEEPEST_DEMAND:
        unit.nesting += 1
        depth, unit.depth = unit.depth, 0
        try:
            lower_function(unit, definition)
        finally:
            unit.nesting -= 1
            unit.depth = depth
    return definition.lowered


def lower_function(unit: Unit, definition: Definition) -> None:
    """Lower the body of a function and note what it returns."""
    definition.state = "running"
    node = definition.node
    frame = Frame(
        unit,
        Scope(definition.name, definition.scope),
        definition.name,
        owner=definition.owner,
        receiver=_receiver(definition),
        no_gradient=definition.no_gradient,
    )
    parameters = _parameters(frame, definition)
    try:
        if isinstance(node, ast.Lambda):
            frame.returns.append(frame.site(node.body))
        else:
            frame.block(node.body)
    except RecursionError:
        frame.returns.clear()
    definition.is_generator = frame.is_generator
    returns = () if frame.is_generator else tuple(frame.returns)
    definition.lowered = Function(
        definition.name, unit.span(node), parameters, returns, definition.decorators, node
    )
    definition.state = "done"
    unit.functions[definition.name] = definition.lowered


def _receiver(definition: Definition) -> str | None:
    arguments = definition.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if definition.owner is None or definition.is_static or not positional:
        return None
    return positional[0].arg


def _parameters(frame: Frame, definition: Definition) -> dict[str, Value]:
    arguments = definition.node.args
    found: dict[str, Value] = {}
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    for argument in named:
        found[argument.arg] = _parameter(frame, argument, definition.defaults.get(argument.arg))
    for rest in (arguments.vararg, arguments.kwarg):
        if rest is not None:
            found[rest.arg] = _parameter(frame, rest, None)
    for name, value in found.items():
        frame.scope.bind(name, value)
    return found


def _parameter(frame: Frame, argument: ast.arg, default: Value | None) -> Symbol:
    place = frame.unit.place(argument)
    annotation = None if argument.annotation is None else _annotation(frame, argument.annotation)
    return Symbol(place, argument.arg, (frame.function, argument.arg, 0), "parameter", annotation, default)


def _annotation(frame: Frame, node: ast.expr) -> str | None:
    """The type in an annotation as a qualified name where it is one, else its text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name | ast.Attribute):
        value = frame.value(node)
        return value.name if isinstance(value, Symbol) else None
    try:
        return ast.unparse(node)
    except RecursionError:
        return None


def as_value(definition: Definition, frame: Frame) -> LocalFunction:
    """The function as a value of the name that it is bound to."""
    place = frame.unit.place(definition.node)
    return LocalFunction(place, definition.name, ("", definition.name, 0), "global", None, None, definition)


def is_none(value: Value) -> bool:
    """Whether `value` is the literal None."""
    return isinstance(value, Constant) and value.value is None


@expression(ast.Lambda)
def _lambda(frame: Frame, node: ast.Lambda) -> Value:
    """A lambda is a function of its own; it is lowered when the scope around it is complete."""
    return as_value(define(frame, node, f"<lambda>@{node.lineno}:{node.col_offset + 1}"), frame)
