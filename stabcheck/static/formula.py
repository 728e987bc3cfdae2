"""A matched expression as a formula of its metavariables: what a witness is computed from.

The code as written is evaluated, operation by operation, down to the values that the metavariables stand
for: the order of `eps + 1 - x` matters, whatever form the matcher saw. Formulas are evaluated on many
samples at once: an array has samples along its first axis and the entries of a vector along its last;
reductions join the entries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stabcheck.ops import OPERATIONS, Operation
from stabcheck.static.counting import counts
from stabcheck.static.graph import Apply, Constant, Value, scalar, strip, walk
from stabcheck.static.normal import signed

COUNT = "#"  # the variable that is the number of entries of the sample
_MOST_STEPS = 100
_MOST_VARIABLES = 5
_EVALUABLE = frozenset({"elementwise", "reduction", "normalizer", "selection", "query"})
_INNER_PRODUCTS = frozenset({"dot", "matmul"})  # of samples, which are vectors: inner ones
_TRANSPARENT = frozenset({"layout", "cast", "barrier"})  # the values stay what they are


class Unmeasurable(Exception):
    """The expression holds something that the table can't evaluate."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation: its row, the positions of its operands in the list of values, and its attributes."""

    op: str
    operands: tuple[int, ...]
    attributes: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """Values in order: first the inputs, then numbers, then the result of each step; the last is the result.

    `inputs` are (name, factor): the variable times a number. The same formula at another place of the file
    is equal, so that what is found for one holds for the other.
    """

    inputs: tuple[tuple[str, float], ...]
    numbers: tuple[float, ...]
    steps: tuple[Step, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The variables, in the order in which they occur."""
        return tuple(dict.fromkeys(name for name, _ in self.inputs))

    def __call__(self, xp: Any, variables: Mapping[str, Any]) -> Any:
        """Evaluate over a namespace of `stabcheck.ops.numeric`; variables are arrays (samples, entries).

        Raises
        ------
        Unmeasurable
            if an operation can't take these operands.
        """
        return self.values(xp, variables)[-1]

    def values(self, xp: Any, variables: Mapping[str, Any]) -> list[Any]:
        """Every value on the way, in the order of the class's docstring."""
        values: list[Any] = []
        for name, factor in self.inputs:
            x = xp.asarray(variables[name])
            values.append(x if factor == 1 else xp.multiply(xp.asarray(factor), x))
        values.extend(xp.asarray(number) for number in self.numbers)
        for step in self.steps:
            compute: Callable[..., Any] | None = OPERATIONS[step.op].compute
            assert compute is not None
            try:
                values.append(compute(xp, *(values[each] for each in step.operands), **dict(step.attributes)))
            except (TypeError, ValueError, AttributeError, IndexError) as error:
                raise Unmeasurable(str(error)) from None
        return values


def free_formula(value: Value, inputs: frozenset[str] = frozenset()) -> tuple[Formula, dict[str, Value]]:
    """The formula of `value` in whatever it is computed from, and the values that its variables stand for.

    Parameters
    ----------
    value
        what is computed.
    inputs
        operations whose results are variables, whatever they are computed from.

    Raises
    ------
    Unmeasurable
        if nothing is computed, or too much is free.
    """
    builder = _Builder({}, (), inputs)
    return builder.build(value), builder.free


def formula(value: Value, bindings: Mapping[str, Value], ones: tuple[Value, ...] = ()) -> Formula:
    """The formula of `value` in the metavariables of `bindings`; `ones` are parts that are taken to be 1.

    A metavariable that is itself computed from another one is followed down to it: in `where(x > 0, log(x),
    0)` the condition and the branch see the same x.

    Raises
    ------
    Unmeasurable
        if an operation on the way has no formula in the table, or too much is free.
    """
    return _Builder(bindings, ones).build(value)


class _Builder:
    def __init__(
        self, bindings: Mapping[str, Value], ones: tuple[Value, ...], given: frozenset[str] = frozenset()
    ) -> None:
        self.given = given
        self.inputs: list[tuple[str, float]] = []
        self.numbers: list[float] = []
        self.steps: list[tuple[str, tuple[tuple[str, int], ...], tuple[tuple[str, Any], ...]]] = []
        self.places: dict[int, tuple[str, int]] = {}
        self.free: dict[str, Value] = {}
        self.ones = {id(strip(each)) for each in ones}
        values = {name: bound for name, bound in bindings.items() if scalar(bound) is None}
        leaves = {name: bound for name, bound in values.items() if not _mentions_others(name, values)}
        self.leaves = {signed(bound)[1]: (name, signed(bound)[0]) for name, bound in leaves.items()}

    def build(self, value: Value) -> Formula:
        kind, _ = self.place(value, 0)
        if kind != "step":
            raise Unmeasurable("nothing is computed")
        if len({name for name, _ in self.inputs}) > _MOST_VARIABLES:
            raise Unmeasurable("too many free values")
        offset = {"input": 0, "number": len(self.inputs), "step": len(self.inputs) + len(self.numbers)}
        steps = tuple(
            Step(op, tuple(offset[kind] + index for kind, index in operands), attributes)
            for op, operands, attributes in self.steps
        )
        return Formula(tuple(self.inputs), tuple(self.numbers), steps)

    def place(self, value: Value, depth: int, seen: Value | None = None) -> tuple[str, int]:
        """Where the value of a node will stand; its operations are added in front of it.

        `seen` is the same value with what is assumed of it, if that is not `value` itself.
        """
        node = strip(value)
        if id(node) in self.places:
            return self.places[id(node)]
        place = self._place(node, depth, seen or value)
        self.places[id(node)] = place
        return place

    def _place(self, node: Value, depth: int, seen: Value) -> tuple[str, int]:
        if depth > 40 or len(self.steps) > _MOST_STEPS:
            raise Unmeasurable("too large")
        literal = scalar(node)
        if literal is not None:
            return self._number(literal)
        factor, inner = signed(node)
        if inner in self.leaves:
            name, own = self.leaves[inner]
            return self._input(name, factor / own)
        if id(node) in self.ones:
            return self._number(1.0)
        if not isinstance(node, Apply) or node.op in self.given:
            return self._free(node, seen)
        row = OPERATIONS.get(node.op)
        if row is not None and row.kind in _TRANSPARENT and node.operands:
            return self.place(node.operands[0], depth + 1, seen)
        if node.op in _INNER_PRODUCTS and len(node.operands) == 2:
            factors = tuple(self.place(operand, depth + 1) for operand in node.operands)
            self.steps.append(("multiply", factors, ()))
            entries = (("axis", -1), ("keepdims", True))
            self.steps.append(("sum", (("step", len(self.steps) - 1),), entries))
            return "step", len(self.steps) - 1
        if row is None or row.kind not in _EVALUABLE or row.compute is None:
            return self._free(node, seen)
        operands = tuple(self.place(operand, depth + 1) for operand in node.operands)
        self.steps.append((node.op, operands, _attributes(row, node)))
        return "step", len(self.steps) - 1

    def _number(self, number: float) -> tuple[str, int]:
        self.numbers.append(float(number))
        return "number", len(self.numbers) - 1

    def _input(self, name: str, factor: float) -> tuple[str, int]:
        if (name, factor) not in self.inputs:
            self.inputs.append((name, factor))
        return "input", self.inputs.index((name, factor))

    def _free(self, node: Value, seen: Value) -> tuple[str, int]:
        """A value that no metavariable stands for: the number of entries, or one more variable."""
        if counts(node):
            return self._input(COUNT, 1.0)
        name = f"_{len(self.free)}"
        self.free[name] = seen
        factor, inner = signed(node)
        self.leaves[inner] = (name, factor)
        return self._input(name, 1.0)


def _mentions_others(name: str, bindings: Mapping[str, Value]) -> bool:
    """Whether the value of `name` is computed from that of another metavariable."""
    value = strip(bindings[name])
    if not isinstance(value, Apply):
        return False
    others = {signed(bound)[1] for other, bound in bindings.items() if other != name}
    others.discard(signed(value)[1])
    for count, node in enumerate(walk(value)):
        if count > 60:
            return False
        if node is not value and scalar(node) is None and signed(node)[1] in others:
            return True
    return False


def _attributes(row: Operation, node: Apply) -> tuple[tuple[str, Any], ...]:
    """Literal attributes; an axis means the entries of the sample's vector, which stay an axis."""
    kept: dict[str, Any] = {}
    names = row.parameters[row.operands :]
    for name, value in node.attributes.items():
        given = strip(value)
        if name in ("axis", "keepdims", "dtype", "name", "out"):
            continue
        if isinstance(given, Constant):
            kept[name] = given.value
        elif name in names:
            raise Unmeasurable(f"{node.op} with a computed {name}")
    if "axis" in names:
        kept["axis"] = -1
    if "keepdims" in names:
        kept["keepdims"] = True
    return tuple(sorted(kept.items(), key=lambda each: each[0]))
