"""Where patterns are tried: each operation of a module once, with the statement that it is written in."""

from __future__ import annotations

from collections.abc import Container, Iterable
from itertools import chain
from operator import itemgetter

from stabcheck.ops import OPERATIONS
from stabcheck.static.graph import COMPOSED, Apply, Call, Site, Span, Value
from stabcheck.static.module import Module
from stabcheck.static.written import written


def places(module: Module, ops: Container[str] | None = None) -> list[tuple[Apply, Site]]:
    """Every operation of the module once, with the statement that it is written in, in their order.

    Only those called one of `ops`, unless it is None.
    """
    by_op = written(module).operations
    groups = [group for op, group in by_op.items() if ops is None or op in ops]
    sites = module.sites
    statements: _Statements | None = None
    found: list[tuple[int, Apply]] = []
    spans: set[tuple[str, Span]] = set()
    for _, first, node in sorted(chain(*groups), key=itemgetter(0)):
        name = (node.op, node.span)
        if name in spans:
            continue
        home: int | None = first
        if not within(node.span, sites[first].value.span):
            statements = statements or _Statements(sites)
            home = statements.holding(node.span)
        if home is not None:
            spans.add(name)
            found.append((home, node))
    found.sort(key=itemgetter(0))
    return [(node, sites[home]) for home, node in found]


class _Statements:
    """The expressions of statements by the lines that they stand on."""

    def __init__(self, sites: tuple[Site, ...]) -> None:
        self.sites = sites
        self.by_line: dict[int, list[int]] = {}
        for index, site in enumerate(sites):
            span = site.value.span
            for line in range(span.line, span.end_line + 1):
                self.by_line.setdefault(line, []).append(index)

    def holding(self, span: Span) -> int | None:
        """The first expression that a span lies in."""
        candidates = self.by_line.get(span.line, ())
        return next((index for index in candidates if within(span, self.sites[index].value.span)), None)


def within(inner: Span, outer: Span) -> bool:
    """Whether `inner` lies inside `outer`."""
    return (outer.line, outer.column) <= (inner.line, inner.column) and (
        inner.end_line,
        inner.end_column,
    ) <= (
        outer.end_line,
        outer.end_column,
    )


_BITS = {op: 1 << number for number, op in enumerate(OPERATIONS)}


def mask(ops: Iterable[str]) -> int:
    """Operations as a set of bits."""
    return sum(_BITS[op] for op in frozenset(ops))


class Operations:
    """Which operations a value is computed with, as a set of bits; found once for every value."""

    def __init__(self) -> None:
        self.known: dict[int, int] = {}
        self.kept: list[Value] = []  # so that no identity is used twice

    def of(self, value: Value) -> int:
        """The bits of all operations below and including `value`, those of followed calls too."""
        known = self.known
        stack = [value]
        while stack:
            node = stack[-1]
            if id(node) in known:
                stack.pop()
                continue
            kind = node.__class__
            below = COMPOSED[kind](node) if kind in COMPOSED else ()
            if isinstance(node, Call) and node.result is not None:
                below = (*below, node.result)
            total = _BITS.get(node.op, 0) if isinstance(node, Apply) else 0
            missing: list[Value] = []
            for each in below:
                if each.__class__ in COMPOSED:
                    bits = known.get(id(each))
                    if bits is None:
                        missing.append(each)
                    else:
                        total |= bits
            if missing:
                stack += missing
            else:
                stack.pop()
                known[id(node)] = total
                self.kept.append(node)
        return known[id(value)]
