"""What the lowering of one file has gathered so far."""

from __future__ import annotations

import ast
import re
from collections import deque

from stabcheck.static.graph import Call, Item, Merge, Reference, Site, Value, operands
from stabcheck.static.lower.local import ClassDefinition, Definition
from stabcheck.static.lower.positions import Positions
from stabcheck.static.lower.scope import Scope
from stabcheck.static.module import Function
from stabcheck.static.names import ARRAY_LIBRARIES, imported, library

_GLOBAL = re.compile(r"[ \t]+(?:global|nonlocal)[ \t]+([^\n#;]+)")


def _declared(text: str) -> list[str]:
    """What follows `global` and `nonlocal` in a text: few lines hold one of these words."""
    found: list[str] = []
    for word in ("global", "nonlocal"):
        position = text.find(word)
        while position >= 0:
            line = _GLOBAL.match(text, text.rfind("\n", 0, position) + 1)
            if line is not None:
                found.append(line[1])
            position = text.find(word, position + len(word))
    return found


class Unit:
    """One file being lowered: its sites, functions, imports and classes, and what is still to do."""

    __slots__ = (
        "attributes",
        "classes",
        "definitions",
        "depth",
        "functions",
        "imports",
        "libraries",
        "loops",
        "module_scope",
        "nesting",
        "origins",
        "path",
        "pending",
        "place",
        "sites",
        "span",
        "stars",
        "text",
    )

    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self.text = text
        positions = Positions(text)
        self.span = positions.span  # the stretch of source of a node
        self.place = positions.place  # the same, to be told when it is asked for
        self.sites: list[tuple[tuple[int, int], Site]] = []  # with the line and column where they begin
        self.functions: dict[str, Function] = {}
        self.definitions: dict[str, Definition] = {}
        self.imports: dict[str, str] = {}
        self.loops: dict[tuple[str, str, int], tuple[Value, Value]] = {}
        self.stars: list[str] = []  # modules that were imported from with a star
        self.libraries: set[str] = set()
        self.attributes: dict[tuple[str, str], Value] = {}
        self.classes: dict[str, ClassDefinition] = {}
        self.pending: deque[Definition] = deque()
        self.module_scope = Scope("")
        self.module_scope.elsewhere = frozenset(
            name.strip() for found in _declared(text) for name in found.split(",")
        )
        self.depth = 0  # of the expression that is being lowered
        self.nesting = 0  # of functions lowered because another one needs them
        self.origins: dict[int, str | None] = {}  # id of a node -> whose arrays it makes

    def unique(self, name: str) -> str:
        """`name`, or with a number if the file defines it more than once."""
        if name not in self.definitions:
            return name
        count = 2
        while f"{name}#{count}" in self.definitions:
            count += 1
        return f"{name}#{count}"

    def learn(self, alias: str, qualified: str) -> None:
        """Note an import."""
        self.imports.setdefault(alias, qualified)
        found = library(qualified)
        if found is not None:
            self.libraries.add(found)

    def learn_all(self, node: ast.Import | ast.ImportFrom) -> None:
        """Note what a statement imports."""
        for alias, qualified in imported(node):
            self.learn(alias, qualified)

    def release(self) -> None:
        """Take apart the rings of scopes, functions and classes; nobody may ask for values any more."""
        for definition in self.definitions.values():
            definition.scope = self.module_scope
            definition.owner = definition.lowered = definition.templates = None
            definition.defaults.clear()
        for owner in self.classes.values():
            for held in (owner.methods, owner.constants, owner.stores, owner.values):
                held.clear()
        self.module_scope.names.clear()
        self.module_scope.history.clear()
        self.module_scope.log.clear()

    def origin(self, value: Value) -> str | None:
        """Whose arrays `value` is made of, as far as a few steps down tell; found once a node."""
        key = id(value)
        if key in self.origins:
            return self.origins[key]
        self.origins[key] = None  # until it is known
        self.origins[key] = found = self._origin(value, 6)
        return found

    def _origin(self, value: Value, steps: int) -> str | None:
        key = id(value)
        known = self.origins.get(key)
        if known is not None or steps == 0:
            return known
        name = getattr(value, "library", "python")
        if name in ARRAY_LIBRARIES:
            return str(name)
        if isinstance(value, Call):
            if value.function is not None and not value.function.startswith("."):
                found = library(value.function)
                return found if found in ARRAY_LIBRARIES else None
            if isinstance(value.callee, Item | Call):
                return self._origin(value.callee, steps - 1)
            return None
        if isinstance(value, Reference):
            return None
        below = value.choices if isinstance(value, Merge) else operands(value)
        for each in below[:4]:
            found = self._origin(each, steps - 1)
            if found is not None:
                return found
        return None
