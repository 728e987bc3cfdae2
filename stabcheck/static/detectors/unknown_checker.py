"""Gradient checkers that no release of the library has had."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._on_lines import lines_with, syntax_on
from stabcheck.static.detectors._syntax import Names, syntax
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module

_TENSORFLOW = "tf.test.compute_gradient(f, [x])"
_TORCH = "torch.autograd.gradcheck(f, (x,))"
_JAX = "jax.test_util.check_grads(f, (x,), order=1)"
_SCIPY = "scipy.optimize.check_grad(f, grad, x0)"

# Qualified name -> the function that was meant.
UNKNOWN: dict[str, str] = {
    **{
        f"tensorflow.{name}": _TENSORFLOW
        for name in (
            "gradient_check_numercial",
            "gradient_check_numerical",
            "gradient_check_numeric",
            "gradient_check",
            "gradient_checker",
            "gradcheck",
            "check_gradient",
            "check_gradients",
            "check_grad",
            "numerical_gradient",
            "compute_gradient",
            "test.gradient_check",
            "test.check_gradient",
            "test.check_gradients",
            "test.gradient_checker",
            "test.check_numerical_gradient",
            "debugging.check_gradient",
            "debugging.check_gradients",
            "debugging.gradient_check",
            "autograd.gradcheck",
            "math.gradient_check",
            "gradients.check",
        )
    },
    **{
        f"torch.{name}": _TORCH
        for name in (
            "gradcheck",
            "gradient_check",
            "check_grad",
            "check_gradients",
            "numerical_gradient",
            "autograd.numerical_gradient",
            "autograd.check_grad",
            "autograd.check_gradients",
            "autograd.gradient_check",
            "autograd.functional.gradcheck",
            "nn.utils.gradcheck",
            "testing.gradcheck",
        )
    },
    **{
        f"jax.{name}": _JAX
        for name in (
            "check_grads",
            "check_grad",
            "gradcheck",
            "gradient_check",
            "numpy.check_grads",
            "lax.check_grads",
        )
    },
    **{
        f"keras.{name}": _TENSORFLOW
        for name in (
            "gradient_check",
            "utils.gradient_check",
            "utils.check_gradients",
            "backend.gradient_check",
        )
    },
    **{
        f"numpy.{name}": _SCIPY
        for name in (
            "gradcheck",
            "gradient_check",
            "check_grad",
            "testing.check_grad",
            "testing.assert_gradient",
        )
    },
}


_WORD = re.compile("grad|check")  # all of these names hold one of them
_LAST = frozenset(name.rpartition(".")[2] for name in UNKNOWN)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Attributes and imports of these names."""
    positions, names = Positions(module.text), Names(module)
    for node in syntax_on(module, lines_with(module, _WORD), ast.Attribute):
        name = names.qualified(node) if node.attr in _LAST else ""
        if name in UNKNOWN:
            yield Hit(positions.span(node), message=_message(name), advice=UNKNOWN[name])
    for imported in syntax(module, ast.ImportFrom):
        for alias in imported.names:
            name = f"{imported.module}.{alias.name}"
            if name in UNKNOWN and not imported.level:
                yield Hit(positions.span(imported), message=_message(name), advice=UNKNOWN[name])


def _message(name: str) -> str:
    real = UNKNOWN[name]
    return f"there is no {name}: an AttributeError when it runs; {real} is the library's gradient checker"
