"""How a row of the operation table is written down."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from stabcheck.ops.interval import Interval
from stabcheck.ops.operation import Kind, Operation
from stabcheck.ops.spelling import Columns


def row(
    signature: str,
    kind: Kind,
    spellings: str,
    *,
    compute: Callable[..., Any] | None = None,
    partials: tuple[Callable[..., Any] | None, ...] = (),
    pullback: Callable[..., tuple[Any, ...]] | None = None,
    range: Callable[..., Interval] | None = None,
    domain: tuple[Interval, ...] = (),
    commutative: bool = False,
    runtime: str = "",
    composed: str | None = None,
) -> Operation:
    """One operation from its `signature`, "softmax(x; axis:-1)": operands, attributes and their defaults.

    The other arguments are the fields of `Operation`; `spellings` is text in the notation of
    `stabcheck.ops.spelling`, `runtime` names separated by blanks. Formulas are run without NumPy's
    warnings: what overflows is seen in the result.
    """
    name, _, inner = signature.rstrip(")").partition("(")
    operand_text, _, attribute_text = inner.partition(";")
    operands = _split(operand_text)
    attributes, defaults = [], {}
    for part in _split(attribute_text):
        attribute, _, default = part.partition(":")
        attributes.append(attribute)
        if default:
            defaults[attribute] = ast.literal_eval(default)
    parameters = (*operands, *attributes)
    return Operation(
        name=name,
        parameters=parameters,
        operands=len(operands),
        kind=kind,
        spellings=Columns(name, parameters, len(operands), spellings),
        compute=None if compute is None else _formula(compute),
        partials=tuple(None if partial is None else _formula(partial) for partial in partials),
        range=range,
        natural_domain=domain,
        commutative=commutative,
        runtime=tuple(runtime.split()),
        defaults=defaults,
        pullback=None if pullback is None else _rule(pullback),
        composed=composed,
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _formula(formula: Callable[..., Any]) -> Callable[..., Any]:
    """The formula without warnings, its result rounded: a Python number may have widened it on the way."""

    def evaluate(xp: Any, *operands: Any, **attributes: Any) -> Any:
        with xp.quiet():
            return xp.settle(formula(xp, *operands, **attributes))

    return evaluate


def _rule(pullback: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    """The reverse rule without warnings."""

    def pull(xp: Any, cotangent: Any, result: Any, *operands: Any, **attributes: Any) -> tuple[Any, ...]:
        with xp.quiet():
            return pullback(xp, cotangent, result, *operands, **attributes)

    return pull
