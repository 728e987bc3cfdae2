"""From a call as written to an operation with its operands in order.

Arguments by position and by keyword, and defaults, become one form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from stabcheck.ops import OPERATIONS, Spelling
from stabcheck.ops.calls import bind as bind_names
from stabcheck.static.graph import Apply, Call, Constant, Merge, Place, Symbol, Value, node_class, strip
from stabcheck.static.graph import Sequence as Display

# Kinds whose operands may be left out.
_OPTIONAL = frozenset({"creation", "random", "loss"})

# Where PyTorch has one name for the reduction and for the elementwise function of two tensors.
_OF_ONE_OR_TWO = frozenset({"max", "min"})
_AXIS_NAME = re.compile(r"dim|ax(?:is|es)?$|^[dijk]$", re.IGNORECASE)

# How the arguments of a call fall to the parameters, by spelling and by the form of the call; spellings are
# kept by the table for as long as the process runs, so that their ids are theirs alone.
_forms: dict[tuple[int, int, tuple[str, ...]], dict[int | str, str | None] | None] = {}


@node_class
class Arguments:
    """The arguments of a call; `starred` if some are hidden in `*args` or `**kwargs`."""

    positional: tuple[Value, ...]
    keywords: dict[str, Value]
    starred: bool


def bind(
    spelling: Spelling,
    positional: Sequence[Value],
    keywords: Mapping[str, Value],
    receiver: Value | None = None,
) -> dict[str, Value] | None:
    """The arguments by canonical name; None where they don't fit the signature."""
    values = list(positional) if receiver is None else [receiver, *positional]
    form = (id(spelling), len(values), tuple(keywords))
    if form not in _forms:
        _forms[form] = bind_names(spelling, len(values), keywords)
    names = _forms[form]
    if names is None:
        return None
    bound: dict[str, Value] = {}
    several: dict[str, list[Value]] = {}
    for given, canonical in names.items():
        if canonical is None:
            continue
        value = values[given] if isinstance(given, int) else keywords[given]
        if canonical in bound:
            several.setdefault(canonical, [bound[canonical]]).append(value)
        else:
            bound[canonical] = value
    if spelling.library == "torch" and spelling.operation in _OF_ONE_OR_TWO and "dim" not in keywords:
        axis = bound.get("axis")
        if axis is not None and not _may_be_axis(axis):
            return None
    for name, found in several.items():  # what a `*shape` parameter is given: one sequence, or its items
        bound[name] = Display(found[0].place, tuple(found))
    return bound


def _may_be_axis(value: Value) -> bool:
    """`torch.max(x, 1)` and `torch.max(x, dim)` reduce, `torch.max(x, y)` is an elementwise maximum."""
    inner = strip(value)
    if isinstance(inner, Symbol):
        return _AXIS_NAME.search(inner.name.rpartition(".")[2]) is not None
    if isinstance(inner, Apply):
        variable = [each for each in inner.operands if not isinstance(strip(each), Constant)]
        return inner.op in ("ndim", "shape", "size") or not variable or any(map(_may_be_axis, variable))
    if isinstance(inner, Call):
        return inner.function == "builtins.len"
    return isinstance(inner, Display | Merge) or (
        isinstance(inner, Constant) and isinstance(inner.value, int)
    )


def applied(spelling: Spelling, bound: dict[str, Value], place: Place) -> Apply | None:
    """The operation applied to bound arguments; None where an operand that it can't do without is missing.

    Attributes that say what holds anyway (`axis=None`, `keepdims=False`) are left out, and defaults of the
    library that differ from the operation's are filled in, so that two spellings of one thing are the same.
    """
    row = OPERATIONS[spelling.operation]
    names = row.parameters[: row.operands]
    operands = [bound.pop(name, None) for name in names]
    if None in operands:
        if row.kind not in _OPTIONAL:
            return None
        while operands and operands[-1] is None:
            operands.pop()
    filled = tuple([Constant(place, None) if each is None else each for each in operands])
    attributes: dict[str, Value] = {}
    for name, default in spelling.defaults:
        if name not in bound and name not in names:
            attributes[name] = Constant(place, default)
    defaults = row.defaults
    attributes |= {
        name: value for name, value in bound.items() if not _is_default(name, value, defaults.get(name))
    }
    return Apply(place, spelling.operation, filled, attributes, spelling.library)


def _is_default(name: str, value: Value, default: object) -> bool:
    if not isinstance(value, Constant):
        return False
    if value.value is None and default is None:
        return True
    if name == "keepdims" and value.value is False and not default:
        return True
    return default is not None and type(value.value) is type(default) and value.value == default
