"""Attributes: of modules, of self, of arrays, of anything."""

from __future__ import annotations

import ast

from stabcheck.ops.table import lookup_method
from stabcheck.static.graph import Apply, Call, Constant, Item, Place, Reference, Symbol, Value, strip
from stabcheck.static.lower.classes import self_attribute
from stabcheck.static.lower.frame import Frame, is_receiver, reference
from stabcheck.static.lower.local import LocalClass
from stabcheck.static.lower.picking import result_named
from stabcheck.static.names import ARRAY_LIBRARIES, join, number, spellings

# Properties of arrays that the table spells as methods.
_PROPERTIES = frozenset({"T", "mT", "H", "shape", "size", "ndim", "real", "imag"})

# numpy.finfo by dtype: what `.eps`, `.tiny`, `.max` … are.
_FINFO: dict[str, dict[str, float]] = {
    "float16": {"eps": 2.0**-10, "tiny": 2.0**-14, "max": 65504.0, "smallest_subnormal": 2.0**-24},
    "bfloat16": {
        "eps": 2.0**-7,
        "tiny": 2.0**-126,
        "max": 3.3895313892515355e38,
        "smallest_subnormal": 2.0**-133,
    },
    "float32": {
        "eps": 2.0**-23,
        "tiny": 2.0**-126,
        "max": 3.4028234663852886e38,
        "smallest_subnormal": 2.0**-149,
    },
    "float64": {
        "eps": 2.0**-52,
        "tiny": 2.0**-1022,
        "max": 1.7976931348623157e308,
        "smallest_subnormal": 5e-324,
    },
}
_DTYPE_NAMES = {
    "half": "float16",
    "float": "float64",
    "single": "float32",
    "double": "float64",
    "float_": "float64",
}


def dotted(node: ast.expr) -> str | None:
    """`self.layer.eps` as text; None for what is no chain of names."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    names.append(node.id)
    return ".".join(reversed(names))


def held_as(frame: Frame, node: ast.Attribute) -> Value | None:
    """What was assigned to an attribute in this scope, by its dotted name."""
    with_attributes = frame.scope.dotted
    if not with_attributes:
        return None
    root = node.value
    while root.__class__ is ast.Attribute:
        root = root.value
    if root.__class__ is not ast.Name or root.id not in with_attributes:
        return None
    name = dotted(node)
    return None if name is None else frame.scope.names.get(name)


def attribute(frame: Frame, node: ast.Attribute) -> Value:
    """The value of `base.name`."""
    known = held_as(frame, node)
    if known is not None:
        return known
    return attribute_of_value(frame, frame.value(node.value), node.attr, frame.unit.place(node))


def attribute_of_value(frame: Frame, base: Value, name: str, place: Place) -> Value:
    """The value of an attribute of a value."""
    inner = strip(base)
    if isinstance(inner, Reference):
        return _of_reference(inner, name, place)
    if isinstance(inner, Symbol) and is_receiver(frame, inner):
        return self_attribute(frame, inner, name, place)
    if is_array_module(inner):
        known = number(f"numpy.{name}")
        if known is not None:
            return Constant(place, known[0])
        if spellings(f"numpy.{name}"):
            return reference(f"numpy.{name}", place)
    chosen = result_named(inner, name, place)
    if chosen is not None:
        return chosen
    if name in _PROPERTIES and not (name == "size" and isinstance(inner, Call)):
        found = _property(frame, base, name, place)
        if found is not None:
            return found
    if isinstance(inner, Apply) and inner.op == "finfo":
        limit = _limit(inner, name)
        if limit is not None:
            return Constant(place, limit)
    if isinstance(inner, Symbol):
        function, root, version = inner.definition
        return Symbol(place, f"{inner.name}.{name}", (function, f"{root}.{name}", version), "attribute")
    return Item(place, base, Constant(place, name))


def is_array_module(value: Value) -> bool:
    """`xp`, `x.xp`, `self.xp`: the module of NumPy or CuPy, by the name that both worlds give it."""
    if isinstance(value, Symbol):
        return value.name.rpartition(".")[2] == "xp"
    index = value.index if isinstance(value, Item) else None
    return isinstance(index, Constant) and index.value == "xp"


def _of_reference(base: Reference, name: str, place: Place) -> Value:
    if isinstance(base, LocalClass) and base.target is not None:
        held = base.target.constants.get(name)
        if held is not None:
            return held
    qualified = join(base.name, name)
    known = number(qualified)
    if known is not None:
        return Constant(place, known[0])
    return reference(qualified, place)


def _property(frame: Frame, base: Value, name: str, place: Place) -> Apply | None:
    spelled = lookup_method(name)
    if not spelled:
        return None
    library = frame.unit.origin(base)
    of_library = [each for each in spelled if each.library == library]
    chosen = (of_library or [each for each in spelled if each.library in ARRAY_LIBRARIES] or list(spelled))[0]
    return Apply(place, chosen.operation, (base,), {}, library or "python")


def _limit(finfo: Apply, name: str) -> float | None:
    """`numpy.finfo(numpy.float32).eps` as a number, where the dtype is written."""
    dtype = dtype_name(finfo.attributes["dtype"]) if "dtype" in finfo.attributes else None
    limits = _FINFO.get(dtype or "")
    if limits is None:
        return None
    if name == "min":
        return -limits["max"]
    return limits.get({"smallest_normal": "tiny", "resolution": ""}.get(name, name))


def dtype_name(value: Value) -> str | None:
    """The dtype that a value names ("float32"): a string, `numpy.float32`, `torch.half`, `float`."""
    inner = strip(value)
    if isinstance(inner, Constant) and isinstance(inner.value, str):
        name = inner.value
    elif isinstance(inner, Reference):
        module, _, name = inner.name.rpartition(".")
        if module == "torch" and name == "float":
            return "float32"
    else:
        return None
    return _DTYPE_NAMES.get(name, name)
