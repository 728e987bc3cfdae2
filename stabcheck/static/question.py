"""The questions that a guard may ask of the values that a pattern matched, and of the place where it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from math import ulp
from typing import Any, Protocol

from stabcheck.ops import Interval
from stabcheck.static.graph import Apply, Call, Item, Site, Value, scalar, strip, walk
from stabcheck.static.lower.conditions import COMPARISONS
from stabcheck.static.normal import is_written, key, sums, term


class Knowledge(Protocol):
    """What inference says of values (`stabcheck.static.infer.Facts`)."""

    def interval(self, value: Value) -> Interval: ...  # noqa: D102
    def tags(self, value: Value) -> frozenset[str]: ...  # noqa: D102
    def dtype(self, value: Value) -> str | None: ...  # noqa: D102
    def shape(self, value: Value) -> tuple[int | str | None, ...] | None: ...  # noqa: D102
    def integer(self, value: Value) -> bool: ...  # noqa: D102
    def library(self, value: Value) -> str | None: ...  # noqa: D102
    def differentiated(self, site: Site, value: Value) -> bool: ...  # noqa: D102


class Scene:
    """The place that a guard is asked about: the matched value, its metavariables, what is known there."""

    __slots__ = ("bindings", "facts", "site", "value")

    def __init__(self, facts: Knowledge, site: Site, value: Value, bindings: Mapping[str, Value]) -> None:
        self.facts = facts
        self.site = site
        self.value = value
        self.bindings = bindings


_Question = Callable[..., Any]


def _shifted(scene: Scene, x: Value) -> bool:
    """`x` is something minus its own maximum (or its logsumexp)."""
    return "shifted" in scene.facts.tags(x)


def _lower(scene: Scene, x: Value) -> float:
    """The lower end; the smallest positive number for what is above zero: `lower($x) > 0` asks for that."""
    interval = scene.facts.interval(x)
    return ulp(0.0) if interval.lower == 0 and interval.nonzero else interval.lower


def _upper(scene: Scene, x: Value) -> float:
    interval = scene.facts.interval(x)
    return -ulp(0.0) if interval.upper == 0 and interval.nonzero else interval.upper


def _is_op(_: Scene, x: Value, op: str) -> bool:
    node = strip(x)
    return isinstance(node, Apply) and node.op == op


def _mentions(_: Scene, x: Value, y: Value) -> bool:
    """`y` is a part of the expression `x`."""
    wanted = key(y)
    return any(key(node) == wanted for node in islice(walk(x), 200))


def _nonzero_divisor(scene: Scene) -> bool:
    """The place is a quotient, and its divisor was tested for zero or can't be zero."""
    node = strip(scene.value)
    if not isinstance(node, Apply) or node.op != "divide":
        return False
    return scene.facts.interval(node.operands[1]).excludes_zero


def _rank(scene: Scene, x: Value) -> int | None:
    shape = scene.facts.shape(x)
    return None if shape is None else len(shape)


def _offset(_: Scene, x: Value) -> float:
    """The magnitude of the number in the sum `x`: 1 for `1 - y`, 0 for what is no sum with a number."""
    return max((abs(sum(reading.numbers)) for reading in sums(x, 2)), default=0.0)


_ROUNDING = frozenset({"round", "floor", "ceil", "rint", "trunc", "argmax", "argmin", "argsort", "bucketize"})


def _rounded(scene: Scene) -> bool:
    """The expression around it rounds the value to whole numbers or compares it: its loss is not seen."""
    target = strip(scene.value)
    for node in islice(walk(scene.site.value), 200):
        if isinstance(node, Apply):
            whole = node.op in _ROUNDING or node.op in COMPARISONS
        else:
            whole = isinstance(node, Call) and (node.function or "").rpartition(".")[2] in _ROUNDING | {"int"}
        if whole and any(strip(each) is target for each in islice(walk(node), 50)):
            return True
    return False


