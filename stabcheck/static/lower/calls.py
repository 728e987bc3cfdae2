"""Calls: of functions by their qualified name, of methods, of functions and layers of this file."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from stabcheck.ops import Spelling
from stabcheck.ops.table import lookup_method
from stabcheck.static.graph import Apply, Call, Constant, Item, Reference, Span, Symbol, Value, strip
from stabcheck.static.graph import Sequence as Display
from stabcheck.static.lower.attributes import attribute_of_value, dotted, is_array_module
from stabcheck.static.lower.binding import applied, bind
from stabcheck.static.lower.classes import method_of
from stabcheck.static.lower.folding import fold
from stabcheck.static.lower.frame import Frame, expression, is_receiver
from stabcheck.static.lower.functions import as_value, define
from stabcheck.static.lower.inline import returned
from stabcheck.static.lower.layers import activated, called
from stabcheck.static.lower.local import ClassDefinition, LocalClass, LocalFunction, lineage
from stabcheck.static.lower.own import meant
from stabcheck.static.names import ARRAY_LIBRARIES, library, normalize, spellings

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
# Values whose methods are not those of arrays, by the last part of their name.
_NOT_ARRAYS = re.compile(
    r"(?:^|_)(?:log|logger|logging|writer|wandb|tqdm|pbar|bar|df|dist|distribution|transform|bijector|optimizer|opt|"
    r"model|net|network|module|layer|self|cls|path|file|parser|args|sess|session|rng|random_state|plt|ax|axes|fig)$",
    re.IGNORECASE,
)
_GENERATORS = frozenset({"RandomState", "default_rng", "check_random_state"})
_GENERATOR_NAME = re.compile(r"(?:^|[._])(?:rng|random_state|prng)$")
# Methods of arrays whose first argument may be a text.
_TAKES_TEXT = frozenset({"astype", "to", "type", "view"})
_KERAS_EPSILON = 1e-7  # keras.config.epsilon() unless the user's configuration says otherwise


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call; `starred` if some are hidden in `*args` or `**kwargs`."""

    positional: tuple[Value, ...]
    keywords: dict[str, Value]
    starred: bool


def _arguments(frame: Frame, node: ast.Call) -> Arguments:
    positional = tuple(frame.value(each) for each in node.args)
    keywords: dict[str, Value] = {}
    starred = any(isinstance(each, ast.Starred) for each in node.args)
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
    span = frame.unit.span(node)
    if isinstance(node.func, ast.Attribute):
        name = dotted(node.func) if frame.scope.dotted else None
        held = frame.scope.names.get(name) if name is not None else None
        if held is None:
            receiver = frame.value(node.func.value)
            arguments = _arguments(frame, node)
            if not isinstance(strip(receiver), Reference):
                return _method(frame, receiver, node.func, arguments, span)
            held = attribute_of_value(frame, receiver, node.func.attr, frame.unit.span(node.func))
            return called_value(frame, held, arguments, span)
        return called_value(frame, held, _arguments(frame, node), span)
    callee = frame.value(node.func)
    return called_value(frame, callee, _arguments(frame, node), span)


def called_value(frame: Frame, callee: Value, arguments: Arguments, span: Span) -> Value:
    """The value of calling a value."""
    inner = strip(callee)
    if isinstance(inner, LocalFunction):
        return _local(frame, inner, arguments, span)
    if isinstance(inner, LocalClass):
        return Call(span, inner.name, inner, arguments.positional, arguments.keywords)
    if isinstance(inner, Reference):
        return _function(frame, inner.name, arguments, span)
    if isinstance(inner, Call) and isinstance(inner.callee, LocalClass):
        return _instance(frame, callee, inner.callee, None, arguments, span)
    if isinstance(inner, Call) and inner.function == "functools.partial" and inner.arguments:
        positional = (*inner.arguments[1:], *arguments.positional)
        given = Arguments(positional, {**inner.keywords, **arguments.keywords}, arguments.starred)
        return called_value(frame, inner.arguments[0], given, span)
    result = called(callee, None, arguments.positional, span)
    if result is None and isinstance(inner, Symbol) and inner.kind == "global" and not arguments.starred:
        result = meant(frame.unit, inner.name, arguments.positional, arguments.keywords, span)
    return Call(span, None, callee, arguments.positional, arguments.keywords, result)


def _instance(
    frame: Frame, callee: Value, kind: LocalClass, method: str | None, arguments: Arguments, span: Span
) -> Call:
    """A call of an instance of a class of this file, or of one of its methods."""
    result = None
    owner = kind.target
    names = ("__call__", "forward", "call") if method is None else (method,)
    if owner is not None and not arguments.starred:
        definition = method_of(frame, owner, *names)
        if definition is not None:
            result = returned(frame, definition, arguments.positional, arguments.keywords, span)
    return Call(span, f"{kind.name}.{names[0]}", callee, arguments.positional, arguments.keywords, result)


