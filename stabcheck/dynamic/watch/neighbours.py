"""Which argument two evaluations of a function differ in, and the point that both were made from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.dynamic.watch.scope import Scope
from stabcheck.dynamic.watch.source import Binding, dotted

DEEPEST = 6  # names that are followed
_COPIES = {"copy", "array", "asarray", "deepcopy", "astype", "float64", "list"}
_VIEWS = {"ravel", "reshape", "view", "asarray"}
_WHOLE = (ast.Name, ast.BinOp)  # are replaced as they are, not looked into


def differing(one: ast.AST, other: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The expressions in which two expressions differ."""
    if ast.dump(one) == ast.dump(other):
        return
    alike = isinstance(other, ast.Call) if isinstance(one, ast.Call) else not isinstance(one, _WHOLE)
    parts, others = list(ast.iter_child_nodes(one)), list(ast.iter_child_nodes(other))
    if not alike or type(one) is not type(other) or len(parts) != len(others) or not parts:
        if isinstance(one, ast.expr) and isinstance(other, ast.expr):
            yield one, other
        return
    for part, opposite in zip(parts, others, strict=True):
        yield from differing(part, opposite)


def moved_apart(
    pair: tuple[ast.expr, ast.expr], scope: Scope, line: int
) -> tuple[ast.expr, ast.expr, tuple[str, ...]] | None:
    """The point of which two arguments are perturbed copies, and which argument to replace."""
    one, other = pair
    base, opposite = _base(one, scope, line), _base(other, scope, line)
    if ast.dump(other) == ast.dump(base):
        return base, one, ("forward",)
    if ast.dump(one) == ast.dump(opposite):
        return opposite, one, ("backward",)
    if ast.dump(base) == ast.dump(opposite):
        return base, one, ("central",)
    return None


def _base(node: ast.expr, scope: Scope, line: int) -> ast.expr:
    """The value that a perturbed argument is made from: x of `x + h`, of a copy of x that is written into."""
    for _ in range(DEEPEST):
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            return node.left if dotted(node.left) else node.right
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
            if called not in _COPIES:
                return node
            own = (
                isinstance(node.func, ast.Attribute) and called in ("copy", "astype") and not _is_module(node)
            )
            inner = node.func.value if own else node.args[0] if node.args else None  # type: ignore[attr-defined]
            if inner is None:
                return node
            node = inner
            continue
        name = dotted(node)
        binding = scope.source.last_value(name, line + 1) if name is not None else None
        if binding is None or binding.kind != "value" or not _makes_neighbour(binding):
            return node
        node, line = binding.value, binding.statement.lineno - 1
    return node


def _is_module(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and dotted(call.func.value) in (
        "np",
        "numpy",
        "copy",
        "tf",
        "jnp",
    )


def _makes_neighbour(binding: Binding) -> bool:
    """Whether a name is bound to a copy of another name, or to a sum: to something made from the point."""
    value = binding.value
    if isinstance(value, ast.BinOp):
        return isinstance(value.op, (ast.Add, ast.Sub))
    if not isinstance(value, ast.Call):
        return False
    called = value.func.attr if isinstance(value.func, ast.Attribute) else dotted(value.func)
    of = value.args[0] if value.args else value.func.value if isinstance(value.func, ast.Attribute) else None
    if called == "astype" and isinstance(value.func, ast.Attribute):
        of = value.func.value
    return called in _COPIES and of is not None and dotted(of) is not None


def written_into(value: ast.expr, scope: Scope) -> list[ast.expr]:
    """The one argument of `f(x)` that is written into between two evaluations with the same text."""
    candidates = []
    for node in ast.walk(value):
        name = dotted(node)
        if name is None or not isinstance(node, ast.expr):
            continue
        if any(
            binding.kind == "content"
            for alias in _aliases(name, scope)
            for binding in scope.source.bindings(alias)
        ):
            candidates.append(node)
    names = {dotted(node) for node in candidates}
    return candidates[:1] if len(names) == 1 else []


def _aliases(name: str, scope: Scope) -> list[str]:
    """The name, and those of views into it: `flat = x.reshape(-1)`."""
    found = [name]
    for statement in scope.source.statements:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
            continue
        call = statement.value
        called = call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)
        reads = {dotted(node) for node in ast.walk(call)}
        if called in _VIEWS and name in reads:
            found.extend(target.id for target in statement.targets if isinstance(target, ast.Name))
    return found
