"""Fixes: what a pattern's replacement is at the place where it matched.

Operations are spelt in the library that the expression uses already, under the names that the file has for
it. Whatever is not sure to mean the same makes no fix: an operand without a name here, a library that lacks
the operation. How the replacement then stands in the file, with the formatting and the comments of its
operands, is for `stabcheck.static.plain_statement` and `stabcheck.static.concrete`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from stabcheck.ops import OPERATIONS
from stabcheck.ops.calls import render_call
from stabcheck.ops.symbols import BINARY, COMPARISONS
from stabcheck.static.finding import Fix
from stabcheck.static.graph import Constant, Reference, Span, Value, scalar
from stabcheck.static.graph import operands as operands_of
from stabcheck.static.guard import Knowledge
from stabcheck.static.imports import import_of, is_free
from stabcheck.static.lower.scope import Bindings
from stabcheck.static.match import Match, Rest
from stabcheck.static.module import Module
from stabcheck.static.normal import is_written
from stabcheck.static.pattern import CONSTANTS, compile_replacement, metavariable
from stabcheck.static.source_text import Text, libraries_in, without_comments, written

_FARTHEST = 2000  # nodes looked at for those that a pattern matched

_OPPOSITE = {"add": "subtract", "subtract": "add"}
_NEGATIVE = re.compile(r"-\d[\d.e+]*")

# PyTorch's methods that work in place end in one underscore.
_CHANGING = re.compile(r"\.[a-z]\w*[a-z0-9]_\(")

# Operands that are written as they are: a number, a name with or without dots, a short string.
_PLAIN = re.compile(r"""-?[\w.]+|-?\d[\d.]*e[-+]\d+|"[\w ]*"|'[\w ]*'""")

# What a file imports when a library's function is out of reach of the imports that it has.
_MODULES = {"jax": "jax", "torch": "torch", "keras": "keras"}


@dataclass(frozen=True, slots=True)
class Replacement:
    """A new expression: its text, where its operands stand that are names in it, modules that it needs."""

    text: str
    operands: Mapping[str, Span]
    imports: tuple[str, ...] = ()


def _matched(match: Match) -> list[Value]:
    """The nodes that the pattern matched, without walking all that their operands are computed from."""
    wanted, seen = len(match.inside), {id(match.value)}
    found: list[Value] = []
    reached: list[Value] = [match.value]
    for node in reached:  # in breadth: they are near the root
        if id(node) in match.inside:
            found.append(node)
        if len(found) == wanted or len(reached) > _FARTHEST:
            break
        fresh = {id(each): each for each in operands_of(node) if id(each) not in seen}
        seen.update(fresh)
        reached.extend(fresh.values())
    return found


class _NoFix(Exception):
    """The replacement can't be written here."""


def fix(match: Match, module: Module, facts: Knowledge, text: Text) -> Fix | None:
    """The edits that put a pattern's replacement in place of what it matched; None if there are none."""
    safety = match.pattern.fix or match.card.fix
    if match.pattern.replace is None or safety is None or match.reshaped or _in_place(match, text):
        return None
    try:
        made = _Moving(match, module, facts, text).replacement()
    except (_NoFix, SyntaxError, RecursionError):
        return None
    from stabcheck.static.plain_statement import rewrite  # noqa: PLC0415 - needed where something is found

    new = rewrite(module.tree, text, match.value.span, made.text, made.operands)
    if new is None:
        return None
    imports = [import_of(name, module.tree, text) for name in made.imports]
    inserted = [each for each in imports if each is not None]
    if len(inserted) < len(imports):
        return None
    reason = match.pattern.reason if safety == "unsafe" else None
    return Fix(safety, (*inserted, new.edit), new.expression, reason)


def _in_place(match: Match, text: Text) -> bool:
    """Whether the expression changes arrays as it goes, `x.exp_().sub_(1)`: later reads see it, too."""
    return bool(_CHANGING.search(text[match.value.span]))


def suggestion(match: Match, module: Module, facts: Knowledge, text: Text) -> str | None:
    """The replacement as advice, where it can be written but not put in place."""
    if match.pattern.replace is None or match.reshaped or _in_place(match, text):
        return None
    try:
        return _Writer(match, module, facts, text).replacement().text
    except (_NoFix, SyntaxError, RecursionError):
        return None


