"""1 + eps - x, with an eps below half a unit in the last place of 1."""

from __future__ import annotations

from dataclasses import dataclass

from stabcheck.static.detectors._precision import working_format
from stabcheck.static.graph import Apply, Value, scalar, strip
from stabcheck.static.infer import Facts


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What is subtracted, and the largest eps that the format rounds away beside 1."""

    subtracted: Value
    dtype: str
    limit: float


def absorbed(value: Value, facts: Facts) -> Absorbed | None:
    """`value` read as `1 + eps - x` with an eps that the format of x rounds away; None if it isn't one."""
    node = strip(value)
    if not isinstance(node, Apply) or node.op != "subtract":
        return None
    total = scalar(node.operands[0])
    limits = working_format(facts, node, node.operands[1])
    if total is None or limits is None or not 1 < total <= 1 + limits.unit_roundoff:
        return None
    return Absorbed(node.operands[1], limits.name, limits.unit_roundoff)
