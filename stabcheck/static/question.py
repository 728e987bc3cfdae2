"""The questions that a guard may ask of the values that a pattern matched, and of the place where it did."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from math import ulp
from typing import Any

from stabcheck.static.graph import (
    Apply,
    Call,
    Constant,
    Item,
    Sequence,
    Symbol,
    Value,
    scalar,
    strip,
    walk,
)
from stabcheck.static.lower.conditions import COMPARISONS
from stabcheck.static.matrices import is_frame
from stabcheck.static.matrix_questions import (
    covariance,
    inverts_harmlessly,
    kept,
    projects,
    reused,
    sandwiched,
    solves,
)
from stabcheck.static.normal import is_written, key, sums, term
from stabcheck.static.place_questions import (
    amplified,
    compared,
    is_compiled_here,
    is_gradient,
    is_handled,
    is_seen,
    is_tested,
    makes_data_here,
    ordered,
    outweighed,
    range_tested,
    rounded,
    second_hand,
)
from stabcheck.static.places import within
from stabcheck.static.scene import Knowledge, Scene, is_op
from stabcheck.static.surroundings import (
    carries,
    default,
    is_chosen,
    is_drawn,
    starts,
    walk_inside,
)

__all__ = ["QUESTIONS", "Knowledge", "Scene"]

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


def _clipped_by_name(_: Scene, x: Value) -> bool:
    """`clip(x, eps, 1 - eps)`: bounds that are not numbers here are the author's."""
    node = strip(x)
    while isinstance(node, Item):
        node = strip(node.base)
    if not isinstance(node, Apply) or node.op != "clip":
        return False
    limits = (*node.operands[1:], *(node.attributes.get(name) for name in ("lower", "upper", "min", "max")))
    return any(each is not None and scalar(each) is None for each in limits)


def _weighs(scene: Scene, x: Value) -> bool:
    """A power of the value is the weight of `x` itself, as in a focal loss: both vanish together."""
    if "focal" in scene.site.function.lower():
        return True
    target, wanted = strip(scene.value), key(term(x).value)

    def is_weight(value: Value) -> bool:
        node = strip(term(value).value)
        return isinstance(node, Apply) and node.op == "power" and strip(node.operands[0]) is target

    for node in islice(walk(scene.site.value), 200):
        if isinstance(node, Apply) and node.op == "multiply" and len(node.operands) == 2:
            for weight, other in (node.operands, node.operands[::-1]):
                if is_weight(weight) and key(term(other).value) == wanted:
                    return True
    return False


def _own_weight(scene: Scene) -> bool:
    """The logarithm at this place is weighted with what it is taken of: `p * log(p + eps)`, an entropy."""
    target = strip(scene.value)
    if not isinstance(target, Apply) or not target.operands:
        return False
    argument = strip(target.operands[0])
    parts = {key(each) for each in (argument, *(argument.operands if isinstance(argument, Apply) else ()))}
    for node in islice(walk(scene.site.value), 200):
        if isinstance(node, Apply) and node.op == "multiply" and len(node.operands) == 2:
            for logarithm, weight in (node.operands, node.operands[::-1]):
                if strip(logarithm) is target and key(weight) in parts:
                    return True
    return False


def _chosen_by(scene: Scene, x: Value) -> bool:
    """The place is a branch of `where(x > t, …)`: what it makes of the other entries is thrown away."""
    target = strip(scene.value)
    parts = [each for each in islice(walk(strip(x)), 50) if isinstance(each, Symbol | Item)]
    wanted = {key(x), *map(key, parts)}
    named = tuple(each.name for each in parts if isinstance(each, Symbol))

    def is_about_it(tested: Value) -> bool:  # of `z_exp` too, where z is compared
        by_name = isinstance(tested, Symbol) and any(name.startswith(tested.name + "_") for name in named)
        return by_name or key(tested) in wanted

    for node in islice(walk(scene.site.value), 200):
        if isinstance(node, Apply) and node.op == "where" and len(node.operands) == 3:
            test = strip(node.operands[0])
            compares = isinstance(test, Apply) and test.op in COMPARISONS
            if compares and isinstance(test, Apply) and any(map(is_about_it, map(strip, test.operands))):
                branches = (below for each in node.operands[1:] for below in islice(walk(each), 50))
                if any(strip(each) is target for each in branches):
                    return True
    return False


_POSITIVE = re.compile(
    r"^(?:\w+_)?(?:scales?|sigma2?|stds?|vars?|variances?|temperature|tau|bw(?:_hz)?|bandwidth|decay|rate|freq(?:uency)?|half_?life|ages?|lags?|"
    r"length_?scale)$"
)


