"""Qualified names: which library they belong to, and under which one name the operation table knows them.

A module imports functions by many roads (`tf.keras.backend.exp`, `keras.src.ops.exp`,
`tensorflow.python.ops.math_ops.exp`); here they become one.
"""

from __future__ import annotations

import ast
import builtins
import math
from collections.abc import Iterator
from functools import lru_cache

from stabcheck.ops import Spelling
from stabcheck.ops.spelling import column
from stabcheck.ops.table import overloads as table_overloads

# Columns of the table whose values are arrays with methods.
ARRAY_LIBRARIES = frozenset({"numpy", "tensorflow", "keras", "jax", "torch"})
LIBRARIES = ARRAY_LIBRARIES | {"math", "scipy"}
BUILTINS = frozenset(dir(builtins))

# Roots of packages that offer one library's functions under another name.
_COLUMN_OF_ROOT = {
    "autograd": "numpy",
    "cupy": "numpy",
    "keras_core": "keras",
    "tf_keras": "keras",
    "cmath": "math",
}

# TensorFlow's own modules spell the public functions with the modules they are defined in.
_TENSORFLOW_HOMES = ("tensorflow.math.", "tensorflow.", "tensorflow.nn.", "tensorflow.linalg.")

_NUMBERS: dict[str, float | None] = {
    "pi": math.pi,
    "e": math.e,
    "inf": math.inf,
    "Inf": math.inf,
    "infty": math.inf,
    "PINF": math.inf,
    "NINF": -math.inf,
    "nan": math.nan,
    "NaN": math.nan,
    "NAN": math.nan,
    "tau": math.tau,
    "euler_gamma": 0.5772156649015329,
    "newaxis": None,
}
_NUMBER_MODULES = frozenset(
    {"math", "cmath", "numpy", "jax.numpy", "torch", "autograd.numpy", "cupy", "tensorflow"}
    | {"tensorflow.experimental.numpy", "scipy", "scipy.constants", "keras.ops"}
)


@lru_cache(maxsize=65536)
def normalize(qualified: str) -> str:
    """The public name for a private or historical one: "keras.src.ops.numpy.exp" is "keras.ops.exp"."""
    if ".src." in qualified:
        qualified = qualified.replace(".src.", ".")
    for old, new in (
        ("tensorflow.keras.", "keras."),
        ("tensorflow.python.keras.", "keras."),
        ("tf_keras.", "keras."),
        ("keras_core.", "keras."),
        ("keras.ops.numpy.", "keras.ops."),
        ("keras.ops.math.", "keras.ops."),
        ("keras.ops.nn.", "keras.ops."),
        ("jax._src.numpy.", "jax.numpy."),
        ("autograd.scipy.", "scipy."),
    ):
        if qualified.startswith(old):
            qualified = new + qualified[len(old) :]
    if qualified.startswith("tensorflow.python."):
        return _tensorflow_internal(qualified)
    return qualified


def _tensorflow_internal(qualified: str) -> str:
    name = qualified.rpartition(".")[2].removesuffix("_v2")  # internal names of what replaced version 1
    homes = ("tensorflow.nn.", *_TENSORFLOW_HOMES) if "nn_ops" in qualified else _TENSORFLOW_HOMES
    return next((home + name for home in homes if table_overloads(home + name)), qualified)


@lru_cache(maxsize=65536)
def spellings(qualified: str) -> tuple[Spelling, ...]:
    """What the operation table knows under a qualified name.

    More than one reading for `builtins.max` and the like.
    """
    return table_overloads(normalize(qualified))


@lru_cache(maxsize=65536)
def library(qualified: str) -> str | None:
    """The column of the table that a qualified name belongs to; None for what is no numeric library."""
    name = normalize(qualified)
    root = name.partition(".")[0]
    found = _COLUMN_OF_ROOT.get(root) or column(name)
    return found if found in LIBRARIES else None


@lru_cache(maxsize=65536)
def number(qualified: str) -> tuple[float | None] | None:
    """The constant that a qualified name is, in a tuple of one (`numpy.newaxis` is None).

    None if it is no constant.
    """
    module, _, name = qualified.rpartition(".")
    if module in _NUMBER_MODULES and name in _NUMBERS:
        return (_NUMBERS[name],)
    return None


def relative(module: str | None, level: int) -> str:
    """The dotted prefix of a `from` import: its leading dots stay, since the package is not known."""
    return "." * level + (module or "")


def join(prefix: str, name: str) -> str:
    """`prefix.name`; a prefix of dots only takes the name without another."""
    return prefix + name if not prefix or prefix.endswith(".") else f"{prefix}.{name}"


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """The names that a statement imports, with what they mean; "*" for all of a module."""
    if isinstance(node, ast.Import):
        for each in node.names:
            root = each.name.partition(".")[0]
            yield (each.asname, each.name) if each.asname else (root, root)
        return
    module = relative(node.module, node.level)
    for each in node.names:
        if each.name == "*":
            yield "*", module
        else:
            yield each.asname or each.name, join(module, each.name)
