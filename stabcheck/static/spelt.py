"""How operations are spelt: the names and operators that tell that they may be meant in a text."""

from __future__ import annotations

import re
from functools import cache

from stabcheck.ops import OPERATIONS
from stabcheck.ops.spelling import names as spelt_names
from stabcheck.ops.symbols import SYMBOLS
from stabcheck.static.marks import HERE

Clause = frozenset[str]  # words and marks, one of which is needed

WORD = re.compile(r"\w+")

# Operators by the mark that they are looked for with: it passes over signs, exponents and stars of arguments,
# and over comparisons with texts and whole numbers.
_OPERATORS = {
    "+": "a + b",
    "-": "a - b",
    "*": "a * b",
    "/": "a / b",
    "==": "x == y",
    "!=": "x == y",
    "@": "a @ b",
}

_OF_VALUES = {"a + b": "x + y", "a - b": "x - y", "a * b": "x * y", "a / b": "x / y"}

# Names that are no spelling of an operation, and mean it all the same: results picked from several, layers.
_ALSO = {
    "mean": {"moments", "var_mean", "std_mean"},
    "var": {"moments", "var_mean"},
    "std": {"std_mean"},
    "argmax": {"max"},
    "argmin": {"min"},
    "relu": {"ReLU"},
    "elu": {"ELU"},
    "selu": {"SELU"},
    "gelu": {"GELU"},
    "exp": {"exponential"},
    "binary_cross_entropy": {"BCELoss"},
}


@cache
def words(op: str, of: str | None = None) -> Clause:
    """The last parts of the operation's spellings, its operator, and layer classes of its name.

    Of those of one library only, where that is what counts.
    """
    row = OPERATIONS[op]
    spellings = getattr(row.spellings, "text", "")
    found = _ALSO.get(op, set()) | ({op} if of is None else set())
    for library, name in spelt_names(spellings):
        if of is not None and library not in (of, "python"):
            continue
        last = name.rpartition(".")[2]
        found.add(last)
        if library == "tensorflow":
            found.add(f"{last}_v2")  # what TensorFlow's own modules call it
    if row.kind in ("normalizer", "elementwise"):
        found.add("".join(part.title() for part in op.split("_")))
    if op in SYMBOLS:
        found.add(_OPERATORS.get(SYMBOLS[op], SYMBOLS[op]))
    return frozenset(found)


def of_any(*ops: str) -> Clause:
    """The words and operators of several operations."""
    return frozenset[str]().union(*map(words, ops))


def of_values(*ops: str) -> Clause:
    """As `of_any`, for operations none of whose operands is a number."""
    return frozenset(_OF_VALUES.get(each, each) for each in of_any(*ops))


def quotient() -> Clause:
    """The words and operators of a quotient whose divisor is more than a number."""
    return words("divide") - {"a / b"} | {"a / x"}


def here(clause: Clause) -> Clause:
    """The same where it is written in the function that a rule speaks of.

    The classes of layers are made in one function and called in another.
    """
    return frozenset(each if each[0].isupper() else each + HERE for each in clause)
