"""The value graph: what the expressions of a module compute, whatever they are written like.

`np.exp(x)`, `x.exp()` and `e` (after `e = tf.exp(x)`) are one node: `Apply("exp", (x,))`. Lowering makes the
graph (`stabcheck.static.lower`), inference says what is known of its nodes (`stabcheck.static.infer`), cards
are matched on it (`stabcheck.static.match`). Nodes are compared by identity; `stabcheck.static.identity`
compares what they compute.

How source is spelt in the graph, beyond what the classes say:

- operators are NumPy's ufuncs of that meaning: `a + b` is `Apply("add")`, `-a` `negative`, `a @ b` `matmul`,
  `a < b` `less`; constants are folded, so `1 - 1e-8` and `-2 * 3` are `Constant`s;
- an operand that a call leaves out before one that it gives is `Constant(None)` (`clip(x, max=1)`);
- a call of an unknown method is `Call(".step", callee=Item(receiver, Constant("step")), …)`, or with the
  class in front if it is known ("keras.Sequential.compile", and "Model.loss" for `self.loss(…)` in the same
  file); the attribute of a value that is no name is an `Item` likewise;
- `x[mask] = v` with a comparison as index makes `x` the value `where(mask, v, x)`;
- an imported name that stands as a value (`dtype=np.float32`) is a `Reference`;
- `[f(x) for x in xs]` is `Call(EACH, (f(x),))`: see `stabcheck.static.comprehension`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from sys import float_info
from typing import Any, TypeVar, dataclass_transform

from stabcheck.ops import Interval
from stabcheck.static.span import Place as Place  # noqa: PLC0414 - nodes are made with it
from stabcheck.static.span import Span as Span  # noqa: PLC0414
from stabcheck.static.span import span_of

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def node_class(kind: type[_T]) -> type[_T]:
    """A class of nodes: a slotted dataclass, compared by identity, whose fields are never set again.

    Type checkers hold to that. A dataclass that holds to it at run time takes three times as long to make,
    and there are as many nodes as there are expressions.
    """
    return dataclass(slots=True, eq=False)(kind)


class Numbered:
    """Room for the structural number of a node (`number`), which is found when it is first asked for."""

    __slots__ = ("number",)

    number: int


@node_class
class Value(Numbered):
    """A node of the graph; `place` and `span` are where the expression is written that computes it."""

    place: Place

    @property
    def span(self) -> Span:
        """The stretch of source."""
        place = self.place
        if not isinstance(place, Span):
            self.place = place = span_of(place)  # type: ignore[misc]
        return place


@node_class
class Constant(Value):
    """A literal, or what folds to one; sequences of literals are tuples."""

    value: object


@node_class
class Symbol(Value):
    """A value that comes from outside what was followed.

    A parameter, a loop variable, an attribute, a global.

    Two symbols are the same value if `definition` is equal: (function, name, version). A name that is
    assigned anew where the new value can't be followed (a loop, an exception handler) gets a new version.
    `source` is the iterable of a loop variable, and the default of a parameter.
    """

    name: str
    definition: tuple[str, str, int]
    kind: str = "local"  # "parameter", "attribute", "global", "loop", "local"
    annotation: str | None = None
    source: Value | None = None


@node_class
class Reference(Symbol):
    """A module, function, class or constant by its qualified name, which is `name`: "numpy.float32"."""


@node_class
class Apply(Value):
    """A canonical operation applied.

    Operands in the order of the operation's row, attributes by canonical name.

    `library` is the column of the table that the spelling belongs to ("numpy", "tensorflow", …); "python" for
    operators, whose library is that of their operands.
    """

    op: str
    operands: tuple[Value, ...]
    attributes: Mapping[str, Value] = field(default_factory=dict)
    library: str = "python"


@node_class
class Call(Value):
    """A call of something that the operation table does not know.

    `function` is its qualified name if resolved.

    `result` is what a small function of the same file returns for these arguments, or a layer or model whose
    last operation is known; `strip` sees through to it, `walk` does not (its spans lie elsewhere).
    """

    function: str | None
    callee: Value | None
    arguments: tuple[Value, ...]
    keywords: Mapping[str, Value] = field(default_factory=dict)
    result: Value | None = None


@node_class
class Sequence(Value):
    """A tuple or list display; `Item` and unpacking pick from it."""

    items: tuple[Value, ...]


@node_class
class Item(Value):
    """A subscript `base[index]` that could not be followed to what was stored there."""

    base: Value
    index: Value | None


@node_class
class Merge(Value):
    """One of several values: after a branch, or a conditional expression."""

    choices: tuple[Value, ...]


@node_class
class Assume(Value):
    """`base`, where a condition holds that bounds it (`if x > 0:`, `assert`).

    The same value, better known.
    """

    base: Value
    interval: Interval


@node_class
class Opaque(Value):
    """An expression that is not followed.

    `parts` are the values in it, so that they are matched all the same.
    """

    parts: tuple[Value, ...] = ()


@node_class
class Site:
    """An expression as it stands in a statement: where matching starts, and what is in scope there.

    `bindings` are the names that are live at the statement, with their values: a fix may write a value by any
    name that is bound to it there.
    """

    value: Value
    function: str  # qualified name in the module: "Model.call", "" at module level
    bindings: Mapping[str, Value]
    no_gradient: bool = False  # under torch.no_grad, stop_recording, inference_mode, or a metric


def _of_apply(value: Apply) -> tuple[Value, ...]:
    return (*value.operands, *value.attributes.values()) if value.attributes else value.operands


def _of_call(value: Call) -> tuple[Value, ...]:
    head = () if value.callee is None else (value.callee,)
    return (*head, *value.arguments, *value.keywords.values())


def _of_item(value: Item) -> tuple[Value, ...]:
    return (value.base,) if value.index is None else (value.base, value.index)


def _of_assume(value: Assume) -> tuple[Value, ...]:
    return (value.base,)


# By the very class of a node; constants and symbols, more than half of all nodes, have none.
COMPOSED: dict[type[Value], Callable[[Any], tuple[Value, ...]]] = {
    Apply: _of_apply,
    Call: _of_call,
    Sequence: attrgetter("items"),
    Item: _of_item,
    Merge: attrgetter("choices"),
    Assume: _of_assume,
    Opaque: attrgetter("parts"),
}


def operands(value: Value) -> tuple[Value, ...]:
    """The nodes that `value` is computed from, one step down."""
    below = COMPOSED.get(value.__class__)
    return () if below is None else below(value)


def walk(value: Value) -> Iterator[Value]:
    """Every node below and including `value`, each once, operands after what uses them."""
    seen: set[int] = set()
    stack = [value]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        stack.extend(reversed(operands(node)))


_SEEN_THROUGH = frozenset({Assume, Call})  # asked of every node many times, hence by class


def strip(value: Value) -> Value:
    """`value` without the assumptions wrapped around it, and what a call that was followed returns."""
    while value.__class__ in _SEEN_THROUGH:
        if isinstance(value, Assume):
            value = value.base
        elif isinstance(value, Call) and value.result is not None:
            value = value.result
        else:
            break
    return value


def scalar(value: Value) -> float | int | None:
    """The number that `value` is, if it is a literal or folds to one.

    None for anything else, truth values too, and integers that no float can hold.
    """
    value = strip(value)
    if (
        isinstance(value, Constant)
        and isinstance(value.value, int | float)
        and not isinstance(value.value, bool)
    ):
        huge = isinstance(value.value, int) and value.value.bit_length() >= float_info.max_exp
        return None if huge else value.value
    return None
