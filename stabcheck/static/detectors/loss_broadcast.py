"""Shapes (n, 1) and (n,) that meet in a loss."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Item, Value, strip
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module
from stabcheck.static.normal import DEEPEST

_MADE = ("expand_dims", "reshape", "broadcast_to")


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Differences and comparisons of such shapes below a mean or a sum."""
    reduced = _reduced(module)
    for site, node in operations(module, "subtract", "equal", "squared_difference", "multiply"):
        if id(node) not in reduced or len(node.operands) != 2:
            continue
        shapes = [facts.shape(each) for each in node.operands]
        for (column, row), (one, other) in (
            (shapes, node.operands),
            (shapes[::-1], node.operands[::-1]),
        ):
            if column is None or row is None or len(column) != 2 or len(row) != 1:
                continue
            if column[1] == 1 and column[0] == row[0] not in (1, None) and not (_made(one) or _made(other)):
                yield Hit(
                    node.span,
                    site,
                    node,
                    bindings={"a": one, "b": other},
                    message=f"shapes ({column[0]}, 1) and ({row[0]},) broadcast to ({column[0]}, {row[0]}): "
                    "every prediction is compared with every target",
                )


def _reduced(module: Module) -> set[int]:
    """The values that an unnarrowed mean or sum is taken of, through powers and absolute values."""
    found: set[int] = set()
    for _, node in operations(module, "mean", "sum"):
        if "axis" not in node.attributes:
            found |= set(map(id, _inside(node.operands[0])))
    return found


def _inside(value: Value, depth: int = DEEPEST) -> Iterator[Value]:
    node = strip(value)
    yield node
    if (
        depth
        and isinstance(node, Apply)
        and node.op
        in (
            "square",
            "power",
            "abs",
            "multiply",
            "cast",
            "log_cosh",
            "divide",
        )
    ):
        for each in node.operands:
            yield from _inside(each, depth - 1)


def _made(value: Value) -> bool:
    """Whether an axis was added on the spot: then all pairs are meant."""
    node = strip(value)
    if isinstance(node, Item):
        return True
    return isinstance(node, Apply) and node.op in _MADE
