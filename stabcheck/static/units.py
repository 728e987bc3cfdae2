"""The units that a module is cut into, and what each of them depends on.

Units are its functions, the methods of its classes, what is left of a class without them, and what is left of
the module itself. What a unit computes depends on the units that it names, on the methods that store the
attributes it reads, and on the statements of the module itself, which are always kept together with what they
name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from stabcheck.static.lower.classes import stores
from stabcheck.static.words import names_of

Definition = ast.FunctionDef | ast.AsyncFunctionDef
Import = ast.Import | ast.ImportFrom
Node = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module

# Methods that calling an instance calls, or making it.
_CALLED = frozenset({b"__init__", b"__call__", b"call", b"forward"})

# Functions and dtypes that set a default for the whole file.
_SETTINGS = frozenset(
    {b"set_floatx", b"set_default_dtype", b"set_global_policy", b"set_policy", b"jax_enable_x64", b"autocast"}
)

_ATTRIBUTE = ((b".", 1), (b". ", -1), (b".\n", -1))  # whether an attribute stands right behind a name


@dataclass(slots=True, eq=False)
class Unit:
    """A function, a method, what is left of a class without its methods, or of the module: the first unit."""

    node: Node
    home: ast.ClassDef | None  # of a method, and of a class itself
    code: bytes
    words: set[bytes]
    names: set[bytes]  # those of the words that stand behind no dot
    on: set[int] = field(default_factory=set)  # the units that this one depends on
    readers: set[int] = field(default_factory=set)  # the methods that read what this one stores
    hands_on: bool | None = None  # whether a method may give its instance another name

    @property
    def chooses(self) -> bool:
        """Whether a condition may choose between values here: who uses one only there bears on it."""
        return b"where" in self.code or b"select" in self.code

    @property
    def called(self) -> set[bytes]:
        """The methods of an instance that it may call."""
        return self.words | _CALLED

    def may_take(self, attribute: bytes) -> bool:
        """Whether it may take an attribute of this name of its own instance.

        A method does as `self.attribute`, and may where it hands `self` on under another name.
        """
        if not isinstance(self.node, Definition):
            return True
        positional = (*self.node.args.posonlyargs, *self.node.args.args)
        if not positional:
            return False
        receiver = positional[0].arg.encode()
        if receiver + b"." + attribute in self.code or b")." + attribute in self.code:  # `super().attribute`
            return True
        if self.hands_on is None:
            right_behind = sum(self.code.count(receiver + end) * sign for end, sign in _ATTRIBUTE)
            self.hands_on = self.code.count(receiver) - right_behind > 1  # the parameter itself is one
        return self.hands_on


class Units:
    """The units of one module, by number; the first is what is left of the module itself."""

    def __init__(self, tree: ast.Module, code: bytes) -> None:
        self.tree = tree
        self.lines = code.split(b"\n")
        self.all: list[Unit] = []
        self.named: dict[bytes, list[int]] = {}  # the functions and classes of the module by name
        self.methods: dict[ast.ClassDef, dict[bytes, list[int]]] = {}
        self.stored: dict[ast.ClassDef, dict[bytes, set[int]]] = {}  # the methods that store an attribute
        self.shells: dict[ast.ClassDef, int] = {}  # what is left of them without their methods
        pieces: list[bytes] = []
        for node in tree.body:
            if isinstance(node, Import):
                pieces.extend(_renamed(node))
            elif not isinstance(node, Definition | ast.ClassDef) and not _lists_names(node):
                pieces.append(self._code(node))
        self._add(tree, None, b"\n".join(pieces))
        for node in tree.body:
            if isinstance(node, Definition):
                self.named.setdefault(node.name.encode(), []).append(self._add(node, None, self._code(node)))
            elif isinstance(node, ast.ClassDef):
                self._add_class(node)
        self._relate()

    def _code(self, node: ast.stmt) -> bytes:
        return b"\n".join(self.lines[_first_line(node) - 1 : node.end_lineno])

    def _add(self, node: Node, home: ast.ClassDef | None, code: bytes) -> int:
        self.all.append(Unit(node, home, code, *names_of(code)))
        return len(self.all) - 1

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
        shell = self.shells[node] = self._add(node, node, b"\n".join(lines))
        self.named.setdefault(node.name.encode(), []).append(shell)

    def methods_of(self, node: ast.ClassDef) -> set[int]:
        """The methods of a class."""
        return {each for numbers in self.methods[node].values() for each in numbers}

    def _relate(self) -> None:
        """Find out what each unit depends on."""
        names = self.named.keys()
        for unit in self.all:
            for name in unit.names & names:
                unit.on.update(self.named[name])
        for node, methods in self.methods.items():
            stored = self.stored[node]
            for method, attribute, _ in stores(node):
                stored.setdefault(attribute.encode(), set()).update(methods[method.encode()])
        for node in self.methods:
            own = [self.shells[node], *self.methods_of(node)]
            for number in own:
                self.all[number].on.add(self.shells[node])
            for home in (node, *self._bases(node)):
                self._relate_class(own, home)
        # What the module's own statements name is theirs, and so is what sets something for all.
        self.all[0].on.update(
            number for number, unit in enumerate(self.all) if not _SETTINGS.isdisjoint(unit.words)
        )

    def _relate_class(self, own: Iterable[int], home: ast.ClassDef) -> None:
        """What the methods of a class name and read of that class, or of one of its bases."""
        methods, stored = self.methods[home], self.stored[home]
        members = methods.keys() | stored.keys()
        for number in own:
            unit = self.all[number]
            for name in unit.words & members:
                if not unit.may_take(name):
                    continue
                unit.on.update(methods.get(name, ()))
                for storing in stored.get(name, ()):
                    unit.on.add(storing)
                    self.all[storing].readers.add(number)

    def _bases(self, node: ast.ClassDef) -> list[ast.ClassDef]:
        """The classes of the module that a class is made of, those of its bases among them."""
        found: list[ast.ClassDef] = []
        waiting = [node]
        while waiting:
            for base in waiting.pop().bases:
                name = base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")
                for number in self.named.get(name.encode(), ()):
                    home = self.all[number].home
                    if home is not None and home is not node and home not in found:
                        found.append(home)
                        waiting.append(home)
        return found

    def related(self) -> list[set[int]]:
        """Each unit with all that it depends on, by way of others, too.

        A unit that has an instance of a class, made by itself, by what it depends on or by the module's own
        statements, may call the methods that it names, and those that calling the instance calls.
        """
        reach = self._reach()
        classes: list[tuple[int, set[int], dict[bytes, list[int]]]] = []
        for node, methods in self.methods.items():
            name, shell = node.name.encode(), self.shells[node]
            makers = {each for each, unit in enumerate(self.all) if name in unit.names and each != shell}
            if methods and makers:
                classes.append((shell, makers, methods))
        grown = bool(classes)
        while grown:
            grown = False
            for number, unit in enumerate(self.all):
                held = reach[number] | reach[0]
                for shell, makers, methods in classes:
                    if shell in held and number != shell and not makers.isdisjoint(held):
                        for name in methods.keys() & unit.called:
                            if not unit.on.issuperset(methods[name]):
                                unit.on.update(methods[name])
                                grown = True
            if grown:
                reach = self._reach()
        return reach

    def _reach(self) -> list[set[int]]:
        """Each unit with all that is known so far to be needed for it, by way of others, too."""
        found: list[set[int]] = []
        for number in range(len(self.all)):
            seen = {number}
            stack = [number]
            while stack:
                for each in self.all[stack.pop()].on:
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

    def keep(self, numbers: Iterable[int]) -> None:
        """Take away from the tree all units but these, and what is left of the module."""
        kept = {self.all[number].node for number in numbers}
        for node in self.methods:
            node.body = [each for each in node.body if not isinstance(each, Definition) or each in kept]
        self.tree.body = [
            each for each in self.tree.body if not isinstance(each, Definition | ast.ClassDef) or each in kept
        ]


def _first_line(node: ast.stmt) -> int:
    """The line of a statement, with its decorators."""
    decorators = getattr(node, "decorator_list", None)
    return min([node.lineno, *(each.lineno for each in decorators)]) if decorators else node.lineno


def _renamed(node: Import) -> set[bytes]:
    """The words of what is imported under another name; what keeps its name is told by who uses it."""
    return {word.encode() for each in node.names if each.asname is not None for word in each.name.split(".")}


def _lists_names(node: ast.stmt) -> bool:
    """`__all__ = […]`, and texts: their words are not used here."""
    match node:
        case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.Expr(value=ast.Constant()):
            return True
        case _:
            return False
