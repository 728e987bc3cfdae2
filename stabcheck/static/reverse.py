"""Gradients of formulas as a framework computes them: reverse mode, rounding at every operation.

Each operation multiplies the cotangent that reaches it by its own derivative, as automatic differentiation
does; a branch that was not taken gets a cotangent of zero and multiplies it all the same. That is where `0 *
inf` comes from, and why the gradient of a correct value can be NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from stabcheck.ops import OPERATIONS
from stabcheck.static.formula import Formula, Step, Unmeasurable


def gradients(formula: Formula, xp: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The gradient of the formula's entries, weighted 1, 1/2, 1/3 …, with respect to each variable.

    Parameters
    ----------
    formula
        the expression.
    xp
        the namespace in which both passes are rounded (`stabcheck.ops.numeric`).
    variables
        arrays (samples, entries) by name.

    Raises
    ------
    Unmeasurable
        if an operation has no derivative in the table.
    """
    values = formula.values(xp, variables)
    cotangents: list[Any] = [None] * len(values)
    shape = np.shape(values[-1])
    weights = 1 / (1 + np.arange(shape[-1])) if shape else np.ones(())
    cotangents[-1] = xp.asarray(np.broadcast_to(weights, shape).copy())
    first = len(values) - len(formula.steps)
    for position in range(len(values) - 1, first - 1, -1):
        if cotangents[position] is not None:
            _back(formula.steps[position - first], xp, values, cotangents, position)
    found: dict[str, Any] = {}
    for (name, factor), cotangent in zip(formula.inputs, cotangents, strict=False):
        reached = np.zeros(np.shape(variables[name])) if cotangent is None else cotangent
        part = xp.multiply(xp.asarray(factor), xp.asarray(reached))
        found[name] = xp.add(found[name], part) if name in found else part
    return found


def _back(step: Step, xp: Any, values: list[Any], cotangents: list[Any], position: int) -> None:
    """Hand the cotangent of one result on to the operands."""
    row = OPERATIONS[step.op]
    operands = [values[each] for each in step.operands]
    attributes = dict(step.attributes)
    incoming, result = cotangents[position], values[position]
    if row.pullback is not None:
        outgoing = row.pullback(xp, incoming, result, *operands, **attributes)
    elif row.partials:
        outgoing = tuple(
            None
            if partial is None
            else xp.multiply(incoming, xp.asarray(partial(xp, result, *operands, **attributes)))
            for partial in row.partials
        )
    else:
        raise Unmeasurable(f"{step.op} has no derivative in the table")
    for target, operand, cotangent in zip(step.operands, operands, outgoing, strict=False):
        if cotangent is None or np.asarray(operand).dtype == bool:
            continue
        joined = _summed(xp, cotangent, np.shape(operand))
        known = cotangents[target]
        cotangents[target] = joined if known is None else xp.add(known, joined)


def _summed(xp: Any, cotangent: Any, shape: tuple[int, ...]) -> Any:
    """A cotangent summed over the entries that its operand was broadcast along."""
    own = np.shape(cotangent)
    if own == shape:
        return cotangent
    if len(own) > len(shape):
        return cotangent  # a number: nothing flows back to it
    if shape and own and shape[-1] == 1 and own[-1] > 1:
        return xp.sum(cotangent, axis=-1, keepdims=True)
    return xp.add(cotangent, xp.asarray(np.zeros(shape)))
