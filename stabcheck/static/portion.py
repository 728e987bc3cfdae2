"""The portion of a module that rules can speak of: whole functions, methods and classes are left out of it.

A module is cut into units: its functions, the methods of its classes, and what is left of these classes and
of the module itself. Units that name each other are of one component, and so are methods of a class that
share an attribute which one of them stores. No value, name or helper crosses from one component to another
except through the statements of the module, which are always kept, together with what they name. So a
component that lacks what every rule needs (`stabcheck.static.trigger`) can be taken away, and nothing that is
found elsewhere changes. Where a rule could speak of a statement of the module itself, all of it is kept.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from stabcheck.static.lower.classes import stores
from stabcheck.static.trigger import Held, Needs
from stabcheck.static.wording import code_of, words_of

Definition = ast.FunctionDef | ast.AsyncFunctionDef

_FEWEST_METHODS = 3  # of a class that is worth being cut

# Functions and dtypes that set a default for the whole file.
_SETTINGS = frozenset(
    {b"set_floatx", b"set_default_dtype", b"set_global_policy", b"set_policy", b"jax_enable_x64", b"autocast"}
)


@dataclass(slots=True)
class _Unit:
    """A function, a class, or a method of a class whose methods are told apart."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    code: bytes
    words: set[bytes]
    shell: _Shell | None = None


@dataclass(slots=True, eq=False)
class _Shell:
    """What is left of a class without its methods."""

    node: ast.ClassDef
    code: bytes
    words: set[bytes]
    units: list[int] = field(default_factory=list)
    held: Held | None = None  # with what the module's own statements hold


def portion(tree: ast.Module, text: str, needs: Needs) -> frozenset[str]:
    """Take away from `tree` what no rule can speak of.

    Returns
    -------
    frozenset of str
        the codes of the rules that may speak of the text; if there are none, the tree is left as it is.
    """
    code = code_of(text)
    held = needs.held(words_of(code), code)
    spoken = needs.spoken(held)
    if spoken:
        _Cut(tree, code, needs, held.words & needs.libraries).apply()
    return spoken


