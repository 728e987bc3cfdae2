"""Source text by spans, and how values are written at a place."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from stabcheck.static.comprehension import comprehension_of
from stabcheck.static.graph import (
    Apply,
    Assume,
    Call,
    Constant,
    Merge,
    Reference,
    Sequence,
    Site,
    Span,
    Symbol,
    Value,
    scalar,
    strip,
)
from stabcheck.static.latest import of_latest
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module
from stabcheck.static.normal import is_written, key
from stabcheck.static.places import within
from stabcheck.static.source import with_newlines

_WORD = re.compile(r"[^\W\d]\w*")
_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


class Text:
    """The text of a module, cut at its line ends as Python's parser cuts it.

    `whole` is all of it, with newlines for line ends, `positions` where the nodes of its tree stand in it.
    """

    __slots__ = ("_lines", "positions", "whole")

    def __init__(self, text: str) -> None:
        self._lines: list[str] = []  # until a line is asked for
        self.whole = with_newlines(text)
        self.positions = Positions(self.whole)

    def __getitem__(self, span: Span) -> str:
        """What stands at a span; line ends become newlines."""
        self._lines = self._lines or self.whole.split("\n")
        rows = self._lines[span.line - 1 : span.end_line]
        if not rows:
            return ""
        rows[-1] = rows[-1][: span.end_column - 1]
        rows[0] = rows[0][span.column - 1 :]
        return "\n".join(rows)


@of_latest
def text_of(module: Module) -> Text:
    """The text of a module by spans."""
    return Text(module.text)


def written(
    value: Value, root: Span, site: Site, text: Text, inside: Callable[[Span], str | None]
) -> str | None:
    """How `value` can be written in the place of the expression at `root`; None if nothing sure means it.

    What stands in the expression is written as `inside` says. What comes from an earlier statement is written
    by a name that is bound to it here. Values that the matcher made are written with operators over their
    parts. A list that a comprehension makes is written whole; its entries can't be, outside of it.
    """
    listed = comprehension_of(value)
    if listed is not None:
        return inside(listed.span) if within(listed.span, root) else _name(listed, text[root], site)
    inner = strip(value)
    if is_written(inner) and _is_of_entries(text[inner.span], text[root]):
        return None
    if not is_written(inner):
        return _made(inner, root, site, text, inside)
    if isinstance(inner, Sequence) and [each.span for each in inner.items[:1]] == [inner.span]:
        return None  # `x.reshape(2, 3)`: arguments that are one value, but no expression
    if within(inner.span, root) and not isinstance(inner, Symbol):
        return inside(inner.span)
    literal = scalar(inner)
    if literal is not None or (isinstance(inner, Constant) and inner.value is None):
        return repr(literal)
    return _name(value, text[root], site) or _attribute(value, root, text)


def _attribute(value: Value, root: Span, text: Text) -> str | None:
    """`self.rate` where it stands in the expression, if the value was given a name in another method only."""
    while isinstance(value, Assume):
        written_here = text[value.span] if within(value.span, root) else ""
        if "." in written_here and _PATH.fullmatch(written_here):
            return written_here
        value = value.base
    return None


def _is_of_entries(piece: str, expression: str) -> bool:
    """Whether a piece has a name that only a comprehension inside of the expression around it binds."""
    return " for " in f" {expression} " and bool(_names(piece)[0] & _names(expression)[1])


@lru_cache(maxsize=256)
def _names(expression: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that are free in an expression, and those that comprehensions in it bind and nothing else."""
    try:
        tree = ast.parse(f"({expression}\n)", mode="eval")
    except SyntaxError:
        return frozenset(), frozenset()
    bound, free = set[str](), set[str]()
    stack: list[tuple[ast.AST, frozenset[str]]] = [(tree, frozenset())]
    while stack:
        node, here = stack.pop()
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            targets = [inner for each in node.generators for inner in ast.walk(each.target)]
            here |= {each.id for each in targets if isinstance(each, ast.Name)}
            bound |= here
        elif isinstance(node, ast.Name) and node.id not in here:
            free.add(node.id)
        stack.extend((child, here) for child in ast.iter_child_nodes(node))
    return frozenset(free), frozenset(bound - free)


