"""The frame: one scope being lowered, and the dispatch to the handlers of each kind of syntax."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeVar

from stabcheck.static.graph import Apply, Constant, Opaque, Place, Reference, Site, Symbol, Value, strip
from stabcheck.static.lower.local import ClassDefinition
from stabcheck.static.lower.scope import Bindings, Scope
from stabcheck.static.lower.unit import Unit
from stabcheck.static.names import BUILTINS, spellings

_NAME, _CONSTANT = ast.Name, ast.Constant
_NO_SITES = frozenset({_NAME, _CONSTANT})  # expressions that compute nothing
_DEEPEST = 120  # nested expressions; what is deeper becomes opaque, well before Python's own limit

ExpressionHandler = Callable[["Frame", Any], Value]
StatementHandler = Callable[["Frame", Any], bool]

EXPRESSIONS: dict[type[ast.expr], ExpressionHandler] = {}
STATEMENTS: dict[type[ast.stmt], StatementHandler] = {}

_E = TypeVar("_E", bound=ExpressionHandler)
_S = TypeVar("_S", bound=StatementHandler)


def expression(*kinds: type[ast.expr]) -> Callable[[_E], _E]:
    """Register the handler of some kinds of expression."""

    def register(handler: _E) -> _E:
        for kind in kinds:
            EXPRESSIONS[kind] = handler
        return handler

    return register


def statement(*kinds: type[ast.stmt]) -> Callable[[_S], _S]:
    """Register the handler of some kinds of statement; it says whether what follows can be reached."""

    def register(handler: _S) -> _S:
        for kind in kinds:
            STATEMENTS[kind] = handler
        return handler

    return register


class Frame:
    """A function, class body or module while its statements are lowered in order."""

    __slots__ = (
        "bindings",
        "function",
        "is_generator",
        "jumps",
        "no_gradient",
        "owner",
        "receiver",
        "returns",
        "scope",
        "unit",
    )

    def __init__(
        self,
        unit: Unit,
        scope: Scope,
        function: str,
        *,
        owner: ClassDefinition | None = None,
        receiver: str | None = None,
        no_gradient: bool = False,
    ) -> None:
        self.unit = unit
        self.scope = scope
        self.bindings = Bindings(scope)  # of the latest site; the same for all until a name changes
        self.function = function
        self.owner = owner
        self.receiver = receiver  # the name of the first parameter of a method
        self.no_gradient = no_gradient
        self.returns: list[Value] = []
        self.is_generator = False
        self.jumps = False  # a break or continue was met in the innermost loop

    def value(self, node: ast.expr) -> Value:
        """The graph node of an expression."""
        kind = node.__class__
        if kind is _NAME:  # as nearly every other node is, or a literal
            name: str = node.id  # type: ignore[attr-defined]
            return self.scope.names.get(name) or self.lookup(name, self.unit.place(node))
        unit = self.unit
        if kind is _CONSTANT:
            return Constant(unit.place(node), node.value)  # type: ignore[attr-defined]
        handler = EXPRESSIONS.get(kind)
        if handler is None or unit.depth >= _DEEPEST:
            return Opaque(unit.place(node))
        unit.depth += 1
        try:
            return handler(self, node)
        finally:
            unit.depth -= 1

    def site(self, node: ast.expr) -> Value:
        """Lower an expression of a statement and note it as a place where matching starts."""
        value = self.value(node)
        if node.__class__ not in _NO_SITES:
            self.record(value, node)
        return value

    def record(self, value: Value, node: ast.expr | ast.AugAssign) -> None:
        """Note `value`, which `node` computes, as a place where matching starts."""
        if self.bindings.clock != self.scope.clock:
            self.bindings = Bindings(self.scope)
        site = Site(value, self.function, self.bindings, self.no_gradient)
        self.unit.sites.append(((node.lineno, node.col_offset), site))

    def block(self, body: list[ast.stmt]) -> bool:
        """Lower statements in order; whether their end can be reached."""
        for node in body:
            handler = STATEMENTS.get(type(node))
            if handler is not None and not handler(self, node):
                return False
        return True

    def lookup(self, name: str, place: Place) -> Value:
        """The value of a name: a binding, an import, a builtin, else an unknown global."""
        value = self.scope.find(name)
        if value is not None:
            return value
        for module in self.unit.stars:
            if spellings(f"{module}.{name}"):
                return reference(f"{module}.{name}", place)
        if name in BUILTINS:
            return reference(f"builtins.{name}", place)
        return Symbol(place, name, ("", name, 0), "global")


def is_receiver(frame: Frame, value: Value) -> bool:
    """Whether `value` is the `self` of the method that is being lowered."""
    inner = strip(value)
    return (
        frame.owner is not None
        and isinstance(inner, Symbol)
        and inner.kind == "parameter"
        and inner.name == frame.receiver
    )


def reference(qualified: str, place: Place) -> Reference:
    """A qualified name as a value."""
    return Reference(place, qualified, ("", qualified, 0), "global")


def constant(value: object, place: Place) -> Constant:
    """A literal."""
    return Constant(place, value)


def apply(op: str, place: Place, *operands: Value, library: str = "python", **attributes: Value) -> Apply:
    """An operation that lowering itself knows to be meant."""
    return Apply(place, op, operands, attributes, library)
