"""Quotients whose divisor nothing keeps from 0: a norm, a spread, a sum, a range, a count, a score."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from stabcheck.static.detectors._data import Place, drawn, is_actual
from stabcheck.static.detectors._density import factors as parts_of
from stabcheck.static.detectors._density import is_density, total_of_densities
from stabcheck.static.detectors._quantities import REASONS, Vanishing
from stabcheck.static.detectors._tested import caught, handled, handled_anywhere, tested
from stabcheck.static.detectors._values import operations
from stabcheck.static.detectors._vanishing import vanishing
from stabcheck.static.graph import Apply, Call, Item, Merge, Site, Symbol, Value, scalar, strip, walk
from stabcheck.static.hit import Hit
from stabcheck.static.identity import number
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module
from stabcheck.static.normal import DEEPEST, own_exponent
from stabcheck.static.origin import is_chosen
from stabcheck.static.source_text import text_of
from stabcheck.static.surroundings import makes_data

# Kinds that count only where data are divided by their own.
_OWN = frozenset({"sum", "largest", "norm", "spread", "size"})


_NAME = re.compile(r"[\w.]+")
# Where a loss is differentiated by hand, a prediction in the divisor is a probability.
_BY_HAND = re.compile(
    r"(?:^|_)(?:backward|back_?prop\w*|bprop|grad\w*|derivative\w*|deriv|prime|delta|dloss|d_?loss|loss(?:es)?|cross_?entropy\w*|bce|cost|hess\w*)(?:$|_)",
    re.IGNORECASE,
)
_PREDICTION = re.compile(
    r"^(?:probs?|probabilit(?:y|ies)|\w+_probs?|y_?pred(?:icted|ictions?|s)?|y_?hat|preds?|predicted|predictions?|outputs?|hypothes[ie]s|activations?)$",
    re.IGNORECASE,
)
_OVERLAP = re.compile(r"(?:^|_)(?:dice|iou|jaccard|tversky|overlap)(?:$|_)", re.IGNORECASE)
# Whose vectors vanish only for a matrix of zeros, or one that is nilpotent.
_ITERATES = re.compile(
    r"(?:^|[._])(?:power_?(?:iterations?|method)|\w*eigen_?vectors?|lanczos|arnoldi)(?:$|[._])", re.IGNORECASE
)
_SHORT = re.compile(r"^(?:p|al|a\d?)$", re.IGNORECASE)  # where it divides what is called a label
# What a model starts from is made of settings; relative differences of gradients are relative-error-zero's.
_SETS_UP = re.compile(
    r"(?:^|[._])(?:_*init_\w*|(?:fetch|load)_\w+|reset_parameters|init|\w+_init|rel(?:ative)?_(?:diff\w*|err\w*))$"
)


@dataclass(frozen=True, slots=True)
class Quotient:
    """A quotient whose divisor can be 0: where, what divides what, and what vanishes."""

    site: Site
    node: Apply
    divisor: Value
    dividend: Value | None
    found: Vanishing

    def hit(self) -> Hit:
        """What both rules about divisors say of it."""
        return Hit(
            self.node.span,
            self.site,
            self.node,
            bindings={"d": self.divisor, "x": self.found.of},
            message=f"{{d}} is {REASONS[self.found.kind]}: the quotient is NaN or inf there",
        )


def quotients(module: Module, facts: Facts) -> Iterator[Quotient]:
    """Quotients whose divisor is 0 for some data, as far as the text tells; each place once."""
    seen: set[tuple[int, int]] = set()
    for site, node in operations(module, "divide", "reciprocal", "rsqrt", "power"):
        divisor, dividend = _parts(node)
        if divisor is None or node.span.line <= 0:
            continue
        place = (node.span.line, node.span.column)
        if place in seen:
            continue
        if _SETS_UP.search(site.function) or makes_data(module, site) or "where" in node.attributes:
            continue
        if node.op == "divide" and _ITERATES.search(snake(site.function)):
            continue
        found = (
            _relative(divisor, dividend)
            or _predicted(divisor, dividend, site, facts)
            or _far_from_all(divisor, dividend)
            or _overlap(divisor, site)
            or vanishing(divisor, Place(facts, site))
        )
        if found is None or not (_counts(found, site, node, dividend, facts) or weighs(node, found)):
            continue
        if handled(module, site, node.span) or _is_tested(module, site, node, divisor, found):
            continue
        if (
            "named-initial" in facts.tags(found.of)
            or _is_of_chosen(found)
            or (_is_plain(node, facts) and caught(module, node.span))
        ):
            continue
        seen.add(place)
        yield Quotient(site, node, divisor, dividend, found)


def _is_of_chosen(found: Vanishing) -> bool:
    """Whether the data, or those whose largest entry is taken, were picked by a condition of theirs."""
    node = source(found.of)
    return is_chosen(found.of) or (
        found.kind == "range" and isinstance(node, Apply) and is_chosen(node.operands[0])
    )


def _is_plain(node: Apply, facts: Facts) -> bool:
    """Whether Python's own numbers are divided, which raises where arrays give NaN."""
    return all(
        each.library in ("math", "python") for each in islice(walk(node), 50) if isinstance(each, Apply)
    )


def _is_tested(module: Module, site: Site, node: Apply, divisor: Value, found: Vanishing) -> bool:
    """Whether the function tests the divisor; the comparison that makes a mask is no test of its count."""
    if found.kind == "scores" and handled_anywhere(module):
        return True  # small functions that leave the degenerate case to who calls them
    written = text_of(module)[node.span]
    written = written.rpartition("/")[2] if "/" in written else written
    if found.kind != "count":
        return tested(module, site, written, (divisor, found.factor, found.of))
    named = written.strip() if _NAME.fullmatch(written.strip()) else ""
    return tested(module, site, named, (divisor, found.factor))


