"""A mask value that float16 can't hold, beside float16 values."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from stabcheck.ops.dtypes import FORMATS
from stabcheck.static.card import Card
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Value, scalar, strip
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module

_LARGEST = FORMATS["float16"].largest


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`where` or `masked_fill` with such a value, and the sum of scores and a mask times it."""
    for site, node in operations(module, "where", "masked_fill", "add", "subtract"):
        for value in node.operands:
            huge = _huge(value if node.op in ("where", "masked_fill") else _mask_factor(value))
            others = [each for each in node.operands if each is not value]
            if huge is not None and any(facts.dtype(each) == "float16" for each in others):
                yield Hit(
                    node.span,
                    site,
                    node,
                    message=f"the mask value {huge:g} is -inf in float16 (limit 65504): a fully masked row "
                    "becomes NaN",
                )
                break


def _huge(value: Value | None) -> float | None:
    number = None if value is None else scalar(value)
    return float(number) if number is not None and -inf < number < -_LARGEST else None


def _mask_factor(value: Value) -> Value | None:
    """The number in `mask * -1e9`."""
    node = strip(value)
    if isinstance(node, Apply) and node.op == "multiply":
        return next((each for each in node.operands if scalar(each) is not None), None)
    return None
