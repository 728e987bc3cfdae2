"""The eigenvalues of a matrix that is positive semidefinite in exact arithmetic: 0 comes out negative."""

from __future__ import annotations

import re
from itertools import islice

from stabcheck.static.detectors._data import Place
from stabcheck.static.graph import Apply, Item, Value, scalar, strip, walk
from stabcheck.static.identity import number
from stabcheck.static.infer.layout import source
from stabcheck.static.lower.conditions import is_condition
from stabcheck.static.normal import DEEPEST

_VALUES = frozenset({"eigvalsh", "eigvals"})
_PAIRS = frozenset({"eigh", "eig"})
_DIAGONALS = frozenset({"diag", "diagonal", "diag_part", "real"})
_PRODUCTS = frozenset({"matmul", "dot"})
_SEMIDEFINITE_NAME = re.compile(
    r"^(?:[KB]|\w*gram\w*|(?:\w*_)?cov\w*|\w*_cov|sigma|(?:\w+_)?kernel(?:_?mat\w*)?|\w*laplacian|scatter\w*)$",
    re.IGNORECASE,
)
_MOST_NODES = 60


def semidefinite(value: Value, place: Place) -> Value | None:
    """The covariance, Gram or kernel matrix whose eigenvalues these are; None of all others."""
    matrix = _decomposed(value)
    if matrix is None or _is_raised(matrix):
        return None
    node = source(matrix)
    named = any(map(_SEMIDEFINITE_NAME.search, place.names(node) | place.names(strip(matrix))))
    return matrix if named or _is_gram(node) else None


def _decomposed(value: Value) -> Value | None:
    """The matrix whose eigenvalues, in whatever order and with however few left out, these are."""
    node = source(value)
    while True:
        if isinstance(node, Apply) and node.op in _VALUES:
            return node.operands[0]
        if isinstance(node, Apply) and node.op in _DIAGONALS:
            node = source(node.operands[0])
            continue
        if not isinstance(node, Item):
            return None
        made = source(node.base)
        if isinstance(made, Apply) and made.op in _PAIRS:
            return made.operands[0] if node.index is not None and scalar(node.index) == 0 else None
        if node.index is not None and (scalar(node.index) is not None or is_condition(strip(node.index))):
            return None  # one of them, mostly the largest, or those that pass a test
        node = made


def _is_raised(matrix: Value) -> bool:
    """Whether something was added to the diagonal."""
    return any(
        isinstance(each, Apply)
        and each.op == "add"
        and any(isinstance(part, Apply) and part.op == "eye" for part in islice(walk(each), _MOST_NODES))
        for each in islice(walk(matrix), _MOST_NODES)
    )


def _is_gram(node: Value, depth: int = DEEPEST) -> bool:
    """`cov(x)`, `x.T @ x`, and `-0.5 * H @ D @ H` of distances."""
    if depth == 0 or not isinstance(node, Apply):
        return False
    if node.op in ("cov", "corrcoef"):
        return True
    if node.op in ("divide", "multiply"):
        return any(_is_gram(source(each), depth - 1) for each in node.operands)
    if node.op not in _PRODUCTS:
        return False
    left, right = node.operands[:2]
    ends = _transposed(left), _transposed(right)
    if ends[0] != ends[1] and _untransposed(left) == _untransposed(right):
        return True
    return any(_is_gram(source(each), depth - 1) for each in (left, right)) or _is_centred(node)


def _transposed(value: Value) -> bool:
    node = strip(value)
    return isinstance(node, Apply) and node.op in ("transpose", "matrix_transpose")


def _untransposed(value: Value) -> int:
    return number(source(value))


def _is_centred(node: Apply) -> bool:
    """`H @ D @ H`, one matrix on both sides."""
    inner = source(node.operands[0])
    if not isinstance(inner, Apply) or inner.op not in _PRODUCTS:
        return False
    first = source(inner.operands[0])
    factors = first.operands if isinstance(first, Apply) and first.op == "multiply" else (first,)
    return any(number(source(each)) == number(source(node.operands[1])) for each in factors)
