"""The functions, classes and methods of a module, by its text.

They are told by their indentation, which the parser goes by, too. No tree is needed for that, so that a tree
is made only of those that rules can speak of (`stabcheck.static.portion`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from stabcheck.static.words import NAME

_BEGINNING = rb"(?:@|(?:async[ \t]+)?def[ \t]+(" + NAME + rb")|class[ \t]+(" + NAME + rb"))"
# Among the bases of a class there may be calls, and calls in them.
_PARENTHESES = rb"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_CLASS = re.compile(
    rb"[ \t]*\w+[ \t]+" + NAME + rb"[ \t]*(?:\[[^\]]*\][ \t]*)?(" + _PARENTHESES + rb")?[ \t]*:"
)
_FIRST_STATEMENT = re.compile(rb"(?:[ \t;]*\n)+([ \t]+)(?=[^\s])")
_PARAMETER = re.compile(rb"[^(]*\(\s*(" + NAME + rb")")
_WORD = re.compile(NAME)


class Block(NamedTuple):  # thousands are made: a frozen dataclass takes five times as long
    """A function, a method or a class: from its first decorator to what stands behind it.

    Attributes
    ----------
    start, stop
        its bytes in the code.
    first, last
        its lines, from 0, the last one excluded.
    indent
        what stands before its first line.
    methods
        of a class, in the order of the text.
    bases
        the words among the bases of a class.
    receiver
        the first parameter of a function, if it has one by position.
    """

    name: bytes
    is_class: bool
    start: int
    stop: int
    first: int
    last: int
    indent: bytes
    methods: tuple[Block, ...] = ()
    bases: frozenset[bytes] = frozenset()
    receiver: bytes = b""


def blocks(code: bytes) -> tuple[Block, ...]:
    """The functions and classes at the margin of a module.

    Parameters
    ----------
    code
        a line end, and what `stabcheck.static.words.code_of` makes of a text: nothing in a comment or a text
        looks like a statement. Line 0 is the one behind that line end.

    Returns
    -------
    tuple of Block
        in the order of the text. Those in branches (`if`, `try`) are none: they belong to the statement.
        Where code inside of parentheses stands to the left of the statement that it belongs to, a block
        may end too early; what is cut by such blocks does not parse.
    """
    if b"\f" in code:  # it may stand before a statement at the margin
        return ()
    return tuple(_inside(code, 0, len(code), b"", 0, -1))


def _inside(code: bytes, start: int, stop: int, indent: bytes, counted: int, line: int) -> Iterator[Block]:
    """The blocks of an indentation among the lines that end behind `start`; `counted` stands in `line`."""
    begins, ends = _patterns(indent)
    decorated = None
    while (found := begins.search(code, start, stop)) is not None:
        begin = found.start() + 1 if decorated is None else decorated
        if found.lastindex is None:
            decorated, start = begin, found.end()
            continue
        behind = ends.search(code, found.end(), stop)
        end = stop if behind is None else behind.start() + 1
        first = line + code.count(b"\n", counted, begin)
        counted, line = end, first + code.count(b"\n", begin, end)
        last = line if code[end - 1] == ord("\n") else line + 1
        place = (begin, end, first, last, indent)
        if found.lastindex == 1:
            parameter = _PARAMETER.match(code, found.end(), end)
            yield Block(found[1], False, *place, receiver=b"" if parameter is None else parameter[1])
        else:
            yield Block(found[2], True, *place, *_members(code, found.start() + 1, end, (begin, first)))
        decorated, start = None, end - 1


def _members(
    code: bytes, start: int, stop: int, counted: tuple[int, int]
) -> tuple[tuple[Block, ...], frozenset[bytes]]:
    """The methods and bases of a class; no methods if its body can't be told from its head."""
    head = _CLASS.match(code, start, stop)
    if head is None:
        return (), frozenset(_WORD.findall(code, start, stop))
    bases = frozenset(_WORD.findall(head[1])) if head[1] else frozenset[bytes]()
    body = _FIRST_STATEMENT.match(code, head.end(), stop)
    if body is None:
        return (), bases
    inner = _inside(code, head.end(), stop, body[1], *counted)
    return tuple(each for each in inner if not each.is_class), bases


@cache
def _patterns(indent: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Where a block of this indentation begins, and where what follows it does, with the line end before."""
    begins = re.compile(rb"\n" + re.escape(indent) + _BEGINNING)
    ends = re.compile(rb"\n[ \t]{0,%d}[^\s)\]}]" % len(indent))
    return begins, ends
