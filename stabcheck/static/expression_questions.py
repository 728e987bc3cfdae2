"""Questions about expressions: what a value is made of, and what the statement around it does with it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from stabcheck.static.comprehension import EACH
from stabcheck.static.graph import Apply, Call, Constant, Item, Sequence, Symbol, Value, scalar, strip, walk
from stabcheck.static.infer.layout import is_drawn_count, is_setting, source
from stabcheck.static.lower.conditions import COMPARISONS
from stabcheck.static.normal import key, sums, term
from stabcheck.static.origin import carries
from stabcheck.static.places import within
from stabcheck.static.scene import Scene
from stabcheck.static.usage import walk_inside

_MOST_NODES = 200


def mentions(_: Scene, x: Value, y: Value) -> bool:
    """`y` is a part of the expression `x`."""
    wanted = key(y)
    return any(key(node) == wanted for node in islice(walk(x), _MOST_NODES))


def offset(_: Scene, x: Value) -> float:
    """The magnitude of the number in the sum `x`: 1 for `1 - y`, 0 for what is no sum with a number."""
    return max((abs(sum(reading.numbers)) for reading in sums(x, 2)), default=0.0)


def raised(scene: Scene, x: Value) -> bool:
    """A number above 0, or what is called an eps, was added: `(count + 1) / (total + 1)`."""
    node = _entry(x)
    while isinstance(node, Apply) and node.op == "divide":
        node = _entry(node.operands[0])
    if not isinstance(node, Apply) or node.op != "add":
        return False
    return any((scalar(each) or 0) > 0 or "named-epsilon" in scene.facts.tags(each) for each in node.operands)


def _entry(value: Value) -> Value:
    """A value, or what each entry is of the array made of it: `np.array([(k + 1) / n for k in counts])`."""
    node = source(value)
    while isinstance(node, Call) and node.function == EACH and node.arguments:
        node = source(node.arguments[0])
    return node


def scaled(_: Scene, x: Value) -> bool:
    """`nu / 2`: over a number."""
    node = strip(x)
    return isinstance(node, Apply) and node.op == "divide" and scalar(node.operands[1]) is not None


def clipped_by_name(_: Scene, x: Value) -> bool:
    """`clip(x, eps, 1 - eps)`: bounds that are not numbers here are the author's."""
    node = strip(x)
    while isinstance(node, Item):
        node = strip(node.base)
    if not isinstance(node, Apply) or node.op != "clip":
        return False
    limits = (*node.operands[1:], *(node.attributes.get(name) for name in ("lower", "upper", "min", "max")))
    return any(each is not None and scalar(each) is None for each in limits)


def setting(_: Scene, x: Value) -> bool:
    """Numbers and arguments of `__init__` only: set once, by whoever makes the object."""
    return is_setting(x)


def counts_drawn(_: Scene, x: Value) -> bool:
    """`count / n` of a count that a loop draws, or of the length of what it draws: neither is empty."""
    return is_drawn_count(x)


def cosines(scene: Scene, x: Value) -> bool:
    """Products of vectors that were normalised before: `linear(normalize(x), normalize(w))`."""
    node = strip(x)
    if isinstance(node, Apply) and node.op in ("matmul", "dot", "inner", "einsum"):
        operands = node.operands
    elif isinstance(node, Call) and (node.function or "").endswith(".linear"):
        operands = node.arguments
    else:
        return False
    return len(operands) > 1 and all("normalized" in scene.facts.tags(each) for each in operands[-2:])


def matrix_entry(_: Scene, x: Value) -> bool:
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


def skips_first(_: Scene, x: Value) -> bool:
    """`x[1:]`: the first entry, which is 0, is left out."""
    node = strip(x)
    index = strip(node.index) if isinstance(node, Item) and node.index is not None else None
    if not isinstance(index, Call) or index.function != "builtins.slice":
        return False
    start = scalar(index.arguments[0])
    return start is not None and start > 0


def imaginary(_: Scene, x: Value) -> bool:
    """An imaginary factor: the exponential is of modulus 1, or a damped wave."""
    return any(isinstance(node, Constant) and isinstance(node.value, complex) for node in islice(walk(x), 30))


def weighs(scene: Scene, x: Value) -> bool:
    """A power of the value is the weight of `x` itself, as in a focal loss: both vanish together."""
    if "focal" in scene.site.function.lower():
        return True
    target, wanted = strip(scene.value), key(term(x).value)

    def is_weight(value: Value) -> bool:
        node = strip(term(value).value)
        return isinstance(node, Apply) and node.op == "power" and strip(node.operands[0]) is target

    return any(
        is_weight(weight) and key(term(other).value) == wanted
        for weight, other in _products(scene.site.value)
    )


def own_weight(scene: Scene) -> bool:
    """The logarithm at this place is weighted with what it is taken of: `p * log(p + eps)`, an entropy."""
    target = strip(scene.value)
    if not isinstance(target, Apply) or not target.operands:
        return False
    argument = strip(target.operands[0])
    parts = {key(each) for each in (argument, *(argument.operands if isinstance(argument, Apply) else ()))}
    return any(
        strip(logarithm) is target and key(weight) in parts
        for logarithm, weight in _products(scene.site.value)
    )


def _products(value: Value) -> Iterator[tuple[Value, Value]]:
    """The factors of the products of two in an expression, in both orders."""
    for node in islice(walk(value), _MOST_NODES):
        if isinstance(node, Apply) and node.op == "multiply" and len(node.operands) == 2:
            first, second = node.operands
            yield first, second
            yield second, first


def chosen_by(scene: Scene, x: Value) -> bool:
    """The place is a branch of `where(x > t, …)`: what it makes of the other entries is thrown away."""
    target = strip(scene.value)
    parts = [each for each in islice(walk(strip(x)), 50) if isinstance(each, Symbol | Item)]
    wanted = {key(x), *map(key, parts)}
    named = tuple(each.name for each in parts if isinstance(each, Symbol))

    def is_about_it(tested: Value) -> bool:  # of `z_exp` too, where z is compared
        by_name = isinstance(tested, Symbol) and any(name.startswith(tested.name + "_") for name in named)
        return by_name or key(tested) in wanted

    for node in islice(walk(scene.site.value), _MOST_NODES):
        if isinstance(node, Apply) and node.op == "where" and len(node.operands) == 3:
            test = strip(node.operands[0])
            if not isinstance(test, Apply) or test.op not in COMPARISONS:
                continue
            if any(map(is_about_it, map(strip, test.operands))):
                branches = (below for each in node.operands[1:] for below in islice(walk(each), 50))
                if any(strip(each) is target for each in branches):
                    return True
    return False


def numerator_carries(scene: Scene, op: str) -> bool:
    """The place is a quotient, and what is divided is made with an operation."""
    node = strip(scene.value)
    return isinstance(node, Apply) and node.op == "divide" and carries(node.operands[0], op)


def made_here(scene: Scene, op: str) -> bool:
    """The value is made with an operation that is written in this function, not in one that it calls."""
    module = getattr(scene.facts, "module", None)
    function = None if module is None else module.functions.get(scene.site.function)
    if function is None:
        return True
    return any(
        isinstance(each, Apply) and each.op == op and within(each.span, function.span)
        for each in islice(walk_inside(strip(scene.value)), _MOST_NODES)
    )


def inside(scene: Scene, op: str) -> bool:
    """The operation is written within the very expression, not bound to a name before."""
    span = strip(scene.value).span
    return any(
        isinstance(each, Apply) and each.op == op and within(each.span, span)
        for each in islice(walk(scene.value), _MOST_NODES)
    )
