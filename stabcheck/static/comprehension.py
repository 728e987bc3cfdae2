"""Comprehensions: a list of `f(x)` stands for any one of its entries.

`[f(x) for x in xs]` is `Call(EACH, (f(x),))`, whose result is `f(x)` of any one entry: what holds of one
holds of all. Its variable is the same symbol in every comprehension over `xs`.
"""

from __future__ import annotations

from typing import TypeGuard

from stabcheck.static.graph import Assume, Call, Place, Symbol, Value
from stabcheck.static.identity import number

EACH = "<each>"  # the function of a list, or a generator, that a comprehension makes


def comprehension_of(value: Value) -> Call | None:
    """The comprehension that makes a value; None for all else."""
    while isinstance(value, Assume | Call):
        if isinstance(value, Assume):
            value = value.base
        elif value.function == EACH:
            return value
        elif value.result is None:
            return None
        else:
            value = value.result
    return None


def each_of(value: Value) -> Value | None:
    """Any one entry of what a comprehension makes; None for all else."""
    made = comprehension_of(value)
    return None if made is None else made.result


def entry_of(iterable: Value, name: str, depth: int, place: Place) -> Symbol:
    """The variable of a comprehension over `iterable`, the one of the same values around it being 0 deep."""
    return Symbol(place, name, ("", f"{EACH} {number(iterable)}", depth), "loop", None, iterable)


def is_entry(value: Value) -> TypeGuard[Symbol]:
    """Whether `value` is the variable of a comprehension."""
    return isinstance(value, Symbol) and value.kind == "loop" and value.definition[1].startswith(EACH)
