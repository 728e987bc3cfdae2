"""Reverse-mode gradients of small expressions, as the frameworks compute them.

Every operation hands the cotangent of its result on to its operands by its own rule from the table, in the
same precision as the value: what a framework's backward pass does, zero times infinity included. The
gradient of `where(x > 0, log(x), 0)` at 0 is NaN here as it is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stabcheck.ops.operation import Operation
from stabcheck.ops.table import OPERATIONS


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """An operation of other terms. Attributes are plain values; a shared subexpression is one object."""

    op: str
    operands: tuple[Node, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)


Node = Term | str | float
"""A term, the name of a variable, or a number."""


# Where a library's backward pass gives 0 though the derivative is infinite or NaN (measured at the singular
# points): where the cotangent is zero (TensorFlow's SqrtGrad), where the first operand is (its XlogyGrad), or
# where the result is (PyTorch's norm and standard deviation).
_MASKED: Mapping[str, Mapping[str, str]] = {
    "tensorflow": {"sqrt": "cotangent", "xlogy": "operand", "xlog1py": "operand"},
    "torch": {"norm": "result", "std": "result"},
}


def value_and_gradient(
    expression: Node,
    variables: Mapping[str, Any],
    xp: Any,
    *,
    cotangent: Any = None,
    library: str | None = None,
) -> tuple[Any, dict[str, Any]]:
    """The value of an expression and its gradient with respect to every variable.

    Parameters
    ----------
    expression
        the expression; its operations must have a formula, and a derivative where a variable is below them.
    variables
        numbers or arrays by name, of any shape that broadcasting allows.
    xp
        the namespace of both passes, `stabcheck.ops.numeric.working(dtype)` or `exact()`.
    cotangent
        what the result is weighted with, in its shape; ones by default: the gradient of its sum.
    library
        whose treatment of singular points is followed ("tensorflow", "torch"); by default none is masked.

    Raises
    ------
    ValueError
        if an operation on the way lacks a formula or a derivative.
    """
    order = list(_ordered(expression))
    values: dict[int, Any] = {}
    for node in order:
        values[id(node)] = _value(node, variables, values, xp)
    result = values[id(expression)]
    cotangents: dict[int, Any] = {
        id(expression): xp.broadcast_to(1.0, xp.shape(result)) if cotangent is None else cotangent
    }
    gradients = {name: xp.broadcast_to(0.0, xp.shape(variables[name])) for name in variables}
    with xp.quiet():
        for node in reversed(order):
            incoming = cotangents.pop(id(node), None)
            if incoming is None:
                continue
            if isinstance(node, str):
                gradients[node] = xp.add(gradients[node], xp.asarray(incoming))
            elif isinstance(node, Term):
                for operand, part in zip(
                    node.operands, _pull(node, incoming, values, xp, library), strict=False
                ):
                    if part is None or isinstance(operand, float | int):
                        continue
                    share = xp.sum_to(part, xp.shape(values[id(operand)]))
                    known = cotangents.get(id(operand))
                    cotangents[id(operand)] = share if known is None else xp.add(known, share)
    return result, gradients


def _ordered(expression: Node) -> Iterator[Node]:
    """Every node once, operands before what uses them."""
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [(expression, False)]
    while stack:
        node, entered = stack.pop()
        if entered:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            if isinstance(node, Term):
                stack.extend((operand, False) for operand in reversed(node.operands))


def _value(node: Node, variables: Mapping[str, Any], values: Mapping[int, Any], xp: Any) -> Any:
    if isinstance(node, str):
        return xp.asarray(variables[node])
    if not isinstance(node, Term):
        return xp.asarray(node)
    compute = OPERATIONS[node.op].compute
    if compute is None:
        raise ValueError(f"{node.op} has no formula in the operation table")
    return compute(xp, *(values[id(operand)] for operand in node.operands), **node.attributes)


def _pull(
    node: Term, incoming: Any, values: Mapping[int, Any], xp: Any, library: str | None
) -> tuple[Any, ...]:
    operation = OPERATIONS[node.op]
    result = values[id(node)]
    operands = [values[id(operand)] for operand in node.operands]
    parts = cotangents_of(operation, xp, incoming, result, operands, node.attributes)
    source = _MASKED.get(library or "", {}).get(node.op)
    if source is None:
        return parts
    zero = {"cotangent": incoming, "operand": operands[0], "result": result}[source]
    if operation.kind == "reduction":
        axis, keepdims = node.attributes.get("axis"), node.attributes.get("keepdims", False)
        zero = xp.expand(zero, xp.shape(operands[0]), axis, keepdims)
    return tuple(None if part is None else _masked(xp, part, zero) for part in parts)


def _masked(xp: Any, part: Any, source: Any) -> Any:
    """`part`, with zeros for what is not finite where `source` is zero."""
    return xp.where(xp.isfinite(part) | xp.not_equal(source, 0.0), part, 0.0)


def cotangents_of(
    operation: Operation,
    xp: Any,
    incoming: Any,
    result: Any,
    operands: list[Any],
    attributes: Mapping[str, Any],
) -> tuple[Any, ...]:
    """What the cotangent `incoming` of a result means for each operand, before broadcasting is summed away.

    Raises
    ------
    ValueError
        if the table has no derivative of the operation.
    """
    if operation.pullback is not None:
        return operation.pullback(xp, incoming, result, *operands, **attributes)
    if operation.kind == "query":
        return (None,) * len(operands)
    if not operation.partials:
        raise ValueError(f"{operation.name} has no derivative in the operation table")
    return tuple(
        None if partial is None else xp.multiply(incoming, partial(xp, result, *operands, **attributes))
        for partial in operation.partials
    )
