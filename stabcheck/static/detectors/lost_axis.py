"""A reduction along the last axis that meets its own source again without `keepdims`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from stabcheck.static.card import Card
from stabcheck.static.detectors._data import called
from stabcheck.static.detectors._values import literal, operations
from stabcheck.static.graph import Apply, Call, Site, Symbol, Value, strip, walk
from stabcheck.static.hit import Hit
from stabcheck.static.identity import same
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

_MOST_NODES = 30
_REDUCTIONS = frozenset({"sum", "mean", "max", "min", "norm", "std", "var", "logsumexp", "prod", "median"})


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`x - x.max(axis=1)` and `x / x.sum(axis=-1)` of arrays that are not known to have one axis only."""
    for site, node in operations(module, "subtract", "divide", "multiply"):
        whole, part = node.operands
        reduction = strip(part)
        if not isinstance(reduction, Apply) or reduction.op not in _REDUCTIONS:
            continue
        if not _loses_last_axis(reduction, facts) or not _same_array(whole, reduction.operands[0]):
            continue
        if _is_one_row(whole):
            continue
        if not _is_sparse(whole, module, site) and not _is_shaped(part, module, site):
            yield Hit(node.span, site, node, bindings={"x": whole})


def _is_one_row(whole: Value) -> bool:
    """`x[None, ...]`: the only row has the sum for its divisor."""
    node = strip(whole)
    return isinstance(node, Apply) and node.op == "expand_dims" and literal(node.attributes.get("axis")) == 0


_SPARSE = re.compile(r"sparse|(?:coo|csr|csc|lil|dok|bsr|dia)_(?:matrix|array)|\.matrix$")
_SPARSE_USE = re.compile(r"\b(\w+)\.(?:tocsr|tocsc|tocoo|todense|toarray|tolil|nnz|indptr|row|col)\b")


def _is_sparse(whole: Value, module: Module, site: Site) -> bool:
    """A sparse matrix, by what makes it or by how it is used: its sums stay matrices, of two axes."""
    used = set(_SPARSE_USE.findall(module.text))
    if not used.isdisjoint(called(strip(whole), site)):
        return True
    for node in islice(walk(whole), _MOST_NODES):
        inner = strip(node)
        if isinstance(inner, Call) and _SPARSE.search(inner.function or ""):
            return True
        if isinstance(inner, Symbol) and inner.name.rpartition(".")[2] in used:
            return True
    return False


def _is_shaped(part: Value, module: Module, site: Site) -> bool:
    """`m.shape = (n, 1)` gives the reduction its axis back."""
    shaped = set(re.findall(r"\b(\w+)\.shape\s*=[^=]", module.text))
    return bool(shaped) and not shaped.isdisjoint(called(strip(part), site))


def _loses_last_axis(reduction: Apply, facts: Facts) -> bool:
    axis = literal(reduction.attributes.get("axis"))
    keeps = reduction.attributes.get("keepdims")
    if (
        isinstance(axis, bool)
        or not isinstance(axis, int)
        or (keeps is not None and literal(keeps) is not False)
    ):
        return False
    shape = facts.shape(reduction.operands[0])
    if shape is not None:
        return len(shape) > 1 and axis % len(shape) == len(shape) - 1
    # Of an unknown shape axis 1 may be followed by others; with one axis only, -1 would be no loss.
    return axis in (1, -1)


def _same_array(whole: Value, source: Value) -> bool:
    """The array itself, or an elementwise function of it or inside of it: `x / sum(abs(x))`."""
    if same(whole, source):
        return True
    node = strip(source)
    if isinstance(node, Apply) and node.op in ("abs", "square", "exp", "power") and node.operands:
        return same(whole, node.operands[0])
    return False
