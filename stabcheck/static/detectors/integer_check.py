"""A gradient check of an array of integers."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._checks import checks
from stabcheck.static.detectors._perturbations import perturbing_functions
from stabcheck.static.detectors._values import calls
from stabcheck.static.graph import Apply, Value, strip
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.local import LocalFunction
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Integer inputs of the libraries' checkers, and of functions here that perturb an array in place."""
    for check in checks(module):
        if any(_is_integer_array(value, facts) for value in check.inputs):
            yield Hit(check.call.span, check.site, check.call)
    perturbed = perturbing_functions(module)
    for site, call in calls(module) if perturbed else ():
        target = None if call.callee is None else strip(call.callee)
        name = (
            target.target.name if isinstance(target, LocalFunction) and target.target else call.function or ""
        )
        for position in perturbed.get(name.rpartition(".")[2], ()):
            if position < len(call.arguments) and _is_integer_array(call.arguments[position], facts):
                yield Hit(call.span, site, call)


def _is_integer_array(value: Value, facts: Facts) -> bool:
    """An array that was made of integers; a plain number in Python becomes a float when h is added."""
    node = strip(value)
    dtype = facts.dtype(node) or ""
    return isinstance(node, Apply) and dtype.startswith(("int", "uint"))
