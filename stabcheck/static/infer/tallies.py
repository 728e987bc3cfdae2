"""Counts of what was found: each is at least 1, for what was not found has none.

`Counter(words).values()`, the counts of `np.unique(x, return_counts=True)`, `words.count(w)` of the words of
`set(words)`: their shares have a logarithm.
"""

from __future__ import annotations

from math import inf

from stabcheck.ops.interval import Interval
from stabcheck.static.graph import Call, Constant, Item, Symbol, Value, strip
from stabcheck.static.identity import same

AT_LEAST_ONE = Interval(1.0, inf)

_BEFORE_COUNTS = ("return_index", "return_inverse")  # what `unique` returns between the values and the counts


def is_tally(node: Value) -> bool:
    """Whether a value counts something that is there."""
    match node:
        case Symbol(kind="loop", source=Value() as drawn):
            return _is_call(drawn, "collections.Counter.values") or _is_values_of_counter(strip(drawn))
        case Item(base=base, index=Value() as index):
            return _is_counts_of_unique(strip(base), strip(index))
        case Call(callee=Item(base=base, index=Value() as index), arguments=(wanted,)):
            name = strip(index)
            return (
                isinstance(name, Constant) and name.value == "count" and _is_drawn_from(strip(wanted), base)
            )
        case _:
            return False


def _is_values_of_counter(drawn: Value) -> bool:
    """`dict(Counter(x)).values()`."""
    if not isinstance(drawn, Call) or not isinstance(drawn.callee, Item) or drawn.callee.index is None:
        return False
    made = strip(drawn.callee.base)
    copied = isinstance(made, Call) and made.function == "builtins.dict" and len(made.arguments) == 1
    return (
        copied
        and isinstance(made, Call)
        and _is_text(strip(drawn.callee.index), "values")
        and _is_call(made.arguments[0], "collections.Counter")
    )


def _is_text(node: Value, text: str) -> bool:
    return isinstance(node, Constant) and node.value == text


def _is_call(value: Value, function: str) -> bool:
    node = strip(value)
    return isinstance(node, Call) and node.function == function


def _is_counts_of_unique(base: Value, index: Value) -> bool:
    if not isinstance(base, Call) or not isinstance(index, Constant):
        return False
    if base.function == "tensorflow.unique_with_counts":
        return index.value == 2
    if (base.function or "").rpartition(".")[2] != "unique" or not _is_true(base, "return_counts"):
        return False
    return index.value in (-1, 1 + sum(_is_true(base, name) for name in _BEFORE_COUNTS))


def _is_true(call: Call, keyword: str) -> bool:
    given = call.keywords.get(keyword)
    known = None if given is None else strip(given)
    return isinstance(known, Constant) and known.value is True


def _is_drawn_from(element: Value, whole: Value) -> bool:
    """A loop variable over the entries of `whole`, or over the set of them."""
    if not isinstance(element, Symbol) or element.kind != "loop" or element.source is None:
        return False
    drawn = strip(element.source)
    if isinstance(drawn, Call) and drawn.function == "builtins.set" and drawn.arguments:
        drawn = strip(drawn.arguments[0])
    return same(drawn, strip(whole))
