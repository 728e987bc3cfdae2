"""Questions about the place: what the function around a value tests, rounds, sums and returns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from stabcheck.static.graph import (
    Apply,
    Call,
    Value,
    scalar,
    strip,
    walk,
)
from stabcheck.static.infer.layout import picked_from
from stabcheck.static.latest import of_latest
from stabcheck.static.lower.conditions import COMPARISONS
from stabcheck.static.module import Module
from stabcheck.static.normal import is_written, key
from stabcheck.static.origin import carries
from stabcheck.static.outweighed import is_amplified, is_outweighed
from stabcheck.static.places import within
from stabcheck.static.scene import Scene
from stabcheck.static.source_text import text_of
from stabcheck.static.surroundings import is_compiled, makes_data
from stabcheck.static.usage import is_rounded_later, walk_inside
from stabcheck.static.visible import is_visible

_ROUNDING = frozenset({"round", "floor", "ceil", "rint", "trunc", "argmax", "argmin", "argsort", "bucketize"})


def rounded(scene: Scene) -> bool:
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


def compared(scene: Scene, x: Value, y: Value) -> bool:
    """A line above compares something that is made of both: the author has looked at degenerate cases."""
    wanted = {key(x), key(y)}
    return any(
        whole and wanted <= {key(each) for each in islice(walk(whole), 200)}
        for whole, _ in _compared_above(scene)
    )


def _compared_above(scene: Scene) -> Iterator[tuple[Apply | None, Sequence[Apply]]]:
    """The comparisons in the function on no line below: what is one as a whole, and those in it."""
    module = getattr(scene.facts, "module", None)
    found = [] if module is None else _comparisons(module).get(scene.site.function, [])
    last = scene.site.value.span.line
    return ((whole, inner) for line, whole, inner in found if line <= last)


@of_latest
def _comparisons(module: Module) -> dict[str, list[tuple[int, Apply | None, Sequence[Apply]]]]:
    """The statements of each function that compare, by their lines: see `_compared_above`."""
    found: dict[str, list[tuple[int, Apply | None, Sequence[Apply]]]] = {}
    for site in module.sites:
        whole = _comparison(strip(site.value))
        inner = [node for node in map(_comparison, islice(walk(site.value), 20)) if node is not None]
        if whole is not None or inner:  # also `not hi - lo > 0`
            found.setdefault(site.function, []).append((site.value.span.line, whole, inner))
    return found


def _comparison(node: Value) -> Apply | None:
    return node if isinstance(node, Apply) and node.op in COMPARISONS else None


def range_tested(scene: Scene, x: Value) -> bool:
    """Lines above compare the largest with the smallest entry of `x`, or their difference with something."""
    wanted = key(x)

    def is_extreme(value: Value) -> bool:
        node = strip(value)
        if isinstance(node, Apply) and node.op == "subtract":
            return all(map(is_extreme, node.operands))
        return isinstance(node, Apply) and node.op in ("max", "min") and key(node.operands[0]) == wanted

    return any(any(map(is_extreme, node.operands)) for _, inner in _compared_above(scene) for node in inner)


def is_handled(scene: Scene) -> bool:
    """What stands around deals with NaN and infinities, or catches what Python's own arithmetic raises."""
    module = getattr(scene.facts, "module", None)
    if module is None:
        return False
    from stabcheck.static.detectors._tested import caught, handled  # noqa: PLC0415 - asked of few places

    span = scene.value.span if is_written(scene.value) else scene.site.value.span
    if handled(module, scene.site, span):
        return True
    return scene.facts.library(scene.value) in (None, "math", "python") and caught(module, span)


def is_tested(scene: Scene, *values: Value) -> bool:
    """The function tests one of the values, or what a quotient at this place divides by."""
    module = getattr(scene.facts, "module", None)
    if module is None:
        return False
    from stabcheck.static.detectors._tested import tested  # noqa: PLC0415 - asked of few places

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


def is_numerator_tested(scene: Scene, x: Value) -> bool:
    """The function tests what stands above the line of the quotient `x`, or what it is picked from."""
    module = getattr(scene.facts, "module", None)
    node = strip(x)
    if module is None or not isinstance(node, Apply) or node.op != "divide":
        return False
    from stabcheck.static.detectors._tested import tested  # noqa: PLC0415 - asked of few places

    above = node.operands[0]
    written = text_of(module)[above.span].partition("[")[0] if is_written(above) else ""
    names = written if _PATH.fullmatch(written) else ""
    return tested(module, scene.site, names, (above, picked_from(above)))


_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def outweighed(scene: Scene, x: Value, kind: str) -> bool:
    """The value vanishes with `x`, and is always a term beside what does not."""
    module = getattr(scene.facts, "module", None)
    return module is not None and is_outweighed(module, scene.site, scene.value, x, kind)


def ordered(scene: Scene, x: Value) -> bool:
    """`x` is a difference whose two sides were compared above: the author put the larger one in its place."""
    node = strip(x)
    if not isinstance(node, Apply) or node.op != "subtract":
        return False
    return compared(scene, *node.operands)