def _made(
    value: Value, root: Span, site: Site, text: Text, inside: Callable[[Span], str | None]
) -> str | None:
    from stabcheck.ops.calls import render_call  # noqa: PLC0415 - needed by few

    if isinstance(value, Constant):
        return repr(value.value)
    if not isinstance(value, Apply) or value.attributes:
        return None
    parts = [written(operand, root, site, text, inside) for operand in value.operands]
    known = [part for part in parts if part is not None]
    return render_call(value.op, "python", {}, known) if len(known) == len(parts) else None


def _name(value: Value, expression: str, site: Site) -> str | None:
    """A name of the scope that is bound to the value; rather one that the expression uses already."""
    inner = strip(value)
    used = set(_WORD.findall(expression))
    names = [name for name in bound_to(inner, site.bindings) if _PATH.fullmatch(name)]
    if names:
        return min(names, key=lambda name: (name.partition(".")[0] not in used, len(name), name))
    if isinstance(inner, Symbol) and not isinstance(inner, Reference) and _PATH.fullmatch(inner.name):
        first = inner.name.partition(".")[0]
        in_use = re.search(rf"(?<![\w.]){re.escape(inner.name)}(?!\w)", expression) is not None
        rebound = first in site.bindings and not isinstance(strip(site.bindings[first]), Symbol)
        owner = inner.definition[0]
        here = not owner or site.function == owner or site.function.startswith(f"{owner}.")
        unbound = here and first == inner.name and first not in site.bindings
        if (in_use and not rebound) or unbound:
            return inner.name
    return None


def bound_to(value: Value, bindings: Mapping[str, Value]) -> Iterable[str]:
    """The names that are bound to what is arithmetically this value, without asking all names there are."""
    from stabcheck.static.lower.scope import Bindings  # noqa: PLC0415 - where a graph is, it is loaded

    if isinstance(bindings, Bindings):
        return bindings.naming(value)
    return [name for name, bound in bindings.items() if key(bound) == key(value)]


def held_by(value: Value, bindings: Mapping[str, Value]) -> Iterable[str]:
    """The names that are bound to this very value, assumed of it what may be."""
    from stabcheck.static.lower.scope import Bindings  # noqa: PLC0415 - where a graph is, it is loaded

    if isinstance(bindings, Bindings):
        return bindings.holding(value)
    return [name for name, bound in bindings.items() if bound is value or strip(bound) is value]


def described(value: Value, root: Span, site: Site, text: Text, longest: int = 40) -> str | None:
    """How a message names a value: its name or source in one line, shortened in the middle."""
    inner = strip(value)
    found: str | None = None
    if isinstance(inner, Symbol):
        found = inner.name
    elif isinstance(inner, Constant):
        found = repr(inner.value)
    elif is_written(inner):
        found = None if within(inner.span, root) else _name(value, text[root], site)
        if found is None and not isinstance(inner, Merge):  # whose source may be a whole `if`
            found = " ".join(without_comments(text[inner.span]).split())
    elif isinstance(inner, Apply):
        found = _described_made(inner, root, site, text)
    if not found:
        return None
    return found if len(found) <= longest else f"{found[: longest // 2]}…{found[-longest // 2 + 1 :]}"


def without_comments(piece: str) -> str:
    """An expression's source without its comments."""
    if "#" not in piece:
        return piece
    try:
        return ast.unparse(ast.parse(f"({piece}\n)", mode="eval"))
    except SyntaxError:
        return piece


def _described_made(value: Apply, root: Span, site: Site, text: Text) -> str | None:
    from stabcheck.ops.calls import render_call  # noqa: PLC0415 - needed by few

    parts = [described(operand, root, site, text, longest=200) for operand in value.operands]
    known = [part for part in parts if part]
    if len(known) != len(parts):
        return None
    try:
        return render_call(value.op, "python", {}, known)
    except SyntaxError:
        return None


def libraries_in(nodes: Iterable[Value]) -> list[str]:
    """The libraries that these operations are spelt in, the most frequent first; operators count for none."""
    count: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, Apply) and node.library != "python":
            count[node.library] = count.get(node.library, 0) + 1
        elif isinstance(node, Call) and node.result is not None:
            continue
    return sorted(count, key=lambda library: -count[library])
