"""Shapes, where they are written: sizes are integers, the source of a name, or None.

A shape not known is None.
"""

from __future__ import annotations

from collections.abc import Callable

from stabcheck.ops import OPERATIONS
from stabcheck.static.comprehension import EACH, each_of
from stabcheck.static.graph import Apply, Assume, Call, Constant, Item, Merge, Sequence, Symbol, Value, strip
from stabcheck.static.infer.layout import integers, truth
from stabcheck.static.infer.suggested import of_name

Size = int | str | None
Shape = tuple[Size, ...] | None
KnownShape = Callable[[Value], Shape]

_SHAPED = frozenset({"zeros", "ones", "full", "empty"})
_SHAPELESS = frozenset({"builtins.float", "builtins.int", "builtins.bool"})


def transfer(node: Value, known: KnownShape) -> Shape:
    """The shape of a node from those of the nodes below it."""
    match node:
        case Constant():
            return () if isinstance(node.value, int | float) else None
        case Assume():
            return known(node.base)
        case Merge():
            shapes = {known(each) for each in node.choices}
            return shapes.pop() if len(shapes) == 1 else None
        case Item():
            return _item(node, known)
        case Call():
            return _call(node, known)
        case Apply():
            return _apply(node, known)
        case Symbol():
            return () if node.annotation in ("builtins.float", "builtins.int") else None
        case _:
            return None


def size_of(value: Value) -> Size:
    """One entry of a shape argument: a number, the name of a symbol, else unknown (-1 too)."""
    inner = strip(value)
    if isinstance(inner, Constant) and isinstance(inner.value, int) and not isinstance(inner.value, bool):
        return inner.value if inner.value >= 0 else None
    if isinstance(inner, Symbol):
        return inner.name
    if isinstance(inner, Item) and isinstance(inner.index, Constant):
        base = strip(inner.base)
        if isinstance(base, Apply) and base.op == "shape" and base.operands:
            array = strip(base.operands[0])
            return f"{array.name}.shape[{inner.index.value}]" if isinstance(array, Symbol) else None
    if isinstance(inner, Call) and inner.function == "builtins.len" and inner.arguments:
        array = strip(inner.arguments[0])
        return f"{array.name}.shape[0]" if isinstance(array, Symbol) else None
    return None


def written(value: Value | None, known: KnownShape) -> Shape:
    """The shape that an argument spells out."""
    if value is None:
        return None
    inner = strip(value)
    if isinstance(inner, Sequence):
        return tuple(size_of(each) for each in inner.items)
    if isinstance(inner, Constant):
        whole = isinstance(inner.value, int) and not isinstance(inner.value, bool)
        return (size_of(inner),) if whole else None
    if _is_size(inner):
        return (size_of(inner),)
    if isinstance(inner, Apply) and inner.op == "shape" and inner.operands:
        return known(inner.operands[0])
    return None


def _is_size(value: Value) -> bool:
    """A single number, not a tuple of sizes.

    A length, an entry of a shape, a name that counts (`n`, `num_rows`).
    """
    if isinstance(value, Symbol):
        return "named-count" in of_name(value.name) or value.annotation in ("builtins.int", "int")
    return isinstance(value, Call | Item) and size_of(value) is not None


def _call(node: Call, known: KnownShape) -> Shape:
    if node.function == EACH:
        return None
    if node.result is not None:
        return known(node.result)
    return () if node.function in _SHAPELESS else None


def _of_data(data: Value) -> Shape:
    sizes: list[int] = []
    value = strip(data)
    while isinstance(value, Sequence) and value.items:
        sizes.append(len(value.items))
        value = strip(value.items[0])
    return tuple(sizes) if isinstance(value, Constant) and isinstance(value.value, int | float) else None


def _item(node: Item, known: KnownShape) -> Shape:
    base = known(node.base)
    if base is None or node.index is None:
        return None
    index = strip(node.index)
    parts = list(index.items) if isinstance(index, Sequence) else [index]
    if len(parts) > len(base):
        return None
    shape: list[Size] = []
    for size, part in zip(base, parts, strict=False):
        inner = strip(part)
        if isinstance(inner, Call) and inner.function == "builtins.slice":
            whole = all(isinstance(each, Constant) and each.value is None for each in inner.arguments)
            shape.append(size if whole else None)
        elif not (isinstance(inner, Constant) and isinstance(inner.value, int)):
            return None
    return (*shape, *base[len(parts) :])


