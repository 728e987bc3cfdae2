"""clip(p, eps, 1 - eps) with an eps that the format rounds away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stabcheck.static.card import Card
from stabcheck.static.detectors._precision import working_format
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Value, scalar
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.module import Module


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Clips whose upper bound is typed below 1 and is 1 in the format of what is clipped."""
    for site, node in operations(module, "clip", "minimum"):
        bound = _upper(node)
        number = None if bound is None else scalar(bound)
        if number is None or not 0.5 < number < 1:
            continue
        limits = working_format(facts, node, node.operands[0])
        if limits is None or limits.name == "float64" or "random" in facts.tags(node.operands[0]):
            continue  # a uniform draw from [0, 1) is never 1
        smallest = limits.unit_roundoff / 2  # below 1 numbers are half as far apart
        if number >= 1 - smallest and not _takes_logarithms_of_p_only(module):
            yield Hit(
                node.span,
                site,
                node,
                message=f"the bound 1 - {1 - number:.2g} is 1 in {limits.name}, which needs more than "
                f"{smallest:.2g}: log(1 - p) behind it is still -inf",
            )


_LOGARITHM = re.compile(r"\blog\w*\(")
_COMPLEMENT = re.compile(r"\b1(?:\.0*)?\s*-|ones_like|binary|bce", re.IGNORECASE)


def _takes_logarithms_of_p_only(module: Module) -> bool:
    """Whether the file takes logarithms, and nothing in it is taken off 1: a p that is 1 does no harm."""
    text = module.text
    clips = re.sub(r"1(?:\.0*)?\s*-\s*(?:\d|eps|epsilon|_?EPS|self\.eps|K\.epsilon)", "", text)
    return _LOGARITHM.search(text) is not None and _COMPLEMENT.search(clips) is None


def _upper(node: Apply) -> Value | None:
    if node.op == "clip":
        return node.attributes.get("upper")
    return next((each for each in node.operands if scalar(each) is not None), None)
