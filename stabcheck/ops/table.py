"""The rows together, and the ways to find one: by canonical name, by spelling, by run-time name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from stabcheck.ops.operation import Operation, Spelling
from stabcheck.ops.rows import ROWS
from stabcheck.ops.spelling import Columns, names

OPERATIONS: Mapping[str, Operation] = MappingProxyType({operation.name: operation for operation in ROWS})

# Modules that offer another's functions under its names.
_SAME_AS = (
    ("tensorflow.keras.", "keras."),
    ("tensorflow.compat.v1.keras.", "keras."),
    ("tensorflow.compat.v1.", "tensorflow."),
    ("tensorflow.compat.v2.", "tensorflow."),
    ("tensorflow.experimental.numpy.", "numpy."),
    ("autograd.numpy.", "numpy."),
    ("cupy.", "numpy."),
    ("np.", "numpy."),
)


@cache
def _index() -> dict[str, list[str]]:
    """The operations that each name spells, most rows one, in the order of the table."""
    index: dict[str, list[str]] = {}
    for operation in ROWS:
        assert isinstance(operation.spellings, Columns)
        for _, name in names(operation.spellings.text):
            found = index.setdefault(name, [])
            if operation.name not in found:
                found.append(operation.name)
    return index


def overloads(qualified: str) -> tuple[Spelling, ...]:
    """Every reading of a qualified name; more than one for `builtins.max`, `torch.max` and the like.

    Take the first that binds the call (`stabcheck.ops.calls.bind`).
    """
    index = _index()
    if qualified not in index:
        for prefix, other in _SAME_AS:
            if qualified.startswith(prefix):
                return overloads(other + qualified[len(prefix) :])
        return ()
    return _spellings(qualified)


@cache
def _spellings(qualified: str) -> tuple[Spelling, ...]:
    return tuple(
        spelling
        for operation in _index()[qualified]
        for column in OPERATIONS[operation].spellings.values()
        for spelling in column
        if spelling.qualified == qualified
    )


def lookup(qualified: str) -> Spelling | None:
    """The spelling of a function by its qualified name, "numpy.exp"; None if the table does not know it."""
    found = overloads(qualified)
    return found[0] if found else None


def lookup_method(name: str) -> tuple[Spelling, ...]:
    """The spellings of a method of arrays by its bare name, empty if there are none."""
    return overloads("." + name)


def spell(operation: str, library: str) -> Spelling | None:
    """The spelling that a fix writes: the first function of the column that current releases have.

    A method if the library has no function for it, None if it has neither.

    Raises
    ------
    KeyError
        if there is no such operation.
    """
    current = [s for s in OPERATIONS[operation].spellings.get(library, ()) if not s.removed]
    return next((s for s in current if not s.is_method), current[0] if current else None)


@cache
def _runtime_index() -> dict[str, Operation]:
    return {name: operation for operation in reversed(ROWS) for name in operation.runtime}


def by_runtime_name(name: str) -> Operation | None:
    """The operation that a framework ran as `name`: a TensorFlow graph operation or a NumPy function."""
    return _runtime_index().get(name)
