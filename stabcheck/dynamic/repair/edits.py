"""Changes of one place in a gradient's source, those first that undo the mistakes which people make most.

A change of a tier is only tried if none of the tiers before it makes the gradient right.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from stabcheck.dynamic.repair.spots import Scope, Spot, spots

PRODUCTS = ("dot", "matmul")
MEANS = {"mean": "sum", "sum": "mean"}
TURNED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}


@dataclass(frozen=True, slots=True)
class Edit:
    """Another node at a place; `shown` is the larger expression around it that a message quotes.

    `quoted` is what it quotes after the change, where that is not what stands there.
    """

    spot: Spot
    new: ast.AST
    shown: ast.AST | None = None
    quoted: ast.AST | None = None
    kind: str = "wrong-gradient"

    @property
    def line(self) -> int:
        """The line of the place."""
        return int(getattr(self.spot.node, "lineno", 0) or getattr(self.shown, "lineno", 0))

    @property
    def before(self) -> str:
        """What a person reads there."""
        return text(self.shown or self.spot.node)

    @property
    def after(self) -> str:
        """What should stand there; nothing if it is to be taken out."""
        if isinstance(self.new, ast.Pass):
            return ""
        if self.shown is None:
            return text(self.quoted or self.new)
        self.spot.put(self.new)
        try:
            return text(self.shown)
        finally:
            self.spot.put(self.spot.node)


Maker = Callable[[Spot, Scope], Iterator[Edit]]


def edit(spot: Spot, new: ast.AST, shown: ast.AST | None = None, kind: str = "wrong-gradient") -> Edit:
    """`new` in the place of a spot."""
    located(new, spot.node)
    return Edit(spot, new, shown, kind=kind)


def text(node: ast.AST) -> str:
    """The source of a node in one line."""
    return " ".join(ast.unparse(node).split())


def located(new: ast.AST, old: ast.AST) -> None:
    """Give new nodes the place of the old one; what has one is not gone into."""
    if "lineno" in new._attributes:
        if getattr(new, "lineno", None) is not None:
            return
        ast.copy_location(new, old)
    for inner in ast.iter_child_nodes(new):
        located(inner, old)


def of_tier(makers: tuple[Maker, ...], function: ast.AST, scope: Scope) -> Iterator[Edit]:
    """All edits of some kinds in a function."""
    for spot in list(spots(function)):
        for maker in makers:
            yield from maker(spot, scope)


def transposes(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """`W` for `W.T` in a product, and the other way round; the factors of an outer product."""
    node = spot.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield from (_turned(Spot(node.right, node, "right", None, spot.statement, spot.looped), node),)
        yield from (_turned(Spot(node.left, node, "left", None, spot.statement, spot.looped), node),)
        yield edit(spot, ast.BinOp(node.right, ast.MatMult(), node.left), kind="transposed")
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    if node.func.attr in PRODUCTS:
        for index, argument in enumerate(node.args[:2]):
            yield _turned(Spot(argument, node, "args", index, spot.statement, spot.looped), node)
        if len(node.args) == 1:
            owner = Spot(node.func.value, node.func, "value", None, spot.statement, spot.looped)
            yield _turned(owner, node)
        for index, keyword in enumerate(node.keywords):
            if keyword.arg in ("transpose_a", "transpose_b") and isinstance(keyword.value, ast.Constant):
                turned = ast.keyword(keyword.arg, ast.Constant(not keyword.value.value))
                inner = Spot(keyword, node, "keywords", index, spot.statement, spot.looped)
                yield edit(inner, turned, node, "transposed")
    if node.func.attr == "outer" and len(node.args) == 2:
        yield edit(spot, ast.Call(node.func, node.args[::-1], []), kind="transposed")


def _turned(spot: Spot, shown: ast.AST) -> Edit:
    node = spot.node
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return edit(spot, node.value, shown, "transposed")
    assert isinstance(node, ast.expr)
    return edit(spot, ast.Attribute(node, "T", ast.Load()), shown, "transposed")


def signs(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """Plus for minus."""
    node = spot.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield edit(spot, ast.BinOp(node.left, _opposite(node.op), node.right))
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield edit(spot, ast.AugAssign(node.target, _opposite(node.op), node.value))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield edit(spot, node.operand)


def _opposite(operator: ast.operator) -> ast.operator:
    return ast.Sub() if isinstance(operator, ast.Add) else ast.Add()


def accumulations(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """What is added up, and what overwrites; additions at indices that repeat."""
    node = spot.node
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        numpy = scope.numpy()
        if isinstance(node.target, ast.Subscript) and numpy is not None:
            added = ast.Attribute(
                ast.Attribute(ast.Name(numpy, ast.Load()), "add", ast.Load()), "at", ast.Load()
            )
            parts = [node.target.value, _as_value(node.target.slice), node.value]
            yield edit(spot, ast.Expr(ast.Call(added, parts, [])))
        yield edit(spot, ast.Assign([node.target], node.value))
    if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not spot.looped:
        return
    target = node.targets[0]
    if isinstance(target, (ast.Name, ast.Subscript, ast.Attribute)):
        more = ast.AugAssign(target, ast.Add(), node.value)
        located(more, node)
        if isinstance(target, ast.Name):  # the first time there is nothing to add it to
            missing = ast.ExceptHandler(ast.Name("NameError", ast.Load()), None, [node])
            tried = ast.Try([more], [missing], [], [])
            located(tried, node)
            yield Edit(spot, tried, quoted=more)
        else:
            yield Edit(spot, more)


def _as_value(index: ast.expr) -> ast.expr:
    if isinstance(index, ast.Slice):
        parts = [part or ast.Constant(None) for part in (index.lower, index.upper, index.step)]
        return ast.Call(ast.Name("slice", ast.Load()), parts, [])
    if isinstance(index, ast.Tuple):
        return ast.Tuple([_as_value(part) for part in index.elts], ast.Load())
    return index


def axes(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """Another axis, a sum for a mean."""
    node = spot.node
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    for index, keyword in enumerate(node.keywords):
        if keyword.arg == "axis" and isinstance(keyword.value, (ast.Constant, ast.UnaryOp)):
            inner = Spot(keyword, node, "keywords", index, spot.statement, spot.looped)
            for axis in (0, 1, None):
                if text(keyword.value) != str(axis):
                    yield edit(inner, ast.keyword("axis", ast.Constant(axis)), node)
    if node.func.attr in MEANS:
        function = ast.Attribute(node.func.value, MEANS[node.func.attr], ast.Load())
        yield edit(spot, ast.Call(function, node.args, node.keywords))
        last = node.args[-1] if node.args else None
        if isinstance(last, ast.Constant) and last.value in (0, 1):
            inner = Spot(last, node, "args", len(node.args) - 1, spot.statement, spot.looped)
            yield edit(inner, ast.Constant(0 if last.value else 1), node)


def indices(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """The index before, and the one behind; an end of a range or of a slice."""
    node = spot.node
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        inner = Spot(node.slice, node, "slice", None, spot.statement, spot.looped)
        if _is_whole(node.slice, scope):
            yield from (edit(inner, moved, node) for moved in _moved(node.slice))
        if isinstance(node.slice, ast.Slice):
            for field in ("lower", "upper"):
                part = getattr(node.slice, field)
                if part is not None:
                    end = Spot(part, node.slice, field, None, spot.statement, spot.looped)
                    yield from (edit(end, moved, node) for moved in _moved(part))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        for index, argument in enumerate(node.args):
            end = Spot(argument, node, "args", index, spot.statement, spot.looped)
            plain = [ast.Constant(0), ast.UnaryOp(ast.USub(), ast.Constant(1))] if index else []
            yield from (
                edit(end, other, node)
                for other in (*_moved(argument), *plain)
                if ast.unparse(other) != ast.unparse(argument)
            )


def _is_whole(index: ast.expr, scope: Scope) -> bool:
    if isinstance(index, ast.Name):
        value = scope.value(index)
        return isinstance(value, int) and not isinstance(value, bool)
    if isinstance(index, ast.BinOp):
        return _is_whole(index.left, scope) and isinstance(index.right, ast.Constant)
    inner = index.operand if isinstance(index, ast.UnaryOp) else index
    return (
        isinstance(inner, ast.Constant) and isinstance(inner.value, int) and not isinstance(inner.value, bool)
    )


def _moved(index: ast.expr) -> Iterator[ast.expr]:
    if isinstance(index, ast.BinOp) and isinstance(index.right, ast.Constant) and index.right.value == 1:
        yield index.left
    elif isinstance(index, ast.Constant) and isinstance(index.value, int):
        yield ast.Constant(index.value + 1)
        yield ast.Constant(index.value - 1)
        return
    for operator in (ast.Sub(), ast.Add()):
        if not (isinstance(index, ast.BinOp) and isinstance(index.op, (ast.Add, ast.Sub))):
            yield ast.BinOp(index, operator, ast.Constant(1))


def slices(spot: Spot, scope: Scope, known: Sequence[ast.expr]) -> Iterator[Edit]:
    """The part of an array that another line of the function takes."""
    node = spot.node
    if isinstance(node, ast.Subscript) and any(isinstance(each, ast.Slice) for each in ast.walk(node.slice)):
        inner = Spot(node.slice, node, "slice", None, spot.statement, spot.looped)
        own = text(node.slice)
        others = {text(each): each for each in known if text(each) != own}
        yield from (edit(inner, other, node) for other in others.values())


def comparisons(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """Greater for less."""
    node = spot.node
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in TURNED:
        yield edit(spot, ast.Compare(node.left, [TURNED[type(node.ops[0])]()], node.comparators))