def _apply(node: Apply, known: KnownShape) -> Shape:
    row = OPERATIONS.get(node.op)
    kind = row.kind if row is not None else "elementwise"
    if node.op.endswith("_like"):
        return known(node.operands[0]) if node.operands else None
    if node.op in _SHAPED or kind == "random":
        return written(node.attributes.get("shape"), known)
    if node.op == "asarray" and node.operands:
        inner = strip(node.operands[0])
        listed = isinstance(inner, Sequence) and each_of(node.operands[0]) is None
        return _of_data(inner) if listed else known(node.operands[0])
    if kind == "query" and node.op in ("size", "ndim"):
        return ()
    if node.op in ("arange", "linspace"):
        return (None,)
    if node.op in ("reshape", "broadcast_to"):
        return _reshaped(node, known)
    if node.op == "expand_dims" and node.operands:
        return _expanded(known(node.operands[0]), integers(node.attributes.get("axis")))
    if node.op == "squeeze" and node.operands:
        return _squeezed(known(node.operands[0]), integers(node.attributes.get("axis")))
    if node.op == "transpose" and node.operands:
        shape = known(node.operands[0])
        return None if shape is None or ("axes" in node.attributes and len(shape) > 2) else shape[::-1]
    if node.op in ("matmul", "dot") and len(node.operands) == 2:
        return _product(node, known)
    if kind == "reduction" or node.op == "norm":
        return _reduced(node, known)
    if kind in ("normalizer", "cast", "barrier", "scan"):
        return known(node.operands[0]) if node.operands else None
    if kind in ("elementwise", "selection") and node.operands:
        whole: Shape = ()
        for each in node.operands:
            whole = broadcast(whole, known(each))
        return whole
    return None


def broadcast(a: Shape, b: Shape) -> Shape:
    """The shape of two arrays together; None where it is not known, or where they don't fit."""
    if a is None or b is None:
        return None
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    shape = list(longer)
    offset = len(longer) - len(shorter)
    for i, size in enumerate(shorter):
        other = longer[offset + i]
        if other == 1:
            shape[offset + i] = size
        elif size in (1, other):
            continue
        elif isinstance(size, int) and isinstance(other, int):
            return None
        else:
            shape[offset + i] = size if isinstance(size, int) else other if isinstance(other, int) else None
    return tuple(shape)


def _reshaped(node: Apply, known: KnownShape) -> Shape:
    argument = node.attributes.get("shape")
    if argument is None and len(node.operands) > 1:
        argument = node.operands[1]
    return written(argument, known)


def _expanded(shape: Shape, axes: tuple[int, ...] | None) -> Shape:
    if shape is None or axes is None or len(axes) != 1:
        return None
    axis = axes[0] if axes[0] >= 0 else axes[0] + len(shape) + 1
    return (*shape[:axis], 1, *shape[axis:]) if 0 <= axis <= len(shape) else None


def _squeezed(shape: Shape, axes: tuple[int, ...] | None) -> Shape:
    if shape is None:
        return None
    if axes is None:
        return (
            tuple(size for size in shape if size != 1)
            if all(isinstance(size, int) for size in shape)
            else None
        )
    drop = {axis % len(shape) for axis in axes} if shape else set()
    return tuple(size for i, size in enumerate(shape) if i not in drop)


def _reduced(node: Apply, known: KnownShape) -> Shape:
    shape = known(node.operands[0]) if node.operands else None
    keepdims = node.attributes.get("keepdims")
    keep = truth(keepdims)
    if keepdims is not None and keep is None:
        return None
    if "axis" not in node.attributes:
        if keep:
            return None if shape is None else (1,) * len(shape)
        return ()
    axes = integers(node.attributes["axis"])
    if shape is None or axes is None or any(not -len(shape) <= axis < len(shape) for axis in axes):
        return None
    gone = {axis % len(shape) for axis in axes}
    if keep:
        return tuple(1 if i in gone else size for i, size in enumerate(shape))
    return tuple(size for i, size in enumerate(shape) if i not in gone)


def _product(node: Apply, known: KnownShape) -> Shape:
    if node.attributes:
        return None
    a, b = known(node.operands[0]), known(node.operands[1])
    if a is None or b is None or not a or not b:
        return None
    if len(b) == 1:
        return a[:-1]
    if len(a) == 1:
        return (*b[:-2], b[-1])
    return (*a[:-1], b[-1]) if len(a) == len(b) == 2 else None
