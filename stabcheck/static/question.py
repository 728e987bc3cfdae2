"""The questions that a guard may ask of the values that a pattern matched, and of the place where it did."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import islice
from math import ulp
from typing import Any, Protocol

from stabcheck.ops import Interval
from stabcheck.static.graph import (
    Apply,
    Call,
    Constant,
    Item,
    Sequence,
    Site,
    Symbol,
    Value,
    operands,
    scalar,
    strip,
    walk,
)
from stabcheck.static.infer.tags import of_name
from stabcheck.static.lower.conditions import COMPARISONS
from stabcheck.static.matrices import is_frame, is_harmless
from stabcheck.static.normal import is_written, key, sums, term
from stabcheck.static.places import within
from stabcheck.static.surroundings import (
    carries,
    default,
    is_amplified,
    is_chosen,
    is_compiled,
    is_drawn,
    is_outweighed,
    is_rounded_later,
    is_shared,
    makes_data,
    starts,
    walk_inside,
)
from stabcheck.static.visible import is_visible


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
    """The value is rounded to whole numbers, or the expression compares it: its loss is not seen."""
    module = getattr(scene.facts, "module", None)
    if module is not None and is_rounded_later(module, scene.site, scene.value):
        return True
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
        for node in islice(walk(site.value), 20):  # also `not hi - lo > 0`
            if isinstance(node, Apply) and node.op in COMPARISONS and any(map(is_extreme, node.operands)):
                return True
    return False


def _handled(scene: Scene) -> bool:
    """What stands around deals with NaN and infinities, or catches what Python's own arithmetic raises."""
    module = getattr(scene.facts, "module", None)
    if module is None:
        return False
    from stabcheck.static.detectors._tested import caught, handled  # noqa: PLC0415 - asked of few places

    span = scene.value.span if is_written(scene.value) else scene.site.value.span
    if handled(module, scene.site, span):
        return True
    return scene.facts.library(scene.value) in (None, "math", "python") and caught(module, span)


def _tested(scene: Scene, *values: Value) -> bool:
    """The function tests one of the values, or what a quotient at this place divides by."""
    module = getattr(scene.facts, "module", None)
    if module is None:
        return False
    from stabcheck.static.detectors._tested import tested, text_of  # noqa: PLC0415 - asked of few places

    text = text_of(module)
    divisors = [
        node.operands[1]
        for node in islice(walk(scene.value), 20)
        if isinstance(node, Apply) and node.op == "divide"
    ]
    parts = [each for node in map(strip, divisors) if isinstance(node, Apply) for each in node.operands]
    written = [text[each.span] if is_written(each) else "" for each in (*values, *divisors)]
    names = next((each for each in written if _PATH.fullmatch(each)), "")
    return tested(module, scene.site, names, (*values, *divisors, *parts))


def _reused(scene: Scene) -> bool:
    """The inverse at this place is used at other places too: computed once, applied many times."""
    module = getattr(scene.facts, "module", None)
    node = strip(scene.value)
    if module is None or not isinstance(node, Apply):
        return False
    inverse = next((each for each in islice(walk(node), 20) if _is_op(scene, each, "inv")), None)
    return inverse is not None and is_shared(module, scene.site, inverse)


_POSITIVE = re.compile(
    r"^(?:\w+_)?(?:scales?|sigma2?|stds?|vars?|variances?|temperature|tau|bw(?:_hz)?|bandwidth|decay|rate|freq(?:uency)?|half_?life|ages?|lags?|"
    r"length_?scale)$"
)
_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_COVARIANCE = re.compile(
    r"^(?:\w*_)?(?:cov(?:ariances?|mat)?|kernels?|gram|sigma|k|k_?[xy*]\w*|precision|hess(?:ian)?|fisher)(?:_\w{1,5})?$",
    re.IGNORECASE,
)


def _covariance(scene: Scene, x: Value) -> bool:
    """A covariance, a kernel or a Hessian by its name, also with a term on its diagonal."""
    from stabcheck.static.detectors._data import called  # noqa: PLC0415 - asked of few places

    node = strip(x)
    parts = (node, *map(strip, node.operands)) if isinstance(node, Apply) and node.op == "add" else (node,)
    return any(
        _is_op(scene, each, "cov") or any(_COVARIANCE.search(name) for name in called(each, scene.site))
        for each in parts
    )


