"""Questions about names: what a value, or the place where it stands, is called."""

from __future__ import annotations

import re

from stabcheck.static.graph import Apply, Item, Symbol, Value, scalar, strip
from stabcheck.static.infer.layout import source
from stabcheck.static.naming import names_gradient
from stabcheck.static.normal import term
from stabcheck.static.scene import Scene

_SHAPE = re.compile(
    r"^(?:\w*_)?(?:alphas?|betas?|a|b|dof|df|nu|v|degrees_of_freedom|concentrations?\d*|kappa|counts?|trials|successes|"
    r"ones|zeros)$"
)
_KERNEL = re.compile(r"^(?:\w*_)?(?:kernels?|weights?|w|coefs?|coefficients|windows?|filters?|psf)(?:_\w+)?$")
_SIZED = re.compile(r"(?:^|_)(?:shapes?|dims?|sizes?)$")
_POSITIVE = re.compile(
    r"^(?:\w+_)?(?:scales?|sigma2?|stds?|vars?|variances?|temperature|tau|bw(?:_hz)?|bandwidth|decay|rate|freq(?:uency)?|half_?life|ages?|lags?|"
    r"length_?scale)$"
)


def is_shape(_: Scene, x: Value) -> bool:
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


def is_kernel(_: Scene, x: Value) -> bool:
    """Weights by their name: their mean is no larger than their spread."""
    node = strip(x)
    while isinstance(node, Item):
        node = strip(node.base)
    return isinstance(node, Symbol) and _KERNEL.search(node.name.rpartition(".")[2]) is not None


def sized(scene: Scene, x: Value) -> bool:
    """A shape by its name, or by that of the function that tells it."""
    from stabcheck.static.detectors._data import called  # noqa: PLC0415 - asked of few places

    return any(_SIZED.search(name) for name in called(strip(x), scene.site))


def falls(scene: Scene, x: Value) -> bool:
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


_TIME = re.compile(
    r"^(?:old|prev|previous|last|former|new|next|cur|curr|current)_|"
    r"_(?:old|prev|previous|last|former|new|next|cur|curr|current|prime)$"
)


_BEFORE = re.compile(r"^(?:old|prev|previous)_|_(?:old|prev|previous)$")


def successive(scene: Scene, x: Value) -> bool:
    """`x` is what a step has changed: `new.u - old.u`, `x - prev_x`, the test of whether it converged."""
    node = strip(x)
    if not isinstance(node, Apply) or node.op != "subtract":
        return False
    return _are_successive(node.operands[0], node.operands[1], scene)


def _are_successive(left: Value, right: Value, scene: Scene) -> bool:
    from stabcheck.static.detectors._data import called  # noqa: PLC0415 - asked of few places

    one, other = source(left), source(right)
    if isinstance(one, Apply) and isinstance(other, Apply) and one.op == other.op and len(one.operands) == 1:
        return _are_successive(one.operands[0], other.operands[0], scene)
    if any(map(_BEFORE.search, called(one, scene.site) | called(other, scene.site))):
        return True
    names, others = (_quantities(each, called(each, scene.site)) for each in (one, other))
    return any(name == again and (marked or twice) for name, marked in names for again, twice in others)


def _quantities(node: Value, called: set[str]) -> set[tuple[str, bool]]:
    """The names of a value without what tells one step from the next, and whether something tells."""
    found = set()
    for name in called:
        plain = _TIME.sub("", name)
        found.add((plain, plain != name))
    if isinstance(node, Symbol) and "." in node.name:  # `state.centroids`, of what a step is given
        owner, _, last = node.name.rpartition(".")
        found.add((_TIME.sub("", last), owner not in ("self", "cls")))
    return found


def in_gradient(scene: Scene) -> bool:
    """The function, its class or the name that the value gets say that it is a gradient, or a loss."""
    from stabcheck.static.detectors._tested import assigned  # noqa: PLC0415 - asked of few places

    module = getattr(scene.facts, "module", None)
    names = scene.site.function.split(".")
    if module is not None:
        names.append(assigned(scene.site, module))
    return any(map(names_gradient, names))
