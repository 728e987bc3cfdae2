"""exp(x) / sum(exp(x)) over a batch axis too, where the sum or the maximum is of the whole array."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Item, Sequence, Value, scalar
from stabcheck.static.hit import Hit
from stabcheck.static.identity import same
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module

_ONE_MAXIMUM = (
    "the maximum is that of the whole array, the sum that of each row: a row that lies 745 below another "
    "(104 in float32) is 0/0"
)
_ITS_OWN = "the maximum of each row: np.max(x, axis=1, keepdims=True), or the softmax of the library"


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Exponentials divided by their sum without an axis, or shifted by a maximum without one."""
    for site, node in operations(module, "divide"):
        above, total = source(node.operands[0]), _total(node.operands[1])
        if not isinstance(above, Apply) or above.op != "exp" or total is None:
            continue
        if not same(source(total.operands[0]), above):
            continue
        if "axis" in total.attributes:
            rows = total.attributes["axis"]
            if scalar(rows) == 1 and _has_one_maximum(above.operands[0]):
                yield Hit(node.span, site, node, bindings={"e": above}, message=_ONE_MAXIMUM, advice=_ITS_OWN)
            continue
        shape = facts.shape(above)
        if shape is not None and len(shape) > 1 and 1 not in shape:
            yield Hit(node.span, site, node, bindings={"e": above})


def _total(value: Value) -> Apply | None:
    """The sum that is divided by, also as `np.array([sum]).T`."""
    node = source(value)
    while True:
        if isinstance(node, Sequence) and len(node.items) == 1:
            node = source(node.items[0])
        elif isinstance(node, Item):
            node = source(node.base)
        else:
            return node if isinstance(node, Apply) and node.op == "sum" else None


def _has_one_maximum(exponent: Value) -> bool:
    """`x - max(x)`, where max takes no axis."""
    node = source(exponent)
    if not isinstance(node, Apply) or node.op != "subtract":
        return False
    largest = source(node.operands[1])
    if not isinstance(largest, Apply) or largest.op != "max" or "axis" in largest.attributes:
        return False
    return same(source(largest.operands[0]), source(node.operands[0]))