def weighs(node: Apply, found: Vanishing) -> bool:
    """`deg ** -0.5` of a sum of rows: the normalisation of an adjacency matrix."""
    return (
        found.kind == "sum"
        and node.op in ("power", "rsqrt")
        and "axis" in getattr(found.factor, "attributes", {})
    )


def _parts(node: Apply) -> tuple[Value | None, Value | None]:
    """What an operation divides by, and what it divides."""
    match node.op, node.operands:
        case "divide", (dividend, divisor):
            return divisor, dividend
        case (("reciprocal" | "rsqrt"), (operand, *_)):
            return operand, None
        case "power", (operand, *_):
            exponent = own_exponent(node)
            return (operand, None) if exponent is not None and exponent < 0 else (None, None)
        case _:
            return None, None


def _relative(divisor: Value, dividend: Value | None) -> Vanishing | None:
    """`(y - p) / y`: an error relative to what was observed."""
    if dividend is None or not is_actual(divisor):
        return None
    above = source(dividend)
    if isinstance(above, Apply) and above.op == "abs":
        above = source(above.operands[0])
    if not isinstance(above, Apply) or above.op != "subtract":
        return None
    own = any(number(source(each)) == number(source(divisor)) for each in above.operands)
    return Vanishing("actual", divisor, divisor) if own else None


def _overlap(divisor: Value, site: Site) -> Vanishing | None:
    """`sum(p) + sum(y)`, or less `sum(p * y)`, in what is called a dice or Jaccard score."""
    if not any(_OVERLAP.search(snake(part)) for part in site.function.split(".")):
        return None
    parts = _added(divisor)
    sums = [each for each in map(_weighted, parts) if isinstance(each, Apply) and each.op == "sum"]
    return Vanishing("overlap", divisor, sums[0]) if len(sums) == len(parts) > 1 else None


def _weighted(value: Value) -> Value:
    """The sum in `alpha * sum(p * (1 - y))`."""
    node = source(value)
    if isinstance(node, Apply) and node.op == "multiply":
        sums = [each for each in map(source, node.operands) if isinstance(each, Apply) and each.op == "sum"]
        return sums[0] if len(sums) == 1 else node
    return node


def _added(value: Value, depth: int = DEEPEST) -> list[Value]:
    """The terms of a sum or difference."""
    node = source(value)
    if depth and isinstance(node, Apply) and node.op in ("add", "subtract") and len(node.operands) == 2:
        return [inner for each in node.operands for inner in _added(each, depth - 1)]
    return [value]


def _far_from_all(divisor: Value, dividend: Value | None) -> Vanishing | None:
    """`w * pdf(x) / sum(w * pdf(x))`: the share of a component in a point that is far from all of them."""
    density = None if dividend is None else total_of_densities(divisor)
    if density is None or dividend is None or not any(map(is_density, islice(parts_of(dividend), 12))):
        return None
    return Vanishing("density", divisor, density)


def _predicted(divisor: Value, dividend: Value | None, site: Site, facts: Facts) -> Vanishing | None:
    """`y / p` and `(1 - y) / (1 - p)`, the gradient of a cross entropy by hand."""
    if not differentiates_by_hand(site):
        return None
    place = Place(facts, site)
    for factor in factors(divisor):
        if facts.interval(factor).excludes_zero:
            continue
        node = source(factor)
        if isinstance(node, Apply) and node.op == "subtract" and scalar(node.operands[0]) == 1:
            node = source(node.operands[1])
        if not isinstance(node, Symbol | Item | Call | Merge):
            continue
        names = place.names(node)
        labelled = dividend is not None and any(is_actual(each) for each in islice(walk(dividend), 20))
        if any(_PREDICTION.search(each) or (labelled and _SHORT.search(each)) for each in names):
            return Vanishing("prediction", factor, node)
    return None


def differentiates_by_hand(site: Site) -> bool:
    """Whether the function, or what it stands in, is called like a gradient or a loss."""
    return any(_BY_HAND.search(snake(part)) for part in site.function.split("."))


def snake(name: str) -> str:
    """`CrossEntropyLoss` as `Cross_Entropy_Loss`, so that words can be told apart."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


def factors(value: Value, depth: int = DEEPEST) -> list[Value]:
    """The factors of a product, squares once."""
    node = source(value)
    if depth and isinstance(node, Apply) and node.op in ("multiply", "square"):
        return [factor for each in node.operands for factor in factors(each, depth - 1)]
    return [value]


def _counts(found: Vanishing, site: Site, node: Apply, dividend: Value | None, facts: Facts) -> bool:
    """Whether data are divided by their own norm, sum or spread; other kinds count always."""
    if found.kind not in _OWN:
        return True
    if found.kind == "norm" and "named-gradient" in facts.tags(found.of):
        return True
    if dividend is None or scalar(dividend) is not None:
        return found.kind in ("norm", "spread")
    wanted = {number(strip(found.of)), number(source(found.of)), number(drawn(found.of))}
    if any(
        not wanted.isdisjoint((number(strip(each)), number(drawn(each))))
        for each in islice(walk(dividend), 200)
    ):
        return True
    return found.kind != "spread" and _beside(site.value, node, wanted)


def _beside(whole: Value, quotient: Apply, wanted: set[int]) -> bool:
    """Whether what is wanted is multiplied by the quotient: `x *= new / norm(x)`."""
    node = strip(whole)
    if not isinstance(node, Apply) or node.op != "multiply":
        return False
    return any(strip(each) is quotient for each in node.operands) and any(
        number(source(each)) in wanted for each in node.operands
    )
