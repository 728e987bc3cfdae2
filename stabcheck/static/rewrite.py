"""Other ways of writing an expression: an identity applied at one of its operations.

Identities are data, the `[[identity]]` tables of a card: `find` is matched as any pattern is, `replace` says
the same in another way. What an identity makes are new nodes of the value graph over the old ones, so that it
can be measured like what is written; new nodes stand nowhere in the source (`UNWRITTEN`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import log

from stabcheck.ops import OPERATIONS
from stabcheck.ops.symbols import PRECEDENCE, SYMBOLS, expression_precedence
from stabcheck.static.attempt import solutions
from stabcheck.static.card import Pattern
from stabcheck.static.graph import Apply, Constant, Symbol, Value, operands, scalar, strip
from stabcheck.static.normal import UNWRITTEN, is_written, key, made_number
from stabcheck.static.pattern import Compiled, compile_pattern, parse_template
from stabcheck.static.solution import Rest
from stabcheck.static.template import value_of

_READINGS = 2  # ways to read one place that are tried
_LARGEST = 120  # nodes of an expression that is rewritten
_ATOM = expression_precedence("x")
_REBUILT = frozenset({"elementwise", "selection"})


@dataclass(frozen=True, slots=True)
class Identity:
    """Two ways of writing the same value."""

    find: Compiled
    replace: Value  # its metavariables as symbols


def identities(patterns: Iterable[Pattern]) -> tuple[Identity, ...]:
    """The patterns of a card's `[[identity]]` tables, compiled."""
    return tuple(
        Identity(compile_pattern(each.find), value_of(parse_template(each.replace)))
        for each in patterns
        if each.replace is not None
    )


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A value in which `new` stands in the place of `old`."""

    value: Value
    old: Value
    new: Value


def rewritings(value: Value, known: Sequence[Identity]) -> Iterator[Rewriting]:
    """Everything that one identity makes of `value`, at its root or at an operation inside it."""
    for node in _rebuildable(value):
        for identity in known:
            if node.op not in identity.find.roots:
                continue
            for state in islice(solutions(identity.find, node), _READINGS):
                maker = _Maker(state.bindings)
                new = maker.beside(maker.of(identity.replace), state.rest)
                if new is not None:
                    yield Rewriting(maker.within(value, node, new), node, new)


def expression_over(value: Value) -> tuple[str, dict[str, Value]]:
    """A value as an expression of the pattern language over the parts of it that stand in the source."""
    names: dict[int, str] = {}
    bound: dict[str, Value] = {}

    def named(node: Value) -> str | None:
        if not is_written(node) and isinstance(node, Apply | Constant):
            return None
        name = names.setdefault(id(strip(node)), f"m{len(names)}")
        bound[name] = node
        return name

    return _expression(value, named)[0], bound


def expression_of(value: Value, symbols: Mapping[str, Value]) -> str:
    """A value as an expression of the pattern language over these symbols."""
    names = {key(symbol): name for name, symbol in symbols.items()}
    return _expression(value, lambda node: names.get(key(node)))[0]


def _expression(value: Value, named: Callable[[Value], str | None]) -> tuple[str, int]:
    """The text of a value and how tightly it binds; `named` gives the metavariable of a part, if any."""
    name = named(value)
    if name is not None:
        return f"${name}", _ATOM
    node = strip(value)
    if not isinstance(node, Apply):
        text = repr(scalar(node))
        return text, PRECEDENCE["negative"] if text.startswith("-") else _ATOM
    parts = [_expression(each, named) for each in node.operands]
    symbol, own = SYMBOLS.get(node.op), PRECEDENCE.get(node.op, _ATOM)
    if symbol is None:
        return f"{node.op}({', '.join(text for text, _ in parts)})", _ATOM
    if len(parts) == 1:
        return f"{symbol}{_within(parts[0], own)}", own
    left = _within(parts[0], own + (node.op == "power"))
    space = "" if node.op == "power" else " "
    return f"{left}{space}{symbol}{space}{_within(parts[1], own + 1)}", own


def _within(part: tuple[str, int], least: int) -> str:
    text, rank = part
    return text if rank >= least else f"({text})"


def size(value: Value) -> int:
    """How many operations a value is written with."""
    return sum(1 for node in _nodes(value) if isinstance(node, Apply))


def _nodes(value: Value) -> Iterator[Value]:
    seen: set[int] = set()
    stack = [value]
    while stack and len(seen) < _LARGEST:
        node = strip(stack.pop())
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            stack.extend(operands(node))


def _rebuildable(value: Value) -> list[Apply]:
    """The operations on the way from which the root can be made anew: entry by entry, without attributes."""
    found: dict[int, Apply] = {}
    stack = [value]
    while stack and len(found) < _LARGEST:
        node = strip(stack.pop())
        if id(node) in found or not isinstance(node, Apply) or scalar(node) is not None:
            continue
        found[id(node)] = node
        if _rebuilds(node):
            stack.extend(node.operands)
    return list(found.values())


def _rebuilds(node: Apply) -> bool:
    row = OPERATIONS.get(node.op)
    return row is not None and row.kind in _REBUILT and not node.attributes


class _Maker:
    """Makes the nodes of one rewriting: equal ones are one node, and numbers are worked out where exact."""

    def __init__(self, bindings: Mapping[str, Value]) -> None:
        self.bindings = bindings
        self.made: dict[tuple[object, ...], Value] = {}

    def of(self, template: Value) -> Value:
        """A replacement with what is bound in the place of its metavariables."""
        match template:
            case Symbol(name=name):
                return self.bindings[name]
            case Apply(op=op):
                return self.apply(op, *(self.of(each) for each in template.operands))
            case _:
                return self._kept(("number", scalar(template)), template)

    def apply(self, op: str, *parts: Value) -> Value:
        """An operation over new or old values."""
        simpler = _simpler(op, parts)
        if simpler is not None:
            return simpler
        return self._kept((op, *(id(strip(each)) for each in parts)), Apply(UNWRITTEN, op, parts))

    def beside(self, new: Value, rest: Rest) -> Value | None:
        """`new` among the factors that the matched part of a product stood beside."""
        above = [value for value, power in rest.factors if power == 1]
        below = [value for value, power in rest.factors if power == -1]
        if len(above) + len(below) != len(rest.factors):
            return None
        for value in above:
            new = self.apply("multiply", value, new)
        for value in below:
            new = self.apply("divide", new, value)
        if abs(rest.coefficient) not in (0, 1) and (1 / rest.coefficient).is_integer():
            return self.apply("divide", new, made_number(1 / rest.coefficient))
        return self.apply("multiply", made_number(rest.coefficient), new)

    def within(self, root: Value, old: Apply, new: Value) -> Value:
        """`root` with `new` in the place of `old`; what does not hold it stays as it is."""
        known: dict[int, Value] = {id(old): new}

        def rebuilt(value: Value) -> Value:
            node = strip(value)
            if id(node) not in known:
                known[id(node)] = value
                if isinstance(node, Apply) and scalar(node) is None and _rebuilds(node):
                    parts = tuple(rebuilt(each) for each in node.operands)
                    if any(a is not b for a, b in zip(parts, node.operands, strict=True)):
                        known[id(node)] = self._kept(
                            (node.op, *map(id, parts)), Apply(UNWRITTEN, node.op, parts, {}, node.library)
                        )
            return known[id(node)]

        return rebuilt(root)

    def _kept(self, key: tuple[object, ...], node: Value) -> Value:
        return self.made.setdefault(key, node)


def _operand(value: Value) -> Value:
    node = strip(value)
    assert isinstance(node, Apply)
    return node.operands[0]


def _is_negative(value: Value) -> bool:
    node = strip(value)
    return isinstance(node, Apply) and node.op == "negative" and not is_written(node)


def _simpler(op: str, parts: tuple[Value, ...]) -> Value | None:
    """What an operation comes to where a number makes it trivial: 1*x, x/1, 2*3, -(1)."""
    numbers = [scalar(each) for each in parts]
    match op, numbers:
        case "negative", [None] if _is_negative(parts[0]):
            return _operand(parts[0])
        case "log", [int() | float() as x] if x > 0:
            return made_number(log(x))  # torch.log takes no number
        case "negative", [int() | float() as x]:
            return made_number(-x)
        case "add", [_, int() | float() as x] if x < 0:
            return Apply(UNWRITTEN, "subtract", (parts[0], made_number(-x)))
        case "subtract", [_, int() | float() as x] if x < 0:
            return Apply(UNWRITTEN, "add", (parts[0], made_number(-x)))
        case "multiply", [int() | float() as x, int() | float() as y]:
            return made_number(x * y)
        case "power", [int() as x, int() as y] if 0 <= y <= 4:
            return made_number(x**y)
        case "divide", [int() as x, int() as y] if y and x % y == 0:
            return made_number(x // y)
        case "multiply", [1, _]:
            return parts[1]
        case (("multiply" | "divide" | "power"), [_, 1]):
            return parts[0]
        case "multiply", [-1, _]:
            return Apply(UNWRITTEN, "negative", (parts[1],))
        case "divide", [_, -1]:
            return Apply(UNWRITTEN, "negative", (parts[0],))
        case _:
            return None
