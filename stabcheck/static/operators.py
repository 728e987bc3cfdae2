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
# Those that no number stands behind, unless that has an operator of its own behind it.
NUMBER = rb"(?:\d[\d_]*+\.?\d*+|\.\d++)(?:[eE][-+]?\d++)?(?![\w.])"
_NO_NUMBER = rb"(?!=?\s*+" + NUMBER + rb"\s*+(?![-+*/@%\\#]))"
_PLUS_VALUE = re.compile(rb"\+" + _NO_NUMBER)
_MINUS_VALUE = re.compile(rb"-(?!>)(?<![=(,\[:]-)" + _NO_NUMBER)
_TIMES_VALUE = re.compile(rb"\*(?!\*)(?<!\*\*)" + _NO_NUMBER)
_OVER_NO_NUMBER = re.compile(rb"/(?!/|\{)(?<!//)(?<!\}/)" + _NO_NUMBER)
_IS_NUMBER = re.compile(rb"(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE]\d+)?")
_BEFORE_NUMBER = frozenset(b"(,[=:{<>;")
ROOT = re.compile(rb"\*\*(?!=?\s*+-?\d++(?:\.0*+)?(?![\w.])\s*+(?!\*\*))")  # to no whole number
HIGH_POWER = re.compile(rb"\*\*(?!=?\s*+-?[012](?:\.0*+)?(?![\w.])\s*+(?!\*\*))")  # not to 0, 1 or 2
_BEFORE_SIGN = re.compile(rb"\d[\d_]*[eE]")  # of a number in the scientific notation; also behind its point
_NO_OPERANDS = frozenset(
    b"and await elif else except for from if import in is lambda not or return while with yield".split()
)
OPERAND_ENDS = NAME_BYTES | frozenset(b".)]}'\"")
_OF_OPERAND = NAME_BYTES | frozenset(b".")
_BEGINS_NUMBER = frozenset(b".0123456789")
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


def between_values(operator: re.Pattern[bytes]) -> Callable[[bytes], bool]:
    """Whether code holds an operator between two operands neither of which is a number."""

    def holds(code: bytes) -> bool:
        for found in operator.finditer(code):
            end = found.start()
            while end and code[end - 1] in _SPACE:
                end -= 1
            start = end
            while start and code[start - 1] in _OF_OPERAND:
                start -= 1
            word = code[start:end]
            if not word:
                if end and (code[end - 1] in b")]}" or _is_comment(end - 1, code)):
                    return True
            elif word[0] not in _BEGINS_NUMBER:
                if word not in _NO_OPERANDS:
                    return True
            elif _BEFORE_SIGN.fullmatch(word) and end == found.start():
                continue  # the sign of an exponent
            elif not _IS_NUMBER.fullmatch(word) or _goes_on_before(start, code):
                return True
        return False

    return holds


def _goes_on_before(start: int, code: bytes) -> bool:
    """Whether a number that begins there may be an operand of something before it."""
    while start and code[start - 1] in _SPACE:
        start -= 1
    if start and code[start - 1] in b"+-":  # its sign
        start -= 1
        while start and code[start - 1] in _SPACE:
            start -= 1
    return bool(start) and code[start - 1] not in _BEFORE_NUMBER and code[start - 1] not in NAME_BYTES


subtracts, divides = computes(_MINUS, b" - "), computes(OVER, b" / ")
adds_values, subtracts_value = between_values(_PLUS_VALUE), between_values(_MINUS_VALUE)
multiplies_values, divides_value = between_values(_TIMES_VALUE), between_values(_OVER_NO_NUMBER)
