"""Provenance: what kind of quantity a value is, by how it was made.

Proven tags: "probability", "log-quantity" (a logarithm, or a sum or scaled one of logarithms), "logit" (a
linear layer's output), "shifted" (minus its own maximum or logsumexp), "normalized" (over its own sum or
norm), "count" (a non-negative integer by construction), "integer", "parameter-positive" (constrained by its
class), "mask" (truth values, also as numbers), "share" (of entries that are some constant, a cell of a
histogram), "clipped", "variance", "random", "constant".

What a name suggests adds weak tags (`stabcheck.static.infer.suggested`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from stabcheck.ops import OPERATIONS, Interval
from stabcheck.static.graph import (
    Apply,
    Assume,
    Call,
    Constant,
    Item,
    Merge,
    Sequence,
    Symbol,
    Value,
    scalar,
    strip,
)
from stabcheck.static.infer.extremes import is_largest, is_least
from stabcheck.static.infer.layout import moved, runs_over, source
from stabcheck.static.infer.suggested import Tags, of_name
from stabcheck.static.lower.conditions import COMPARISONS, is_condition
from stabcheck.static.names import normalize

KnownTags = Callable[[Value], Tags]
KnownInterval = Callable[[Value], Interval]

NOTHING: Tags = frozenset()

_PROBABILITY = frozenset({"softmax", "sigmoid", "ndtr", "hard_sigmoid"})
_LOG = frozenset(
    [
        "log",
        "log2",
        "log10",
        "log1p",
        "log_softmax",
        "log_sigmoid",
        "logsumexp",
        "logaddexp",
        "gammaln",
        "betaln",
        "log_ndtr",
        "norm_logpdf",
        "norm_logsf",
        "log1mexp",
        "logit",
    ]
)
_LINEAR = frozenset(
    {"torch.nn.Linear", "torch.nn.LazyLinear", "torch.nn.Bilinear", "keras.layers.Dense", "flax.linen.Dense"}
    | {"flax.nnx.Linear", "haiku.Linear", "keras.layers.EinsumDense"}
)
_LINEAR_FUNCTIONS = frozenset({"torch.nn.functional.linear"})
_TEMPERATURE = re.compile(r"(?:^|[._])(?:t|T|beta|eta|kappa|lam|lambda_?|sharpness|inv(?:erse)?_temp\w*)$")
_LOG_NAME = re.compile(
    r"^_?log_?(?:prob|pdf|pmf|cdf|sf|survival|likelihood|density|softmax|abs_det|det|modified_bessel|bessel|marginal|evidence|partition)"
)


def transfer(node: Value, tags: KnownTags, interval: KnownInterval, integer: Callable[[Value], bool]) -> Tags:
    """The tags of a node from those of the nodes below it."""
    match node:
        case Constant():
            return frozenset({"constant"})
        case Assume():
            return tags(node.base) | _constrained(node)
        case Merge():
            return _common([each for each in node.choices if not _is_none(each)], tags)
        case Symbol():
            return _symbol(node, tags, interval, integer)
        case Item():
            return _item(node, tags, integer)
        case Call():
            return _call(node, tags)
        case Apply():
            found = _apply(node, tags, interval)
            if integer(node):
                found |= {"integer", "count"} if interval(node).lower >= 0 else {"integer"}
            return found
        case _:
            return NOTHING


def _is_none(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is None


def _common(choices: list[Value], tags: KnownTags) -> Tags:
    return frozenset.intersection(*[tags(each) for each in choices]) if choices else NOTHING


def _constrained(node: Assume) -> Tags:
    base = node.base
    attribute = isinstance(base, Symbol) and base.kind == "attribute"
    if attribute and node.interval.lower >= 0 and node.interval.nonzero:
        return frozenset({"parameter-positive"})
    return NOTHING


def _symbol(node: Symbol, tags: KnownTags, interval: KnownInterval, integer: Callable[[Value], bool]) -> Tags:
    found = of_name(node.name)
    if node.kind == "loop" and node.source is not None:
        found |= tags(node.source) - {"constant"}
    if integer(node):
        found |= {"integer"}
        drawn = None if node.source is None else strip(node.source)
        if drawn is not None and interval(drawn).lower >= 0:
            found |= {"count"}
    return found


def _item(node: Item, tags: KnownTags, integer: Callable[[Value], bool]) -> Tags:
    index = None if node.index is None else strip(node.index)
    if isinstance(index, Constant) and isinstance(index.value, str):
        return of_name(index.value)
    base = strip(node.base)
    if isinstance(base, Apply) and base.op == "histogram" and index is not None and scalar(index) == 0:
        return frozenset({"share"})
    found = tags(node.base) - {"constant", "shifted"}
    if integer(node):
        found |= {"integer"}
    return found


def _call(node: Call, tags: KnownTags) -> Tags:
    name = node.function or ""
    last = name.rpartition(".")[2]
    if node.result is not None:
        named = frozenset({"log-quantity"}) if _LOG_NAME.match(last) else NOTHING
        return tags(node.result) | named
    copied = moved(node)
    if copied is not None:
        return tags(copied)
    if _LOG_NAME.match(last):
        return frozenset({"log-quantity"})
    if last in ("predict_proba", "cdf", "sf", "pmf"):
        return frozenset({"probability"})
    if name in ("builtins.range", "builtins.len"):
        return frozenset({"integer", "count"})
    if "." in name and last in ("random", "rand", "random_sample"):  # of any generator
        return frozenset({"random"})
    layer = None if node.callee is None else strip(node.callee)
    if isinstance(layer, Call) and layer.function == "torch.nn.Sequential" and layer.arguments:
        layer = strip(layer.arguments[-1])
    if (
        isinstance(layer, Call)
        and normalize(layer.function or "") in _LINEAR
        and "activation" not in layer.keywords
    ):
        return frozenset({"logit"})
    if name in _LINEAR_FUNCTIONS:
        return frozenset({"logit"})
    return of_name(last) & {"named-gradient"}


def _apply(node: Apply, tags: KnownTags, interval: KnownInterval) -> Tags:
    if node.op in _PROBABILITY:
        return frozenset({"probability"})
    if node.op in _LOG:
        return frozenset({"log-quantity"})
    if node.op in COMPARISONS or is_condition(node):
        return frozenset({"mask"})
    if node.op in ("var", "std"):
        return frozenset({"variance"})
    if node.op in ("l2_normalize", "normalize"):
        return frozenset({"normalized"})
    row = OPERATIONS.get(node.op)
    if row is not None and row.kind == "random":
        return frozenset({"random"})
    inner = moved(node)
    if inner is not None:
        parts = strip(inner)
        shares = isinstance(parts, Sequence) and any("share" in tags(each) for each in parts.items)
        return frozenset({"share"}) if shares else tags(inner)
    if node.op in ("split", "unstack") and node.operands:
        return tags(node.operands[0]) & {"logit"}
    if node.op in ("floor", "ceil", "round", "rint") and node.operands:
        return tags(node.operands[0]) & {"log-quantity"}
    if node.op == "clip" and node.operands:
        return tags(node.operands[0]) | {"clipped"}
    if node.op in ("maximum", "minimum") and len(node.operands) == 2:
        return _kept(node, tags) | {"clipped"} if _has_number(node) else NOTHING
    return _arithmetic(node, tags, interval)


def _has_number(node: Apply) -> bool:
    return any(scalar(each) is not None for each in node.operands)


def _kept(node: Apply, tags: KnownTags) -> Tags:
    """The tags of the operand that is not a number."""
    return frozenset().union(*(tags(each) for each in node.operands if scalar(each) is None))


def _arithmetic(node: Apply, tags: KnownTags, interval: KnownInterval) -> Tags:
    match node.op, node.operands:
        case "subtract", (left, right):
            return _difference(left, right, tags)
        case "add", (left, right):
            return _log_if(tags, left, right) | _shifted_sum(left, right)
        case "negative", (operand,):
            return (tags(operand) & {"log-quantity"}) | _turned(operand)
        case ("multiply" | "divide") as op, (left, right):
            found: Tags = NOTHING
            for a, b in ((left, right), (right, left)) if op == "multiply" else ((left, right),):
                if "log-quantity" in tags(a) and "log-quantity" not in tags(b):
                    found |= {"log-quantity"}
                if "shifted" in tags(a) and (interval(b).upper > 0 or _is_temperature(b, op, tags)):
                    found |= {"shifted"}
            return found | (_normalized(left, right) if op == "divide" else NOTHING)
        case "mean", (operand, *_) if _is_told_apart(operand):
            return frozenset({"share"})
        case (("sum" | "mean" | "max" | "min" | "cumsum"), (operand, *_)):
            keep = {"log-quantity"} if node.op in ("sum", "cumsum") else {"log-quantity", "probability"}
            return tags(operand) & keep
        case "where", (_, chosen, otherwise):
            return tags(chosen) & tags(otherwise)
        case _:
            return NOTHING


def _is_told_apart(value: Value) -> bool:
    """`y == 1`, for the share of a class that may not occur; a class that was found in y does."""
    node = source(value)
    if not isinstance(node, Apply) or node.op not in ("equal", "not_equal"):
        return False
    return any(scalar(each) is not None for each in node.operands)


def _log_if(tags: KnownTags, *operands: Value) -> Tags:
    """A sum of logarithms, with numbers added, is one."""
    known = [tags(each) for each in operands if scalar(each) is None]
    return frozenset({"log-quantity"}) if known and all("log-quantity" in each for each in known) else NOTHING


def _difference(left: Value, right: Value, tags: KnownTags) -> Tags:
    found = _log_if(tags, left, right)
    if "named-step" in tags(left) and "named-step" in tags(right):
        found |= {"named-step"}  # a stretch of indices
    if is_largest(right, left) or is_least(left, right):
        found |= {"shifted"}
        below = source(right)
        if isinstance(below, Apply) and below.op == "logsumexp":
            found |= {"log-quantity"}
    if scalar(left) == 1 and "probability" in tags(right):
        found |= {"probability"}
    return found


def _shifted_sum(left: Value, right: Value) -> Tags:
    for a, b in ((left, right), (right, left)):
        node = strip(b)
        if isinstance(node, Apply) and node.op == "negative" and is_largest(node.operands[0], a):
            return frozenset({"shifted"})
    return NOTHING


def _turned(operand: Value) -> Tags:
    """`-(x - min(x))` is never positive."""
    node = strip(operand)
    if isinstance(node, Apply) and node.op == "subtract" and is_least(node.operands[1], node.operands[0]):
        return frozenset({"shifted"})
    return NOTHING


def _is_temperature(value: Value, op: str, tags: KnownTags) -> bool:
    """What shifted values are divided by, or multiplied with if it is called so. It is positive."""
    node = strip(value)
    if not isinstance(node, Symbol):
        return False
    return op == "divide" or "named-positive" in tags(node) or _TEMPERATURE.search(node.name) is not None


def _normalized(left: Value, right: Value) -> Tags:
    below = source(right)
    reduction = isinstance(below, Apply) and below.op in ("sum", "norm") and bool(below.operands)
    if reduction and isinstance(below, Apply) and runs_over(below.operands[0], left):
        return frozenset({"normalized"})
    return NOTHING
