"""Densities: by the method that gives them, by what a function is called, by how they are written out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from stabcheck.static.comprehension import EACH
from stabcheck.static.detectors._tested import snake
from stabcheck.static.detectors._values import is_op, method
from stabcheck.static.graph import Apply, Assume, Call, Item, Merge, Opaque, Sequence, Value, strip
from stabcheck.static.infer.layout import filled, gathered, source
from stabcheck.static.normal import DEEPEST

_DENSITIES = frozenset({"pdf", "pmf"})
_DISCRETE = re.compile(r"Categorical|Bernoulli|nomial|Poisson|Geometric")
# Functions of several arguments, a point and the parameters of a bell, wherever they are written.
_DENSITY_NAME = re.compile(
    r"^_*(?:calc(?:ulate|uate)?_|compute_|get_|eval_)?(?:(?:multi(?:variate)?_?)?(?:gauss(?:ian)?|normal|mvn)_?"
    r"(?:pdf|[1-3n]d|prob(?:ability)?|density|likelihood|func(?:tion)?|dist(?:ribution)?)|"
    r"(?:multi(?:variate)?_?)?gauss(?:ian)?|\w*_pdf|(?:probability_)?density(?:_func(?:tion)?)?|"
    r"calc(?:ulate|uate)?_(?:class_)?prob(?:ability)?|(?:class_)?conditional_prob(?:ability)?)$",
    re.IGNORECASE,
)
_DRAWS_OR_FILTERS = re.compile(r"(?:^|\.)random\.|signal|windows|ndimage|filters|cv2|\bnn\.init\b")


def is_density(value: Value) -> bool:
    """`dist.pdf(x)`, `prob(x)` of a continuous distribution, or a call of what is named a Gaussian."""
    called = unassumed(value)
    if isinstance(called, Call) and _is_called_density(called):
        return True  # whatever is known of what it returns
    node = strip(value)
    if is_op(node, "norm_pdf"):
        return True
    if not isinstance(node, Call):
        return False
    if method(node) in _DENSITIES:
        return True
    maker = strip(node.callee.base) if isinstance(node.callee, Item) else None
    made = maker.function or "" if isinstance(maker, Call) else ""
    return method(node) == "prob" and "distributions." in made and _DISCRETE.search(made) is None


def unassumed(value: Value) -> Value:
    """A value without what branches and calls assume of it; the call itself where its result is known."""
    while isinstance(value, Assume):
        value = value.base
    return value


def _is_called_density(node: Call) -> bool:
    name = node.function or ""
    several = len(node.arguments) + len(node.keywords) >= 2
    return several and bool(_DENSITY_NAME.search(snake(method(node)))) and not _DRAWS_OR_FILTERS.search(name)


def total_of_densities(value: Value) -> Value | None:
    """The density in `sum(w * pdf(x))`, in an array of such, or in what a loop adds up; else None."""
    added = gathered(source(value))
    node = source(value)
    if isinstance(node, Apply) and node.op == "add":
        found = [
            next((each for each in islice(factors(part), 12) if is_density(each)), None)
            for part in node.operands
        ]
        return None if any(each is None for each in found) else found[0]
    if added is None and isinstance(node, Apply) and node.op == "sum":
        added = node.operands[0]
    if added is None:
        return None
    return next((each for each in islice(factors(added), 12) if is_density(each)), None)


def factors(value: Value, depth: int = DEEPEST) -> Iterator[Value]:
    """The factors above the line of a product, of an entry of a list or of an array that a loop fills."""
    node = source(value)
    if is_density(value):
        yield value
    elif depth == 0:
        return
    elif isinstance(node, Apply) and node.op == "multiply":
        for each in node.operands:
            yield from factors(each, depth - 1)
    elif isinstance(node, Apply) and node.op == "divide":
        yield from factors(node.operands[0], depth - 1)
    elif isinstance(node, Call) and node.function == EACH and node.result is not None:
        yield from factors(node.result, depth - 1)
    elif isinstance(node, Merge):
        entries = filled(node)
        if entries is not None:
            yield from factors(entries, depth - 1)
    elif isinstance(node, Sequence | Opaque):
        parts = node.items if isinstance(node, Sequence) else node.parts
        for each in parts if len(parts) == 1 or isinstance(node, Sequence) else ():
            yield from factors(each, depth - 1)
            break
    else:
        yield node
