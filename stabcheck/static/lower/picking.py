"""Picking one of several results: entries of displays, of functions that return tuples, of dictionaries."""

from __future__ import annotations

from stabcheck.static.comprehension import each_of
from stabcheck.static.graph import Apply, Assume, Call, Constant, Item, Place, Sequence, Value, strip
from stabcheck.static.lower.conditions import is_mask, selected
from stabcheck.static.names import library

# Functions that return two reductions of their first argument.
_PAIRS: dict[str, tuple[str, str]] = {
    "keras.ops.moments": ("mean", "var"),
    "tensorflow.nn.moments": ("mean", "var"),
    "torch.var_mean": ("var", "mean"),
    "torch.std_mean": ("std", "mean"),
}
_EXTREMA = {"max": "argmax", "min": "argmin"}
_PLACES = {"values": 0, "indices": 1}


def picked(base: Value, index: Value, place: Place) -> Value:
    """`base[index]`, followed to what was put there where that is known."""
    inner, at = strip(base), strip(index)
    if isinstance(at, Constant) and each_of(base) is None:
        found = _stored(inner, at.value)
        if found is None and isinstance(at.value, int):
            found = result(inner, at.value, place)
        if found is not None:
            return found
    item = Item(place, base, index)
    if is_mask(index):
        interval = selected(base, index)
        if interval is not None:
            return Assume(place, item, interval)
    return item


def _stored(inner: Value, key: object) -> Value | None:
    if isinstance(inner, Sequence) and isinstance(key, int) and -len(inner.items) <= key < len(inner.items):
        return inner.items[key]
    if isinstance(inner, Call) and inner.function == "builtins.dict" and isinstance(key, str):
        return inner.keywords.get(key)
    return None


def result(inner: Value, position: int, place: Place) -> Value | None:
    """One of the results of a function that has several.

    `torch.max(x, dim=1)[0]`, `tf.nn.moments(x, 0)[1]`.
    """
    if (
        isinstance(inner, Apply)
        and inner.op in _EXTREMA
        and inner.library == "torch"
        and "axis" in inner.attributes
    ):
        if position == 0:
            return inner
        return (
            Apply(place, _EXTREMA[inner.op], inner.operands, inner.attributes, "torch")
            if position == 1
            else None
        )
    if isinstance(inner, Apply) and inner.op == "moments" and position in (0, 1):
        return Apply(place, ("mean", "var")[position], inner.operands, inner.attributes, inner.library)
    if isinstance(inner, Call) and inner.function in _PAIRS and inner.arguments and position in (0, 1):
        attributes: dict[str, Value] = {}
        for name, value in inner.keywords.items():
            if name in ("axes", "axis", "dim"):
                attributes["axis"] = value
            elif name in ("keepdims", "keepdim", "keep_dims"):
                attributes["keepdims"] = value
        if len(inner.arguments) > 1:
            attributes.setdefault("axis", inner.arguments[1])
        op = _PAIRS[inner.function][position]
        return Apply(place, op, inner.arguments[:1], attributes, library(inner.function) or "python")
    return None


def result_named(inner: Value, name: str, place: Place) -> Value | None:
    """`torch.max(x, dim=1).values`."""
    return result(inner, _PLACES[name], place) if name in _PLACES else None
