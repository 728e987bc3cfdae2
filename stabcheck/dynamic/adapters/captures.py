"""What a function can see besides its arguments, and where it is kept: closures, globals, attributes.

A twin of the function at another dtype needs every array that the function reads at that dtype. The places
that hold them are found by walking from the function through the user's own objects, so that their contents
can be exchanged for the time of a call (`exchange`) and put back, whatever the call does. Libraries are not
entered, except for the wrappers that decorators leave around a user's function.
"""

from __future__ import annotations

import dis
import functools
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_OBJECTS = 20_000  # a walk that leaves the function's surroundings behind ends here
LONGEST_LIST = 10_000

GLOBAL = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})
ATTRIBUTE = frozenset({"LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM"})

LIBRARIES = frozenset(
    {*sys.stdlib_module_names, "absl", "google", "h5py", "jax", "jaxlib", "keras", "matplotlib", "ml_dtypes"}
    | {
        "mpmath",
        "numpy",
        "optree",
        "pandas",
        "pytest",
        "_pytest",
        "scipy",
        "sklearn",
        "stabcheck",
        "tabulate",
    }
    | {"tensorflow", "tf_keras", "torch"}
) - {"__main__"}


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere that holds a value: it can be read and written."""

    read: Callable[[], Any]
    write: Callable[[Any], None]


Child = tuple[Place | None, Any]


@dataclass(frozen=True, slots=True)
class Kinds:
    """What the walk looks for, in the terms of one framework.

    `carried` tells whether a value is to be collected with its place. `opened` gives the children of an
    object of the framework's own (a layer, a compiled function), or None for one that the walk should judge
    itself.
    """

    carried: Callable[[Any], bool]
    opened: Callable[[Any], Iterable[Child] | None] = lambda value: None


@dataclass(frozen=True, slots=True)
class Reached:
    """The result of a walk: the places of carried values in the order of discovery, and all objects met."""

    places: tuple[tuple[Place, Any], ...]
    objects: tuple[Any, ...] = field(repr=False)


def reach(roots: list[Any], kinds: Kinds) -> Reached:
    """Walk from the entries of `roots` (each entry is itself a place) to all that they can see."""
    places: list[tuple[Place, Any]] = []
    objects: dict[int, Any] = {}
    waiting: list[Child] = list(entries(roots))[::-1]
    while waiting and len(objects) < MOST_OBJECTS:
        place, value = waiting.pop()
        carried = kinds.carried(value) or (isinstance(value, tuple) and _holds(value, kinds.carried))
        if carried and place is not None:
            places.append((place, value))
        if id(value) in objects:
            continue
        objects[id(value)] = value
        children = kinds.opened(value)
        if children is None:
            children = _children(value)
        waiting.extend(list(children)[::-1])
    return Reached(tuple(places), tuple(objects.values()))


def item_place(holder: Any, key: Any) -> Place:
    """`holder[key]`, written past any bookkeeping of a subclass of list or dict."""
    kind = list if isinstance(holder, list) else dict
    return Place(lambda: holder[key], lambda value: kind.__setitem__(holder, key, value))


def attribute_place(holder: Any, name: str) -> Place:
    """`holder.name`, written past any `__setattr__` of the class."""
    if isinstance(holder, type):
        return Place(lambda: getattr(holder, name), lambda value: setattr(holder, name, value))
    return Place(lambda: getattr(holder, name), lambda value: object.__setattr__(holder, name, value))


def in_library(module: Any) -> bool:
    """Whether a module name belongs to a framework or to the standard library, not to the user."""
    return not isinstance(module, str) or module.partition(".")[0] in LIBRARIES


def _holds(value: tuple[Any, ...], carried: Callable[[Any], bool]) -> bool:
    return len(value) <= LONGEST_LIST and any(
        carried(entry) or (isinstance(entry, tuple) and _holds(entry, carried)) for entry in value
    )


def _children(value: Any) -> Iterable[Child]:
    if isinstance(value, types.FunctionType):
        return _function(value)
    if isinstance(value, types.MethodType):
        return ((None, value.__self__), (None, value.__func__))
    if isinstance(value, functools.partial):
        return ((None, value.func), (_bound_place(value), value.args), *entries(value.keywords))
    if isinstance(value, (staticmethod, classmethod)):
        return ((None, value.__func__),)
    if isinstance(value, property):
        return tuple((None, part) for part in (value.fget, value.fset) if part is not None)
    if isinstance(value, tuple):
        return tuple((None, entry) for entry in value[:LONGEST_LIST])
    if isinstance(value, (list, Mapping)):
        return entries(value)
    if isinstance(value, types.ModuleType):
        return ()
    if isinstance(value, type):
        return () if in_library(value.__module__) else tuple(_members(value))
    return tuple(_object(value))


def entries(holder: Any) -> Iterator[Child]:
    """The entries of a list or dict, each with its place."""
    if isinstance(holder, list):
        for index, entry in enumerate(holder[:LONGEST_LIST]):
            yield item_place(holder, index), entry
    elif isinstance(holder, dict):
        for key, entry in list(holder.items())[:LONGEST_LIST]:
            yield item_place(holder, key), entry


def _function(function: types.FunctionType) -> Iterator[Child]:
    for cell in function.__closure__ or ():
        try:
            content = cell.cell_contents
        except ValueError:  # a name that is not bound yet
            continue
        yield _cell_place(cell), content
    if function.__defaults__:
        yield attribute_place(function, "__defaults__"), function.__defaults__
    yield from entries(function.__kwdefaults__ or {})
    wrapped = getattr(function, "__wrapped__", None)
    if wrapped is not None:
        yield None, wrapped
    if in_library(function.__module__):
        return
    scope = function.__globals__
    for name in _names(function.__code__, GLOBAL):
        if name not in scope:  # a builtin
            continue
        content = scope[name]
        yield item_place(scope, name), content
        if isinstance(content, types.ModuleType) and not in_library(content.__name__):
            inner = vars(content)
            parts = _names(function.__code__, ATTRIBUTE)
            yield from ((item_place(inner, part), inner[part]) for part in parts if part in inner)


def _bound_place(partial: functools.partial[Any]) -> Place:
    """The positional arguments that a partial call holds."""

    def write(args: Any) -> None:
        partial.__setstate__((partial.func, args, partial.keywords, partial.__dict__))  # type: ignore[attr-defined]

    return Place(lambda: partial.args, write)


def _cell_place(cell: types.CellType) -> Place:
    return Place(lambda: cell.cell_contents, lambda value: setattr(cell, "cell_contents", value))


@functools.lru_cache(maxsize=1024)
def _names(code: types.CodeType, instructions: frozenset[str]) -> tuple[str, ...]:
    """The names that some kinds of instruction use, each once, those of nested functions included."""
    return tuple(dict.fromkeys(_read(code, instructions)))


def _read(code: types.CodeType, instructions: frozenset[str]) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in instructions:
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _read(constant, instructions)


def _members(cls: type) -> Iterator[Child]:
    for base in cls.__mro__:
        if in_library(base.__module__):
            continue
        for name, member in list(vars(base).items()):
            if not (name.startswith("__") and name.endswith("__") and not callable(member)):
                yield attribute_place(base, name), member


def _object(value: Any) -> Iterator[Child]:
    wrapped = None if in_library(type(value).__module__) else type(value)
    if wrapped is None:
        inner = getattr(value, "__dict__", None)
        if isinstance(inner, dict) and callable(inner.get("__wrapped__")):
            yield None, inner["__wrapped__"]
        return
    yield None, wrapped
    yield from user_state(value)


def user_state(value: Any) -> Iterator[Child]:
    """The attributes of an object, of its `__dict__` and of its slots."""
    inner = getattr(value, "__dict__", None)
    if isinstance(inner, dict):
        yield from entries(inner)
    for base in type(value).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if not name.startswith("__") and hasattr(value, name):
                yield attribute_place(value, name), getattr(value, name)
