"""Calls: of functions by their qualified name, of methods, of functions and layers of this file."""

from __future__ import annotations

import ast
import re

from stabcheck.static.graph import Call, Constant, Item, Place, Reference, Symbol, Value, strip
from stabcheck.static.lower.attributes import attribute_of_value, held_as, is_array_module
from stabcheck.static.lower.binding import Arguments
from stabcheck.static.lower.classes import method_of
from stabcheck.static.lower.frame import Frame, expression, is_receiver
from stabcheck.static.lower.inline import returned
from stabcheck.static.lower.layers import activated, called, loss
from stabcheck.static.lower.local import ClassDefinition, Definition, LocalClass, LocalFunction, lineage
from stabcheck.static.lower.operations import array_method, named_operation
from stabcheck.static.lower.own import meant
from stabcheck.static.names import normalize, spellings

# Decorators that are called on a function and give one that computes the same.
_TRANSPARENT = frozenset(
    {
        "tensorflow.function",
        "jax.jit",
        "torch.compile",
        "torch.jit.script",
        "numba.njit",
        "numba.jit",
        "jax.checkpoint",
    }
)
_GENERATORS = frozenset({"RandomState", "default_rng", "check_random_state"})
_GENERATOR_NAME = re.compile(r"(?:^|[._])(?:rng|random_state|prng)$")


def _arguments(frame: Frame, node: ast.Call) -> Arguments:
    positional = tuple([frame.value(given) for given in node.args])
    starred = ast.Starred in [given.__class__ for given in node.args]
    keywords: dict[str, Value] = {}
    for each in node.keywords:
        value = frame.value(each.value)
        if each.arg is None:
            starred = True
            keywords["**"] = value
        else:
            keywords[each.arg] = value
    return Arguments(positional, keywords, starred)


@expression(ast.Call)
def _call(frame: Frame, node: ast.Call) -> Value:
    place = frame.unit.place(node)
    if isinstance(node.func, ast.Attribute):
        held = held_as(frame, node.func)
        if held is None:
            receiver = frame.value(node.func.value)
            arguments = _arguments(frame, node)
            if not isinstance(strip(receiver), Reference):
                return _method(frame, receiver, node.func, arguments, place)
            held = attribute_of_value(frame, receiver, node.func.attr, frame.unit.place(node.func))
            return called_value(frame, held, arguments, place)
        return called_value(frame, held, _arguments(frame, node), place)
    callee = frame.value(node.func)
    return called_value(frame, callee, _arguments(frame, node), place)


def called_value(frame: Frame, callee: Value, arguments: Arguments, place: Place) -> Value:
    """The value of calling a value."""
    inner = strip(callee)
    if inner.__class__ is Reference:  # as most are
        return _function(frame, inner.name, arguments, place)
    if isinstance(inner, LocalFunction):
        return _local(frame, inner, arguments, place)
    if isinstance(inner, LocalClass):
        return Call(place, inner.name, inner, arguments.positional, arguments.keywords)
    if isinstance(inner, Call) and isinstance(inner.callee, LocalClass):
        return _instance(frame, callee, inner.callee, None, arguments, place)
    if isinstance(inner, Call) and inner.function == "functools.partial" and inner.arguments:
        positional = (*inner.arguments[1:], *arguments.positional)
        given = Arguments(positional, {**inner.keywords, **arguments.keywords}, arguments.starred)
        return called_value(frame, inner.arguments[0], given, place)
    found = None if arguments.keywords else loss(inner, arguments.positional, place)
    if found is not None:
        return found
    result = called(callee, None, arguments.positional, place)
    if result is None and isinstance(inner, Symbol) and inner.kind == "global" and not arguments.starred:
        result = meant(frame.unit, inner.name, arguments.positional, arguments.keywords, place)
    return Call(place, None, callee, arguments.positional, arguments.keywords, result)


def _instance(
    frame: Frame, callee: Value, kind: LocalClass, method: str | None, arguments: Arguments, place: Place
) -> Call:
    """A call of an instance of a class of this file, or of one of its methods."""
    names = ("__call__", "forward", "call") if method is None else (method,)
    definition = None if kind.target is None else method_of(frame, kind.target, *names)
    result = _returned(frame, definition, arguments, place)
    return Call(place, f"{kind.name}.{names[0]}", callee, arguments.positional, arguments.keywords, result)


def _local(frame: Frame, callee: LocalFunction, arguments: Arguments, place: Place) -> Call:
    result = _returned(frame, callee.target, arguments, place)
    result = result or activated(callee.name, arguments.positional, arguments.keywords, place)
    return Call(place, callee.name, None, arguments.positional, arguments.keywords, result)


