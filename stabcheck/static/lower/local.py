"""Functions and classes of the file that is being lowered, as values of the names that they are bound to."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stabcheck.static.graph import Reference, Value, node_class
from stabcheck.static.lower.scope import Scope
from stabcheck.static.module import Function

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

MOST_BASES = 64  # of a class in one file


@dataclass(slots=True, eq=False)
class Definition:
    """A function before and after it is lowered.

    At its turn, or when a call needs to know what it returns.
    """

    name: str  # qualified in the module
    node: FunctionNode
    scope: Scope  # where it stands
    owner: ClassDefinition | None = None
    decorators: tuple[str, ...] = ()
    defaults: dict[str, Value] = field(default_factory=dict)
    state: Literal["waiting", "running", "done"] = "waiting"
    no_gradient: bool = False
    lowered: Function | None = None
    is_generator: bool = False
    templates: list[list[Value] | None] | None = None  # what in each value that it returns takes arguments

    @property
    def is_static(self) -> bool:
        """A method without a receiver."""
        return "staticmethod" in self.decorators or "builtins.staticmethod" in self.decorators


@dataclass(slots=True, eq=False)
class ClassDefinition:
    """A class: its methods, and what they store on self.

    `stores` are the methods that assign an attribute, one entry a statement; None stands for a statement
    whose value can't be followed. `values` are what was stored, once those methods are lowered.
    """

    name: str
    bases: tuple[str, ...]
    methods: dict[str, Definition] = field(default_factory=dict)
    constants: dict[str, Value] = field(default_factory=dict)  # assigned in the class body
    stores: dict[str, list[str | None]] = field(default_factory=dict)
    values: dict[str, list[Value]] = field(default_factory=dict)


def lineage(owner: ClassDefinition, classes: Mapping[str, ClassDefinition]) -> list[ClassDefinition]:
    """A class and those of this file that it is made of, itself first, each base before its own bases."""
    found = {owner.name: owner}
    waiting = [classes[name] for name in owner.bases if name in classes]
    while waiting and len(found) < MOST_BASES:
        each = waiting.pop(0)
        if each.name not in found:
            found[each.name] = each
            waiting[:0] = [classes[name] for name in each.bases if name in classes]
    return list(found.values())


@node_class
class LocalFunction(Reference):
    """A function of this file as a value."""

    target: Definition | None = None


@node_class
class LocalClass(Reference):
    """A class of this file as a value."""

    target: ClassDefinition | None = None
