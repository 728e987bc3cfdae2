"""Reductions in bytes of source: along which axes they go, and what they are taken of."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAMES = (
    b"amax amin max min fsum sum mean average median prod norm std var variance logsumexp vector_norm "
    b"matrix_norm moments var_mean std_mean reduce quantile"
).split()
_TOTALS = b"fsum sum mean average nansum moments std_mean var_mean".split()
# Called, handed on, or imported under another name.
_USED = rb"(?:_v2)?\s*(?:(\()|(?=[,)\]:;\n])|\Z|(?<=\s)(?=\w))"
_REDUCTION = re.compile(rb"(?:\.|\b)(?:reduce_)?(?:nan)?(?:" + b"|".join(_NAMES) + rb")" + _USED)
_TOTAL = re.compile(rb"(?:" + b"|".join(_TOTALS) + rb")" + _USED)
# The words without one of which there is nothing to look for.
REDUCTIONS = frozenset(
    before + kind + name + behind
    for before in (b"", b"reduce_")
    for kind in (b"", b"nan")
    for name in (*_NAMES, *_TOTALS)
    for behind in (b"", b"_v2")
)
_PRODUCT = re.compile(rb"prod(?:_v2)?\s*(?:(\()|(?!\w))")
_AXIS = re.compile(rb"ax[ie]s|(?<!keep)(?<!keep_)dim|reduction_indices|\*\*|,\s*-?\s*[1-9]\s*(?:,|\Z)")
_OF_AXIS = re.compile(rb"\b(?:ax[ie]s|dim|reduction_indices)\s*=")
_NOT_LAST = re.compile(rb"\b(?:axis|dim|reduction_indices)\s*=\s*(?:0\s*(?:,|\Z)|None\b)")
_SEVERAL = re.compile(rb"\b(?:axis|dim|reduction_indices)\s*=\s*(?:\[|\([^()]*,)")
_KEEPS = re.compile(rb"\bkeep_?dims?\s*=\s*True\b")
_NESTED = re.compile(rb"[(\[{].*[)\]}]", re.DOTALL)  # all between the first bracket and the last
_FIRST_AXIS = re.compile(rb"\s*-?\s*[1-9]\s*(?:,|\Z)")
_BRACKET = re.compile(rb"[()\[\]{}]")
_SIZES = re.compile(
    rb"\s*(?:\w+\.)*\w*shape(?:\([\w.]*\))?(?:\.as_list\(\))?(?:\[[^\[\]]*\])?\s*(?:[,)]|\Z|\bfor\b)"
)


def reduces_axis(code: bytes) -> bool:
    """A reduction along an axis: by the name of the argument, or by a whole number among the arguments.

    Also one that is handed on and may be given an axis elsewhere.
    """
    return any(arguments is None or _has_axis(method, arguments) for method, arguments in _reductions(code))


def loses_axis(code: bytes) -> bool:
    """As `reduces_axis`, where that axis may be a single one other than the first, and is not kept."""
    for method, arguments in _reductions(code):
        if arguments is None:
            return True
        if _has_axis(method, arguments):
            own = _NESTED.sub(b"", arguments)
            several = _SEVERAL.search(arguments) and len(_OF_AXIS.findall(arguments)) == 1
            if not several and not _KEEPS.search(own) and not _NOT_LAST.search(own):
                return True
    return False


def reduces_all(code: bytes) -> bool:
    """A mean or a sum of all entries, or one that is handed on."""
    for found in _TOTAL.finditer(code):
        if not found[1] or not _OF_AXIS.search(_NESTED.sub(b"", _within_brackets(code, found.end()))):
            return True
    return False


def multiplies_up(code: bytes) -> bool:
    """A product over an axis of what is no shape, or one that is handed on."""
    return any(not found[1] or not _SIZES.match(code, found.end()) for found in _PRODUCT.finditer(code))


def _reductions(code: bytes) -> Iterator[tuple[bool, bytes | None]]:
    """For each reduction whether it may be a method, and its arguments; None for one that is handed on."""
    for found in _REDUCTION.finditer(code):
        called = found[1] is not None
        yield found[0][:1] == b".", _within_brackets(code, found.end()) if called else None


def _has_axis(method: bool, arguments: bytes) -> bool:
    return bool(_AXIS.search(arguments) or (method and _FIRST_AXIS.match(arguments)))


def _within_brackets(code: bytes, start: int) -> bytes:
    """What stands between a bracket, which ends at `start`, and the one that closes it."""
    depth = 1
    for found in _BRACKET.finditer(code, start):
        depth += 1 if found[0] in b"([{" else -1
        if depth == 0:
            return code[start : found.start()]
    return code[start:]