def amplified(scene: Scene, x: Value) -> bool:
    """The function multiplies the value by what is no share of 1, or sums it."""
    module = getattr(scene.facts, "module", None)
    return module is not None and is_amplified(module, scene.site, scene.value, x)


def is_seen(scene: Scene, x: Value) -> bool:
    """The value vanishes with `x`, and the function uses it so that its relative error is seen."""
    module = getattr(scene.facts, "module", None)
    return module is not None and is_visible(module, scene.site, scene.value, x)


def second_hand(scene: Scene) -> bool:
    """The quotient stands in another expression, as in `1 - s`, where the same can be said."""
    node = strip(scene.value)
    return not any(
        isinstance(each, Apply)
        and each.op in ("divide", "reciprocal", "power")
        and carries(each.operands[-1] if each.op == "divide" else each.operands[0], "exp")
        and within(each.span, node.span)
        for each in islice(walk_inside(node), 50)
    )


def is_gradient(scene: Scene, x: Value) -> bool:
    """`x` is called a gradient here."""
    from stabcheck.static.detectors._data import is_called_gradient  # noqa: PLC0415 - asked of few places

    return is_called_gradient(x, scene.site)


def makes_data_here(scene: Scene) -> bool:
    """The function, or its file, makes data of its own."""
    module = getattr(scene.facts, "module", None)
    return module is not None and makes_data(module, scene.site)


def is_half_of_logit(scene: Scene, x: Value) -> bool:
    """The value is subtracted from log(x), or log(x) from it, in the same function."""
    module = getattr(scene.facts, "module", None)
    if module is None:
        return False
    from stabcheck.static.detectors._values import operations  # noqa: PLC0415 - asked of few places

    whole, wanted = strip(scene.value), key(x)
    for site, node in operations(module, "subtract"):
        sides = [strip(each) for each in node.operands]
        if site.function != scene.site.function or not any(each is whole for each in sides):
            continue
        others = [
            each for each in sides if isinstance(each, Apply) and each.op == "log" and each is not whole
        ]
        if any(key(each.operands[0]) == wanted for each in others):
            return True
    return False


def is_plain_numpy(scene: Scene) -> bool:
    """Nothing but NumPy is imported, and float32 is not spoken of: the numbers are float64."""
    module = getattr(scene.facts, "module", None)
    if module is None:
        return False
    others = {"torch", "tensorflow", "keras", "jax", "cupy"} & set(module.libraries)
    return not others and "numpy" in module.libraries and "float32" not in module.text


def complemented(scene: Scene) -> bool:
    """The value is taken off 1 in the same statement: where it is 0, 1 is right to rounding."""
    whole = strip(scene.value)
    return any(
        isinstance(node, Apply)
        and node.op == "subtract"
        and scalar(node.operands[0]) == 1
        and strip(node.operands[1]) is whole
        for node in islice(walk(scene.site.value), 60)
    )


def is_initial_value(scene: Scene) -> bool:
    """The value is what a variable starts from: nothing flows back through it."""
    module = getattr(scene.facts, "module", None)
    if module is None:
        return False
    from stabcheck.static.enclosing import calls_around  # noqa: PLC0415 - asked of few places

    return any(_INITIAL.search(keyword) for _, keyword in calls_around(module, scene.value.span))


_INITIAL = re.compile(r"^(?:initial_value|initializer|init(?:ial)?)$")


def is_under_logarithm(scene: Scene) -> bool:
    """The value is what a logarithm is taken of in the same statement."""
    whole = strip(scene.value)
    return any(
        isinstance(node, Apply) and node.op in ("log", "log2", "log10") and strip(node.operands[0]) is whole
        for node in islice(walk(scene.site.value), 60)
    )


_DIVERGENCE = re.compile(
    r"(?:^|_)(?:kl|kld|kl_?div\w*|divergence|kullback\w*|js|jsd|relative_entropy)(?:$|_)", re.IGNORECASE
)


def is_divergence(scene: Scene) -> bool:
    """The function, or what it stands in, is called a divergence of two distributions."""
    parts = scene.site.function.split(".")
    return any(_DIVERGENCE.search(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", each)) for each in parts)


_ENTROPY = re.compile(r"(?:^|_)entropy(?:$|_)", re.IGNORECASE)


def is_entropy(scene: Scene) -> bool:
    """The function is called an entropy: what it is given is a distribution."""
    last = scene.site.function.rpartition(".")[2]
    return _ENTROPY.search(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", last)) is not None


_BOOSTS = re.compile(r"boost|(?:^|_)stumps?(?:$|_)", re.IGNORECASE)


def boosts(scene: Scene) -> bool:
    """The function, its class or its file are called after boosting: its exponents are small."""
    module = getattr(scene.facts, "module", None)
    path = "" if module is None else module.path
    return _BOOSTS.search(scene.site.function) is not None or _BOOSTS.search(path) is not None


def is_compiled_here(scene: Scene) -> bool:
    """Numba compiles the function."""
    module = getattr(scene.facts, "module", None)
    return module is not None and is_compiled(module, scene.site)
