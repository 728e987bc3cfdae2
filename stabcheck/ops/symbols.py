"""Python's operators: which operation each is, and how tightly it binds."""

from __future__ import annotations

import ast
from collections.abc import Mapping

BINARY: Mapping[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
    ast.Pow: "power",
    ast.MatMult: "matmul",
    ast.BitAnd: "logical_and",
    ast.BitOr: "logical_or",
    ast.BitXor: "logical_xor",
}

COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
}

SYMBOLS: Mapping[str, str] = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "floor_divide": "//",
    "remainder": "%",
    "power": "**",
    "matmul": "@",
    "negative": "-",
    "logical_and": "&",
    "logical_or": "|",
    "logical_xor": "^",
    "logical_not": "~",
    "equal": "==",
    "not_equal": "!=",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
}

# Python's grammar, loosest first: comparison, |, ^, &, shift, + −, * / // % @, unary, **, await and atoms.
PRECEDENCE: Mapping[str, int] = {
    **dict.fromkeys(COMPARISONS.values(), 3),
    "logical_or": 4,
    "logical_xor": 5,
    "logical_and": 6,
    **dict.fromkeys(("add", "subtract"), 8),
    **dict.fromkeys(("multiply", "divide", "floor_divide", "remainder", "matmul"), 9),
    **dict.fromkeys(("negative", "logical_not"), 10),
    "power": 11,
}

_ATOM = 13


def expression_precedence(text: str) -> int:
    """How tightly the outermost operator of an expression binds, in the numbers of `PRECEDENCE`; atoms most.

    Raises
    ------
    SyntaxError
        if `text` is not one expression.
    """
    match ast.parse(text.strip(), mode="eval").body:
        case ast.BinOp(op=ast.LShift() | ast.RShift()):
            return 7
        case ast.BinOp(op=operator):
            return PRECEDENCE[BINARY[type(operator)]]
        case ast.UnaryOp(op=ast.Not()):
            return 2
        case ast.UnaryOp():
            return PRECEDENCE["negative"]
        case ast.Compare():
            return PRECEDENCE["equal"]
        case ast.BoolOp(op=ast.And()):
            return 1
        case ast.BoolOp() | ast.IfExp() | ast.Lambda() | ast.NamedExpr() | ast.Starred() | ast.Yield():
            return 0
        case ast.Tuple() if not text.strip().startswith("("):
            return 0
        case ast.GeneratorExp():
            return _ATOM
        case ast.Await():
            return 12
        case _:
            return _ATOM
