"""Structural identity: what computes the same is the same, whatever it is written like."""

from __future__ import annotations

from stabcheck.ops import OPERATIONS
from stabcheck.static.graph import (
    Apply,
    Call,
    Constant,
    Item,
    Merge,
    Opaque,
    Sequence,
    Symbol,
    Value,
    operands,
    strip,
)

_GLANCE = 3  # levels at which values are compared before they are numbered

# Methods and functions that answer differently each time although their arguments are the same.
_IMPURE = frozenset(
    {
        "next",
        "pop",
        "popitem",
        "popleft",
        "get_next",
        "read",
        "readline",
        "recv",
        "time",
        "perf_counter",
        "input",
    }
    | {
        "sample",
        "rsample",
        "random",
        "rand",
        "randn",
        "randint",
        "normal",
        "standard_normal",
        "uniform",
        "choice",
    }
    | {"permutation", "integers", "shuffle", "dropout", "step"}
)


def same(a: Value, b: Value) -> bool:
    """Whether `a` and `b` compute the same value.

    Equal structure, operands of commutative operations in any order.

    Assumptions are seen through, numbers are equal by value (`2` and `2.0`), names by definition. What is
    random or not followed is the same as itself only.
    """
    return a is b or (_alike(a, b, _GLANCE) and number(a) == number(b))


def may_be_same(a: Value, b: Value) -> bool:
    """Whether `a` and `b` may compute the same value, at a glance; what does not have the same number."""
    return a is b or _alike(a, b, _GLANCE)


def _alike(a: Value, b: Value, depth: int) -> bool:
    """Whether two values look the same some levels deep.

    Few do that are compared, and to number all that a value is made of takes much longer.
    """
    a, b = strip(a), strip(b)
    if a is b:
        return True
    if isinstance(a, Symbol):
        return isinstance(b, Symbol) and a.definition == b.definition
    if a.__class__ is not b.__class__ or isinstance(a, Opaque):
        return False
    if isinstance(a, Constant) and isinstance(b, Constant):
        return a.value == b.value or not isinstance(a.value, str | int)
    if isinstance(a, Apply) and isinstance(b, Apply):
        return a.op == b.op and _all_alike(a.operands, b.operands, depth, in_order=not _is_commutative(a.op))
    if isinstance(a, Call) and isinstance(b, Call):
        return a.function == b.function and _all_alike(a.arguments, b.arguments, depth)
    return _all_alike(operands(a), operands(b), depth)


def _all_alike(
    some: tuple[Value, ...], others: tuple[Value, ...], depth: int, *, in_order: bool = True
) -> bool:
    if len(some) != len(others):
        return False
    if depth == 0 or not in_order:
        return True
    return all(_alike(a, b, depth - 1) for a, b in zip(some, others, strict=True))


def _is_commutative(op: str) -> bool:
    row = OPERATIONS.get(op)
    return row is not None and row.commutative


def number(value: Value) -> int:
    """The structural number of `value`; without recursion, since chains of assignments are long."""
    stack = [value]
    while stack:
        node = stack[-1]
        if hasattr(node, "number"):
            stack.pop()
            continue
        inner = strip(node)
        below = (inner,) if inner is not node else operands(node)
        missing = [each for each in below if not hasattr(each, "number")]
        if missing:
            stack.extend(missing)
            continue
        found = inner.number if inner is not node else _combine(node)
        object.__setattr__(node, "number", found)
        stack.pop()
    return value.number


def _combine(node: Value) -> int:
    """The number of a node whose operands are numbered."""
    match node:
        case Constant():
            return _constant(node)
        case Symbol():
            return hash(("symbol", node.definition))
        case Apply():
            return _apply(node)
        case Call():
            return _call(node)
        case Sequence():
            return hash(("sequence", *[each.number for each in node.items]))
        case Item() if node.index is not None:
            return hash(("item", node.base.number, node.index.number))
        case Merge():
            return hash(("merge", *[each.number for each in node.choices]))
        case _:
            return hash(("itself", id(node)))


def _constant(node: Constant) -> int:
    # hash(-1) == hash(-2) in CPython, hence the text; 2 and 2.0 are the same number, True is not 1.
    value = node.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return hash(("number", repr(float(value)) if float(value) == value else repr(value)))
        except OverflowError:
            return hash(("number", repr(value)))
    return hash(("constant", type(value).__name__, repr(value)))


def _apply(node: Apply) -> int:
    row = OPERATIONS.get(node.op)
    if row is not None and row.kind == "random":
        return hash(("itself", id(node)))
    parts = [each.number for each in node.operands]
    if row is not None and row.commutative and len(parts) >= 2:
        parts[:2] = sorted(parts[:2])
    attributes = sorted((name, each.number) for name, each in node.attributes.items())
    return hash(("apply", node.op, *parts, *attributes))


def _call(node: Call) -> int:
    name = (node.function or "").rpartition(".")[2]
    if name in _IMPURE or not (node.arguments or node.keywords or isinstance(node.callee, Item)):
        return hash(("itself", id(node)))
    head = node.callee.number if node.callee is not None else 0
    keywords = sorted((each, value.number) for each, value in node.keywords.items())
    return hash(("call", node.function, head, *[each.number for each in node.arguments], *keywords))