def _returned(
    frame: Frame, definition: Definition | None, arguments: Arguments, place: Place
) -> Value | None:
    """What a function of this file, if it is one, returns for arguments that are all seen."""
    if definition is None or arguments.starred:
        return None
    return returned(frame, definition, arguments.positional, arguments.keywords, place)


def _function(frame: Frame, name: str, arguments: Arguments, place: Place) -> Value:
    """A call by qualified name: an operation if the table has it, else a call."""
    found = named_operation(frame, name, arguments, place)
    if found is not None:
        return found
    normal = normalize(name)
    if name == "functools.partial" and arguments.starred:
        return Call(place, None, None, arguments.positional, arguments.keywords)  # of what, is not known
    if name in _TRANSPARENT and arguments.positional and isinstance(arguments.positional[0], LocalFunction):
        return arguments.positional[0]
    result = activated(normal, arguments.positional, arguments.keywords, place)
    if result is None and not arguments.starred:
        result = meant(frame.unit, normal, arguments.positional, arguments.keywords, place)
    return Call(place, normal, None, arguments.positional, arguments.keywords, result)


def _method(frame: Frame, receiver: Value, func: ast.Attribute, arguments: Arguments, place: Place) -> Value:
    """A call of a method of a value."""
    name = func.attr
    inner = strip(receiver)
    if is_receiver(frame, inner):
        return _own_method(frame, receiver, func, arguments, place)
    if is_array_module(inner) and spellings(f"numpy.{name}"):
        return _function(frame, f"numpy.{name}", arguments, place)
    if _is_generator(inner) and spellings(f"numpy.random.{name}"):
        return _function(frame, f"numpy.random.{name}", arguments, place)
    found = array_method(frame, receiver, name, arguments, place)
    if found is not None:
        return found
    callee = _attribute(frame, receiver, func)
    if isinstance(inner, Call) and isinstance(inner.callee, LocalClass):
        return _instance(frame, callee, inner.callee, name, arguments, place)
    if isinstance(inner, Call) and inner.function == "builtins.super" and frame.owner is not None:
        return _inherited(frame, callee, frame.owner, name, arguments, place)
    result = called(receiver, name, arguments.positional, place)
    return Call(place, _method_name(inner, name), callee, arguments.positional, arguments.keywords, result)


def _inherited(
    frame: Frame, callee: Value, owner: ClassDefinition, name: str, arguments: Arguments, place: Place
) -> Call:
    """`super().name(…)`: a method of a base of this file."""
    bases = [each for each in lineage(owner, frame.unit.classes) if each is not owner]
    method = next((each.methods[name] for each in bases if name in each.methods), None)
    result = _returned(frame, method, arguments, place)
    function = f".{name}" if method is None else method.name
    return Call(place, function, callee, arguments.positional, arguments.keywords, result)


def _is_generator(receiver: Value) -> bool:
    """Whether methods of `receiver` draw random numbers as the functions of numpy.random do."""
    if isinstance(receiver, Call):
        return (receiver.function or "").rpartition(".")[2] in _GENERATORS
    return isinstance(receiver, Symbol) and bool(_GENERATOR_NAME.search(receiver.name))


def _method_name(receiver: Value, name: str) -> str:
    if isinstance(receiver, Call) and receiver.function and not receiver.function.startswith("."):
        return f"{receiver.function}.{name}"
    return f".{name}"


def _attribute(frame: Frame, receiver: Value, func: ast.Attribute) -> Item:
    """A method that is not known, as what is called."""
    place = frame.unit.place(func)
    return Item(place, receiver, Constant(place, func.attr))


def _own_method(
    frame: Frame, receiver: Value, func: ast.Attribute, arguments: Arguments, place: Place
) -> Value:
    """`self.name(…)`: a method of the class, or what the class stored under that name."""
    owner = frame.owner
    assert owner is not None
    name = func.attr
    method = method_of(frame, owner, name)
    if method is not None:
        result = _returned(frame, method, arguments, place)
        result = result or activated(name, arguments.positional, arguments.keywords, place)
        callee = _attribute(frame, receiver, func)
        return Call(place, method.name, callee, arguments.positional, arguments.keywords, result)
    held = attribute_of_value(frame, receiver, name, frame.unit.place(func))
    if isinstance(held, Symbol) and held.kind == "attribute":
        callee = _attribute(frame, receiver, func)
        return Call(place, f"{owner.name}.{name}", callee, arguments.positional, arguments.keywords)
    return called_value(frame, held, arguments, place)