class _Cut:
    """The cutting of one module."""

    def __init__(self, tree: ast.Module, code: bytes, needs: Needs, libraries: int) -> None:
        self.tree = tree
        self.needs = needs
        self.lines = code.split(b"\n")
        self.units: list[_Unit] = []
        self.shells: list[_Shell] = []
        self.parents: list[int] = []
        definitions: list[_Unit] = []
        pieces: list[bytes] = []
        self.words: set[bytes] = set()  # of the statements of the module itself
        for node in tree.body:
            if isinstance(node, Definition | ast.ClassDef):
                piece = self._code(node)
                definitions.append(_Unit(node, piece, words_of(piece)))
            elif isinstance(node, ast.Import | ast.ImportFrom):
                self.words |= _renamed(node)
            elif not _lists_names(node):
                pieces.append(self._code(node))
        self.code = b"\n".join(pieces)
        self.words |= words_of(self.code)
        self.libraries = libraries
        self._tell_apart(definitions)
        self._link()

    def apply(self) -> None:
        """Take away what does not matter."""
        groups = self._groups()
        self._count_on_what_is_named(groups)
        base = self.needs.held(self.words, self.code, Held(self.libraries, b""))
        if self.needs.any(base):
            return
        joined = False
        for shell in self.shells:
            shell.held = self.needs.held(shell.words, shell.code, base)
            if self.needs.any(shell.held):
                joined = True
                for number in shell.units[1:]:
                    self._join(shell.units[0], number)
        kept: set[ast.AST] = {shell.node for shell in self.shells if not _SETTINGS.isdisjoint(shell.words)}
        for group in self._groups() if joined else groups:
            if self._matters(group, base):
                for unit in group:
                    kept.add(unit.node)
                    if unit.shell is not None:
                        kept.add(unit.shell.node)
        self._prune(kept)

    def _prune(self, kept: set[ast.AST]) -> None:
        for shell in self.shells:
            shell.node.body = [
                each for each in shell.node.body if not isinstance(each, Definition) or each in kept
            ]
        self.tree.body = [
            each for each in self.tree.body if not isinstance(each, Definition | ast.ClassDef) or each in kept
        ]

    def _matters(self, group: list[_Unit], base: Held) -> bool:
        """Whether a component may hold what a rule speaks of, or what concerns the whole file."""
        words = set[bytes]().union(*(unit.words for unit in group))
        if not _SETTINGS.isdisjoint(words) or any(
            _name(unit) in self.words for unit in group if not unit.shell
        ):
            return True
        shells = [shell.held for shell in {unit.shell for unit in group} if shell is not None and shell.held]
        code = b"\n".join(unit.code for unit in group)
        return self.needs.any(self.needs.held(words, code, *(shells or [base])))

    def _count_on_what_is_named(self, groups: list[list[_Unit]]) -> None:
        """What the module's own statements name, or sets something for all, is theirs, too."""
        for group in groups:
            named = any(_name(unit) in self.words for unit in group if unit.shell is None)
            if named or any(not _SETTINGS.isdisjoint(unit.words) for unit in group):
                for unit in group:
                    self.words |= unit.words
                    self.code = b"\n".join((self.code, unit.code))

    def _code(self, node: ast.stmt) -> bytes:
        return b"\n".join(self.lines[_first_line(node) - 1 : node.end_lineno])

    def _tell_apart(self, definitions: list[_Unit]) -> None:
        """Make units: methods of their own where nobody outside of a class can know of it."""
        mentions: dict[bytes, int] = {}
        names = {_name(unit) for unit in definitions}
        for unit in definitions:
            for name in unit.words & names:
                mentions[name] = mentions.get(name, 0) + 1
        for unit in definitions:
            shell = None
            if (
                isinstance(unit.node, ast.ClassDef)
                and mentions[_name(unit)] == 1
                and _name(unit) not in self.words
            ):
                shell = self._shell(unit.node, names)
            if shell is None:
                self.units.append(unit)

    def _shell(self, node: ast.ClassDef, names: set[bytes]) -> _Shell | None:
        """The class without its methods, which become units; None if they are to stay together."""
        methods = [each for each in node.body if isinstance(each, Definition)]
        if len(methods) < _FEWEST_METHODS:
            return None
        lines = self.lines[_first_line(node) - 1 : node.end_lineno]
        first = _first_line(node)
        for method in methods:
            begin, end = _first_line(method) - first, (method.end_lineno or method.lineno) - first + 1
            lines[begin:end] = [b""] * (end - begin)
        code = b"\n".join(lines)
        words = words_of(code)
        own = node.name.encode()
        shell = _Shell(node, code, words)
        made = [_Unit(each, piece := self._code(each), words_of(piece), shell) for each in methods]
        if not words.isdisjoint(map(_name, made)) or not (words - {own}).isdisjoint(names):
            return None
        if any(own in unit.words for unit in made):
            return None
        shell.units = list(range(len(self.units), len(self.units) + len(made)))
        self.units += made
        self.shells.append(shell)
        return shell

    def _link(self) -> None:
        """Join the units that know of each other."""
        self.parents = list(range(len(self.units)))
        by_name: dict[bytes, int] = {}
        for number, unit in enumerate(self.units):
            if unit.shell is None:
                self._join(by_name.setdefault(_name(unit), number), number)
        names = by_name.keys()
        for number, unit in enumerate(self.units):
            for name in unit.words & names:
                self._join(by_name[name], number)
        for shell in self.shells:
            shared = {attribute.encode() for _, attribute, _ in stores(shell.node)}
            shared.update(_name(self.units[number]) for number in shell.units)
            holders: dict[bytes, int] = {}
            for number in shell.units:
                for name in self.units[number].words & shared:
                    self._join(holders.setdefault(name, number), number)

    def _root(self, number: int) -> int:
        while self.parents[number] != number:
            self.parents[number] = number = self.parents[self.parents[number]]
        return number

    def _join(self, one: int, other: int) -> None:
        self.parents[self._root(one)] = self._root(other)

    def _groups(self) -> list[list[_Unit]]:
        """The components."""
        found: dict[int, list[_Unit]] = {}
        for number, unit in enumerate(self.units):
            found.setdefault(self._root(number), []).append(unit)
        return list(found.values())


def _name(unit: _Unit) -> bytes:
    return unit.node.name.encode()


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
