"""10e-7, typed as a tolerance, a step or an epsilon."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain

from stabcheck.static.card import Card
from stabcheck.static.detectors._syntax import syntax
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.lower.positions import Positions
from stabcheck.static.module import Module
from stabcheck.static.source_text import text_of

_TYPED = re.compile(r"10(?:\.0*)?[eE]-0*(\d+)")
_ROLE = re.compile(
    r"(?:^|_)(?:eps|epsilon|tol|tolerance|atol|rtol|delta|threshold|thresh|step|h|precision)(?:$|_|\d)", re.I
)
_STEP = re.compile(r"(?:^|_)(?:eps|epsilon|delta|step|h)(?:$|_|\d)", re.I)
# A tolerance is one of a check; what is called so elsewhere only has to be small.
_CHECKS = re.compile(
    r"grad(?:ient)?s?_?check|check_?grad|numeric(?:al)?_?(?:grad|diff|deriv)|finite_?diff", re.I
)
_RELATIVE = re.compile(r"rel(?:ative)?_?err", re.I)  # of an iteration, too
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_PLACES: tuple[type[ast.AST], ...] = (ast.Compare, ast.keyword, ast.Assign, ast.AnnAssign, ast.arguments)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Literals in a comparison, an argument or an assignment of such a name."""
    if not _TYPED.search(module.text):
        return
    positions, text = Positions(module.text), text_of(module)
    checks = _CHECKS.search(module.text) or ("grad" in module.text and _RELATIVE.search(module.text))
    role = _ROLE if checks else _STEP
    for node in _in_role(module, role):
        typed = _TYPED.fullmatch(text[positions.span(node)])
        if typed is not None:
            exponent = int(typed[1])
            yield Hit(
                positions.span(node),
                message=f"10e-{exponent} is 1e-{exponent - 1}: ten times what was probably meant",
            )


def _in_role(module: Module, role: re.Pattern[str]) -> Iterator[ast.Constant]:
    """The numbers that stand for a tolerance or a step."""
    for node in chain.from_iterable(syntax(module, kind) for kind in _PLACES):
        match node:
            case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(op, _ORDER):
                yield from (each for each in (left, right) if isinstance(each, ast.Constant))
            case ast.keyword(arg=str(name), value=ast.Constant() as value) if role.search(name):
                yield value
            case ast.Assign(targets=[target], value=ast.Constant() as value) if role.search(_name(target)):
                yield value
            case ast.AnnAssign(target=target, value=ast.Constant() as value) if role.search(_name(target)):
                yield value
            case ast.arguments():
                yield from _defaults(node, role)


def _defaults(arguments: ast.arguments, role: re.Pattern[str]) -> Iterator[ast.Constant]:
    positional = [*arguments.posonlyargs, *arguments.args]
    given = [*zip(positional[::-1], arguments.defaults[::-1], strict=False)]
    given += [
        (each, default)
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default
    ]
    for parameter, default in given:
        if isinstance(default, ast.Constant) and role.search(parameter.arg):
            yield default


def _name(target: ast.expr) -> str:
    return (
        target.id
        if isinstance(target, ast.Name)
        else target.attr
        if isinstance(target, ast.Attribute)
        else ""
    )
