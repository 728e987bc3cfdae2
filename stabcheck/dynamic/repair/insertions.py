"""What may be missing in a gradient: a factor of the chain rule, a term, a square, a function of a name.

In the forms below, `IT` is what stands there, `{v}` a name, `{np}` the name of NumPy.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from stabcheck.dynamic.repair.derivatives import unplaced
from stabcheck.dynamic.repair.edits import Edit, edit, text
from stabcheck.dynamic.repair.spots import Scope, Spot
from stabcheck.dynamic.repair.terms import REFERENCES

IT = "IT"
MOST = 24  # references that are put in
FACTORS = (
    "IT * {v}",
    "IT + {v}",
    "IT - {v}",
    "IT * (1 - {v} ** 2)",
    "IT * {v} * (1 - {v})",
    "IT * ({v} > 0)",
)
SCALARS = (
    "IT / {v}",
    "IT / {np}.sqrt({v})",
    "IT * {np}.sqrt({v})",
    "IT / {v} ** 2",
    "IT * (1 - {v})",
)
ARRAYS = (
    "IT / {v}",
    "IT * 2 * {v}",
    "IT / {v} ** 2",
    "IT / len({v})",
    "IT / {v}.size",
    "IT * len({v})",
)
INVERSES = ("inv", "pinv", "cholesky")
PLAIN = ("2 * IT", "IT / 2", "-IT", "IT / {np}.log(2)", "IT / {np}.log(10)")
AROUND = (
    "{np}.sign(IT)",
    "0.5 * IT",
    "2 * IT",
    "-IT",
    "IT[::-1]",
    "{np}.exp(IT)",
    "{np}.tanh(IT)",
    "{np}.sqrt(IT)",
    "1 - IT",
    "1 / IT",
    "(IT - IT.mean())",
    "(IT - IT.mean(axis=0))",
)


def factors(spot: Spot, scope: Scope, known: dict[str, ast.expr]) -> Iterator[Edit]:
    """A factor or a term more, in what is assigned or returned, in a term or a product of it."""
    node = spot.node
    if not isinstance(node, ast.expr) or not _is_result(spot):
        return
    written = [name for name in known if name != text(node)][:MOST]
    yield from (edit(spot, _filled(form.format(v=name), node)) for form in FACTORS for name in written)


def multiples(spot: Spot, scope: Scope, known: dict[str, ast.expr], numbers: Sequence[str]) -> Iterator[Edit]:
    """A number as a factor, a quotient, a power or a root of a name; `numbers` are those of the function."""
    node, numpy = spot.node, scope.numpy()
    if not isinstance(node, ast.expr) or not _is_result(spot) or numpy is None:
        return
    sources = [source.format(np=numpy) for source in PLAIN]
    sources += [f"IT * {number}" for number in numbers]
    for written, other in [*known.items()][:MOST]:
        if written != text(node):
            forms = ARRAYS if scope.shape(other) else SCALARS
            sources += [form.format(v=written, np=numpy) for form in forms]
    yield from (edit(spot, _filled(source, node)) for source in sources)


def turned(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """`A + A.T` for `2 * A`, and the transpose of an inverse."""
    node = spot.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and text(node.left) in ("2", "2.0"):
        shape = scope.shape(node.right)
        if shape is not None and len(shape) == 2 and shape[0] == shape[1]:
            yield edit(spot, _filled("IT + IT.T", node.right))
    if isinstance(node, ast.Call) and text(node.func).rpartition(".")[2] in INVERSES:
        yield edit(spot, ast.Attribute(node, "T", ast.Load()), kind="transposed")


def squared(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """A divisor's square: what the derivative of a quotient divides by."""
    node = spot.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        right = Spot(node.right, node, "right", None, spot.statement, spot.looped)
        yield edit(right, ast.BinOp(node.right, ast.Pow(), ast.Constant(2)), node)


def wrapped(spot: Spot, scope: Scope) -> Iterator[Edit]:
    """A function of a name, or a multiple of it."""
    node, numpy = spot.node, scope.numpy()
    if numpy is None or not isinstance(node, REFERENCES) or not isinstance(node.ctx, ast.Load):
        return
    if not scope.shape(node) or isinstance(spot.parent, ast.Attribute):
        return
    larger = spot.parent if isinstance(spot.parent, (ast.BinOp, ast.Call)) else None
    yield from (edit(spot, _filled(form.format(np=numpy), node), larger) for form in AROUND)


def _filled(source: str, node: ast.expr) -> ast.expr:
    found = _Fill(node).visit(unplaced(source))
    assert isinstance(found, ast.expr)
    return found


class _Fill(ast.NodeTransformer):
    """A node in the place of IT."""

    def __init__(self, node: ast.expr) -> None:
        self.node = node

    def visit_Name(self, name: ast.Name) -> ast.expr:
        """The node, or the name as it is."""
        return self.node if name.id == IT else name


def _is_result(spot: Spot) -> bool:
    """Whether it is what is assigned or returned, a term of that, or a part of a product of matrices."""
    parent, node = spot.parent, spot.node
    if isinstance(node, ast.Tuple):
        return False
    if isinstance(parent, ast.BinOp):
        term = isinstance(parent.op, (ast.Add, ast.Sub)) and isinstance(node, (ast.BinOp, ast.Call, ast.Name))
        return term or (isinstance(parent.op, ast.MatMult) and isinstance(node, ast.BinOp))
    if isinstance(parent, (ast.Assign, ast.AugAssign, ast.Return, ast.Lambda)):
        return spot.field in ("value", "body")
    if isinstance(parent, ast.Dict):
        return spot.field == "values"
    if isinstance(parent, ast.Call):
        return (
            spot.field == "args"
            and isinstance(node, ast.BinOp)
            and text(parent.func).endswith(("dot", "outer"))
        )
    return isinstance(parent, ast.Tuple) and isinstance(spot.statement, (ast.Return, ast.Assign, type(None)))
