"""allclose against a number that its default absolute tolerance swamps."""

from __future__ import annotations

from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._values import is_given, operations
from stabcheck.static.graph import Apply, Sequence, Value, scalar, strip
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

_DEFAULT = 1e-8


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`np.isclose(x, 6.6e-34)` without `atol`."""
    for site, node in operations(module, "allclose", "isclose"):
        if node.library == "math" or is_given(node, "atol"):
            continue
        numbers = [abs(x) for operand in node.operands for x in [_number(operand)] if x is not None]
        if any(0 < x <= _DEFAULT for x in numbers):
            smallest = min(numbers)
            yield Hit(
                node.span,
                site,
                node,
                message=f"the default atol=1e-8 swamps {smallest:g}: all up to 1e-8 passes; set atol=0",
            )


def _number(value: Value) -> float | None:
    """The number that a value is, also as an array of one."""
    node = strip(value)
    if isinstance(node, Apply) and node.op == "asarray":
        node = strip(node.operands[0])
    if isinstance(node, Sequence) and len(node.items) == 1:
        node = strip(node.items[0])
    found = scalar(node)
    return None if found is None else float(found)