def _clipped_by_name(_: Scene, x: Value) -> bool:
    """`clip(x, eps, 1 - eps)`: bounds that are not numbers here are the author's."""
    node = strip(x)
    if not isinstance(node, Apply) or node.op != "clip":
        return False
    limits = (*node.operands[1:], *(node.attributes.get(name) for name in ("lower", "upper", "min", "max")))
    return any(each is not None and scalar(each) is None for each in limits)


def _weighs(scene: Scene, x: Value) -> bool:
    """A power of the value is the weight of `x` itself, as in a focal loss: both vanish together."""
    target, wanted = strip(scene.value), key(term(x).value)

    def is_weight(value: Value) -> bool:
        node = strip(value)
        return isinstance(node, Apply) and node.op == "power" and strip(node.operands[0]) is target

    for node in islice(walk(scene.site.value), 200):
        if isinstance(node, Apply) and node.op == "multiply" and len(node.operands) == 2:
            for weight, other in (node.operands, node.operands[::-1]):
                if is_weight(weight) and key(term(other).value) == wanted:
                    return True
    return False


def _compared(scene: Scene, x: Value, y: Value) -> bool:
    """A line above compares something that is made of both: the author has looked at degenerate cases."""
    module = getattr(scene.facts, "module", None)
    wanted = {key(x), key(y)}
    for site in module.sites if module is not None else ():
        if site.function != scene.site.function or site.value.span.line > scene.site.value.span.line:
            continue
        node = strip(site.value)
        compares = isinstance(node, Apply) and node.op in COMPARISONS
        if compares and wanted <= {key(each) for each in islice(walk(node), 200)}:
            return True
    return False


def _range_tested(scene: Scene, x: Value) -> bool:
    """Lines above compare the largest with the smallest entry of `x`, or their difference with something."""
    module = getattr(scene.facts, "module", None)
    if module is None:
        return False
    wanted = key(x)

    def is_extreme(value: Value) -> bool:
        node = strip(value)
        if isinstance(node, Apply) and node.op == "subtract":
            return all(map(is_extreme, node.operands))
        return isinstance(node, Apply) and node.op in ("max", "min") and key(node.operands[0]) == wanted

    for site in module.sites:
        if site.function != scene.site.function or site.value.span.line > scene.site.value.span.line:
            continue
        node = strip(site.value)
        if isinstance(node, Apply) and node.op in COMPARISONS and any(map(is_extreme, node.operands)):
            return True
    return False


# Arguments: "v" a metavariable or arithmetic of them, "s" a text.
QUESTIONS: dict[str, tuple[str, _Question]] = {
    "lower": ("v", _lower),
    "upper": ("v", _upper),
    "nonzero": ("v", lambda scene, x: scene.facts.interval(x).excludes_zero),
    "constant": ("v", lambda _, x: scalar(x) is not None),
    "offset": ("v", _offset),
    "rounded": ("", _rounded),
    "compared": ("vv", _compared),
    "clipped_by_name": ("v", _clipped_by_name),
    "weighs": ("v", _weighs),
    "range_tested": ("v", _range_tested),
    "factor": ("v", lambda _, x: abs(term(x).coefficient)),
    "integer": ("v", lambda scene, x: scene.facts.integer(x)),
    "tagged": ("vs", lambda scene, x, tag: tag in scene.facts.tags(x)),
    "shifted": ("v", _shifted),
    "dtype": ("v", lambda scene, x: scene.facts.dtype(x)),
    "rank": ("v", _rank),
    "is_op": ("vs", _is_op),
    "entry": ("v", lambda _, x: isinstance(strip(x), Item)),
    "mentions": ("vv", _mentions),
    "same": ("vv", lambda _, x, y: key(x) == key(y)),
    "library": ("", lambda scene: scene.facts.library(scene.value)),
    "differentiated": ("", lambda scene: scene.facts.differentiated(scene.site, scene.value)),
    "nonzero_divisor": ("", _nonzero_divisor),
    "written": ("v", lambda _, x: is_written(strip(x))),
    "given": ("v", lambda _, x: is_written(x)),
}
