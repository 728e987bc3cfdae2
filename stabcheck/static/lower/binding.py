"""From a call as written to an operation with its operands in order: positions, keywords and defaults become one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stabcheck.ops import OPERATIONS, Spelling
from stabcheck.static.graph import Apply, Constant, Span, Value
from stabcheck.static.graph import Sequence as Display

# Keywords that any function of these libraries may have, and that leave the value what it is.
_HARMLESS = frozenset(
    {"name", "out", "where", "casting", "order", "subok", "device", "inplace", "layout", "sharding"}
)
# Kinds whose operands may be left out.
_OPTIONAL = frozenset({"creation", "random", "loss"})


def bind(
    spelling: Spelling,
    positional: Sequence[Value],
    keywords: Mapping[str, Value],
    receiver: Value | None = None,
) -> dict[str, Value] | None:
    """The arguments by canonical name; None where they don't fit the signature."""
    bound: dict[str, Value] = {}
    left = list(positional)
    rest = dict(keywords)
    for canonical, own in spelling.parameters:
        value: Value | None
        if own == "self":
            value = receiver
        elif own.startswith("*"):
            value = _gathered(left)
            left = []
        elif left:
            value = left.pop(0)
            if own in rest:
                return None
        else:
            value = rest.pop(own, None)
        if value is not None and canonical is not None:
            bound[canonical] = value
    if left:
        return None
    for name, value in rest.items():
        if name == "dtype":
            bound.setdefault("dtype", value)
        elif name not in _HARMLESS:
            return None
    return bound


def _gathered(values: list[Value]) -> Value | None:
    """What a `*shape` parameter is given: one sequence, or its items."""
    if len(values) <= 1:
        return values[0] if values else None
    return Display(values[0].span, tuple(values))


def applied(spelling: Spelling, bound: dict[str, Value], span: Span) -> Apply | None:
    """The operation applied to bound arguments; None where an operand that it can't do without is missing.

    Attributes that say what holds anyway (`axis=None`, `keepdims=False`) are left out, and defaults of the library
    that differ from the operation's are filled in, so that two spellings of one thing are the same.
    """
    row = OPERATIONS[spelling.operation]
    names = row.parameters[: row.operands]
    operands = [bound.pop(name, None) for name in names]
    if row.kind not in _OPTIONAL and any(each is None for each in operands):
        return None
    while operands and operands[-1] is None:
        operands.pop()
    filled = tuple(Constant(span, None) if each is None else each for each in operands)
    attributes: dict[str, Value] = {}
    for name, default in spelling.defaults:
        if name not in bound and name not in names:
            attributes[name] = Constant(span, default)
    for name, value in bound.items():
        if not _is_default(name, value, row.defaults.get(name)):
            attributes[name] = value
    return Apply(span, spelling.operation, filled, attributes, spelling.library)


def _is_default(name: str, value: Value, default: object) -> bool:
    if not isinstance(value, Constant):
        return False
    if value.value is None and default is None:
        return True
    if name == "keepdims" and value.value is False and not default:
        return True
    return default is not None and type(value.value) is type(default) and value.value == default
