"""Patterns and replacements as nodes of the value graph, so that they can be evaluated."""

from __future__ import annotations

import ast

from stabcheck.ops import OPERATIONS
from stabcheck.ops.symbols import BINARY, COMPARISONS
from stabcheck.static.formula import Unmeasurable
from stabcheck.static.graph import Apply, Constant, Symbol, Value
from stabcheck.static.normal import UNWRITTEN
from stabcheck.static.pattern import CONSTANTS, metavariable


def value_of(template: ast.expr) -> Value:
    """A pattern or replacement as a node of the value graph, its metavariables as symbols."""
    variable = metavariable(template)
    if variable is not None:
        return Symbol(UNWRITTEN, variable[0], ("", variable[0], 0), "parameter")
    match template:
        case ast.Constant(value=value):
            return Constant(UNWRITTEN, value)
        case ast.Name(id=name):
            return Constant(UNWRITTEN, CONSTANTS[name])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Apply(UNWRITTEN, "negative", (value_of(operand),))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return value_of(operand)
        case ast.BinOp(left=left, op=op, right=right):
            return Apply(UNWRITTEN, BINARY[type(op)], (value_of(left), value_of(right)))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return Apply(UNWRITTEN, COMPARISONS[type(op)], (value_of(left), value_of(right)))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            row = OPERATIONS[name]
            given = {each.arg: each.value for each in keywords if each.arg is not None}
            literal = {
                key: value_of(each)
                for key, each in given.items()
                if key in row.parameters and metavariable(each) is None
            }
            return Apply(UNWRITTEN, name, tuple(value_of(each) for each in arguments), literal)
        case _:
            raise Unmeasurable(ast.unparse(template))
