"""An error between an analytic and a numeric gradient that a program prints, and leaves to the reader.

`print("relative error:", rel_error(grad, numeric))`, `print(f"{abs(g - n) / max(abs(g), abs(n)):e}")`, or the
same by way of names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from stabcheck.dynamic.watch.comparison import Comparison, behind, called_name
from stabcheck.dynamic.watch.scope import Scope
from stabcheck.dynamic.watch.source import dotted

BY = "printed error"
_ERROR = re.compile(r"err|diff|rel|dist|mse|compare", re.IGNORECASE)
_MEASURES = re.compile(r"abs|norm|max|mean|sum|square|median|average", re.IGNORECASE)


def printed_errors(statement: ast.stmt, scope: Scope) -> Iterator[Comparison]:
    """The differences behind the numbers that a `print` shows, where these are the size of a difference.

    A difference that is not measured (an update, `w - step`) is none. Nothing is known of what the reader
    tolerates.
    """
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return
    if dotted(statement.value.func) != "print":
        return
    for node, measured in behind(statement.value.args, statement.lineno, scope, _measures):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and measured:
            yield Comparison(BY, node.left, node.right, None, statement.lineno)
        elif isinstance(node, ast.Call) and len(node.args) == 2 and _ERROR.search(called_name(node)):
            yield Comparison(called_name(node), node.args[0], node.args[1], None, statement.lineno)


def _measures(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Div | ast.Pow)
    return isinstance(node, ast.Call) and _MEASURES.search(called_name(node)) is not None
