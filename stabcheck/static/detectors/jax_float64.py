"""float64 asked of JAX in a file that never enables it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._syntax import Names, syntax
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module

_WIDE = frozenset({"jax.numpy.float64", "numpy.float64", "numpy.double", "jax.numpy.double"})


def _is_part_of_package(module: Module) -> bool:
    """Whether the file imports from the package that it lies in: float64 is enabled there."""
    own = {part for part in re.split(r"[/\\]", module.path)[:-1] if part.isidentifier()}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").split(".")[0] in own):
            return True
        if isinstance(node, ast.Import) and any(each.name.split(".")[0] in own for each in node.names):
            return True
    return False


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`jnp.…(…, dtype=jnp.float64)` and `jnp.….astype(jnp.float64)`."""
    if "jax" not in module.libraries or "x64" in module.text.lower() or _is_part_of_package(module):
        return
    positions, names = Positions(module.text), Names(module)
    for node in syntax(module, ast.Call):
        of_jax = names.qualified(node.func).startswith("jax.numpy.")
        for keyword in node.keywords:
            if keyword.arg == "dtype" and of_jax and names.qualified(keyword.value) in _WIDE:
                yield Hit(positions.span(keyword.value))
        casts = isinstance(node.func, ast.Attribute) and node.func.attr == "astype" and node.args
        if casts and names.qualified(node.args[0]) in ("jax.numpy.float64", "jax.numpy.double"):
            yield Hit(positions.span(node.args[0]))
