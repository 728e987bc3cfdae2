"""The portion of a module that rules can speak of: whole functions, methods and classes are left out of it.

A module is cut into units: its functions, the methods of its classes, what is left of a class without them,
and what is left of the module itself. What a unit computes depends on the units that it names, on the methods
that store the attributes it reads, and on the statements of the module itself, which are always kept together
with what they name. So rules can speak of a unit only if it holds, together with all that it depends on, what
some rule needs (`stabcheck.static.trigger`). Such units are kept with what they depend on, and with the
methods that read what they store, since where a value is used bears on what is said of it. The rest is taken
away, and nothing that is found changes. Where a rule could speak of a statement of the module itself, all of
it is kept.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from stabcheck.static.lower.classes import stores
from stabcheck.static.trigger import Coded, Held, Needs, meets_any
from stabcheck.static.words import code_of, words_of

Definition = ast.FunctionDef | ast.AsyncFunctionDef

# Methods that calling an instance calls, or making it.
_CALLED = frozenset({b"__init__", b"__call__", b"call", b"forward"})

# Functions and dtypes that set a default for the whole file.
_SETTINGS = frozenset(
    {b"set_floatx", b"set_default_dtype", b"set_global_policy", b"set_policy", b"jax_enable_x64", b"autocast"}
)


@dataclass(slots=True, eq=False)
class _Unit:
    """A function, a method, or what is left of a class without its methods."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    home: ast.ClassDef | None  # of a method, and of a class itself
    code: bytes
    words: set[bytes]
    held: Held
    on: set[int] = field(default_factory=set)  # the units that this one depends on
    readers: set[int] = field(default_factory=set)  # the methods that read what this one stores

    @property
    def is_method(self) -> bool:
        return self.home is not None and self.home is not self.node


def portion(tree: ast.Module, text: str, needs: Needs) -> frozenset[str]:
    """Take away from `tree` what no rule can speak of.

    Returns
    -------
    frozenset of str
        the codes of the rules that may speak of the text; if there are none, the tree is left as it is.
    """
    code = code_of(text)
    held = needs.held(words_of(code), code)
    met = needs.met(held)
    if met:
        _Cut(tree, code, needs, held.words & needs.libraries).apply(met)
    return needs.spoken(met)