def _raised(scene: Scene, x: Value) -> bool:
    """A number above 0, or what is called an eps, was added: `(count + 1) / (total + 1)`."""
    node = strip(x)
    while isinstance(node, Apply) and node.op == "divide":
        node = strip(node.operands[0])
    if not isinstance(node, Apply) or node.op != "add":
        return False
    return any((scalar(each) or 0) > 0 or "named-epsilon" in scene.facts.tags(each) for each in node.operands)


def _numerator_carries(scene: Scene, op: str) -> bool:
    """The place is a quotient, and what is divided is made with an operation."""
    node = strip(scene.value)
    return isinstance(node, Apply) and node.op == "divide" and carries(node.operands[0], op)


def _made_here(scene: Scene, op: str) -> bool:
    """The value is made with an operation that is written in this function, not in one that it calls."""
    module = getattr(scene.facts, "module", None)
    function = None if module is None else module.functions.get(scene.site.function)
    if function is None:
        return True
    return any(
        isinstance(each, Apply) and each.op == op and within(each.span, function.span)
        for each in islice(walk_inside(strip(scene.value)), 200)
    )


_SHAPE = re.compile(
    r"^(?:\w*_)?(?:alphas?|betas?|a|b|dof|df|nu|v|degrees_of_freedom|concentrations?\d*|kappa|counts?|trials|successes|"
    r"ones|zeros)$"
)


def _is_shape(_: Scene, x: Value) -> bool:
    """What is called a parameter of a density without an upper bound: degrees of freedom, counts.

    Not what is divided by one, nor what a loop counts: orders of polynomials and of moments.
    """
    stack, found = [strip(x)], False
    while stack:
        node = stack.pop()
        if isinstance(node, Symbol):
            if node.kind == "loop":
                return False
            found |= _SHAPE.search(node.name.rpartition(".")[2]) is not None
        elif isinstance(node, Apply) and node.op == "divide" and scalar(node.operands[1]) is None:
            return False
        elif isinstance(node, Apply):
            stack.extend(map(strip, node.operands))
    return found


_KERNEL = re.compile(r"^(?:\w*_)?(?:kernels?|weights?|w|coefs?|coefficients|windows?|filters?|psf)(?:_\w+)?$")


def _is_kernel(_: Scene, x: Value) -> bool:
    """Weights by their name: their mean is no larger than their spread."""
    node = strip(x)
    while isinstance(node, Item):
        node = strip(node.base)
    return isinstance(node, Symbol) and _KERNEL.search(node.name.rpartition(".")[2]) is not None


_GRADIENT = re.compile(
    r"(?:^|_)(?:d|da|dal|dy|dz|dp|dx|dout|dloss|grads?|gradients?|backwards?|backprop\w*|deriv\w*|delta|prime|loss(?:es)?|cost|"
    r"cross_?entropy|bce|nll)(?:$|_)",
    re.IGNORECASE,
)


def _in_gradient(scene: Scene) -> bool:
    """The function, its class or the name that the value gets say that it is a gradient, or a loss."""
    from stabcheck.static.detectors._tested import assigned, snake  # noqa: PLC0415 - asked of few places

    module = getattr(scene.facts, "module", None)
    names = [snake(part) for part in scene.site.function.split(".")]
    if module is not None:
        names.append(assigned(scene.site, module))
    return any(_GRADIENT.search(name) for name in names)


def _falls(scene: Scene, x: Value) -> bool:
    """`x` is not above 0 if what is called positive is: `-decay * ages`, `-(d**2) / variance`."""
    from stabcheck.static.detectors._data import called  # noqa: PLC0415 - asked of few places

    inner = term(x)
    if inner.coefficient >= 0:
        return False
    factors = [inner.value]
    while factors:
        node = strip(factors.pop())
        if isinstance(node, Apply) and node.op in ("multiply", "divide"):
            factors.extend(node.operands)
        elif scene.facts.interval(node).lower < 0 and not any(
            map(_POSITIVE.search, called(node, scene.site))
        ):
            return False
    return True


def _matrix_entry(_: Scene, x: Value) -> bool:
    """`r[2, 2]` or `r[2][2]`."""
    node = strip(x)
    if not isinstance(node, Item) or node.index is None:
        return False
    index, base = strip(node.index), strip(node.base)
    if isinstance(index, Sequence):
        return len(index.items) > 1
    if not isinstance(index, Constant):
        return False
    row = isinstance(base, Item) and base.index is not None and isinstance(scalar(base.index), int)
    return isinstance(index.value, tuple) or (row and isinstance(index.value, int))


