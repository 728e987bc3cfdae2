"""The portion of a module that rules can speak of: whole functions, methods and classes are left out of it.

A module is cut into units: its functions, the methods of its classes, what is left of a class without them,
and what is left of the module itself. What a unit computes depends on the units that it names, on the methods
that store the attributes it reads, and on the statements of the module itself, which are always kept together
with what they name. So rules can speak of a unit only if it holds, together with all that it depends on, what
some rule needs (`stabcheck.static.trigger`). Such units are kept with what they depend on, and with the
methods that read what they store, since where a value is used bears on what is said of it; those that hold a
logarithm or a loss with the units that name them, since they know what is passed. The rest is taken away,
and nothing that is found changes. Where a rule could speak of a statement of the module itself, all of it is
kept.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from stabcheck.static.lower.classes import stores
from stabcheck.static.trigger import LIBRARY_NAMES, Needs
from stabcheck.static.words import code_of, names_of, words_of

Definition = ast.FunctionDef | ast.AsyncFunctionDef
Import = ast.Import | ast.ImportFrom

# Methods that calling an instance calls, or making it.
_CALLED = frozenset({b"__init__", b"__call__", b"call", b"forward"})

# Where a rule asks what the callers of a function pass (`stabcheck.static.detectors._passed`).
_JUDGED_BY_CALLERS = frozenset(
    {b"log", b"log2", b"log10", b"from_logits", b"cross_entropy", b"CrossEntropyLoss", b"BCEWithLogitsLoss"}
    | {b"binary_cross_entropy_with_logits", b"softmax_cross_entropy", b"sigmoid_cross_entropy"}
    | {b"softmax_cross_entropy_with_logits", b"softmax_cross_entropy_with_logits_v2"}
    | {b"sparse_softmax_cross_entropy", b"sparse_softmax_cross_entropy_with_logits"}
    | {b"sigmoid_cross_entropy_with_logits", b"weighted_cross_entropy_with_logits"}
)

# Functions and dtypes that set a default for the whole file.
_SETTINGS = frozenset(
    {b"set_floatx", b"set_default_dtype", b"set_global_policy", b"set_policy", b"jax_enable_x64", b"autocast"}
)


@dataclass(slots=True, eq=False)
class _Unit:
    """A function, a method, what is left of a class without its methods, or of the module: the first unit."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module
    home: ast.ClassDef | None  # of a method, and of a class itself
    code: bytes
    words: set[bytes]
    names: set[bytes]  # those of the words that stand behind no dot
    shared: int  # the clauses that it meets, as bits, for itself and all that depends on it
    own: int = 0  # those that it meets for itself only
    sought: int = 0  # those that marks were looked for
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


_ATTRIBUTE = ((b".", 1), (b". ", -1), (b".\n", -1))  # whether an attribute stands right behind a name


def portion(tree: ast.Module, text: str, needs: Needs) -> frozenset[str]:
    """Take away from `tree` what no rule can speak of.

    Returns
    -------
    frozenset of str
        the codes of the rules that may speak of the text; if there are none, the tree is left as it is.
    """
    code = code_of(text)
    words = words_of(code)
    shared = needs.of_words(words)
    met = needs.met(shared | needs.by_marks)
    if met:
        anywhere, own = needs.marked(code, reduce(or_, met) & ~shared)
        met = needs.met(shared | anywhere | own, met)
    if not met:
        return frozenset()
    return _Cut(tree, code, needs, met, needs.of_words(words & LIBRARY_NAMES)).spoken()


