"""Fixes: the text that a pattern's replacement is at the place where it matched.

Only the matched expression is rewritten. Operands keep their own text, comments and formatting; operations
are spelt in the library that the expression uses already, under the names that the file has for it. Whatever
is not sure to mean the same makes no fix: an operand without a name here, a comment that would be lost, a
library that lacks the operation.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass

from stabcheck.ops import OPERATIONS
from stabcheck.ops.calls import render_call
from stabcheck.ops.symbols import BINARY, COMPARISONS, expression_precedence
from stabcheck.static.finding import Edit, Fix
from stabcheck.static.graph import Constant, Reference, Span, Value, scalar, walk
from stabcheck.static.guard import Knowledge
from stabcheck.static.match import Match, Rest
from stabcheck.static.module import Module
from stabcheck.static.normal import is_written
from stabcheck.static.pattern import CONSTANTS, compile_replacement, metavariable
from stabcheck.static.source_text import Text, libraries_in, without_comments, written

_OPPOSITE = {"add": "subtract", "subtract": "add"}
_NEGATIVE = re.compile(r"-\d[\d.e+]*")

# What a file imports when a library's function is out of reach of the imports that it has.
_MODULES = {"jax": "jax", "torch": "torch", "keras": "keras"}


@dataclass(frozen=True, slots=True)
class Replacement:
    """The new expression and the modules that the file must import for it."""

    text: str
    imports: tuple[str, ...] = ()


class _NoFix(Exception):
    """The replacement can't be written here."""


def fix(match: Match, module: Module, facts: Knowledge, text: Text) -> Fix | None:
    """The edits that put a pattern's replacement in place of what it matched; None if there are none."""
    safety = match.pattern.fix or match.card.fix
    if match.pattern.replace is None or safety is None or match.reshaped:
        return None
    try:
        made = _Writer(match, module, facts, text).replacement()
    except (_NoFix, SyntaxError, RecursionError):
        return None
    old = text[match.value.span]
    if _inside_f_string(module.tree, match.value.span) or not _keeps_comments(old, made.text):
        return None
    edit = _edit(match.value.span, made.text, old, text)
    edits = [_import(module.tree, name) for name in made.imports]
    reason = match.pattern.reason if safety == "unsafe" else None
    return Fix(safety, (*edits, edit), _in_one_line(made.text), reason)


def suggestion(match: Match, module: Module, facts: Knowledge, text: Text) -> str | None:
    """The replacement as advice, where it can be written but not put in place."""
    if match.pattern.replace is None:
        return None
    try:
        made = _Writer(match, module, facts, text).replacement()
    except (_NoFix, SyntaxError, RecursionError):
        return None
    return _in_one_line(made.text)


def _in_one_line(piece: str) -> str:
    return " ".join(without_comments(piece).split())


