"""An error between an analytic and a numeric gradient that a program prints, and leaves to the reader.

`print("relative error:", rel_error(grad, numeric))`, `print(f"{abs(g - n) / max(abs(g), abs(n)):e}")`, or the
same by way of names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from stabcheck.dynamic.watch.comparison import Comparison, called_name
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
    seen: set[str] = set()
    waiting = [(argument, statement.lineno, False) for argument in statement.value.args]
    while waiting:
        node, line, measured = waiting.pop()
        name = dotted(node)
        if name is not None:
            binding = scope.source.last_value(name, line)
            if name not in seen and binding is not None and binding.kind == "value":
                waiting.append((binding.value, binding.statement.lineno, measured))
            seen.add(name)
            continue
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and measured:
            yield Comparison(BY, node.left, node.right, None, statement.lineno)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.Pow)):
            measured = True
        elif isinstance(node, ast.Call):
            called = called_name(node)
            if len(node.args) == 2 and _ERROR.search(called):
                yield Comparison(called, node.args[0], node.args[1], None, statement.lineno)
            measured = measured or bool(_MEASURES.search(called))
        waiting.extend((n, line, measured) for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr))
