"""Numbers in bytes of source: small ones, fractions, those beside 1, and what is computed of numbers."""

from __future__ import annotations

import re

from stabcheck.static.operators import OVER, POWER, follows

# Searches begin with a character of their own where they can: those run at the speed of `bytes.find`.
_BELOW_TENTH = re.compile(rb"\.0\d*[1-9]|\.00")
_BETWEEN = re.compile(rb"\.\d*[1-9]")
_ONE_NUMBER = re.compile(rb"\(\s*[-+]?[\d.][\w.+-]*\s*\)")  # as the only argument
_FOLDED = (b"exp", b"exp2", b"expm1", b"log", b"log1p", b"log2", b"log10", b"sqrt", b"sin", b"cos", b"tanh")
FOLDED = frozenset(_FOLDED)
_FRACTION = re.compile(rb"\.(?!(?:0+|50*|250*|750*|1250*)(?!\d))\d+")
_EXPONENT = re.compile(rb"-(?:(?<=\d[eE]-)|(?<=\d\.[eE]-))\d")
_BY_NUMBER = re.compile(rb"/(?=\s*\d)")
_NUMBER_ENDS = frozenset(b"0123456789.")
_AND_ONE = re.compile(rb"\+\s*1\b")
_ONE_AND = re.compile(rb"1(?:\.0*)?\s*\+")
_NEARLY_ONE = re.compile(rb"1\.0*[1-9]")
_TINY = re.compile(rb"-(?<=[eE]-)(?:3[89]|[4-9]\d|\d{3})")
_TINY_FRACTION = b"." + b"0" * 20
_TINY_POWER = re.compile(rb"\*\*[\s(]*-[\s(]*\d\d")
_SMALL = re.compile(rb"-(?<=[eE]-)[1-9]\d")
_HIGH_POWER = re.compile(rb"\*\*\s*\d\d")
_HUGE = re.compile(rb"e(?=[+\d])(?:(?<=\de)|(?<=\d\.e))\+?\d\d")


def holds_decimal(code: bytes) -> bool:
    """A fraction that binary does not hold, or a quotient of numbers."""
    return (
        _FRACTION.search(code) is not None
        or follows(_NUMBER_ENDS, _BY_NUMBER, code)
        or _EXPONENT.search(code) is not None
    )


def holds_small(code: bytes) -> bool:
    """A number below a tenth, or an epsilon."""
    return (
        b"eps" in code
        or _BELOW_TENTH.search(code) is not None
        or _EXPONENT.search(code) is not None
        or _is_computed(code)
    )


def holds_fraction(code: bytes) -> bool:
    """A number between 0 and 1."""
    return (
        b"eps" in code
        or _BETWEEN.search(code) is not None
        or _EXPONENT.search(code) is not None
        or _is_computed(code)
        or follows(_NUMBER_ENDS, OVER, code)
    )


def _is_computed(code: bytes) -> bool:
    """A quotient or a power of numbers, or a function of one."""
    return follows(_NUMBER_ENDS, _BY_NUMBER, code) or follows(_NUMBER_ENDS, POWER, code) or folds(code)


def folds(code: bytes) -> bool:
    """A function of a number, which is a number."""
    return any(code.endswith(_FOLDED, 0, found.start()) for found in _ONE_NUMBER.finditer(code))


def holds_tiny(code: bytes) -> bool:
    """A number below the normal ones of float32, or numbers that may come to one."""
    return (
        _TINY.search(code) is not None
        or _TINY_FRACTION in code
        or _TINY_POWER.search(code) is not None
        or (b"*" in code and _SMALL.search(code) is not None)
        or (b"/" in code and (_HIGH_POWER.search(code) is not None or _HUGE.search(code.lower()) is not None))
    )


def adds_one(code: bytes) -> bool:
    """1 and something, or a number beside 1."""
    return any(pattern.search(code) is not None for pattern in (_AND_ONE, _ONE_AND, _NEARLY_ONE))