class _Writer:
    """Writes the replacement of one match."""

    def __init__(self, match: Match, module: Module, facts: Knowledge, text: Text) -> None:
        self.match = match
        self.module = module
        self.facts = facts
        self.text = text
        self.root = match.value.span
        inside = [node for node in walk(match.value) if id(node) in match.inside]
        own = facts.library(match.value)
        self.libraries = libraries_in(inside) or ([own] if own else [])
        self.imported: list[str] = []
        assert match.pattern.replace is not None
        self.tree = compile_replacement(match.pattern.replace, match.compiled.names)

    def replacement(self) -> Replacement:
        new = self._beside(self.write(self.tree), self.match.rest)
        ast.parse(f"({new}\n)", mode="eval")
        return Replacement(new, tuple(self.imported))

    def write(self, node: ast.expr) -> str:
        variable = metavariable(node)
        if variable is not None:
            return self._bound(variable[0])
        match node:
            case ast.Constant(value=value):
                return repr(value)
            case ast.Name(id=name):
                return repr(CONSTANTS[name])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._operator("negative", [operand])
            case ast.UnaryOp(operand=operand):
                return self.write(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return self._operator(BINARY[type(op)], [left, right])
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._operator(COMPARISONS[type(op)], [left, right])
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
                return self._call(name, arguments, keywords)
            case _:
                raise _NoFix

    def _operator(self, operation: str, operands: list[ast.expr]) -> str:
        texts = [self.write(operand) for operand in operands]
        if operation in _OPPOSITE and _NEGATIVE.fullmatch(texts[1]):  # x + -1 is written x - 1
            operation, texts[1] = _OPPOSITE[operation], texts[1][1:]
        return _infix(operation, *texts)

    def _call(self, name: str, arguments: list[ast.expr], keywords: list[ast.keyword]) -> str:
        operands = [self.write(argument) for argument in arguments]
        attributes: dict[str, str] = {}
        for keyword in keywords:
            assert keyword.arg is not None
            given = self._attribute(name, keyword.arg, keyword.value)
            if given is not None:
                attributes[keyword.arg] = given
        for library in self.libraries:
            made = self._spelt(name, library, operands, attributes)
            if made is not None:
                return made
        raise _NoFix

    def _spelt(self, name: str, library: str, operands: list[str], attributes: dict[str, str]) -> str | None:
        imports = self._visible()
        for column in (library, "scipy") if library in ("numpy", "math") else (library,):
            made = render_call(name, column, imports, operands, attributes)
            if made is not None:
                return made
        module = _MODULES.get(library)
        if module is None or module in self.module.imports or _binds(self.module.tree, module):
            return None
        made = render_call(name, library, {**imports, module: module}, operands, attributes)
        if made is not None and module not in self.imported:
            self.imported.append(module)
        return made

    def _visible(self) -> Mapping[str, str]:
        """The imports whose names still mean that module here: no local value is called like them."""
        return {
            name: module
            for name, module in self.module.imports.items()
            if isinstance(self.match.site.bindings.get(name), Reference | None)
        }

    def _attribute(self, operation: str, attribute: str, node: ast.expr) -> str | None:
        """The text of an attribute; None where it may be left out.

        One that the code does not give is left out only if that means the same in the new operation.
        """
        variable = metavariable(node)
        if variable is None:
            return self.write(node)
        value = self.match.bindings.get(variable[0])
        if value is None:
            return None
        if is_written(value):
            return self._bound(variable[0])
        default = OPERATIONS[operation].defaults.get(attribute)
        absent = value.value if isinstance(value, Constant) else None
        if absent == default:
            return None
        if attribute == "axis" and absent is None and self._one_dimensional():
            return None
        raise _NoFix

    def _one_dimensional(self) -> bool:
        shapes = [self.facts.shape(value) for value in self.match.bindings.values() if is_written(value)]
        return bool(shapes) and all(shape is not None and len(shape) <= 1 for shape in shapes)

    def _bound(self, name: str) -> str:
        value = self.match.bindings.get(name)
        made = None if value is None else self._operand(value)
        if made is None:
            raise _NoFix
        return made

    def _operand(self, value: Value) -> str | None:
        return written(value, self.root, self.match.site, self.text)

    def _beside(self, new: str, rest: Rest) -> str:
        """`new` among the factors that the matched part of a product stood beside."""
        below = [value for value, power in rest.factors if power == -1]
        above = [value for value, power in rest.factors if power == 1]
        if len(below) + len(above) != len(rest.factors):
            raise _NoFix
        coefficient = rest.coefficient
        texts = [self._operand(value) for value in above]
        if abs(coefficient) != 1 and abs(1 / coefficient) != abs(round(1 / coefficient)):
            texts.insert(0, repr(scalar(Constant(self.root, _plain(abs(coefficient))))))
        product = ""
        for piece in [*texts, new]:
            if piece is None:
                raise _NoFix
            product = _infix("multiply", product, piece) if product else piece
        if abs(coefficient) != 1 and abs(1 / coefficient) == abs(round(1 / coefficient)):
            product = _infix("divide", product, str(round(abs(1 / coefficient))))
        for value in below:
            divisor = self._operand(value)
            if divisor is None:
                raise _NoFix
            product = _infix("divide", product, divisor)
        return _infix("negative", product) if coefficient < 0 else product


def _plain(x: float) -> float | int:
    return int(x) if x.is_integer() else x


def _infix(operation: str, *operands: str) -> str:
    made = render_call(operation, "python", {}, [_one_line(operand) for operand in operands])
    if made is None:
        raise _NoFix
    return made


def _one_line(piece: str) -> str:
    """An operand of an operator that spans lines is put in parentheses, unless it has its own."""
    if "\n" not in piece:
        return piece
    try:
        ast.parse(piece, mode="eval")
    except SyntaxError:
        return f"({piece})"
    return piece


def _edit(span: Span, new: str, old: str, text: Text) -> Edit:
    """The edit, with the parentheses that the new expression needs and without those it needs no longer."""
    inner = _rank(new)
    if _one_line(new) != new or inner < _rank(old):
        new = f"({new})"
    before, behind = text.around(span)
    opening = before.rstrip()[:-1].rstrip()[-1:] if before.endswith("(") else ""
    called = opening.isalnum() or opening in ("_", ")", "]", '"', "'")
    if (
        before.endswith("(")
        and behind.startswith(")")
        and not called
        and inner >= _ATOM
        and before[:-1].strip()
    ):
        span = Span(span.line, span.column - 1, span.end_line, span.end_column + 1)
    return Edit(span, new)


_ATOM = expression_precedence("x")


def _rank(piece: str) -> int:
    return expression_precedence(f"({piece})" if _one_line(piece) != piece else piece)


def _keeps_comments(old: str, new: str) -> bool:
    if "#" not in old:
        return True
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({old}\n)").readline))
    except (tokenize.TokenError, SyntaxError):
        return False
    return all(token.string in new for token in tokens if token.type == tokenize.COMMENT)


def _inside_f_string(tree: ast.Module, span: Span) -> bool:
    """Whether the span lies in an f-string, where quotes and columns are not what they seem."""
    return any(
        node.lineno <= span.line and span.end_line <= (node.end_lineno or node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
    )


def _binds(tree: ast.Module, name: str) -> bool:
    """Whether the module uses `name` for something of its own."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=found) | ast.arg(arg=found) if found == name:
                return True
            case ast.FunctionDef(name=found) | ast.ClassDef(name=found) if found == name:
                return True
    return False


def _import(tree: ast.Module, module: str) -> Edit:
    """An import in front of the file's first one: behind the docstring and the `__future__` imports."""
    body = tree.body
    first = 0
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        first = 1 if isinstance(body[0].value.value, str) else 0
    while first < len(body):
        node = body[first]
        if not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            break
        first += 1
    if first == len(body):
        line = (body[-1].end_lineno or 0) + 1 if body else 1
        return Edit(Span(line, 1, line, 1), f"import {module}\n")
    node = body[first]
    decorators = getattr(node, "decorator_list", [])
    line = min([node.lineno, *(each.lineno for each in decorators)])
    blank = "" if isinstance(node, ast.Import | ast.ImportFrom) else "\n"
    return Edit(Span(line, 1, line, 1), f"import {module}\n{blank}")
