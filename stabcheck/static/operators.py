"""Operators in bytes of source: where they compute, and where they are signs, stars of arguments or paths."""

from __future__ import annotations

import re
from collections.abc import Callable

from stabcheck.static.words import NAME_BYTES

POWER = re.compile(rb"\*\*")
PLUS = re.compile(rb"\+")
_MINUS = re.compile(rb"-(?!>)(?<![=(,\[:]-)")  # passing over the most frequent signs at once
TIMES = re.compile(rb"\*(?!\*)(?<!\*\*)")
OVER = re.compile(rb"/(?!/|\{)(?<!//)(?<!\}/)")  # no floor division, and no path in a formatted string
OVER_VALUE = re.compile(
    rb"/(?!/|\{)(?<!//)(?<!\}/)(?!=?\s*+(?:\d[\d_]*+\.?\d*+|\.\d++)(?:[eE][-+]?\d++)?(?![\w.])\s*+(?!\*\*))"
)
_BEFORE_SIGN = re.compile(rb"\d[\d_]*[eE]")  # of a number in the scientific notation; also behind its point
_NO_OPERANDS = frozenset(
    b"and await elif else except for from if import in is lambda not or return while with yield".split()
)
OPERAND_ENDS = NAME_BYTES | frozenset(b".)]}'\"")
_SPACE = frozenset(b" \t\n\r\f\v\\")


def follows(ends: frozenset[int], operator: re.Pattern[bytes], code: bytes) -> bool:
    """Whether an operator stands behind one of these bytes, with nothing but space between them."""
    for found in operator.finditer(code):
        before = found.start() - 1
        while before >= 0 and code[before] in _SPACE:
            before -= 1
        if before >= 0 and (code[before] in ends or _is_comment(before, code)):
            return True
    return False


def _is_comment(place: int, code: bytes) -> bool:
    """Whether what stands there may be the end of a comment: some texts are searched with theirs."""
    return b"#" in code[code.rfind(b"\n", 0, place) + 1 : place + 1]


def computes(operator: re.Pattern[bytes], spaced: bytes = b"") -> Callable[[bytes], bool]:
    """Whether code holds an operator between two operands: not a sign, nor that of an exponent.

    With space around it, as it is in `spaced`, it is taken for one at sight.
    """

    def holds(code: bytes) -> bool:
        if spaced and spaced in code:
            return True
        for found in operator.finditer(code):
            end = found.start()
            while end and code[end - 1] in _SPACE:
                end -= 1
            start = end
            while start and code[start - 1] in NAME_BYTES:
                start -= 1
            word = code[start:end]
            if not word:
                if end and (code[end - 1] in b".)]}" or _is_comment(end - 1, code)):
                    return True
            elif word not in _NO_OPERANDS and not (end == found.start() and _BEFORE_SIGN.fullmatch(word)):
                return True
        return False

    return holds


subtracts, divides = computes(_MINUS, b" - "), computes(OVER, b" / ")
