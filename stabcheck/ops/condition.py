"""How much an operation magnifies relative errors of its operands.

The relative condition number of f with respect to an operand x is |x · ∂f/∂x / f| (Higham, "Accuracy and
Stability of Numerical Algorithms", 2002, section 1.6): an error of u in x becomes one of that many u in f,
whatever the algorithm. What a computation loses beyond it is the formula's fault.
"""

from __future__ import annotations

from typing import Any

from stabcheck.ops.table import OPERATIONS


def condition(operation: str, xp: Any, *operands: Any, **attributes: Any) -> tuple[Any, ...]:
    """The relative condition number of an elementwise operation with respect to each operand.

    Parameters
    ----------
    operation
        canonical name.
    xp
        the namespace to evaluate in; `stabcheck.ops.numeric.exact()` for the problem's own condition.
    operands
        numbers or arrays, broadcast against each other.

    Returns
    -------
    tuple
        an array or number an operand: infinite where the result is zero and the operand's share is not, 0
        where the result does not depend on the operand.

    Raises
    ------
    ValueError
        if the table has no partial derivatives of the operation.
    """
    row = OPERATIONS[operation]
    if row.compute is None or not row.partials:
        raise ValueError(f"{operation} has no derivative in the operation table")
    result = row.compute(xp, *operands, **attributes)
    numbers = []
    for partial, operand in zip(row.partials, operands, strict=False):
        if partial is None:
            numbers.append(xp.multiply(result, 0.0))
            continue
        share = xp.absolute(xp.multiply(operand, partial(xp, result, *operands, **attributes)))
        ratio = xp.divide(share, xp.absolute(result))
        numbers.append(xp.where(xp.equal(share, 0.0), 0.0, ratio))
    return tuple(numbers)
