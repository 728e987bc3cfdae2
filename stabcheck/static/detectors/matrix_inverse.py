"""The inverse of a `numpy.matrix`, `a.I`, times another matrix."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from stabcheck.static.card import Card
from stabcheck.static.detectors._data import called
from stabcheck.static.detectors._values import literal, operations
from stabcheck.static.graph import Apply, Call, Item, Site, Value, scalar, walk
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module

_MATRIX_NAME = re.compile(r"^[xX]T[xX]$|(?:^|_|[a-z])(?:[mM]at(?:rix)?|MATRIX)$")
_MADE = frozenset({"numpy.mat", "numpy.matrix", "numpy.asmatrix"})
_MOST_NODES = 40


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`(x.T * x).I * x.T * y`: the first product with the inverse."""
    if "numpy" not in module.libraries:
        return
    for site, node in operations(module, "multiply", "matmul", "dot"):
        left, right = node.operands[:2]
        inverse = source(left)
        if not isinstance(inverse, Item) or literal(inverse.index) != "I" or scalar(right) is not None:
            continue
        if any(_is_matrix(each, site) for each in islice(walk(inverse.base), _MOST_NODES)):
            yield Hit(node.span, site, node, bindings={"a": inverse.base, "b": right})


def _is_matrix(node: Value, site: Site) -> bool:
    if isinstance(node, Apply):
        return node.op == "transpose"
    if isinstance(node, Call) and node.function in _MADE:
        return True
    return any(map(_MATRIX_NAME.search, called(node, site)))
