"""Functions with a gradient of their own: `tf.custom_gradient` and `torch.autograd.Function`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from stabcheck.static.detectors._memo import once_per_module
from stabcheck.static.detectors._syntax import Definition, Names, functions, own, parameters, syntax
from stabcheck.static.module import Module

_DECORATORS = frozenset({"tensorflow.custom_gradient", "keras.ops.custom_gradient"})


@dataclass(frozen=True, slots=True)
class CustomGradient:
    """A function and the one that computes its gradient.

    `inputs` are the names of the differentiated arguments, `upstream` those of the incoming gradients;
    `library` is the one whose conventions hold. For TensorFlow `gradient` is nested in `forward`.
    """

    library: str
    forward: Definition
    gradient: Definition
    inputs: list[str]
    upstream: list[str]


@once_per_module
def custom_gradients(module: Module) -> Iterator[CustomGradient]:
    """Every function of the module with a hand-written gradient that is visible."""
    names = Names(module)
    for definition in functions(module):
        if any(names.qualified(_called(each)) in _DECORATORS for each in definition.decorator_list):
            gradient = _returned(definition)
            if gradient is not None and definition.args.vararg is None:
                upstream = [name for name in parameters(gradient) if name != "variables"]
                yield CustomGradient("tensorflow", definition, gradient, parameters(definition), upstream)
    for node in syntax(module, ast.ClassDef):
        if any(_is_function_class(names.qualified(base)) for base in node.bases):
            found = _methods(node)
            if found is not None:
                yield found


def _called(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def _is_function_class(name: str) -> bool:
    return name in ("torch.autograd.Function", "torch.autograd.function.Function")


def _returned(function: Definition) -> Definition | None:
    """The nested function that is returned beside the value; None if there are several, or none."""
    nested = {
        node.name: node
        for node in ast.walk(function)
        if isinstance(node, Definition) and node is not function
    }
    found: set[str] = set()
    for node in own(function):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
            last = node.value.elts[1]
            if isinstance(last, ast.Name):
                found.add(last.id)
    return nested.get(found.pop()) if len(found) == 1 else None


def _methods(node: ast.ClassDef) -> CustomGradient | None:
    methods = {each.name: each for each in node.body if isinstance(each, Definition)}
    forward, backward = methods.get("forward"), methods.get("backward")
    if forward is None or backward is None or "setup_context" in methods:
        return None
    if forward.args.vararg or forward.args.kwarg or backward.args.vararg:
        return None
    inputs, upstream = (  # the first is the context, also where it is called self
        [each.arg for each in (*method.args.posonlyargs, *method.args.args)][1:]
        for method in (forward, backward)
    )
    return CustomGradient("torch", forward, backward, inputs, upstream) if inputs and upstream else None


def returns(function: Definition) -> Iterator[ast.Return]:
    """The return statements of a function itself, those that return something."""
    for node in own(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node


def is_zero(node: ast.expr) -> bool:
    """None, zero, or a tuple of such: no gradient on purpose."""
    match node:
        case ast.Constant(value=value):
            return value is None or value == 0
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return all(is_zero(item) for item in items)
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in ("zeros", "zeros_like", "stop_gradient")
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            return (isinstance(left, ast.List) and is_zero(left)) or (
                isinstance(right, ast.List) and is_zero(right)
            )
        case _:
            return False