def _local(frame: Frame, callee: LocalFunction, arguments: Arguments, span: Span) -> Call:
    result = None
    if callee.target is not None and not arguments.starred:
        result = returned(frame, callee.target, arguments.positional, arguments.keywords, span)
    result = result or activated(callee.name, arguments.positional, arguments.keywords, span)
    return Call(span, callee.name, None, arguments.positional, arguments.keywords, result)


def _function(frame: Frame, name: str, arguments: Arguments, span: Span) -> Value:
    """A call by qualified name: an operation if the table has it, else a call."""
    if name in ("builtins.float", "builtins.int") and len(arguments.positional) == 1:
        number = _parsed(name, arguments.positional[0], span)
        if number is not None:
            return number
    if not arguments.starred:
        for spelling in spellings(name):
            found = _operation(spelling, arguments, span, None)
            if found is not None:
                return found
        wrapped = _wrapped(frame, name)
        for spelling in spellings(wrapped) if wrapped is not None else ():
            found = _operation(spelling, arguments, span, None)
            if found is not None:
                return found
    normal = normalize(name)
    if name == "functools.partial" and arguments.starred:
        return Call(span, None, None, arguments.positional, arguments.keywords)  # of what, is not known
    if name in _TRANSPARENT and arguments.positional and isinstance(arguments.positional[0], LocalFunction):
        return arguments.positional[0]
    result = activated(normal, arguments.positional, arguments.keywords, span)
    if result is None and not arguments.starred:
        result = meant(frame.unit, normal, arguments.positional, arguments.keywords, span)
    return Call(span, normal, None, arguments.positional, arguments.keywords, result)


def _wrapped(frame: Frame, name: str) -> str | None:
    """`reduce_sum` and the like, imported from a module of the project's own, by the name in TensorFlow.

    Such modules hide differences between versions of TensorFlow; the names mean the same as there.
    """
    last = name.rpartition(".")[2]
    if not last.startswith("reduce_") or "tensorflow" not in frame.unit.libraries:
        return None
    return None if library(name) is not None else f"tensorflow.{last}"


def _parsed(name: str, value: Value, span: Span) -> Constant | None:
    """`float("inf")`, `float(2)`, `int(1e6)` as numbers."""
    inner = strip(value)
    if not isinstance(inner, Constant) or not isinstance(inner.value, str | int | float):
        return None
    try:
        return Constant(span, float(inner.value) if name.endswith("float") else int(inner.value))
    except (ValueError, OverflowError):
        return None


def _operation(spelling: Spelling, arguments: Arguments, span: Span, receiver: Value | None) -> Value | None:
    """The operation that a call spells, with what its `where=` keyword does."""
    bound = bind(spelling, arguments.positional, arguments.keywords, receiver)
    if bound is None:
        return None
    found = applied(spelling, bound, span)
    if found is None:
        return None
    if found.op == "epsilon":
        return Constant(span, _KERAS_EPSILON)
    if not found.attributes:
        number = fold(found.op, found.operands, span)
        if number is not None:
            return number
    mask = arguments.keywords.get("where")
    if mask is not None and all(own != "where" for _, own in spelling.parameters):
        # A ufunc computes only where the mask holds; elsewhere its output keeps what it held.
        rest = arguments.keywords.get("out")
        if rest is not None:
            return Apply(span, "where", (mask, found, rest), {}, found.library)
    return found


def _method(frame: Frame, receiver: Value, func: ast.Attribute, arguments: Arguments, span: Span) -> Value:
    """A call of a method of a value."""
    name = func.attr
    inner = strip(receiver)
    if is_receiver(frame, inner):
        return _own_method(frame, receiver, func, arguments, span)
    if is_array_module(inner) and spellings(f"numpy.{name}"):
        return _function(frame, f"numpy.{name}", arguments, span)
    if _is_generator(inner) and spellings(f"numpy.random.{name}"):
        return _function(frame, f"numpy.random.{name}", arguments, span)
    if not arguments.starred and may_be_array(frame, inner, name, arguments):
        found = array_method(frame, receiver, name, arguments, span)
        if found is not None:
            return found
    callee = Item(frame.unit.span(func), receiver, Constant(frame.unit.span(func), name))
    if isinstance(inner, Call) and isinstance(inner.callee, LocalClass):
        return _instance(frame, callee, inner.callee, name, arguments, span)
    if isinstance(inner, Call) and inner.function == "builtins.super" and frame.owner is not None:
        return _inherited(frame, callee, frame.owner, name, arguments, span)
    result = called(receiver, name, arguments.positional, span)
    return Call(span, _method_name(inner, name), callee, arguments.positional, arguments.keywords, result)


