"""The mean of the points of a cluster, which may have none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from stabcheck.static.card import Card
from stabcheck.static.detectors._divisors import snake
from stabcheck.static.detectors._tested import handled, tested
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Call, Item, Symbol, Value, strip, walk
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module
from stabcheck.static.source_text import text_of

_CLUSTERS = re.compile(
    r"(?:^|_)(?:k_?means?|k_?medoids?|lloyd|clusters?|clustering|centroids?|centers?|centres?)(?:$|_)",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(r"label|cluster|assign|nearest|closest|idx|member|group|classification", re.IGNORECASE)
_CLUSTER_NAME = re.compile(r"^(?:\w*_)?(?:clusters?|clust|members)$", re.IGNORECASE)
# A test of how many points there are.
_COUNTED = re.compile(
    r"\b(?:el)?if\b[^\n]*(?:\blen\(|\.size\b|\bany\(|\bsum\(|count|shape\[0\]|empty|\bin\b|members?\b|points?\b)",
    re.IGNORECASE,
)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`x[labels == k].mean(axis=0)` for each k of a range, in what is called a clustering."""
    for site, node in operations(module, "mean"):
        chosen = source(node.operands[0])
        index = chosen.index if isinstance(chosen, Item) else None
        if not (_is_cluster(chosen) or (index is not None and (_is_of_number(index) or _is_cluster(index)))):
            continue
        if not any(_CLUSTERS.search(snake(part)) for part in site.function.split(".")):
            continue
        if handled(module, site, node.span) or tested(module, site, "", (node.operands[0], chosen)):
            continue
        function = module.functions.get(site.function)
        if function is not None and _COUNTED.search(text_of(module)[function.span]):
            continue
        if index is None or _ASSIGNED.search(text_of(module)[index.span]):
            yield Hit(node.span, site, node)


def _is_cluster(value: Value) -> bool:
    """What a loop draws, and calls a cluster: the points of it, or where they are."""
    node = strip(value)
    while isinstance(node, Item):  # of `enumerate(clusters)`
        node = strip(node.base)
    return isinstance(node, Symbol) and node.kind == "loop" and _CLUSTER_NAME.search(node.name) is not None


def _is_of_number(index: Value) -> bool:
    """`labels == k`, k being a number that a range counts to."""
    return any(_compares_counted(each) for each in islice(walk(index), 8))


def _compares_counted(node: Value) -> bool:
    if not isinstance(node, Apply) or node.op != "equal":
        return False
    return any(map(_is_counted, node.operands))


def _is_counted(value: Value) -> bool:
    node = strip(value)
    if not isinstance(node, Symbol) or node.kind != "loop" or node.source is None:
        return False
    over = strip(node.source)
    return isinstance(over, Call) and over.function == "builtins.range"
