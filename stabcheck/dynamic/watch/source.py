"""The source of a function that is running or has been run: statements, and where a name got its value."""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType

Block = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Binding:
    """One place where a name gets a value or its contents change.

    `kind` is "value" (`name = value`), "part" (one of several targets, or a loop: `value` is what is taken
    apart, `index` which part it is, None if that is not known), or "content" (`name[…] = value`,
    `name.append(value)`, `name += value`; `name[…], other = value` with the `index` of the part). `slots` are
    the expressions in the brackets, outermost container first.
    """

    kind: str
    value: ast.expr
    statement: ast.stmt
    index: int | None = None
    slots: tuple[ast.expr, ...] = ()

    def may_be_under(self, key: str) -> bool:
        """Whether the content may have been written under a key: another text rules it out."""
        return bool(self.slots) and text_of(self.slots[0]) in (None, key)


@dataclass(frozen=True, slots=True)
class Source:
    """The body of a function or module, without the functions inside it."""

    node: Block
    statements: tuple[ast.stmt, ...]

    def statement_at(self, line: int) -> ast.stmt | None:
        """The innermost statement that stands on a line."""
        found = [s for s in self.statements if s.lineno <= line <= (s.end_lineno or s.lineno)]
        return min(found, key=lambda s: (s.end_lineno or s.lineno) - s.lineno, default=None)

    def bindings(self, name: str) -> list[Binding]:
        """Where `name` (`x`, or `self.x`) is bound or written into, in the order of the text."""
        return [b for s in self.statements for found, b in _bindings(s) if found == name]

    def last_value(self, name: str, before: int) -> Binding | None:
        """The binding that `name` has on line `before`, as far as the order of the text tells."""
        found = [b for b in self.bindings(name) if b.kind != "content"]
        earlier = [b for b in found if b.statement.lineno < before]
        return (earlier or found or [None])[-1]  # type: ignore[list-item]

    def loops(self, statement: ast.stmt) -> list[ast.stmt]:
        """The loops around a statement, innermost first."""
        around = [s for s in self.statements if isinstance(s, (ast.For, ast.While)) and _within(statement, s)]
        return sorted(around, key=lambda s: -s.lineno)

    def slice_of(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements that the names of one depend on, itself among them."""
        found = {id(statement): statement}
        waiting = [statement]
        seen: set[str] = set()
        while waiting:
            for name in _names_used(waiting.pop()) - seen:
                seen.add(name)
                for binding in self.bindings(name):
                    if id(binding.statement) not in found:
                        found[id(binding.statement)] = binding.statement
                        waiting.append(binding.statement)
        return list(found.values())


def source_of(code: CodeType) -> Source | None:
    """The source of a code object; None if it is not to be had, or has changed beyond recognition."""
    tree = _tree(code.co_filename)
    if tree is None:
        return None
    if code.co_name == "<module>":
        return Source(tree, tuple(_statements(tree.body)))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == code.co_name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if code.co_firstlineno in (first, node.lineno):
                return Source(node, tuple(_statements(node.body)))
    return None


def source_at(path: str, line: int) -> Source | None:
    """The source of the inmost function around a line, or of the module; None if it is not to be had."""
    tree = _tree(path)
    if tree is None:
        return None
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    inmost = max(around, key=lambda node: node.lineno, default=None)
    return (
        Source(tree, tuple(_statements(tree.body)))
        if inmost is None
        else Source(inmost, tuple(_statements(inmost.body)))
    )


def lambda_of(code: CodeType) -> ast.Lambda | None:
    """The source of a lambda; None if several stand on its line."""
    tree = _tree(code.co_filename)
    nodes = [
        node
        for node in ast.walk(tree or ast.Module([], []))
        if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno
    ]
    return nodes[0] if len(nodes) == 1 else None


def header(statement: ast.stmt) -> list[ast.expr]:
    """The expressions that a statement evaluates itself, not those of the statements inside it."""
    return [node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.expr)]


def text_of(node: ast.expr) -> str | None:
    """The text that a constant is."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def dotted(node: ast.AST) -> str | None:
    """`x`, `self.x`; None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return None if inner is None else f"{inner}.{node.attr}"
    return None


@lru_cache(maxsize=64)
def _parsed(path: str, text: str) -> ast.Module | None:
    try:
        return ast.parse(text, path)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _tree(path: str) -> ast.Module | None:
    text = "".join(linecache.getlines(path))
    return _parsed(path, text) if text else None


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, _SCOPES):
            continue
        for inner in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, inner, []))
        for handler in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from _statements(handler.body)


def _within(statement: ast.stmt, outer: ast.stmt) -> bool:
    return outer.lineno <= statement.lineno and (statement.end_lineno or 0) <= (outer.end_lineno or 0)


def _bindings(statement: ast.stmt) -> Iterator[tuple[str, Binding]]:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from _targets(target, statement.value, statement)
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield from _targets(statement.target, statement.value, statement)
    elif isinstance(statement, ast.AugAssign):
        name = root_of(statement.target)
        if name is not None:
            yield name, Binding("content", statement.value, statement, slots=slots_of(statement.target))
    elif isinstance(statement, ast.For):
        yield from _parts(statement.target, statement.iter, statement)
    elif isinstance(statement, ast.With):
        for item in statement.items:
            if item.optional_vars is not None:
                yield from _parts(item.optional_vars, item.context_expr, statement)
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        name = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else None
        if name is not None and call.func.attr in ("append", "extend", "insert", "update"):  # type: ignore[attr-defined]
            for argument in call.args:
                yield name, Binding("content", argument, statement)
    for node in (inner for expression in header(statement) for inner in ast.walk(expression)):
        if isinstance(node, ast.NamedExpr):
            yield node.target.id, Binding("value", node.value, statement)


def _targets(target: ast.expr, value: ast.expr, statement: ast.stmt) -> Iterator[tuple[str, Binding]]:
    name = dotted(target)
    if name is not None:
        yield name, Binding("value", value, statement)
    elif isinstance(target, ast.Subscript):
        root = root_of(target)
        if root is not None:
            yield root, Binding("content", value, statement, slots=slots_of(target))
    elif isinstance(target, (ast.Tuple, ast.List)):
        starred = any(isinstance(part, ast.Starred) for part in target.elts)
        for index, part in enumerate(target.elts):
            if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
                yield from _targets(part, value.elts[index], statement)
            elif isinstance(part, ast.Subscript):
                root = root_of(part)
                if root is not None and not starred:
                    yield root, Binding("content", value, statement, index, slots_of(part))
            else:
                yield from _parts(part, value, statement, None if starred else index)


def _parts(
    target: ast.expr, value: ast.expr, statement: ast.stmt, index: int | None = None
) -> Iterator[tuple[str, Binding]]:
    for node in ast.walk(target):
        name = dotted(node)
        if name is not None:
            yield name, Binding("part", value, statement, index if node is target else None)


def root_of(target: ast.expr) -> str | None:
    """The name that `name[…]`, `name[…][…]` or `name.flat[…]` writes into."""
    while isinstance(target, ast.Subscript) or (isinstance(target, ast.Attribute) and target.attr == "flat"):
        target = target.value
    return dotted(target)


def slots_of(target: ast.expr) -> tuple[ast.expr, ...]:
    """What stands in the brackets of `name[…][…]`, from the name outwards."""
    found: list[ast.expr] = []
    while isinstance(target, ast.Subscript) or (isinstance(target, ast.Attribute) and target.attr == "flat"):
        if isinstance(target, ast.Subscript):
            found.append(target.slice)
        target = target.value
    return tuple(found[::-1])


def _names_used(statement: ast.stmt) -> set[str]:
    """Names whose values a statement uses; of `self.check(x)` that is x, not self."""
    names: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and dotted(node.func):
            root = node.func.value
            if not (isinstance(root, ast.Name) and root.id in ("self", "cls")):
                visit(root)
            for part in (*node.args, *node.keywords):
                visit(part)
            return
        name = dotted(node)
        if name is not None:
            names.add(name)
            if "." in name and not name.startswith(("self.", "cls.")):
                names.add(name.partition(".")[0])
            return
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.stmt):
                visit(child)

    for expression in header(statement):
        visit(expression)
    if isinstance(statement, ast.With):
        for item in statement.items:
            visit(item.context_expr)
    return names


def signature_of(function: object) -> inspect.Signature | None:
    """The signature of a callable; None if it has none to show."""
    try:
        return inspect.signature(function)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
