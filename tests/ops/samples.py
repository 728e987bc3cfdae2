"""Operands at which every operation with a formula is tried: inside its domain, away from kinks and ties."""

from __future__ import annotations

from math import inf

from stabcheck.ops import OPERATIONS, Interval, Operation

EVALUABLE = sorted(name for name, row in OPERATIONS.items() if row.compute is not None)
ELEMENTWISE = sorted(
    name for name, row in OPERATIONS.items() if row.compute is not None and row.kind == "elementwise"
)
DIFFERENTIABLE = [name for name in ELEMENTWISE if OPERATIONS[name].partials]
WITH_PULLBACK = sorted(
    name for name, row in OPERATIONS.items() if row.pullback is not None and row.kind != "barrier"
)

# Attributes that a formula can't do without.
ATTRIBUTES: dict[str, dict[str, object]] = {
    "reshape": {"shape": (3, 2)},
    "expand_dims": {"axis": 1},
    "swapaxes": {"axis1": 0, "axis2": 1},
    "broadcast_to": {"shape": (4, 2, 3)},
    "clip": {"lower": -0.5, "upper": 0.75},
    "full_like": {"value": 2.5},
    "weighted_cross_entropy": {"pos_weight": 3.0},
    "transpose": {"axes": (1, 0)},
    "norm": {"axis": -1},
    "moveaxis": {"source": 0, "destination": -1},
    "tile": {"repeats": (2, 1)},
    "layer_norm": {"shape": (3,)},
}

_POINTS = (0.37, -1.21, 2.83, -0.64, 1.55, 0.093)
_OTHERS = (1.71, 0.52, -0.83, 2.41, -1.37, 0.29)


def into(interval: Interval, x: float) -> float:
    """A point of the interval, different for different x."""
    lower, upper = interval.lower, interval.upper
    if lower == -inf and upper == inf:
        return x
    if upper == inf:
        return lower + abs(x) + 0.01
    if lower == -inf:
        return upper - abs(x) - 0.01
    return lower + (upper - lower) * (0.05 + 0.9 * (abs(x) % 1.0))


def domain(row: Operation, position: int) -> Interval:
    if row.name == "power" and position == 0:
        return Interval(0.0, inf)
    if row.name in ("comb",):
        return Interval(3.0, 9.0) if position == 0 else Interval(0.5, 2.5)
    if row.name in ("gamma", "gammaln", "digamma", "factorial"):
        return Interval(0.0, 8.0)
    return row.natural_domain[position] if position < len(row.natural_domain) else Interval()


def scalars(name: str) -> list[tuple[float, ...]]:
    """Six tuples of operands."""
    row = OPERATIONS[name]
    columns = [
        [into(domain(row, position), x) for x in (_POINTS, _OTHERS, _POINTS[::-1])[position % 3]]
        for position in range(row.operands)
    ]
    return list(zip(*columns, strict=True))


def arrays(name: str) -> list[object]:
    """One array of shape (2, 3) an operand, or what the operation needs instead."""
    row = OPERATIONS[name]

    def matrix(points: tuple[float, ...], position: int) -> list[list[float]]:
        inside = [into(domain(row, position), x) for x in points]
        return [inside[:3], inside[3:]]

    first, second = matrix(_POINTS, 0), matrix(_OTHERS, 1)
    if name in ("matmul", "dot"):
        return [first, [list(column) for column in zip(*second, strict=True)]]
    if name in ("outer", "cross"):
        return [first[0], second[0]]
    if name in ("nll_loss", "sparse_softmax_cross_entropy", "sparse_categorical_cross_entropy"):
        return [[2, 0], second]
    if name == "where":
        return [[[True, False, True], [False, True, False]], first, second]
    if name == "masked_fill":
        return [first, [[True, False, True], [False, True, False]], 7.0]
    return [first, second, matrix(_POINTS[::-1], 2)][: row.operands]
