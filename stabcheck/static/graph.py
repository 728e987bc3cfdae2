"""The value graph: what the expressions of a module compute, whatever they are written like.

`np.exp(x)`, `x.exp()` and `e` (after `e = tf.exp(x)`) are one node: `Apply("exp", (x,))`. Lowering makes the graph
(`stabcheck.static.lower`), inference says what is known of its nodes (`stabcheck.static.infer`), cards are matched
on it (`stabcheck.static.match`). Nodes are compared by identity; `same` compares what they compute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stabcheck.ops.interval import Interval


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of source: lines from 1; columns from 1, in characters; the end column is one past the last."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A node of the graph; `span` is the expression that computes it, where it is written."""

    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Value):
    """A literal, or what folds to one; sequences of literals are tuples."""

    value: object


@dataclass(frozen=True, slots=True, eq=False)
class Symbol(Value):
    """A value that comes from outside what was followed: a parameter, a loop variable, an attribute, a global.

    Two symbols are the same value if `definition` is equal: (function, name, version). A name that is assigned
    anew where the new value can't be followed (a loop, an exception handler) gets a new version.
    """

    name: str
    definition: tuple[str, str, int]
    kind: str = "local"  # "parameter", "attribute", "global", "loop", "local"
    annotation: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Apply(Value):
    """A canonical operation applied: operands in the order of the operation's row, attributes by canonical name.

    `library` is the column of the table that the spelling belongs to ("numpy", "tensorflow", …); "python" for
    operators, whose library is that of their operands.
    """

    op: str
    operands: tuple[Value, ...]
    attributes: Mapping[str, Value] = field(default_factory=dict)
    library: str = "python"


@dataclass(frozen=True, slots=True, eq=False)
class Call(Value):
    """A call of something that the operation table does not know; `function` is its qualified name if resolved."""

    function: str | None
    callee: Value | None
    arguments: tuple[Value, ...]
    keywords: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Sequence(Value):
    """A tuple or list display; `Item` and unpacking pick from it."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Item(Value):
    """A subscript `base[index]` that could not be followed to what was stored there."""

    base: Value
    index: Value | None


@dataclass(frozen=True, slots=True, eq=False)
class Merge(Value):
    """One of several values: after a branch, or a conditional expression."""

    choices: tuple[Value, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Assume(Value):
    """`base`, where a condition holds that bounds it (`if x > 0:`, `assert`): the same value, better known."""

    base: Value
    interval: Interval


@dataclass(frozen=True, slots=True, eq=False)
class Opaque(Value):
    """An expression that is not followed; `parts` are the values in it, so that they are matched all the same."""

    parts: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """An expression as it stands in a statement: where matching starts, and what is in scope there.

    `bindings` are the names that are live at the statement, with their values: a fix may write a value by any
    name that is bound to it there.
    """

    value: Value
    function: str  # qualified name in the module: "Model.call", "" at module level
    bindings: Mapping[str, Value]
    no_gradient: bool = False  # under torch.no_grad, stop_recording, inference_mode, or a metric


def operands(value: Value) -> tuple[Value, ...]:
    """The nodes that `value` is computed from, one step down."""
    match value:
        case Apply():
            return (*value.operands, *value.attributes.values())
        case Call():
            head = () if value.callee is None else (value.callee,)
            return (*head, *value.arguments, *value.keywords.values())
        case Sequence():
            return value.items
        case Item():
            return (value.base,) if value.index is None else (value.base, value.index)
        case Merge():
            return value.choices
        case Assume():
            return (value.base,)
        case Opaque():
            return value.parts
        case _:
            return ()


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


def strip(value: Value) -> Value:
    """`value` without the assumptions wrapped around it."""
    while isinstance(value, Assume):
        value = value.base
    return value
