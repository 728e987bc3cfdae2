"""Syntax whose operations call a watch: `a * b` becomes `watch.binary(site, "*", a, b)`.

A call has the same effect as the operation that it stands for; `SITES` tells where that was written.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from stabcheck.dynamic.report import Location

WATCH = "__stabcheck_watch__"
SITES: list[Location] = []  # by site number, for all rewritten functions of the process
_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}
# Called by their bare names, these look at the frame they are in, or at nothing that could be a number.
_PLAIN_CALLS = frozenset({
    "super", "locals", "globals", "vars", "dir", "eval", "exec", "print", "isinstance", "issubclass",
    "len", "range", "type", "hasattr", "getattr", "setattr", "id", "repr", "str", "format", "callable",
    "iter", "next", "open",
})  # fmt: skip
_VIEWS = frozenset({"T", "mT", "real"})


def announce(definition: ast.FunctionDef, path: str, function: str, owner: str | None) -> None:
    """Let the operations in a function's definition call the watch, in place.

    `owner` is the class whose private names the function mangles.
    """
    rewriter = _Rewriter(path, function, owner)
    definition.args = rewriter.visit(definition.args)
    definition.body = rewriter.block(definition.body)


class _Rewriter(ast.NodeTransformer):
    """Operations become calls of the watch's methods, which have the same effect."""

    def __init__(self, path: str, function: str, owner: str | None) -> None:
        self._path = path
        self._functions = [function]
        self._owner = owner
        self._temporaries = 0

    def block(self, statements: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Statements, each of which may have become several."""
        result: list[ast.stmt] = []
        for statement in statements:
            new = self.visit(statement)
            result += new if isinstance(new, list) else [new]
        return result

    def _hook(
        self, name: str, node: ast.expr | ast.stmt, *arguments: ast.expr, keywords: Any = ()
    ) -> ast.Call:
        same_line = node.lineno == node.end_lineno
        SITES.append(
            Location(
                self._path,
                node.lineno,
                self._functions[-1],
                node.col_offset + 1,
                (node.end_col_offset or 0) + 1 if same_line else None,
            )
        )
        method = ast.Attribute(ast.Name(WATCH, ast.Load()), name, ast.Load())
        site = ast.Constant(len(SITES) - 1)
        return ast.copy_location(ast.Call(method, [site, *arguments], list(keywords)), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.args = self.visit(node.args)
        self._functions.append(node.name)
        node.body = self.block(node.body)
        self._functions.pop()
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._mangled(node.arg)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        outer, self._owner = self._owner, node.name
        node.body = self.block(node.body)
        self._owner = outer
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.JoinedStr:
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        node.guard = node.guard and self.visit(node.guard)
        node.body = self.block(node.body)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None or not isinstance(node.target, ast.Name):
            node.value = node.value and self.visit(node.value)
            return node
        return self.visit_Assign(ast.copy_location(ast.Assign([node.target], node.value), node))

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._mangled(node.id)
        return node

    def _mangled(self, name: str) -> str:
        if self._owner and name.startswith("__") and not name.endswith("__"):
            return f"_{self._owner.lstrip('_')}{name}"
        return name

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        symbol = _BINARY.get(type(node.op))
        if symbol is None or (isinstance(left, ast.Constant) and isinstance(right, ast.Constant)):
            node.left, node.right = left, right
            return node
        return self._hook("binary", node, ast.Constant(symbol), left, right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
            return self._hook("negative", node, self.visit(node.operand))
        node.operand = self.visit(node.operand)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        node.value = self.visit(node.value)
        node.attr = self._mangled(node.attr)
        if isinstance(node.ctx, ast.Load) and node.attr in _VIEWS:
            return self._hook("view", node, node.value, ast.Constant(node.attr))
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        node.value = self.visit(node.value)
        if not isinstance(node.ctx, ast.Load):
            node.slice = self.visit(node.slice)
            return node
        return self._hook("item", node, node.value, self._index(node.slice))

    def _index(self, node: ast.expr) -> ast.expr:
        """An index as an expression that stands by itself: slices become calls of `slice`."""
        if isinstance(node, ast.Slice):
            parts = [
                self.visit(p) if p is not None else ast.Constant(None)
                for p in (node.lower, node.upper, node.step)
            ]
            return ast.Call(self._builtin("slice"), parts, [])
        if isinstance(node, ast.Tuple):
            return ast.Tuple([self._index(e) for e in node.elts], ast.Load())
        return self.visit(node)  # type: ignore[no-any-return]

    def _builtin(self, name: str) -> ast.expr:
        return ast.Attribute(ast.Name(WATCH, ast.Load()), name, ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        arguments = [self.visit(a) for a in node.args]
        keywords = [ast.keyword(k.arg, self.visit(k.value)) for k in node.keywords]
        if isinstance(node.func, ast.Name) and node.func.id in _PLAIN_CALLS:
            node.args, node.keywords = arguments, keywords
            return node
        if isinstance(node.func, ast.Attribute):
            owner, name = self.visit(node.func.value), ast.Constant(self._mangled(node.func.attr))
            return self._hook("method", node, owner, name, *arguments, keywords=keywords)
        return self._hook("call", node, self.visit(node.func), *arguments, keywords=keywords)

    def visit_Assign(self, node: ast.Assign) -> Any:
        value = self.visit(node.value)
        simple = all(isinstance(t, ast.Name | ast.Attribute) for t in node.targets)
        if simple:
            node.targets = [self.visit(t) for t in node.targets]
            node.value = value
            return node
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript):
            return self._store(node.targets[0], value, node)
        self._temporaries += 1
        held = f"__stabcheck_{self._temporaries}__"
        result: list[ast.stmt] = [ast.Assign([ast.Name(held, ast.Store())], value)]
        for target in node.targets:
            result += self._assign(target, ast.Name(held, ast.Load()), node)
        return [ast.copy_location(s, node) for s in result]

    def _assign(self, target: ast.expr, value: ast.expr, node: ast.Assign) -> list[ast.stmt]:
        """One target of an assignment.

        Entries that are stored inside a tuple get a statement of their own.
        """
        if isinstance(target, ast.Subscript):
            return [self._store(target, value, node)]
        if not isinstance(target, ast.Tuple | ast.List):
            return [ast.Assign([self.visit(target)], value)]
        later: list[ast.stmt] = []
        plain: list[ast.expr] = []
        for element in target.elts:
            if isinstance(element, ast.Subscript | ast.Tuple | ast.List):
                self._temporaries += 1
                held = f"__stabcheck_{self._temporaries}__"
                plain.append(ast.Name(held, ast.Store()))
                later += self._assign(element, ast.Name(held, ast.Load()), node)
            else:
                plain.append(self.visit(element))
        return [ast.Assign([ast.Tuple(plain, ast.Store())], self._hook("unpack", node, value)), *later]

    def _store(self, target: ast.Subscript, value: ast.expr, node: ast.stmt) -> ast.stmt:
        # The value is evaluated before the container and the index, as in an assignment.
        call = self._hook("store", node, value, self.visit(target.value), self._index(target.slice))
        return ast.copy_location(ast.Expr(call), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        value = self.visit(node.value)
        name = _BINARY.get(type(node.op))
        target = node.target
        if name is None:
            node.value, node.target = value, self.visit(target)
            return node
        symbol = ast.Constant(name)
        if isinstance(target, ast.Name):
            known = self._mangled(target.id)
            call = self._hook("update", node, symbol, ast.Name(known, ast.Load()), value)
            return ast.copy_location(ast.Assign([ast.Name(known, ast.Store())], call), node)
        if isinstance(target, ast.Subscript):
            call = self._hook(
                "update_item", node, symbol, self.visit(target.value), self._index(target.slice), value
            )
        else:
            owner, attribute = self.visit(target.value), ast.Constant(self._mangled(target.attr))
            call = self._hook("update_attribute", node, symbol, owner, attribute, value)
        return ast.copy_location(ast.Expr(call), node)

    def visit_For(self, node: ast.For) -> ast.For:
        node.iter = self._hook("rows", node.iter, self.visit(node.iter))
        node.target = self.visit(node.target)
        node.body, node.orelse = self.block(node.body), self.block(node.orelse)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        if not node.is_async:
            node.iter = self._hook("rows", node.iter, self.visit(node.iter))
        node.target = self.visit(node.target)
        node.ifs = [self.visit(test) for test in node.ifs]
        return node
