"""1 + eps - x, with an eps below half a unit in the last place of 1."""

from __future__ import annotations

from dataclasses import dataclass

from stabcheck.static.detectors._precision import working_format
from stabcheck.static.graph import Apply, Symbol, Value, scalar, strip
from stabcheck.static.infer import Facts
from stabcheck.static.normal import DEEPEST


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What is subtracted, and the largest eps that the format rounds away beside 1."""

    subtracted: Value
    dtype: str
    limit: float


def absorbed(value: Value, facts: Facts, user: Value | None = None) -> Absorbed | None:
    """`value` read as `1 + eps - x` with an eps that the format of x rounds away; None if it isn't one.

    `user` is the operation that takes it: its library counts where nothing else is known of x.
    """
    node = strip(value)
    if not isinstance(node, Apply) or node.op != "subtract":
        return None
    total = _number(node.operands[0])
    if total is None or total <= 1:
        return None
    limits = working_format(facts, node, node.operands[1], *(() if user is None else (user,)))
    if limits is None or total > 1 + limits.unit_roundoff:
        return None
    return Absorbed(node.operands[1], limits.name, limits.unit_roundoff)


def _number(value: Value, depth: int = DEEPEST) -> float | None:
    """A number, or a sum of numbers and of parameters that have a number as default."""
    found = scalar(value)
    if found is not None:
        return found
    inner = strip(value)
    if isinstance(inner, Symbol) and inner.kind == "parameter" and inner.source is not None:
        return scalar(inner.source)
    if depth == 0 or not isinstance(inner, Apply) or inner.op != "add":
        return None
    total = 0.0
    for each in inner.operands:
        part = _number(each, depth - 1)
        if part is None:
            return None
        total += part
    return total