class _Given(ast.NodeTransformer):
    """Puts what is given for the parameters of an operation in their places."""

    def __init__(self, given: Mapping[str, ast.expr]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.given.get(node.id, node)


class _Writer:
    """Writes the replacement of one match."""

    def __init__(self, match: Match, module: Module, facts: Knowledge, text: Text) -> None:
        self.match = match
        self.module = module
        self.facts = facts
        self.text = text
        self.root = match.value.span
        inside = _matched(match)
        own = facts.library(match.value)
        self.libraries = libraries_in(inside) or ([own] if own else [])
        self.imported: list[str] = []
        assert match.pattern.replace is not None
        self.tree = compile_replacement(match.pattern.replace, match.compiled.names)

    def replacement(self) -> Replacement:
        """The new expression with the text of its operands, in one line.

        Raises
        ------
        _NoFix, SyntaxError
            if it can't be written.
        """
        new = self._beside(self.write(self.tree), self.match.rest)
        ast.parse(new, mode="eval")
        return Replacement(new, {}, tuple(self.imported))

    def inside(self, span: Span) -> str | None:
        """What is written for an operand that stands in the matched expression."""
        return " ".join(without_comments(self.text[span]).split())

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
        if operation == "negative":
            return _negative(texts[0])
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
        composed = OPERATIONS[name].composed
        if composed is None or attributes:
            raise _NoFix
        operand = dict(zip(OPERATIONS[name].parameters, arguments, strict=False))
        return self.write(_Given(operand).visit(ast.parse(composed, mode="eval").body))

    def _spelt(self, name: str, library: str, operands: list[str], attributes: dict[str, str]) -> str | None:
        imports = self._visible()
        for column in (library, "scipy") if library in ("numpy", "math") else (library,):
            made = render_call(name, column, imports, operands, attributes)
            if made is not None:
                return made
        module = _MODULES.get(library)
        if module is None or module in self.module.imports or not is_free(module, self.text.whole):
            return None
        made = render_call(name, library, {**imports, module: module}, operands, attributes)
        if made is not None and module not in self.imported:
            self.imported.append(module)
        return made

    def _visible(self) -> Mapping[str, str]:
        """The imports whose names mean that module here, not in another function, nor a local value."""
        imports, bindings = self.module.imports, self.match.site.bindings
        # Where each function imports for itself, only a few of all names are bound here.
        names = bindings.among(imports.keys()) if isinstance(bindings, Bindings) else imports.keys()
        return {name: imports[name] for name in names if isinstance(bindings.get(name), Reference)}

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
        return written(value, self.root, self.match.site, self.text, self.inside)

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


class _Moving(_Writer):
    """Writes a replacement to which the operands are moved as they stand: names mark their places."""

    def __init__(self, match: Match, module: Module, facts: Knowledge, text: Text) -> None:
        super().__init__(match, module, facts, text)
        self.moved: dict[str, Span] = {}

    def replacement(self) -> Replacement:
        """The new expression with names for its operands."""
        made = super().replacement()
        return Replacement(made.text, self.moved, made.imports)

    def inside(self, span: Span) -> str | None:
        """A name for the operand, or its text if there is nothing to it but that."""
        piece = self.text[span]
        if _PLAIN.fullmatch(piece):
            return piece
        name = f"_operand_{len(self.moved)}"
        self.moved[name] = span
        return name


def _negative(text: str) -> str:
    """-(x) of x, x of -(x), 2 * x of -2 * x."""
    first = whole = ast.parse(text, mode="eval").body
    while isinstance(first, ast.BinOp) and isinstance(first.op, ast.Mult | ast.Div):
        first = first.left
    if not (isinstance(first, ast.UnaryOp) and isinstance(first.op, ast.USub) and text.startswith("-")):
        return _infix("negative", text)
    return (first is whole and ast.get_source_segment(text, first.operand)) or text[1:].lstrip()


def _plain(x: float) -> float | int:
    return int(x) if x.is_integer() else x


def _infix(operation: str, *operands: str) -> str:
    made = render_call(operation, "python", {}, operands)
    if made is None:
        raise _NoFix
    return made
