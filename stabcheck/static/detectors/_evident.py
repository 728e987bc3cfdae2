"""Which divisors that can be 0 are so for data that the code ordinarily meets.

How a divisor was made says that it can be 0, not that it ever is. Of findings in packages of experts, sorted
by kind and place and read one by one (benchmarks/audit.md), these held: data divided by their own spread or
range; products of norms below an inner product; a parameter divided by its own norm, sum or maximum in
differentiated code and in functions that are called after it; squares where a gradient is written out.
Counts of masks, degrees, sums of scores, and sums and norms of what the function itself made did not: they
are mostly positive for a reason that stands elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from stabcheck.static.detectors._data import drawn, is_text, name_of
from stabcheck.static.detectors._divisors import Quotient, factors, snake, weighs
from stabcheck.static.detectors._quantities import LOUDNESS
from stabcheck.static.graph import Apply, Call, Item, Merge, Symbol, Value, operands, scalar, strip, walk
from stabcheck.static.identity import number
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source

_MOST_NODES = 200
_PRODUCTS = frozenset({"sum", "mean", "dot", "matmul", "inner", "vdot"})  # of two vectors, entry by entry

# Functions and classes whose purpose is the quotient: whoever calls them brings data of every kind.
_NORMALISES = re.compile(
    r"(?:^|_)(?:normali[sz]\w*|standardi[sz]\w*|renormali[sz]\w*|rescale\w*|z_?score\w*|whiten\w*|unit_vectors?|"
    r"cosine\w*|similarit\w+|correlation\w*|distances?|divergence|\w*entropy|sinkhorn\w*|softmax|loss(?:es)?|metrics?)(?:$|_)",
    re.IGNORECASE,
)


def is_evident(quotient: Quotient, facts: Facts) -> bool:
    """Whether the kind of divisor, and the place, are those that findings of experts' code proved right."""
    found = quotient.found
    match found.kind:
        case "spread" | "moments" | "actual" | "saturated" | "correlation" | "density" | "overlap":
            return True
        case "variance":
            return not (isinstance(found.factor, Apply) and found.factor.op.startswith("diag"))
        case "range":
            return _divides_its_own(quotient)
        case "size" if LOUDNESS.search(name_of(source(found.factor))):
            return True  # of a signal, which is silent at times
        case "norm" | "size":
            return _is_product_of_norms(quotient) or _is_given_and_divided(quotient, facts)
        case "sum" | "largest":
            return weighs(quotient.node, found) or _is_given_and_divided(quotient, facts)
        case "squares":
            # What a loop has gathered is no sum in the text; the derivative of atan2 and the like is one.
            return not _is_written_sum(found.factor) or _differentiates(quotient)
        case "prediction":
            return _is_gradient_of_entropy(quotient)
        case _:
            return False


def _divides_its_own(quotient: Quotient) -> bool:
    """Whether the data of the divisor stand in the dividend."""
    if quotient.dividend is None:
        return False
    above = source(quotient.dividend)
    if isinstance(above, Apply) and above.op == "subtract" and _is_extreme(above.operands[0]):
        return False  # one range by another: a change of units
    largest = source(quotient.found.of)
    wanted = _same(largest.operands[0] if isinstance(largest, Apply) else largest)
    return any(
        not wanted.isdisjoint(_same(each)) for each in islice(_entries(quotient.dividend), _MOST_NODES)
    )


def _entries(value: Value) -> Iterator[Value]:
    """What a value is made of, its entries: `x.size` and `len(x)` are made of none."""
    stack = [value]
    while stack:
        node = strip(stack.pop())
        yield node
        sized = isinstance(node, Item) and node.index is not None and is_text(node.index)
        counted = isinstance(node, Call) and _COUNTS.search(node.function or "")
        if not (sized or counted or (isinstance(node, Apply) and node.op in ("size", "shape"))):
            stack.extend(operands(node))


_COUNTS = re.compile(r"(?:^|\.)(?:len|numel|size|nelement|count_nonzero)$")


def _is_extreme(value: Value) -> bool:
    node = source(value)
    return isinstance(node, Apply) and node.op in ("max", "min")


def _same(value: Value) -> set[int]:
    return {number(strip(value)), number(source(value)), number(drawn(value))}


def _is_given_and_divided(quotient: Quotient, facts: Facts) -> bool:
    """`x / x.sum()` of a parameter x, where gradients flow or the function is called after what it does."""
    if quotient.dividend is None or not _is_parameter(quotient.found.of):
        return False
    if "<lambda>" in quotient.site.function:  # what it is called with stands beside it
        return False
    if all(_same(each).isdisjoint(_same(quotient.found.of)) for each in factors(quotient.dividend)):
        return False
    return _is_called_so(quotient) or facts.differentiated(quotient.site, quotient.node)


def _is_parameter(value: Value) -> bool:
    node = source(value)
    if isinstance(node, Merge):
        return any(_is_parameter(each) for each in node.choices)
    return isinstance(node, Symbol) and node.kind == "parameter"


def _is_called_so(quotient: Quotient) -> bool:
    return any(_NORMALISES.search(snake(part)) for part in quotient.site.function.split("."))


def _is_product_of_norms(quotient: Quotient) -> bool:
    """`a @ b / (norm(a) * norm(b))`: a cosine, a correlation."""
    below = [each for each in factors(_unrooted(quotient.divisor)) if scalar(each) is None]
    made = {number(source(each)) for each in below if _is_size(source(each))}
    above = None if quotient.dividend is None else source(quotient.dividend)
    return len(made) > 1 and isinstance(above, Apply) and above.op in _PRODUCTS


def _unrooted(value: Value) -> Value:
    """The product under a root: `sqrt((a @ a) * (b @ b))`."""
    node = source(value)
    product = source(node.operands[0]) if isinstance(node, Apply) and node.op == "sqrt" else node
    return product if isinstance(product, Apply) and product.op == "multiply" else value


def _is_size(node: Value) -> bool:
    """A norm, or something of the kind, or entries of it."""
    while isinstance(node, Item):
        node = source(node.base)
    return isinstance(node, Apply) and node.op in ("norm", "sqrt", *_PRODUCTS)


def _is_written_sum(value: Value) -> bool:
    node = source(value)
    return isinstance(node, Apply) and node.op == "add"


def _differentiates(quotient: Quotient) -> bool:
    last = quotient.site.function.split(".")[-2:]
    return any(re.search(r"(?:^|_)(?:grad|backward|vjp|jvp)", snake(part), re.IGNORECASE) for part in last)


def _is_gradient_of_entropy(quotient: Quotient) -> bool:
    """`y / p` or `(1 - y) / (1 - p)`, not `y ** (2 - p) / (2 - p)` of a family of losses."""
    node = source(quotient.found.of)
    if isinstance(node, Symbol) and node.kind == "attribute":
        return False
    above = () if quotient.dividend is None else map(strip, islice(walk(quotient.dividend), _MOST_NODES))
    return not any(isinstance(each, Apply) and each.op in ("power", "exp") for each in above)
