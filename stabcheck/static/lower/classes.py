"""Classes: their methods, and what these store on self for each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stabcheck.ops import Interval
from stabcheck.ops.interval import NON_NEGATIVE, POSITIVE, REAL, UNIT
from stabcheck.static.graph import Assume, Call, Merge, Place, Reference, Symbol, Value, strip
from stabcheck.static.lower.frame import Frame, statement
from stabcheck.static.lower.functions import demand, is_none
from stabcheck.static.lower.local import ClassDefinition, Definition, LocalClass, lineage
from stabcheck.static.lower.scope import Scope, unassume

_MOST_STORES = 3

# Statements without statements in them, and those of them that store nothing.
_ASSIGNMENTS = frozenset({ast.Assign, ast.AnnAssign, ast.AugAssign})
_SIMPLE = frozenset(
    {ast.Expr, ast.Return, ast.Raise, ast.Pass, ast.Assert, ast.Delete, ast.Import, ast.ImportFrom}
)
_FOLLOWED = frozenset({ast.Assign, ast.AnnAssign})  # statements whose value is what they store

# torch.distributions.constraints by name.
_CONSTRAINTS = {
    "positive": POSITIVE,
    "positive_integer": POSITIVE,
    "nonnegative": NON_NEGATIVE,
    "nonnegative_integer": NON_NEGATIVE,
    "unit_interval": UNIT,
    "simplex": UNIT,
}


@statement(ast.ClassDef)
def _class(frame: Frame, node: ast.ClassDef) -> bool:
    unit = frame.unit
    name = f"{frame.function}.{node.name}" if frame.function else node.name
    bases = tuple(_name(frame.value(base)) for base in node.bases)
    definition = ClassDefinition(name, bases)
    unit.classes[name] = definition
    for method, attribute, followed in stores(node):
        definition.stores.setdefault(attribute, []).append(method if followed else None)
    scope = Scope(name, frame.scope)
    body = Frame(unit, scope, name, owner=definition, no_gradient=frame.no_gradient)
    for decorator in node.decorator_list:
        frame.site(decorator)
    body.block(node.body)
    for each, value in scope.names.items():
        if "." not in each:
            definition.constants[each] = value
    place = unit.place(node)
    frame.scope.bind(node.name, LocalClass(place, name, ("", name, 0), "global", None, None, definition))
    return True


def _name(value: Value) -> str:
    return value.name if isinstance(value, Symbol) else ""


def stores(node: ast.ClassDef) -> Iterator[tuple[str, str, bool]]:
    """Each assignment of an attribute of self.

    The method, the attribute, and whether its value can be followed.
    """
    for method in node.body:
        if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        positional = [*method.args.posonlyargs, *method.args.args]
        if not positional:
            continue
        receiver = positional[0].arg
        stack: list[tuple[ast.stmt, bool]] = [(each, True) for each in method.body]
        while stack:
            each, straight = stack.pop()
            kind = each.__class__
            if kind in _SIMPLE:
                continue
            if isinstance(each, ast.Assign) and [target.__class__ for target in each.targets] == [ast.Name]:
                continue  # as most are
            for target in _targets(each):
                if (
                    isinstance(target, ast.Attribute)
                    and isinstance(target.value, ast.Name)
                    and target.value.id == receiver
                ):
                    yield method.name, target.attr, straight and kind in _FOLLOWED
            if kind in _ASSIGNMENTS:
                continue
            looped = isinstance(each, ast.For | ast.While | ast.AsyncFor)
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                for inner in getattr(each, field, ()):
                    if isinstance(inner, ast.ExceptHandler | ast.match_case):
                        stack.extend((deep, straight) for deep in inner.body)
                    elif isinstance(inner, ast.stmt):
                        stack.append((inner, straight and not looped))


def _targets(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return [
            each
            for target in node.targets
            for each in (target.elts if isinstance(target, ast.Tuple | ast.List) else (target,))
        ]
    if isinstance(node, ast.AnnAssign):
        return [] if node.value is None else [node.target]
    return [node.target] if isinstance(node, ast.AugAssign | ast.For | ast.AsyncFor) else []


def method_of(frame: Frame, owner: ClassDefinition, *names: str) -> Definition | None:
    """The first of these methods that the class has, else one of its bases."""
    for each in lineage(owner, frame.unit.classes):
        for name in names:
            method = each.methods.get(name)
            if method is not None:
                return method
    return None


def attribute_of(frame: Frame, owner: ClassDefinition, name: str) -> Value | None:
    """What `self.name` holds when a method is entered: what the class stores there, else what a base does."""
    holder = _holder(frame, owner, name)
    return None if holder is None else _stored(frame, holder, name)


def _holder(frame: Frame, owner: ClassDefinition, name: str) -> ClassDefinition | None:
    """The class that puts something under this name: the class itself, else the nearest base."""
    for each in lineage(owner, frame.unit.classes):
        if name in each.stores or name in each.constants:
            return each
    return None


def _stored(frame: Frame, owner: ClassDefinition, name: str) -> Value | None:
    """The one value that the methods of a class store as `self.name`.

    Values that several statements store are merged; None where one of them can't be followed, where there are
    too many, or where the method that stores is being lowered right now. A `None` put there first does not
    count.
    """
    stores = owner.stores.get(name)
    if stores is None:
        return owner.constants.get(name)
    if None in stores or len(stores) > _MOST_STORES:
        return None
    for method in dict.fromkeys(stores):
        definition = owner.methods.get(method or "")
        if definition is None or (definition.state != "done" and demand(frame.unit, definition) is None):
            return None
    values = [unassume(value) for value in owner.values.get(name, ())]
    if len(values) != len(stores):
        return None
    known = [value for value in values if not is_none(value)] or values
    if len(known) == 1:
        return known[0]
    first = next((value for value in known if isinstance(value, Reference)), None)
    return first or Merge(known[0].place, tuple(known))


def store(frame: Frame, name: str, value: Value) -> None:
    """Note that the method being lowered stores `value` as an attribute of self."""
    owner = frame.owner
    if owner is None:
        return
    values = owner.values.setdefault(name, [])
    values.append(value)
    frame.unit.attributes.setdefault((owner.name, name), value)


def self_attribute(frame: Frame, base: Symbol, name: str, place: Place) -> Value:
    """`self.name` in a method that has not assigned it.

    What the class stores, else an unknown of the class.
    """
    owner = frame.owner
    assert owner is not None
    computed = _property(frame, owner, name)
    found = attribute_of(frame, owner, name) if computed is None else computed
    limits = constrained(owner, name)
    if found is not None:
        if limits is None and not isinstance(strip(found), Symbol):
            return found
        return Assume(place, found, limits or REAL)  # where it stands: a fix writes it as it is written here
    holder = _holder(frame, owner, name) or owner
    unknown = Symbol(place, f"{base.name}.{name}", (holder.name, f"self.{name}", 0), "attribute")
    return unknown if limits is None else Assume(place, unknown, limits)


def _property(frame: Frame, owner: ClassDefinition, name: str) -> Value | None:
    """What a property of the class returns, if there is one thing that it does."""
    method = method_of(frame, owner, name)
    if method is None or not method.decorators or not method.decorators[-1].endswith("property"):
        return None
    lowered = demand(frame.unit, method)
    return lowered.returns[0] if lowered is not None and len(lowered.returns) == 1 else None


def constrained(owner: ClassDefinition, name: str) -> Interval | None:
    """What a distribution's `arg_constraints` promise of a parameter.

    PyTorch checks them when the distribution is made.
    """
    declared = owner.constants.get("arg_constraints")
    if not isinstance(declared, Call):
        return None
    constraint = declared.keywords.get(name)
    if not isinstance(constraint, Reference):
        return None
    return _CONSTRAINTS.get(constraint.name.rpartition(".")[2])