class _Cut:
    """The cutting of one module.

    `met` are the alternatives that the whole text meets, `libraries` the clauses that it does by naming
    libraries: what it imports holds for all of it.
    """

    def __init__(
        self, tree: ast.Module, code: bytes, needs: Needs, met: Sequence[int], libraries: int
    ) -> None:
        self.tree = tree
        self.needs = needs
        self.met = met
        self.lines = code.split(b"\n")
        self.units: list[_Unit] = []
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
        self.units[0].shared |= libraries
        self._relate()

    def spoken(self) -> frozenset[str]:
        """The codes of the rules that may speak of the module, once what none of them can is taken away."""
        units, needs = self.units, self.needs
        # What the module's own statements name is theirs, and so is what sets something for all.
        units[0].on.update(
            number for number, unit in enumerate(units) if not _SETTINGS.isdisjoint(unit.words)
        )
        reach = self._related()
        if self._met(0, reach[0]):
            return needs.spoken(self.met)
        kept, alive, found = set(reach[0]), set[int](), set[int]()
        for number in range(1, len(units)):
            unit = units[number]
            met = self._met(number, reach[number] | reach[0])
            if not met:
                continue
            found.update(met)
            alive.add(number)
            kept |= reach[number]
            users = unit.readers
            if unit.node is unit.home:
                users = {each for numbers in self.methods[unit.home].values() for each in numbers}
            for user in users:
                kept |= reach[user]
        asked = {number for number in alive if not _JUDGED_BY_CALLERS.isdisjoint(units[number].words)}
        for number, unit in enumerate(units):
            if (unit.chooses and not alive.isdisjoint(reach[number])) or not asked.isdisjoint(unit.on):
                kept |= reach[number]
        self._prune({units[number].node for number in kept})
        return needs.spoken(found)

    def _met(self, number: int, reach: Iterable[int]) -> list[int]:
        """The alternatives that a unit meets with all that it depends on.

        What words alone rule out is not searched for marks.
        """
        units, needs = self.units, self.needs
        found = 0
        for each in reach:
            found |= units[each].shared
        met = needs.met(found | needs.by_marks, self.met)
        if not met:
            return met
        within = reduce(or_, met)
        for each in reach:
            unit = units[each]
            left = within & ~(unit.sought | unit.shared)
            if left & needs.by_marks:
                anywhere, own = needs.marked(unit.code, left)
                unit.sought |= left
                unit.shared |= anywhere
                unit.own |= own
            found |= unit.shared
        return needs.met(found | units[number].own, met)

    def _prune(self, kept: set[ast.AST]) -> None:
        for node in self.methods:
            node.body = [each for each in node.body if not isinstance(each, Definition) or each in kept]
        self.tree.body = [
            each for each in self.tree.body if not isinstance(each, Definition | ast.ClassDef) or each in kept
        ]

    def _code(self, node: ast.stmt) -> bytes:
        return b"\n".join(self.lines[_first_line(node) - 1 : node.end_lineno])

    def _add(self, node: Any, home: ast.ClassDef | None, code: bytes) -> int:
        words, names = names_of(code)
        self.units.append(_Unit(node, home, code, words, names, self.needs.of_words(words)))
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
        shell = self.shells[node] = self._add(node, node, b"\n".join(lines))
        self.named.setdefault(node.name.encode(), []).append(shell)

    def _relate(self) -> None:
        """Find out what each unit depends on."""
        names = self.named.keys()
        for unit in self.units:
            for name in unit.names & names:
                unit.on.update(self.named[name])
        for node, methods in self.methods.items():
            stored = self.stored[node]
            for method, attribute, _ in stores(node):
                stored.setdefault(attribute.encode(), set()).update(methods[method.encode()])
        for node, methods in self.methods.items():
            own = [self.shells[node], *(each for numbers in methods.values() for each in numbers)]
            for number in own:
                self.units[number].on.add(self.shells[node])
            for home in (node, *self._bases(node)):
                self._relate_class(own, home)

    def _relate_class(self, own: Iterable[int], home: ast.ClassDef) -> None:
        """What the methods of a class name and read of that class, or of one of its bases."""
        methods, stored = self.methods[home], self.stored[home]
        members = methods.keys() | stored.keys()
        for number in own:
            unit = self.units[number]
            for name in unit.words & members:
                if not unit.may_take(name):
                    continue
                unit.on.update(methods.get(name, ()))
                for storing in stored.get(name, ()):
                    unit.on.add(storing)
                    self.units[storing].readers.add(number)

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

    def _related(self) -> list[set[int]]:
        """Each unit with all that it depends on, by way of others, too.

        A unit that has an instance of a class, made by itself, by what it depends on or by the module's own
        statements, may call the methods that it names, and those that calling the instance calls.
        """
        reach = self._reach()
        classes: list[tuple[int, set[int], dict[bytes, list[int]]]] = []
        for node, methods in self.methods.items():
            name, shell = node.name.encode(), self.shells[node]
            makers = {each for each, unit in enumerate(self.units) if name in unit.names and each != shell}
            if methods and makers:
                classes.append((shell, makers, methods))
        grown = bool(classes)
        while grown:
            grown = False
            for number, unit in enumerate(self.units):
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
