"""Seeing past what moves values without changing them: reshapes, casts, barriers, copies."""

from __future__ import annotations

from stabcheck.static.graph import Apply, Call, Constant, Item, Merge, Sequence, Symbol, Value, scalar, strip
from stabcheck.static.identity import same
from stabcheck.static.lower.attributes import dtype_name

# Operations that give the entries of their operand, each at least once, in another order, place or dtype.
_MOVES = frozenset(
    {"reshape", "flatten", "expand_dims", "squeeze", "transpose", "matrix_transpose", "swapaxes", "moveaxis"}
    | {
        "broadcast_to",
        "tile",
        "repeat",
        "flip",
        "roll",
        "sort",
        "asarray",
        "stop_gradient",
        "to_numpy",
        "identity",
    }
)
_TO_WHOLE = ("int", "uint", "bool", "long")
_COPIES = frozenset({"builtins.list", "builtins.tuple", "builtins.reversed", "builtins.sorted"})
_COPY_METHODS = frozenset(
    {
        ".copy",
        ".clone",
        ".contiguous",
        ".cpu",
        ".cuda",
        ".numpy",
        ".item",
        ".tolist",
        ".requires_grad_",
        ".to",
    }
    | {".expand", ".expand_as", ".view_as", ".view", ".block_until_ready", ".read_value", ".value", ".eval"}
)


def moved(node: Value) -> Value | None:
    """The value whose entries `node` holds, if `node` only copies, casts or rearranges; else None."""
    if isinstance(node, Apply) and node.operands:
        if node.op == "cast":
            dtype = dtype_name(node.attributes["dtype"]) if "dtype" in node.attributes else None
            return None if dtype is not None and dtype.startswith(_TO_WHOLE) else node.operands[0]
        return node.operands[0] if node.op in _MOVES else None
    if isinstance(node, Call):
        if node.function in _COPIES and node.arguments:
            return node.arguments[0]
        if isinstance(node.callee, Item) and node.function in _COPY_METHODS:
            return node.callee.base
    return None


def source(value: Value) -> Value:
    """`value` without assumptions, followed calls, copies, casts and rearrangements around it."""
    while True:
        value = strip(value)
        inner = moved(value)
        if inner is None:
            return value
        value = inner


def runs_over(whole: Value, value: Value) -> bool:
    """Whether the entries of `value` are those of `whole`: it is the same, or an entry that a loop draws."""
    entries, node = source(whole), source(value)
    if isinstance(node, Symbol) and node.kind == "loop" and node.source is not None:
        return same(entries, node) or same(entries, source(node.source))
    return same(entries, node)


def picked_from(value: Value) -> Value:
    """What an entry is picked from by an index, or drawn from by a loop."""
    node = source(value)
    while True:
        if isinstance(node, Item) and not (
            isinstance(node.index, Constant) and isinstance(node.index.value, str)
        ):
            node = source(node.base)
        elif isinstance(node, Symbol) and node.kind == "loop" and node.source is not None:
            node = source(node.source)
        else:
            return node


def is_setting(value: Value) -> bool:
    """Whether a value is made of numbers and of arguments of `__init__`, and of at least one of these."""
    stack, found = [strip(value)], False
    while stack:
        node = strip(stack.pop())
        if isinstance(node, Symbol):
            if node.kind != "parameter" or not node.definition[0].endswith("__init__"):
                return False
            found = True
        elif isinstance(node, Apply):
            stack.extend(node.operands)
        elif not isinstance(node, Constant):
            return False
    return found


def is_drawn_count(value: Value) -> bool:
    """`count / n` of a count that a loop draws from a table, or of the length of what it draws: not 0."""
    node = strip(value)
    while isinstance(node, Apply) and node.op in ("divide", "multiply", "cast") and node.operands:
        node = strip(node.operands[0])
    while isinstance(node, Call) and node.arguments and (node.function or "").startswith("builtins."):
        node = strip(node.arguments[0])  # float(count), len(part)
    while isinstance(node, Item):
        node = strip(node.base)
    if not isinstance(node, Symbol) or node.kind != "loop" or node.source is None:
        return False
    over = strip(node.source)
    return not (isinstance(over, Call) and over.function == "builtins.range")


_BLANK = frozenset({"zeros", "zeros_like", "empty", "ones", "full"})


def filled(value: Value) -> Value | None:
    """What loops write into the entries of an array that was made blank before: `r[i, k] = entry`."""
    node = strip(value)
    if not isinstance(node, Merge) or len(node.choices) != 2:
        return None
    blank, written = map(strip, node.choices)
    made = isinstance(blank, Apply) and blank.op in _BLANK
    if not made and not _is_carried(blank):
        return None
    while (
        isinstance(written, Merge)
        and len(written.choices) == 2
        and isinstance(strip(written.choices[0]), Symbol)
    ):
        written = strip(written.choices[1])
    return None if isinstance(written, Merge) else written


def _is_carried(value: Value) -> bool:
    """What a name held before the round of a loop that it stands in."""
    return isinstance(value, Symbol) and value.kind == "loop" and value.source is None


def gathered(value: Value) -> Value | None:
    """The term that a loop adds up from 0: `total = 0; for …: total += term`."""
    node = strip(value)
    if not isinstance(node, Merge) or len(node.choices) != 2 or scalar(node.choices[0]) != 0:
        return None
    added = strip(node.choices[1])
    if not isinstance(added, Apply) or added.op != "add":
        return None
    before, term = added.operands
    return term if isinstance(strip(before), Symbol) else None


def truth(value: Value | None) -> bool | None:
    """A literal True or False."""
    if isinstance(value, Constant) and isinstance(value.value, bool):
        return value.value
    return None


def integers(value: Value | None) -> tuple[int, ...] | None:
    """An axis argument as a tuple of integers; None if it is not written out."""
    if value is None:
        return None
    inner = strip(value)
    if isinstance(inner, Constant) and isinstance(inner.value, int) and not isinstance(inner.value, bool):
        return (inner.value,)
    if isinstance(inner, Sequence):
        found = [integers(each) for each in inner.items]
        if all(each is not None and len(each) == 1 for each in found):
            return tuple(each[0] for each in found if each)
    return None


def same_entries(value: Value, reduced: Value) -> bool:
    """Whether a reduction of `value` meets it aligned: no axis, the first one, or the axis kept or put back.

    `x - x.max(axis=1)` without keepdims is not aligned (for a square x it even runs).
    """
    node = strip(reduced)
    restored = False
    while True:
        inner = moved(node)
        if inner is None:
            break
        restored = restored or not (isinstance(node, Apply) and node.op in ("cast", "stop_gradient"))
        node = strip(inner)
    if isinstance(node, Item):
        return False
    if not isinstance(node, Apply):
        return False
    axis = node.attributes.get("axis")
    if axis is None or truth(node.attributes.get("keepdims")) or restored:
        return True
    return integers(axis) == (0,) or _is_transposed(value)


def _is_transposed(value: Value) -> bool:
    node = strip(value)
    return isinstance(node, Apply) and node.op == "transpose"