_SIZED = re.compile(r"(?:^|_)(?:shapes?|dims?|sizes?)$")


def _sized(scene: Scene, x: Value) -> bool:
    """A shape by its name, or by that of the function that tells it."""
    from stabcheck.static.detectors._data import called  # noqa: PLC0415 - asked of few places

    return any(_SIZED.search(name) for name in called(strip(x), scene.site))


def _skips_first(_: Scene, x: Value) -> bool:
    """`x[1:]`: the first entry, which is 0, is left out."""
    node = strip(x)
    index = strip(node.index) if isinstance(node, Item) and node.index is not None else None
    if not isinstance(index, Call) or index.function != "builtins.slice":
        return False
    start = scalar(index.arguments[0])
    return start is not None and start > 0


def _imaginary(_: Scene, x: Value) -> bool:
    """An imaginary factor: the exponential is of modulus 1, or a damped wave."""
    return any(isinstance(node, Constant) and isinstance(node.value, complex) for node in islice(walk(x), 30))


# Arguments: "v" a metavariable or arithmetic of them, "s" a text.
QUESTIONS: dict[str, tuple[str, _Question]] = {
    "lower": ("v", _lower),
    "upper": ("v", _upper),
    "nonzero": ("v", lambda scene, x: scene.facts.interval(x).excludes_zero),
    "constant": ("v", lambda _, x: scalar(x) is not None),
    "offset": ("v", _offset),
    "rounded": ("", rounded),
    "own_weight": ("", _own_weight),
    "chosen_by": ("v", _chosen_by),
    "compared": ("vv", compared),
    "clipped_by_name": ("v", _clipped_by_name),
    "weighs": ("v", _weighs),
    "range_tested": ("v", range_tested),
    "factor": ("v", lambda _, x: abs(term(x).coefficient)),
    "integer": ("v", lambda scene, x: scene.facts.integer(x)),
    "tagged": ("vs", lambda scene, x, tag: tag in scene.facts.tags(x)),
    "shifted": ("v", _shifted),
    "dtype": ("v", lambda scene, x: scene.facts.dtype(x)),
    "rank": ("v", _rank),
    "is_op": ("vs", is_op),
    "entry": ("v", lambda _, x: isinstance(strip(x), Item)),
    "mentions": ("vv", _mentions),
    "same": ("vv", lambda _, x, y: key(x) == key(y)),
    "library": ("", lambda scene: scene.facts.library(scene.value)),
    "differentiated": ("", lambda scene: scene.facts.differentiated(scene.site, scene.value)),
    "nonzero_divisor": ("", _nonzero_divisor),
    "written": ("v", lambda _, x: is_written(strip(x))),
    "handled": ("", is_handled),
    "tested": ("v", is_tested),
    "divisor_tested": ("", is_tested),
    "reused": ("", reused),
    "covariance": ("v", covariance),
    "outweighed": ("vs", outweighed),
    "ordered": ("v", ordered),
    "raised": ("v", _raised),
    "amplified": ("v", amplified),
    "numerator_carries": ("s", _numerator_carries),
    "second_hand": ("", second_hand),
    "shape": ("v", _is_shape),
    "kernel": ("v", _is_kernel),
    "in_gradient": ("", _in_gradient),
    "made_here": ("s", _made_here),
    "falls": ("v", _falls),
    "matrix_entry": ("v", _matrix_entry),
    "harmless_inverse": ("v", inverts_harmlessly),
    "frame": ("v", lambda _, x: is_frame(x)),
    "drawn": ("v", lambda _, x: is_drawn(x)),
    "chosen": ("v", lambda _, x: is_chosen(x)),
    "default": ("v", lambda _, x: default(x)),
    "carries": ("vs", lambda _, x, op: carries(x, op)),
    "starts": ("", lambda scene: starts(scene.site)),
    "makes_data": ("", makes_data_here),
    "compiled": ("", is_compiled_here),
    "gradient": ("v", is_gradient),
    "sized": ("v", _sized),
    "skips_first": ("v", _skips_first),
    "seen": ("v", is_seen),
    "solves": ("vv", solves),
    "imaginary": ("v", _imaginary),
    "projects": ("vv", projects),
    "sandwiched": ("", sandwiched),
    "kept": ("", kept),
    "given": ("v", lambda _, x: is_written(x)),
}