def _inherited(
    frame: Frame, callee: Value, owner: ClassDefinition, name: str, arguments: Arguments, span: Span
) -> Call:
    """`super().name(…)`: a method of a base of this file."""
    bases = [each for each in lineage(owner, frame.unit.classes) if each is not owner]
    method = next((each.methods[name] for each in bases if name in each.methods), None)
    result = None
    if method is not None and not arguments.starred:
        result = returned(frame, method, arguments.positional, arguments.keywords, span)
    function = f".{name}" if method is None else method.name
    return Call(span, function, callee, arguments.positional, arguments.keywords, result)


def _is_generator(receiver: Value) -> bool:
    """Whether methods of `receiver` draw random numbers as the functions of numpy.random do."""
    if isinstance(receiver, Call):
        return (receiver.function or "").rpartition(".")[2] in _GENERATORS
    return isinstance(receiver, Symbol) and bool(_GENERATOR_NAME.search(receiver.name))


def _method_name(receiver: Value, name: str) -> str:
    if isinstance(receiver, Call) and receiver.function and not receiver.function.startswith("."):
        return f"{receiver.function}.{name}"
    return f".{name}"


def _own_method(
    frame: Frame, receiver: Value, func: ast.Attribute, arguments: Arguments, span: Span
) -> Value:
    """`self.name(…)`: a method of the class, or what the class stored under that name."""
    owner = frame.owner
    assert owner is not None
    name = func.attr
    method = method_of(frame, owner, name)
    if method is not None:
        result = None
        if not arguments.starred:
            result = returned(frame, method, arguments.positional, arguments.keywords, span)
        result = result or activated(name, arguments.positional, arguments.keywords, span)
        callee = Item(frame.unit.span(func), receiver, Constant(frame.unit.span(func), name))
        return Call(span, method.name, callee, arguments.positional, arguments.keywords, result)
    held = attribute_of_value(frame, receiver, name, frame.unit.span(func))
    if isinstance(held, Symbol) and held.kind == "attribute":
        callee = Item(frame.unit.span(func), receiver, Constant(frame.unit.span(func), name))
        return Call(span, f"{owner.name}.{name}", callee, arguments.positional, arguments.keywords)
    return called_value(frame, held, arguments, span)


def may_be_array(frame: Frame, receiver: Value, name: str, arguments: Arguments) -> bool:
    """Whether methods of `receiver` can be those of an array, as far as names and origin tell."""
    if frame.unit.origin(receiver) is not None:
        return True
    if not (frame.unit.libraries & ARRAY_LIBRARIES):
        return False
    if isinstance(receiver, Constant | Display):
        return False
    if isinstance(receiver, Symbol):
        last = receiver.name.rpartition(".")[2]
        if _NOT_ARRAYS.search(last):
            return False
    if isinstance(receiver, Call) and receiver.function in (
        "builtins.str",
        "builtins.dict",
        "builtins.slice",
    ):
        return False
    first = arguments.positional[0] if arguments.positional else None
    text = isinstance(first, Constant) and isinstance(first.value, str)
    return not text or name in _TAKES_TEXT


def array_method(frame: Frame, receiver: Value, name: str, arguments: Arguments, span: Span) -> Value | None:
    """The operation that a method of an array is, in the library whose arrays these are or may be."""
    candidates = lookup_method(name)
    if not candidates:
        return None
    origin = frame.unit.origin(receiver)
    if origin is not None:
        ordered = [each for each in candidates if each.library == origin]
        if not ordered and origin in ("tensorflow", "keras"):
            return None  # their tensors have no numeric methods
    else:
        ordered = []
    ordered += [each for each in candidates if each not in ordered and each.library in frame.unit.libraries]
    if arguments.keywords and origin is None:
        # `dim` is PyTorch's, `axis` NumPy's: the library whose own names these are comes first.
        ordered.sort(key=lambda each: len(arguments.keywords.keys() - {own for _, own in each.parameters}))
    for spelling in ordered:
        found = _operation(spelling, arguments, span, receiver)
        if found is not None:
            return found
    return None


@expression(ast.Lambda)
def _lambda(frame: Frame, node: ast.Lambda) -> Value:
    """A lambda is a function of its own; it is lowered when the scope around it is complete."""
    return as_value(define(frame, node, f"<lambda>@{node.lineno}:{node.col_offset + 1}"), frame)
