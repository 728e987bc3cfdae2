"""Dtypes and integers, where there is evidence.

Written out, cast to, made by a library with a known default.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from stabcheck.ops import OPERATIONS
from stabcheck.ops.dtypes import DEFAULT_DTYPES
from stabcheck.static.graph import Apply, Assume, Call, Constant, Item, Merge, Sequence, Symbol, Value, strip
from stabcheck.static.infer.layout import moved
from stabcheck.static.lower.attributes import dtype_name
from stabcheck.static.lower.conditions import COMPARISONS, is_condition

KnownDtype = Callable[[Value], str | None]

_FLOATS = ("float16", "bfloat16", "float32", "float64")
_INTEGERS = frozenset(
    {"int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "long", "intp"}
)
_ALIASES = {"int_": "int64", "int": "int64", "long": "int64", "bool_": "bool", "boolean": "bool"}
_KEEPS_INTEGER = frozenset(
    [
        "add",
        "subtract",
        "multiply",
        "floor_divide",
        "remainder",
        "negative",
        "abs",
        "square",
        "maximum",
        "minimum",
        "sum",
        "prod",
        "max",
        "min",
        "cumsum",
        "cumprod",
        "sign",
        "clip",
        "where",
    ]
)
_ROUNDING = frozenset({"floor", "ceil", "trunc", "sign", "factorial"})
_WHOLE = frozenset(
    {"argmax", "argmin", "argsort", "shape", "size", "ndim", "random_integer", "random_bernoulli"}
)
_INTEGER_CALLS = frozenset(
    {"len", "range", "int", "numel", "nelement", "argmax", "argmin", "argsort", "bincount"}
)


def name_of(value: Value | None) -> str | None:
    """The dtype that an argument names, in NumPy's spelling."""
    if value is None:
        return None
    name = dtype_name(value)
    return None if name is None else _ALIASES.get(name, name)


def transfer(node: Value, known: KnownDtype, default: Callable[[str], str]) -> str | None:
    """The dtype of a node from those of the nodes below it; None where nothing tells."""
    match node:
        case Assume():
            return known(node.base)
        case Merge():
            return _agreed([each for each in node.choices if not isinstance(each, Constant)], known)
        case Item():
            index = None if node.index is None else strip(node.index)
            named = isinstance(index, Constant) and isinstance(index.value, str)
            return None if named else known(node.base)
        case Symbol():
            return known(node.source) if node.kind == "loop" and node.source is not None else None
        case Call():
            return _call(node, known)
        case Apply():
            return _apply(node, known, default)
        case _:
            return None


def _agreed(values: list[Value], known: KnownDtype) -> str | None:
    found = {known(each) for each in values}
    return found.pop() if len(found) == 1 else None


def _call(node: Call, known: KnownDtype) -> str | None:
    if node.result is not None:
        return known(node.result)
    if node.function in ("builtins.len", "builtins.range"):
        return "int64"
    written = name_of(node.keywords.get("dtype"))
    if written is not None:
        return written
    copied = moved(node)
    return None if copied is None else known(copied)


def _of_data(data: Value, known: KnownDtype, default: str) -> str | None:
    """The dtype that an array made of a literal gets."""
    kinds: set[str] = set()
    stack = [data]
    while stack:
        value = strip(stack.pop())
        if isinstance(value, Sequence):
            stack.extend(value.items)
        elif isinstance(value, Constant):
            kinds.add(type(value.value).__name__)
        else:
            return known(data) if value is strip(data) else None
    if kinds == {"int"}:
        return "int64" if default == "float64" else "int32"
    return default if kinds and kinds <= {"int", "float"} else None


def _apply(node: Apply, known: KnownDtype, default: Callable[[str], str]) -> str | None:
    if "dtype" in node.attributes:
        written = name_of(node.attributes["dtype"])
        return default("keras") if written == "floatx" else written
    if node.op == "asarray" and node.operands:
        return _of_data(node.operands[0], known, default(node.library))
    if node.op in COMPARISONS or is_condition(node):
        return "bool"
    if node.op.endswith("_like") and node.operands:
        return known(node.operands[0])
    row = OPERATIONS.get(node.op)
    if row is not None and row.kind == "creation":
        if node.op in ("arange", "full"):
            return "int64" if _literal_integers(node) else None
        return default(node.library) if node.library in DEFAULT_DTYPES else None
    if node.op == "random_integer":
        return "int64"
    if row is not None and row.kind == "query":
        return "int64" if node.op in _WHOLE else None
    if row is not None and row.kind == "random" and node.op != "random_permutation":
        return default(node.library) if node.library in DEFAULT_DTYPES else None
    if node.op == "where" and len(node.operands) == 3:
        return _promoted(node.operands[1:], known)
    if row is not None and row.kind in ("reduction", "scan", "normalizer", "layout", "barrier", "linalg"):
        return known(node.operands[0]) if node.operands else None
    result = _promoted(node.operands, known)
    if result is not None and (result in _INTEGERS or result == "bool"):
        return result if node.op in _KEEPS_INTEGER else None
    return result


