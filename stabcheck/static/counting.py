"""Values that count entries, by what they are or are called: the n of a mean written as `sum(x) / n`."""

from __future__ import annotations

import re

from stabcheck.ops import OPERATIONS
from stabcheck.static.graph import Apply, Call, Item, Symbol, Value, scalar, strip

_COUNT_NAME = re.compile(r"[nNmM]|shape|size|count|n_?\d|(n|num|count|total)_\w+|\w+_(count|size)")


def counts(value: Value) -> bool:
    """A number of entries: a length, a size, an entry of a shape, a whole number, a name that says so."""
    literal = scalar(value)
    if literal is not None:
        return float(literal).is_integer() and literal >= 1
    match strip(value):
        case Symbol(name=name):
            return _COUNT_NAME.fullmatch(name.rpartition(".")[2]) is not None
        case Item(base=base):
            return counts(base)
        case Call(
            function="builtins.len" | "builtins.float" | "builtins.int" as function, arguments=arguments
        ):
            return function == "builtins.len" or (len(arguments) == 1 and counts(arguments[0]))
        case Apply(op=op, operands=operands):
            row = OPERATIONS.get(op)
            casts = row is not None and row.kind == "cast" and bool(operands)
            return op in ("size", "length", "len", "shape", "count_nonzero") or (
                casts and counts(operands[0])
            )
        case _:
            return False
