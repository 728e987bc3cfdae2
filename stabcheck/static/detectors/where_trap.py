"""where(condition, f(x), …) whose branch f is only finite where the condition holds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from stabcheck.ops import OPERATIONS, Interval
from stabcheck.static.card import Card
from stabcheck.static.detectors._data import is_called_gradient
from stabcheck.static.detectors._precision import working_format
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Value, scalar, strip, walk
from stabcheck.static.hit import Hit
from stabcheck.static.identity import same
from stabcheck.static.infer import Facts
from stabcheck.static.infer.intervals import given
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module

# A NaN in the gradient passes through operations of these kinds.
_PASSING = frozenset({"elementwise", "layout", "cast", "reduction", "scan"})
_DEEPEST = 8


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Branches with an operation that the condition, and nothing else, keeps from its singular point."""
    for site, node in operations(module, "where"):
        if len(node.operands) != 3 or not facts.differentiated(site, node):
            continue
        condition, chosen, otherwise = node.operands
        for branch, other, holds in ((chosen, otherwise, True), (otherwise, chosen, False)):
            singular = _singular(branch, condition, holds, facts, _DEEPEST)
            if singular is None or is_called_gradient(_data(singular[1]), site):
                continue  # a gradient that is scaled for a step is not differentiated again
            if not _holds(other, singular[0]):
                yield Hit(node.span, site, node, bindings={"x": singular[1]})
                break


def _data(value: Value) -> Value:
    """What a norm or a sum is taken of."""
    node = source(value)
    while isinstance(node, Apply) and node.op in ("norm", "sum", "sqrt", "abs", "square", "mean"):
        node = source(node.operands[0])
    return node


def _holds(branch: Value, operation: Apply) -> bool:
    """Whether the other branch computes it, too: then its singular point is that of the function itself."""
    return any(same(each, operation) for each in islice(walk(branch), 100))


def _singular(
    value: Value, condition: Value, holds: bool, facts: Facts, depth: int
) -> tuple[Apply, Value] | None:
    """An operation in a branch that is singular where the branch is not taken, and its argument."""
    node = strip(value)
    row = OPERATIONS.get(node.op) if isinstance(node, Apply) else None
    if not isinstance(node, Apply) or row is None or row.kind not in _PASSING or depth == 0:
        return None
    for argument in _guarded(node):
        without = facts.interval(argument)
        within = given(argument, condition, holds, facts.interval)
        if not _is_regular(node, argument, without, facts) and _is_regular(node, argument, within, facts):
            return node, argument
    for each in node.operands:
        found = _singular(each, condition, holds, facts, depth - 1)
        if found is not None:
            return found
    return None


def _guarded(node: Apply) -> tuple[Value, ...]:
    """The operand of an operation at which it can be singular."""
    match node.op:
        case "divide":
            return (node.operands[1],)
        case "power":
            exponent = scalar(node.operands[1])
            return (node.operands[0],) if exponent is not None and (exponent < 1) else ()
        case (
            "log" | "log2" | "log10" | "sqrt" | "rsqrt" | "reciprocal" | "exp" | "arccos" | "arcsin" | "log1p"
        ):
            return (node.operands[0],)
        case _:
            return ()


def _is_regular(node: Apply, argument: Value, interval: Interval, facts: Facts) -> bool:
    """Whether value and derivative are finite for all arguments of an interval."""
    match node.op:
        case "divide" | "reciprocal":
            return interval.excludes_zero
        case "log" | "log2" | "log10" | "rsqrt" | "power":
            return interval.lower >= 0 and interval.excludes_zero
        case "sqrt":
            # TensorFlow's gradient of sqrt is masked by the zero that comes from upstream.
            return facts.library(node) == "tensorflow" or (interval.lower >= 0 and interval.excludes_zero)
        case "log1p":
            return interval.lower > -1
        case "arccos" | "arcsin":
            return interval.lower > -1 and interval.upper < 1
        case _:
            limits = working_format(facts, node, argument)
            return limits is None or interval.upper <= limits.exp_overflow
