"""The units that a module is cut into, and what each of them depends on.

Units are its functions, the methods of its classes, what is left of a class without them, and what is left of
the module itself. What a unit computes depends on the units that it names, on the methods that store the
attributes it reads, and on the statements of the module itself, which are always kept together with what they
name. All of it is told by the text, and rather too much than too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from stabcheck.static.blocks import Block, blocks
from stabcheck.static.closure import Reach, closures, members
from stabcheck.static.lower.local import MOST_BASES
from stabcheck.static.stored import NO_ATTRIBUTES, Attributes, attributes
from stabcheck.static.words import NAME_BYTES, words_of

# Methods that calling an instance calls, or making it.
_CALLED = frozenset({b"__init__", b"__call__", b"call", b"forward"})

# Functions and dtypes that set a default for the whole file.
_SETTINGS = frozenset(
    {b"set_floatx", b"set_default_dtype", b"set_global_policy", b"set_policy", b"jax_enable_x64", b"autocast"}
)

_ATTRIBUTE = ((b".", 1), (b". ", -1), (b".\n", -1))  # whether an attribute stands right behind a name

_NAME_OF_ARGUMENT = re.compile(rb"\s*=(?!=)|[\"']\s*:")

# Statements of the module whose words are not used there: its imports, what it lists for others, and texts.
_IMPORT = re.compile(
    rb"\n(?:from[ \t]+[\w.\x80-\xff]+[ \t]+import[ \t]*\([^)]*\)|(?:from|import)\b(?:[^\n;\\]|\\\n)*)"
)
_LISTED = re.compile(rb"\n__all__[ \t]*=[ \t]*(?:\[[^\]]*\]|\([^)]*\))")
_DOCUMENTED = re.compile(rb"\n[\w.\x80-\xff]+\.__doc__[ \t]*=[^\n]*(?:\n[ \t)\]][^\n]*)*")
# Not `exp as exp`, by which a package hands it on.
_RENAMED = re.compile(rb"(?<![\w.\x80-\xff])([\w.\x80-\xff]++)\s+as\s+(?!\1(?![\w\x80-\xff]))")


_NAME_OR_DOT = NAME_BYTES | frozenset(b".")


@dataclass(slots=True, eq=False)
class Unit:
    """A function, a method, what is left of a class without its methods, or of the module: the first unit."""

    block: Block | None
    home: int | None  # the number of the class of a method, and of a class itself
    code: bytes
    words: set[bytes]
    names: set[bytes]  # the functions and classes of the module that it names, behind no dot
    attributes: Attributes  # of its own instance, if it is a method
    on: set[int] = field(default_factory=set)  # the units that this one depends on
    readers: set[int] = field(default_factory=set)  # the methods that read what this one stores
    hands_on: bool | None = None  # whether a method may give its instance another name

    @property
    def chooses(self) -> bool:
        """Whether a condition may choose between values here: who uses one only there bears on it."""
        return b"where" in self.code or b"select" in self.code

    def may_take(self, attribute: bytes) -> bool:
        """Whether it may take an attribute of this name of its own instance.

        A method does as `self.attribute`, and may where it hands `self` on under another name.
        """
        if attribute in self.attributes.named:
            return True
        if self.block is None or self.block.is_class:
            return True
        receiver = self.block.receiver
        if not receiver:
            return False
        if b")." + attribute in self.code:  # `super().attribute`
            return True
        if self.hands_on is None:
            right_behind = sum(self.code.count(receiver + end) * sign for end, sign in _ATTRIBUTE)
            self.hands_on = self.code.count(receiver) - right_behind > 1  # the parameter itself is one
        return self.hands_on


class Units:
    """The units of one module, by number; the first is what is left of the module itself.

    `code` is a module as `stabcheck.static.words.code_of` makes it.
    """

    def __init__(self, code: bytes) -> None:
        self.code = b"\n" + code
        self.blocks = blocks(self.code)
        self.all: list[Unit] = []
        self.named: dict[bytes, list[int]] = {}  # the functions and classes of the module by name
        self.methods: dict[int, dict[bytes, list[int]]] = {}  # of each class
        self.stored: dict[int, dict[bytes, set[int]]] = {}  # the methods that store an attribute
        names = frozenset(block.name for block in self.blocks)
        self._add(None, None, _own(self._without(0, len(self.code), self.blocks)), names)
        for block in self.blocks:
            number = len(self.all)
            self.named.setdefault(block.name, []).append(number)
            home = number if block.is_class else None
            rest = self._without(block.start, block.stop, block.methods)
            self._add(block, home, rest, names)
            if block.is_class:
                methods = self.methods[number] = {}
                self.stored[number] = {}
                for method in block.methods:
                    methods.setdefault(method.name, []).append(len(self.all))
                    self._add(method, number, self.code[method.start : method.stop], names)
        self._relate()

    def _without(self, start: int, stop: int, inner: Sequence[Block]) -> bytes:
        """What is left of some bytes of the code without the blocks in them."""
        if not inner:
            return self.code[start:stop]
        starts = (start, *(block.stop for block in inner))
        stops = (*(block.start for block in inner), stop)
        return b"".join(self.code[begin:end] for begin, end in zip(starts, stops, strict=True))

    def _add(self, block: Block | None, home: int | None, code: bytes, named: frozenset[bytes]) -> None:
        words = words_of(code)
        names = words & named
        if names:
            names = {name for name in names if _stands_alone(name, code)}
        receiver = block.receiver if block is not None and block.indent else b""
        own = attributes(code, receiver) if receiver else NO_ATTRIBUTES
        self.all.append(Unit(block, home, code, words, names, own))

    def methods_of(self, number: int) -> set[int]:
        """The methods of a class."""
        return {each for numbers in self.methods[number].values() for each in numbers}

    def _relate(self) -> None:
        """Find out what each unit depends on."""
        for unit in self.all:
            for name in unit.names:
                unit.on.update(self.named[name])
        for number, methods in self.methods.items():
            into = self.stored[number]
            for numbers in methods.values():  # those of one name, of which any may be the last
                for each in numbers:
                    for attribute in self.all[each].attributes.stored:
                        into.setdefault(attribute, set()).update(numbers)
        for number in self.methods:
            own = [number, *self.methods_of(number)]
            for each in own:
                self.all[each].on.add(number)
            for home in (number, *self._bases(number)):
                self._relate_class(own, home)
        # What the module's own statements name is theirs, and so is what sets something for all.
        self.all[0].on.update(number for number, unit in enumerate(self.all) if _sets_for_all(unit))

    def _relate_class(self, own: Iterable[int], home: int) -> None:
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

    def _bases(self, number: int) -> list[int]:
        """The classes of the module that a class is made of, those of its bases among them."""
        found: list[int] = []
        waiting = [number]
        while waiting and len(found) < MOST_BASES:
            block = self.all[waiting.pop()].block
            assert block is not None
            for name in block.bases & self.named.keys():
                for each in self.named[name]:
                    if each in self.methods and each != number and each not in found:
                        found.append(each)
                        waiting.append(each)
        return found

    def related(self) -> Reach:
        """Each unit with all that it depends on, by way of others, too.

        A unit that has an instance of a class, made by itself, by what it depends on or by the module's own
        statements, may call the methods that it names, and those that calling the instance calls.
        """
        reach = closures([unit.on for unit in self.all])
        makers = self._makers()
        if not makers:
            return Reach(reach)
        having: dict[bytes, int] = {}  # the classes that have a method of this name, as bits
        for shell in makers:
            for name in self.methods[shell]:
                having[name] = having.get(name, 0) | 1 << shell
        # The classes of which each unit may call a method, once it has an instance.
        always = reduce(or_, (having[name] for name in having.keys() & _CALLED), 0)
        left = [
            reduce(or_, (having[name] for name in having.keys() & unit.words), always) & ~(1 << number)
            for number, unit in enumerate(self.all)
        ]
        grown = True
        while grown:
            grown = False
            for number, unit in enumerate(self.all):
                held = reach[number] | reach[0]
                shells = held & left[number]
                for shell in members(shells) if shells else ():
                    if not makers[shell] & held:
                        continue
                    left[number] ^= 1 << shell
                    methods = self.methods[shell]
                    for name in methods.keys() & (unit.words | _CALLED):
                        if not unit.on.issuperset(methods[name]):
                            unit.on.update(methods[name])
                            grown = True
            if grown:
                reach = closures([unit.on for unit in self.all])
        return Reach(reach)

    def _makers(self) -> dict[int, int]:
        """The classes with methods that units name, and so may make instances of: these units, as bits."""
        naming: dict[bytes, int] = {}
        for number, unit in enumerate(self.all):
            for name in unit.names:
                naming[name] = naming.get(name, 0) | 1 << number
        found: dict[int, int] = {}
        for shell, methods in self.methods.items():
            block = self.all[shell].block
            assert block is not None
            makers = naming.get(block.name, 0) & ~(1 << shell)
            if methods and makers:
                found[shell] = makers
        return found


def _own(code: bytes) -> bytes:
    """The module's own statements without its imports and lists of names, but with what it renames."""
    renamed = [
        name for each in _IMPORT.findall(code) if b"as" in each.split() for name in _RENAMED.findall(each)
    ]
    rest = _IMPORT.sub(b"", code)
    if b"__all__" in rest:
        rest = _LISTED.sub(b"", rest)
    if b"__doc__" in rest:
        rest = _DOCUMENTED.sub(b"", rest)
    return b"\n".join([rest, *renamed])


def _sets_for_all(unit: Unit) -> bool:
    """Whether it names a setting otherwise than as an argument: `add_weight(autocast=False)` sets nothing."""
    for name in unit.words & _SETTINGS:
        place = unit.code.find(name)
        while place >= 0:
            if _NAME_OF_ARGUMENT.match(unit.code, place + len(name)) is None:
                return True
            place = unit.code.find(name, place + 1)
    return False


def _stands_alone(name: bytes, code: bytes) -> bool:
    """Whether a word of a code stands somewhere behind no dot."""
    place = code.find(name)
    while place >= 0:
        end = place + len(name)
        before, behind = code[place - 1 : place] or b" ", code[end : end + 1] or b" "
        if before[0] not in _NAME_OR_DOT and behind[0] not in NAME_BYTES:
            return True
        place = code.find(name, end)
    return False
