"""Calls of the libraries' gradient checkers, and the functions that are checked.

`torch.autograd.gradcheck(f, inputs)`, `tf.test.compute_gradient(f, x)` and
`jax.test_util.check_grads(f, args, order)` become one thing here: a function, its inputs, a step and
tolerances.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from stabcheck.static.detectors._memo import once_per_module
from stabcheck.static.detectors._quotient import quotients
from stabcheck.static.detectors._syntax import Definition, functions, syntax
from stabcheck.static.detectors._values import calls, qualified
from stabcheck.static.graph import Call, Sequence, Site, Symbol, Value, scalar, strip
from stabcheck.static.lower.local import LocalFunction
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module

# Qualified name -> library, name of the step's argument, and its default.
_CHECKERS: dict[str, tuple[str, str, float]] = {
    "torch.autograd.gradcheck": ("torch", "eps", 1e-6),
    "torch.autograd.gradgradcheck": ("torch", "eps", 1e-6),
    "torch.autograd.gradcheck.gradcheck": ("torch", "eps", 1e-6),
    "torch.autograd.gradcheck.gradgradcheck": ("torch", "eps", 1e-6),
    "tensorflow.test.compute_gradient": ("tensorflow", "delta", 1 / 1024),
    "jax.test_util.check_grads": ("jax", "eps", 1e-4),
}
_POSITIONS = {"torch": {"eps": 2, "atol": 3, "rtol": 4}, "tensorflow": {"delta": 2}, "jax": {"order": 2}}


@dataclass(frozen=True, slots=True)
class Check:
    """A call of a gradient checker; `step_given` says that its step is written and not the default."""

    site: Site
    call: Call
    library: str
    function: Value
    inputs: tuple[Value, ...]
    step: float | None
    step_given: bool

    def argument(self, name: str) -> Value | None:
        """An argument by its name, by keyword or position."""
        position = _POSITIONS[self.library].get(name)
        if name in self.call.keywords:
            return self.call.keywords[name]
        if position is not None and len(self.call.arguments) > position:
            return self.call.arguments[position]
        return None

    def number(self, name: str) -> float | None:
        """The number that an argument is."""
        value = self.argument(name)
        found = None if value is None else scalar(value)
        return None if found is None else float(found)


@once_per_module
def checks(module: Module) -> Iterator[Check]:
    """Every call of a gradient checker of a library."""
    for site, call in calls(module):
        known = _CHECKERS.get(qualified(call))
        if known is None:
            continue
        library, step_name, default = known
        function = call.arguments[0] if call.arguments else call.keywords.get("func", call.keywords.get("f"))
        inputs = call.arguments[1] if len(call.arguments) > 1 else _first(call, "inputs", "x", "args")
        if function is None or inputs is None:
            continue
        made = Check(site, call, library, function, _each(inputs), None, False)
        written = made.argument(step_name)
        step = default if written is None else made.number(step_name)
        yield Check(site, call, library, function, _each(inputs), step, written is not None)


def _first(call: Call, *names: str) -> Value | None:
    return next((call.keywords[name] for name in names if name in call.keywords), None)


def _each(value: Value) -> tuple[Value, ...]:
    inner = strip(value)
    return inner.items if isinstance(inner, Sequence) else (inner,)


@once_per_module
def checked_functions(module: Module) -> Iterator[tuple[Site, Value, Definition | ast.Lambda]]:
    """What is under a library's checker or a difference quotient: where, and the function's body."""
    if not checks(module) and not quotients(module):
        return
    bodies = Bodies(module)
    for check in checks(module):
        body = bodies.of(check.function)
        if body is not None:
            yield check.site, check.call, body
    for quotient in quotients(module):
        if isinstance(quotient.first, Call):
            body = bodies.called(quotient.first)
            if body is not None:
                yield quotient.site, quotient.value, body


class Bodies:
    """The bodies of the module's functions, to look into what is under a check."""

    def __init__(self, module: Module) -> None:
        self._positions = Positions(module.text)
        self._by_name: dict[str, Definition | None] = {}
        for node in functions(module):
            # A name that is defined twice may be either.
            self._by_name[node.name] = None if node.name in self._by_name else node
        self._lambdas = {self._positions.span(node): node for node in syntax(module, ast.Lambda)}

    def called(self, call: Call) -> Definition | ast.Lambda | None:
        """The definition of what is called, if it is one of this module."""
        if call.callee is not None:
            return self.of(call.callee)
        return self._by_name.get((call.function or "").rpartition(".")[2])

    def of(self, function: Value) -> Definition | ast.Lambda | None:
        """The definition that a value is, if it is one of this module."""
        inner = strip(function)
        found = self._lambdas.get(inner.span)
        if found is not None:
            return found
        if isinstance(inner, LocalFunction) and inner.target is not None:
            return inner.target.node
        return self._by_name.get(inner.name.rpartition(".")[2]) if isinstance(inner, Symbol) else None