class _Cut:
    """The cutting of one module."""

    def __init__(self, tree: ast.Module, code: bytes, needs: Needs, libraries: int) -> None:
        self.tree = tree
        self.needs = needs
        self.lines = code.split(b"\n")
        self.units: list[_Unit] = []
        self.named: dict[bytes, list[int]] = {}  # the functions and classes of the module by name
        self.methods: dict[ast.ClassDef, dict[bytes, list[int]]] = {}
        self.stored: dict[ast.ClassDef, dict[bytes, set[int]]] = {}  # the methods that store an attribute
        pieces: list[bytes] = []
        words: set[bytes] = set()
        for node in tree.body:
            if isinstance(node, Definition):
                self.named.setdefault(node.name.encode(), []).append(self._add(node, None, self._code(node)))
            elif isinstance(node, ast.ClassDef):
                self._add_class(node)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                words |= _renamed(node)
            elif not _lists_names(node):
                pieces.append(self._code(node))
        self.code = b"\n".join(pieces)
        self.words = words | words_of(self.code)  # of the statements of the module itself
        self.libraries = Held(libraries, b"")
        self._relate()

    def apply(self, met: Sequence[Coded]) -> None:
        """Take away what does not matter: what holds nothing that the whole text meets."""
        units, needs = self.units, self.needs
        reach = self._reach()
        # What the module's own statements name is theirs, and so is what sets something for all.
        first = {number for name in self.words & self.named.keys() for number in self.named[name]}
        first.update(number for number, unit in enumerate(units) if not _SETTINGS.isdisjoint(unit.words))
        first = set().union(*(reach[number] for number in first))
        base = needs.held(self.words, self.code, self.libraries, *(units[number].held for number in first))
        if meets_any(base, met):
            return
        kept = set(first)
        alive = [n for n, each in enumerate(reach) if meets_any(self._joined(base, each), met)]
        for number in alive:
            kept |= reach[number]
            unit = units[number]
            users = unit.readers
            if unit.node is unit.home:
                users = {each for numbers in self.methods[unit.home].values() for each in numbers}
            for user in users:
                kept |= reach[user]
        self._prune({units[number].node for number in kept})

    def _joined(self, base: Held, numbers: set[int]) -> Held:
        return self.needs.held(set(), b"", base, *(self.units[number].held for number in numbers))

    def _prune(self, kept: set[ast.AST]) -> None:
        for node in self.methods:
            node.body = [each for each in node.body if not isinstance(each, Definition) or each in kept]
        self.tree.body = [
            each for each in self.tree.body if not isinstance(each, Definition | ast.ClassDef) or each in kept
        ]

    def _code(self, node: ast.stmt) -> bytes:
        return b"\n".join(self.lines[_first_line(node) - 1 : node.end_lineno])

    def _add(self, node: Any, home: ast.ClassDef | None, code: bytes) -> int:
        words = words_of(code)
        self.units.append(_Unit(node, home, code, words, self.needs.held(words, code)))
        return len(self.units) - 1

    def _add_class(self, node: ast.ClassDef) -> None:
        first = _first_line(node)
        lines = self.lines[first - 1 : node.end_lineno]
        methods = self.methods[node] = {}
        self.stored[node] = {}
        for method in node.body:
            if isinstance(method, Definition):
                begin, end = _first_line(method) - first, (method.end_lineno or method.lineno) - first + 1
                code = b"\n".join(lines[begin:end])
                lines[begin:end] = [b""] * (end - begin)
                methods.setdefault(method.name.encode(), []).append(self._add(method, node, code))
        shell = self._add(node, node, b"\n".join(lines))
        self.named.setdefault(node.name.encode(), []).append(shell)

    def _relate(self) -> None:
        """Find out what each unit depends on."""
        names = self.named.keys()
        for unit in self.units:
            for name in unit.words & names:
                unit.on.update(self.named[name])
        for node, methods in self.methods.items():
            self._relate_class(node, methods)
        for node in self.methods:
            for base in self._bases(node):
                self._relate_base(node, base)

    def _relate_class(self, node: ast.ClassDef, methods: dict[bytes, list[int]]) -> None:
        """The methods of a class, what they store for each other, and what others may call of them."""
        own = {number for numbers in methods.values() for number in numbers}
        shell = next(number for number in self.named[node.name.encode()] if self.units[number].node is node)
        stored: dict[bytes, set[int]] = self.stored[node]
        for method, attribute, _ in stores(node):
            stored.setdefault(attribute.encode(), set()).update(methods[method.encode()])
        for number in (*own, shell):
            unit = self.units[number]
            unit.on.add(shell)
            for name in unit.words & methods.keys():
                unit.on.update(methods[name])
            for name in unit.words & stored.keys():
                unit.on |= stored[name]
                for storing in stored[name]:
                    self.units[storing].readers.add(number)
        if not own:
            return
        outside: set[bytes] | None = None
        for number, unit in enumerate(self.units):
            if shell in unit.on and number not in own and number != shell:
                if outside is None:
                    outside = self._called_outside(own, shell, methods.keys())
                for name in outside:
                    unit.on.update(methods[name])

    def _bases(self, node: ast.ClassDef) -> list[ast.ClassDef]:
        """The classes of the module that a class is made of, those of its bases among them."""
        found: list[ast.ClassDef] = []
        waiting = [node]
        while waiting:
            for base in waiting.pop().bases:
                name = base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")
                for number in self.named.get(name.encode(), ()):
                    home = self.units[number].home
                    if home is not None and home is not node and home not in found:
                        found.append(home)
                        waiting.append(home)
        return found

    def _relate_base(self, node: ast.ClassDef, base: ast.ClassDef) -> None:
        """What the methods of a class name and read of one of its bases."""
        methods, stored = self.methods[base], self.stored[base]
        for number in (each for numbers in self.methods[node].values() for each in numbers):
            unit = self.units[number]
            for name in unit.words & methods.keys():
                unit.on.update(methods[name])
            for name in unit.words & stored.keys():
                unit.on |= stored[name]
                for storing in stored[name]:
                    self.units[storing].readers.add(number)

    def _called_outside(self, own: set[int], shell: int, names: Collection[bytes]) -> set[bytes]:
        """Methods that are called of instances, as far as other units name them."""
        found = {*_CALLED.intersection(names), *self.words.intersection(names)}
        for number, unit in enumerate(self.units):
            if number not in own and number != shell:
                found |= unit.words.intersection(names)
        return found

    def _reach(self) -> list[set[int]]:
        """Each unit with all that it depends on, by way of others, too."""
        found: list[set[int]] = []
        for number in range(len(self.units)):
            seen = {number}
            stack = [number]
            while stack:
                for each in self.units[stack.pop()].on:
                    if each < number and each in seen:
                        continue
                    if each not in seen:
                        if each < len(found):
                            fresh = found[each] - seen
                            seen |= fresh
                        else:
                            seen.add(each)
                            stack.append(each)
            found.append(seen)
        return found


def _first_line(node: ast.stmt) -> int:
    """The line of a statement, with its decorators."""
    decorators = getattr(node, "decorator_list", None)
    return min([node.lineno, *(each.lineno for each in decorators)]) if decorators else node.lineno


def _renamed(node: ast.Import | ast.ImportFrom) -> set[bytes]:
    """The words of what is imported under another name; what keeps its name is told by who uses it."""
    return {word.encode() for each in node.names if each.asname is not None for word in each.name.split(".")}


def _lists_names(node: ast.stmt) -> bool:
    """`__all__ = […]`, and texts: their words are not used here."""
    match node:
        case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.Expr(value=ast.Constant()):
            return True
        case _:
            return False
