"""What the parameters of a function are given where the same file calls it.

A loss is a function of its own as often as not, and what its parameter is, the statement that calls it knows:
`loss(labels, tf.nn.softmax(z))`. Other files may pass other things: what is found so convicts, and never
acquits.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from stabcheck.static.detectors._memo import once_per_module
from stabcheck.static.detectors._values import calls
from stabcheck.static.graph import Call, Symbol, Value, strip
from stabcheck.static.module import Module


def passed(module: Module, value: Value) -> Iterator[Value]:
    """The arguments that stand for a parameter of the module's functions; nothing of any other value."""
    node = strip(value)
    if not isinstance(node, Symbol) or node.kind != "parameter":
        return
    name, parameter, _ = node.definition
    function = module.functions.get(name)
    called = _called(module)[0].get(name)
    if function is None or not called or isinstance(function.node, ast.Lambda):
        return
    arguments = function.node.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    for call in called:
        given = call.keywords.get(parameter)
        if given is None and parameter in names and names.index(parameter) < len(call.arguments):
            given = call.arguments[names.index(parameter)]
        if given is not None:
            yield given


@once_per_module
def _called(module: Module) -> Iterable[dict[str, list[Call]]]:
    """The calls of each function of the module."""
    found: dict[str, list[Call]] = {}
    for _, call in calls(module):
        if call.function is not None and call.function in module.functions:
            found.setdefault(call.function, []).append(call)
    yield found
