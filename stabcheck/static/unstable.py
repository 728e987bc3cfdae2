"""Where a module is unstable: the smallest of its expressions that are measured to be.

Expressions of one to three free values are measured over what is known of those values, and over a natural
domain where nothing is. What is found is confirmed at its worst input in exact arithmetic.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from stabcheck.ops import OPERATIONS
from stabcheck.ops.dtypes import DEFAULT_DTYPES, FORMATS, format_of
from stabcheck.static.card import Domain
from stabcheck.static.finding import Witness
from stabcheck.static.formula import COUNT, Formula, Unmeasurable, free_formula
from stabcheck.static.graph import Apply, Span, Value, operands, scalar, strip
from stabcheck.static.guard import Knowledge
from stabcheck.static.instability import measured
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module
from stabcheck.static.places import places, within
from stabcheck.static.sampling import Free
from stabcheck.static.witness import confirm

_MOST_VARIABLES = 3
_MOST_OPERATIONS = 24

_SUMS = frozenset({"add", "subtract"})
# Without one of these, sums and products are as good as their conditioning.
_CURVED = frozenset(
    {
        "exp",
        "exp2",
        "expm1",
        "log",
        "log1p",
        "log2",
        "log10",
        "sqrt",
        "rsqrt",
        "power",
        "square",
        "reciprocal",
    }
    | {"divide", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "arcsin", "arccos", "cbrt"}
    | {"sigmoid", "softplus", "erf", "erfc"}
)

# Gradients differ from values: a straight-through estimator cancels on purpose.
_PASSES = frozenset({"stop_gradient"})
# Flat where they take effect: no condition number, but a range that inference knows.
_BOUNDS = frozenset(
    {"clip", "maximum", "minimum", "relu", "relu6", "sign", "round", "floor", "ceil", "trunc"}
)

_NATURAL = Domain(-1e6, 1e6, "log")


@dataclass(frozen=True, slots=True)
class Unstable:
    """An expression of a module that was measured to be unstable.

    `free` are the values that it is computed from, `variables` where each was sampled.
    """

    value: Apply
    place: int  # in the list of `places`
    free: Mapping[str, Value]
    variables: tuple[Free, ...]
    share: float
    witness: Witness


def unstable_expressions(module: Module, facts: Knowledge) -> Iterator[Unstable]:
    """The smallest unstable expressions of a module: none of them holds another one."""
    found: set[int] = set()
    chosen = _branches(module)
    worth = [(index, node) for index, (node, _) in enumerate(places(module)) if _worth_a_look(node)]
    for index, node in sorted(worth, key=lambda each: sum(1 for _ in _inside(each[1]))):
        if any(id(each) in found for each in _inside(node)):
            continue
        if any(within(node.span, span) for span in chosen.get(node.span.line, ())):
            continue
        try:
            made, free = free_formula(node, _BOUNDS)
            result = _judged(node, index, made, free, facts)
        except Unmeasurable:
            continue
        if result is not None:
            found.add(id(node))
            yield result


def _branches(module: Module) -> dict[int, list[Span]]:
    """The expressions that a condition chooses between, by the lines that they stand on.

    Each is used where the author wants it.
    """
    spans: list[Span] = []
    for node, _ in places(module):
        if node.op == "where" and len(node.operands) == 3:
            spans.extend(strip(each).span for each in node.operands[1:])
    positions = Positions(module.text)
    spans.extend(
        positions.span(part)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.IfExp)
        for part in (node.body, node.orelse)
    )
    by_line: dict[int, list[Span]] = {}
    for span in spans:
        for line in range(span.line, span.end_line + 1):
            by_line.setdefault(line, []).append(span)
    return by_line


def _judged(
    node: Apply, place: int, made: Formula, free: Mapping[str, Value], facts: Knowledge
) -> Unstable | None:
    names = [name for name in made.names if name != COUNT]
    row = OPERATIONS[made.steps[-1].op]
    if not 1 <= len(names) <= _MOST_VARIABLES or COUNT in made.names or row.kind in ("query", "selection"):
        return None
    if any(facts.integer(value) for value in free.values()):
        return None  # exact for all that a count can be
    variables = tuple(Free(name, _NATURAL, facts.interval(free[name])) for name in names)
    dtype = _dtype(node, facts)
    if dtype is None:
        return None
    result = measured(made, variables, dtype)
    if not result.unstable:
        return None
    inputs = {name: np.array([x]) for name, x in result.inputs.items()}
    witness = confirm(made, inputs, dtype)
    if witness is None:
        return None
    told = replace(witness, inputs=dict(result.inputs))
    return Unstable(node, place, free, variables, result.share, told)


def _dtype(node: Apply, facts: Knowledge) -> str | None:
    known = facts.dtype(node)
    if known is not None:
        limits = format_of(known)
        return limits.name if limits is not None and limits.name in FORMATS else None
    return DEFAULT_DTYPES.get(facts.library(node) or "")


def _inside(node: Apply) -> Iterator[Value]:
    seen: set[int] = set()
    stack: list[Value] = [node]
    while stack and len(seen) < 200:
        each = strip(stack.pop())
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            stack.extend(operands(each))


def _worth_a_look(node: Apply) -> bool:
    """A sum of something, and something curved, among few operations."""
    operations = (each.op for each in _inside(node) if isinstance(each, Apply) and scalar(each) is None)
    ops = list(islice(operations, _MOST_OPERATIONS + 1))
    if not _PASSES.isdisjoint(ops):
        return False
    return 2 <= len(ops) <= _MOST_OPERATIONS and not _SUMS.isdisjoint(ops) and not _CURVED.isdisjoint(ops)