def _outweighed(scene: Scene, x: Value, kind: str) -> bool:
    module = getattr(scene.facts, "module", None)
    return module is not None and is_outweighed(module, scene.site, scene.value, x, kind)


def _ordered(scene: Scene, x: Value) -> bool:
    """`x` is a difference whose two sides were compared above: the author put the larger one in its place."""
    node = strip(x)
    if not isinstance(node, Apply) or node.op != "subtract":
        return False
    return _compared(scene, *node.operands)


def _raised(scene: Scene, x: Value) -> bool:
    """A number above 0, or what is called an eps, was added: `(count + 1) / (total + 1)`."""
    node = strip(x)
    while isinstance(node, Apply) and node.op == "divide":
        node = strip(node.operands[0])
    if not isinstance(node, Apply) or node.op != "add":
        return False
    return any((scalar(each) or 0) > 0 or "named-epsilon" in scene.facts.tags(each) for each in node.operands)


def _amplified(scene: Scene, x: Value) -> bool:
    module = getattr(scene.facts, "module", None)
    return module is not None and is_amplified(module, scene.site, scene.value, x)


def _harmless(scene: Scene, x: Value) -> bool:
    """The inverse of `x` is exact, or too close to it to speak of."""
    from stabcheck.static.detectors._data import called  # noqa: PLC0415 - asked of few places

    if any("named-transform" in of_name(name) for name in called(strip(x), scene.site)):
        return True
    return is_harmless(x, scene.facts)


def _seen(scene: Scene, x: Value) -> bool:
    module = getattr(scene.facts, "module", None)
    return module is not None and is_visible(module, scene.site, scene.value, x)


_SYSTEM = re.compile(
    r"^_*(?:[A-Z][A-Z]{0,2}\d?|\w*(?:gram|jac|laplac|lhs|system|stiffness|xtx|ata|normal|innovation)\w*)_*$"
)
_RIGHT_SIDE = re.compile(
    r"^(?:b|y|rhs|g|grads?|gradients?|residuals?|res|targets?|err(?:or)?s?|vec(?:tor)?s?)$"
)


def _solves(scene: Scene, a: Value, b: Value) -> bool:
    """What is inverted is a system that can be ill-conditioned: by its making, its name or its right side."""
    from stabcheck.static.detectors._data import called  # noqa: PLC0415 - asked of few places

    if _covariance(scene, a) or any(map(_RIGHT_SIDE.search, called(strip(b), scene.site))):
        return True
    node = strip(a)
    terms = node.operands if isinstance(node, Apply) and node.op == "add" else (a,)
    if any(_SYSTEM.search(name) for each in terms for name in called(strip(each), scene.site)):
        return True
    return any(_is_gram(node) for node in islice(walk(a), 30))


def _is_gram(node: Value) -> bool:
    """`X.T @ …`, or a term on the diagonal."""
    if not isinstance(node, Apply):
        return False
    parts = [each for each in map(strip, node.operands) if isinstance(each, Apply)]
    if node.op in ("matmul", "dot"):
        return any(each.op in ("transpose", "matrix_transpose", "swapaxes") for each in parts)
    if node.op != "add":
        return False
    scaled = [strip(each) for part in parts if part.op == "multiply" for each in part.operands]
    return any(isinstance(each, Apply) and each.op == "eye" for each in (*parts, *scaled))


def _numerator_carries(scene: Scene, op: str) -> bool:
    """The place is a quotient, and what is divided is made with an operation."""
    node = strip(scene.value)
    return isinstance(node, Apply) and node.op == "divide" and carries(node.operands[0], op)


def _second_hand(scene: Scene) -> bool:
    """The quotient stands in another expression, as in `1 - s`, where the same can be said."""
    node = strip(scene.value)
    return not any(
        isinstance(each, Apply)
        and each.op in ("divide", "reciprocal", "power")
        and carries(each.operands[-1] if each.op == "divide" else each.operands[0], "exp")
        and within(each.span, node.span)
        for each in islice(walk_inside(node), 50)
    )


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


