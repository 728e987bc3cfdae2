"""Gradients of formulas as a framework computes them, for witnesses of `quantity = "gradient"`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from stabcheck.ops.gradient import Node, Term, value_and_gradient
from stabcheck.static.formula import Formula, Unmeasurable


def gradients(formula: Formula, xp: Any, variables: Mapping[str, Any], library: str | None) -> dict[str, Any]:
    """The gradient of the formula's entries, weighted 1, 1/2, 1/3 …, with respect to each variable.

    Parameters
    ----------
    formula
        the expression.
    xp
        the namespace in which both passes are rounded (`stabcheck.ops.numeric`).
    variables
        arrays (samples, entries) by name.
    library
        whose treatment of singular points is followed, if any.

    Raises
    ------
    Unmeasurable
        if an operation has no derivative in the table.
    """
    expression = _expression(formula)
    shape = np.shape(formula(xp, variables))
    weights = 1 / (1 + np.arange(shape[-1])) if shape else np.ones(())
    cotangent = xp.asarray(np.broadcast_to(weights, shape).copy())
    try:
        return value_and_gradient(expression, variables, xp, cotangent=cotangent, library=library)[1]
    except (ValueError, TypeError, AttributeError) as error:
        raise Unmeasurable(str(error)) from None


def _expression(formula: Formula) -> Node:
    """The formula as nested terms of `stabcheck.ops.gradient`; a value that is used twice is one object."""
    nodes: list[Node] = [
        name if factor == 1 else Term("multiply", (factor, name)) for name, factor in formula.inputs
    ]
    nodes.extend(formula.numbers)
    for step in formula.steps:
        nodes.append(Term(step.op, tuple(nodes[each] for each in step.operands), dict(step.attributes)))
    return nodes[-1]
