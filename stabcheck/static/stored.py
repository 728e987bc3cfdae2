"""The attributes that a method stores on its instance, by its text: all of them, and seldom others."""

from __future__ import annotations

import re
from functools import lru_cache

from stabcheck.static.words import NAME

_CLOSED_BELOW = re.compile(rb"[)\]][ \t]*=(?!=)")
_OF_A_CALL = re.compile(rb"[\w\])][ \t]*\([^()]*\Z")


def stored(code: bytes, receiver: bytes) -> set[bytes]:
    """The attributes of `receiver` that a method's code assigns, by itself or among others, or loops over.

    Where targets may stand on several lines, every attribute that it names counts.
    """
    if not receiver or receiver + b"." not in code:
        return set()
    named, assigned, among_others, looped = _patterns(receiver)
    if _on_several_lines(code):
        return set(named.findall(code))
    found = set(assigned.findall(code))
    found.update(each[1] for each in among_others.finditer(code) if _may_be_target(code, each.start()))
    if b"for" in code:
        found.update(looped.findall(code))
    return found


def _on_several_lines(code: bytes) -> bool:
    """Whether targets may begin on a line above that of their `=`."""
    if b",\\\n" in code or b", \\\n" in code:
        return True
    for closed in _CLOSED_BELOW.finditer(code):
        line = code[code.rfind(b"\n", 0, closed.start()) + 1 : closed.start() + 1]
        if any(line.count(close) > line.count(open_) for open_, close in ((b"(", b")"), (b"[", b"]"))):
            return True
    return False


def _may_be_target(code: bytes, place: int) -> bool:
    """Whether what stands there is on the left of its line's first `=`, and no argument of a call."""
    before = code[code.rfind(b"\n", 0, place) + 1 : place]
    return b"=" not in before and _OF_A_CALL.search(before) is None


@lru_cache(maxsize=64)
def _patterns(receiver: bytes) -> tuple[re.Pattern[bytes], ...]:
    # Without `\b` before it, which would cost the search its literal beginning: `itself.x` counts, too.
    attribute = re.escape(receiver) + rb"\.(" + NAME + rb")"
    return (
        re.compile(attribute),
        re.compile(attribute + rb"[ \t]*(?::[^=\n]+)?(?:[-+*/%@&|^]|//|\*\*|<<|>>)?=(?!=)"),
        re.compile(attribute + rb"(?=[ \t]*[,)\]][^=\n]*=(?!=))"),
        re.compile(rb"for\b(?:(?!\bin\b)[^\n:])*" + attribute),
    )
