"""A lowered module: what the matcher and the detectors look at."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stabcheck.static.graph import Site, Span, Value


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the module: its parameters as symbols, what it returns, and its decorators' names."""

    name: str  # qualified in the module: "Model.call"
    span: Span
    parameters: Mapping[str, Value]
    returns: tuple[Value, ...]
    decorators: tuple[str, ...]  # qualified names, "" where not resolved
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def _nothing() -> None:
    """What there is to take apart in a module that was not lowered."""


@dataclass(frozen=True, slots=True)
class Module:
    """One source file after lowering.

    `sites` are in the order of the text; `imports` maps the module's names to qualified ones
    ("np" -> "numpy"); `libraries` are the table's columns that the file imports, `attributes` the values that
    methods store on self, by class and attribute name, and `bases` the qualified bases of its classes.
    `loops` are, by the definition of a symbol that stands for a name at the start of a loop's body, the
    value that the name has before the loop, and the one that the body leaves in it. `release` is for who is
    done with the module: it takes apart what refers to itself in it, so that all of it is freed at once
    and does not wait for the garbage collector.
    """

    path: str
    text: str
    tree: ast.Module
    sites: tuple[Site, ...]
    functions: Mapping[str, Function] = field(default_factory=dict)
    imports: Mapping[str, str] = field(default_factory=dict)
    libraries: frozenset[str] = frozenset()
    attributes: Mapping[tuple[str, str], Value] = field(default_factory=dict)
    bases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    loops: Mapping[tuple[str, str, int], tuple[Value, Value]] = field(default_factory=dict)
    release: Callable[[], None] = field(default=_nothing, repr=False, compare=False)