def _gradient(scene: Scene, x: Value) -> bool:
    from stabcheck.static.detectors._data import is_called_gradient  # noqa: PLC0415 - asked of few places

    return is_called_gradient(x, scene.site)


def _makes_data(scene: Scene) -> bool:
    module = getattr(scene.facts, "module", None)
    return module is not None and makes_data(module, scene.site)


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


def _projects(_: Scene, b: Value, x: Value) -> bool:
    """`b` is `x.T`, or a product that begins with it: the right-hand side of normal equations."""
    node, wanted = strip(b), key(x)
    while isinstance(node, Apply) and node.op in ("matmul", "dot"):
        node = strip(node.operands[0])
    if not isinstance(node, Apply) or node.op not in ("transpose", "matrix_transpose", "swapaxes"):
        return False
    return key(node.operands[0]) == wanted


def _kept(scene: Scene) -> bool:
    """The inverse was made in another function and kept: solving there would not help here."""
    module = getattr(scene.facts, "module", None)
    node = strip(scene.value)
    inverse = next((each for each in islice(walk(node), 20) if _is_op(scene, each, "inv")), None)
    function = module.functions.get(scene.site.function) if module is not None else None
    if inverse is None or function is None or not is_written(strip(inverse)):
        return False
    return not within(strip(inverse).span, function.span)


def _sandwiched(scene: Scene) -> bool:
    """`inv(A) @ B @ inv(A)`: the covariance of an estimate, which is made of the inverse on both sides."""
    node = strip(scene.value)
    inverse = next((each for each in islice(walk(node), 20) if _is_op(scene, each, "inv")), None)
    if inverse is None:
        return False
    wanted = key(inverse)
    used = [
        each
        for user in islice(walk_inside(scene.site.value), 200)
        for each in operands(user)
        if key(each) == wanted and strip(each) is not user
    ]
    return len(used) > 1


def _compiled(scene: Scene) -> bool:
    module = getattr(scene.facts, "module", None)
    return module is not None and is_compiled(module, scene.site)


# Arguments: "v" a metavariable or arithmetic of them, "s" a text.
QUESTIONS: dict[str, tuple[str, _Question]] = {
    "lower": ("v", _lower),
    "upper": ("v", _upper),
    "nonzero": ("v", lambda scene, x: scene.facts.interval(x).excludes_zero),
    "constant": ("v", lambda _, x: scalar(x) is not None),
    "offset": ("v", _offset),
    "rounded": ("", _rounded),
    "own_weight": ("", _own_weight),
    "chosen_by": ("v", _chosen_by),
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
    "handled": ("", _handled),
    "tested": ("v", _tested),
    "divisor_tested": ("", _tested),
    "reused": ("", _reused),
    "covariance": ("v", _covariance),
    "outweighed": ("vs", _outweighed),
    "ordered": ("v", _ordered),
    "raised": ("v", _raised),
    "amplified": ("v", _amplified),
    "numerator_carries": ("s", _numerator_carries),
    "second_hand": ("", _second_hand),
    "shape": ("v", _is_shape),
    "kernel": ("v", _is_kernel),
    "in_gradient": ("", _in_gradient),
    "made_here": ("s", _made_here),
    "falls": ("v", _falls),
    "matrix_entry": ("v", _matrix_entry),
    "harmless_inverse": ("v", _harmless),
    "frame": ("v", lambda _, x: is_frame(x)),
    "drawn": ("v", lambda _, x: is_drawn(x)),
    "chosen": ("v", lambda _, x: is_chosen(x)),
    "default": ("v", lambda _, x: default(x)),
    "carries": ("vs", lambda _, x, op: carries(x, op)),
    "starts": ("", lambda scene: starts(scene.site)),
    "makes_data": ("", _makes_data),
    "compiled": ("", _compiled),
    "gradient": ("v", _gradient),
    "sized": ("v", _sized),
    "skips_first": ("v", _skips_first),
    "seen": ("v", _seen),
    "solves": ("vv", _solves),
    "imaginary": ("v", _imaginary),
    "projects": ("vv", _projects),
    "sandwiched": ("", _sandwiched),
    "kept": ("", _kept),
    "given": ("v", lambda _, x: is_written(x)),
}