def _literal_integers(node: Apply) -> bool:
    values = [strip(each) for each in (*node.operands, *node.attributes.values())]
    return bool(values) and all(
        isinstance(each, Constant) and isinstance(each.value, int | None) and not isinstance(each.value, bool)
        for each in values
    )


def _promoted(operands: tuple[Value, ...], known: KnownDtype) -> str | None:
    """The dtype of an operation on arrays; literals are weak, they follow the arrays."""
    found: set[str] = set()
    for each in operands:
        inner = strip(each)
        if isinstance(inner, Constant) and isinstance(inner.value, int | float):
            continue
        dtype = known(each)
        if dtype is None:
            return None
        found.add(dtype)
    if len(found) == 1:
        return found.pop()
    floats = [dtype for dtype in _FLOATS if dtype in found]
    if not floats or any(dtype in _INTEGERS for dtype in found):
        return None
    return None if {"float16", "bfloat16"} <= set(floats) else floats[-1]


def integer(node: Value, known: Callable[[Value], bool]) -> bool:
    """Whether every entry of a node is a whole number, whatever its dtype."""
    match node:
        case Constant():
            return isinstance(node.value, int) or (
                isinstance(node.value, float) and isfinite(node.value) and node.value.is_integer()
            )
        case Assume():
            return known(node.base)
        case Merge():
            return bool(node.choices) and all(known(each) for each in node.choices)
        case Sequence():
            return bool(node.items) and all(known(each) for each in node.items)
        case Symbol():
            if node.kind == "loop" and node.source is not None:
                return known(node.source)
            return node.kind == "parameter" and node.annotation in (
                "builtins.int",
                "int",
                "builtins.bool",
                "bool",
            )
        case Item():
            index = None if node.index is None else strip(node.index)
            return not (isinstance(index, Constant) and isinstance(index.value, str)) and known(node.base)
        case Call():
            return _integer_call(node, known)
        case Apply():
            return _integer_apply(node, known)
        case _:
            return False


def _integer_call(node: Call, known: Callable[[Value], bool]) -> bool:
    if node.result is not None:
        return known(node.result)
    name = node.function or ""
    if name.startswith("builtins.") or "." in name:
        last = name.rpartition(".")[2]
        if last in _INTEGER_CALLS and name.startswith(
            ("builtins.", ".", "numpy.", "torch.", "tensorflow.", "jax.")
        ):
            return True
        if last in ("randint", "integers"):
            return True
    if name_of(node.keywords.get("dtype")) in _INTEGERS:
        return True
    copied = moved(node)
    return copied is not None and known(copied)


def _integer_apply(node: Apply, known: Callable[[Value], bool]) -> bool:
    if node.op in COMPARISONS or node.op in _WHOLE or node.op in _ROUNDING or is_condition(node):
        return True
    if node.op == "round":
        return "decimals" not in node.attributes
    dtype = name_of(node.attributes.get("dtype"))
    if dtype is not None and dtype in _INTEGERS:
        return True
    operands = node.operands[1:] if node.op == "where" else node.operands
    if node.op == "arange":
        numbers = [each for name, each in node.attributes.items() if name != "dtype"]
        return bool(numbers) and all(known(each) for each in numbers)
    if node.op in ("zeros", "ones", "zeros_like", "ones_like", "eye"):
        return True
    if node.op in ("full", "full_like") and "value" in node.attributes:
        return known(node.attributes["value"])
    inner = moved(node)
    if inner is not None:
        return known(inner)
    if node.op == "power" and len(operands) == 2:
        exponent = strip(operands[1])
        return (
            known(operands[0]) and isinstance(exponent, Constant) and known(exponent) and _positive(exponent)
        )
    limits = [each for name, each in node.attributes.items() if name in ("lower", "upper")]
    return node.op in _KEEPS_INTEGER and bool(operands) and all(known(each) for each in (*operands, *limits))


def _positive(value: Constant) -> bool:
    return isinstance(value.value, int | float) and value.value >= 0
