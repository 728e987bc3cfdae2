"""What makes a value a probability that can be 0: what it is called, or how it was made.

A softmax saturates, a count over a total is 0 for what was not seen, a share of mistakes for a learner that
makes none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import TypeGuard

from stabcheck.static.detectors._data import Place, is_data, is_text
from stabcheck.static.detectors._passed import passed
from stabcheck.static.graph import Apply, Call, Item, Merge, Symbol, Value, scalar, strip, walk
from stabcheck.static.identity import number
from stabcheck.static.infer.layout import gathered, is_drawn_count, source

_DEEPEST = 6
_PICKS = frozenset({"gather", "take", "take_along_axis", "squeeze"})
_DIAGONALS = frozenset({"diag", "diagonal", "diag_part"})
_JOINS = _PICKS | {"sum", "mean"}
_MODERATE = 40.0  # logits within it give no probability of 0
_PROBABILITIES = (
    r"p|q|probs?|probas?|probabilit(?:y|ies)|\w+_probs?|\w+_probas?|\w+_probabilit(?:y|ies)|probs?_\w+|"
    r"posteriors?|likelihoods?"
)
_PROBABILITY_NAME = re.compile(rf"^(?:{_PROBABILITIES})$", re.IGNORECASE)
_PREDICTION_NAME = re.compile(
    rf"^(?:{_PROBABILITIES}|ps|qs|\w+_p|\w+_q|p_\w+|q_\w+|py|px|"
    r"\w+_likelihoods?|\w+_pi|pi_\w+|(?:(?!log_?)\w+_)?polic(?:y|ies)(?:_old|_new)?|"
    r"y_?pred(?:ict(?:ed|ions?)?|s)?|y_?hat|yhat|preds?|\w+_preds?|predicted|(?:\w+_)?predictions?|"
    r"outputs?|output_\w+|\w+_outputs?|hypothes[ie]s|hx|al|a\d?|"
    r"d_?(?:real|fake)\w*|\w*_?(?:real|fake)_?(?:out\w*|scores?|preds?|probs?)|\w*softmax\w*|y_?conv|"
    r"logits?|logits_\w+|\w+_logits|activations?|act)$",
    re.IGNORECASE,
)
# What a model is given, not what it computes: a 0 there is meant.
_GIVEN = ("prior", "transition", "emission", "initial_", "start_")
_ERROR_NAME = re.compile(
    r"(?:^|[._])(?:\w*_)?(?:err(?:or)?s?|eps(?:ilon)?|e_?m?|miscl\w*)(?:_\w+)?$", re.IGNORECASE
)


def probability(value: Value, place: Place, loss: bool) -> Value | None:
    """What makes `value` a probability that can be 0; None if nothing does.

    In a loss, what is called a prediction counts as a probability.
    """
    return _probability(value, place, loss, _DEEPEST)


def _probability(value: Value, place: Place, loss: bool, depth: int) -> Value | None:
    node, facts = source(value), place.facts
    if _is_softmax(_picked_from(node)):
        return node
    if depth == 0 or (facts.interval(value).excludes_zero and not saturates(value)):
        return None

    def part(of: Value) -> Value | None:
        return _probability(of, place, loss, depth - 1)

    match node:
        case Symbol() | Call() | Item() if loss and _is_prediction(node, place):
            return node
        case Item() if _is_entry(node):
            return part(node.base)
        case Call(function=str(name), arguments=(entries, *_)) if name.rpartition(".")[2] == "gather":
            return part(entries)
        case Symbol(kind="loop", source=Value() as rows) if saturates(rows):
            return node  # a row of a softmax
        case Symbol() | Call() | Item():
            return node if any(map(saturates, passed(facts.module, node))) else None
        case Apply(op="subtract", operands=(left, right)) if scalar(left) == 1:
            return part(right)
        case Apply(operands=(operand, *_)) if node.op in _JOINS:
            inner = source(operand)
            if isinstance(inner, Apply) and inner.op == "multiply":
                return _first(map(part, inner.operands))
            return None if node.op == "sum" else part(operand)
        case Apply(op="divide", operands=(left, right)):
            if _is_odds(left, right, place) or _is_share(node, left, place):
                return node
            if part(left) is None:
                return None
            if scalar(right) is not None:
                return left
            return None if part(right) is None else node
        case Apply(op="where", operands=(_, *choices)):
            return _first(map(part, choices))
        case Merge():
            return _first(map(part, node.choices))
        case Apply(op="add", operands=(left, right)):
            return node if _is_bernoulli(left, right) or _is_mixture(left, right, place) else None
        case Apply(op="softmax" | "sigmoid", operands=(operand, *_)):
            logits = facts.interval(operand)
            return None if logits.lower >= -_MODERATE and logits.upper <= _MODERATE else node
        case Apply() if "probability" in facts.tags(node):
            return node
        case _:
            return None


def saturates(value: Value) -> bool:
    """Entries of a softmax or a sigmoid: never 0, but for rounding."""
    node = _picked_from(value)
    while isinstance(node, Apply) and node.op in _PICKS:
        node = _picked_from(node.operands[0])
    return _is_softmax(node) or (isinstance(node, Apply) and node.op in ("sigmoid", "softmax"))


def complement(value: Value) -> Value | None:
    """The p of `1 - p`; None of anything else."""
    node = source(value)
    if isinstance(node, Apply) and node.op == "subtract" and scalar(node.operands[0]) == 1:
        return node.operands[1]
    return None


def _first(found: Iterable[Value | None]) -> Value | None:
    return next((each for each in found if each is not None), None)


def _names(node: Value, place: Place) -> set[str]:
    return {name for name in place.names(node) if not name.startswith(_GIVEN)}


def _is_prediction(node: Value, place: Place) -> bool:
    names = _names(node, place)
    policy = isinstance(node, Call) and "pi" in names  # a call gives it, so it is not the number
    return policy or any(map(_PREDICTION_NAME.search, names))


def _is_entry(node: Value) -> TypeGuard[Item]:
    """Whether a value is picked by an index that is no key."""
    return isinstance(node, Item) and (node.index is None or not is_text(node.index))


def _picked_from(value: Value) -> Value:
    """What entries are picked from by an index; those that a loop draws stay what they are."""
    node = source(value)
    while True:
        if _is_entry(node):
            node = source(node.base)
        elif isinstance(node, Apply) and node.op in _DIAGONALS:
            node = source(node.operands[0])
        else:
            return node


def _is_softmax(node: Value) -> bool:
    """`e / sum(e)` of an exponential, or of entries that are picked from it: `e[range(n), y] / sum(e)`."""
    if not isinstance(node, Apply) or node.op != "divide":
        return False
    above, below = _picked_from(node.operands[0]), strip(node.operands[1])
    if not isinstance(above, Apply) or above.op != "exp":
        return False
    summed = gathered(below)
    if summed is not None:
        return number(_picked_from(summed)) == number(above)
    total = source(below)
    return (
        isinstance(total, Apply)
        and total.op == "sum"
        and bool(total.operands)
        and number(source(total.operands[0])) == number(above)
    )


def _is_mixture(left: Value, right: Value, place: Place) -> bool:
    """A sum of a probability and of something that is not negative."""
    parts, facts = (left, right), place.facts
    made = any("probability" in facts.tags(each) or _is_softmax(source(each)) for each in parts)
    return made and all(scalar(each) is None and facts.interval(each).lower >= 0 for each in parts)


def _is_bernoulli(left: Value, right: Value) -> bool:
    """`p * y + (1 - p) * (1 - y)`, the likelihood of a label: 0 where p has saturated on the wrong side."""
    first, second = source(left), source(right)
    if not (isinstance(first, Apply) and isinstance(second, Apply)):
        return False
    if not (first.op == second.op == "multiply"):
        return False
    p, y = first.operands
    return any(
        _complementary(p, a) and _complementary(y, b)
        for a, b in (second.operands, tuple(reversed(second.operands)))
    )


def _complementary(a: Value, b: Value) -> bool:
    """Whether one of the two is 1 minus the other."""
    return _is_rest(a, b) or _is_rest(b, a)


def _is_rest(value: Value, whole: Value) -> bool:
    """`1 - p`, where the whole is p."""
    p = complement(value)
    return p is not None and number(source(p)) == number(source(whole))


def _is_odds(left: Value, right: Value, place: Place) -> bool:
    """`(1 - err) / err` of a share of mistakes, which is 0 for a learner that makes none."""
    if not _is_rest(left, right) or place.facts.interval(right).excludes_zero:
        return False
    return any(map(_ERROR_NAME.search, place.names(source(right))))


def _is_share(node: Apply, part: Value, place: Place) -> bool:
    """A count over a total, called a probability; counts that a loop draws from a table are not 0."""
    if _is_drawn(source(part)) or counts_what_is_there(part):
        return False
    return any(map(_PROBABILITY_NAME.search, _names(node, place))) and is_data(part, place.facts)


def counts_what_is_there(value: Value) -> bool:
    """A count of what a loop draws from the data, or its share: it is not 0."""
    counted = source(value)
    share = isinstance(counted, Apply) and counted.op == "divide" and is_drawn_count(counted)
    return share or any(map(_is_of_loop, islice(walk(counted), 20)))


def _is_of_loop(node: Value) -> bool:
    """`labels == each` of what a loop draws: it is there at least once, unless the loop only counts."""
    if not isinstance(node, Apply) or node.op != "equal":
        return False
    drawn_from = [strip(each.source) for each in map(strip, node.operands) if _is_drawn(each) and each.source]
    return any(not (isinstance(each, Call) and each.function == "builtins.range") for each in drawn_from)


def _is_drawn(value: Value) -> TypeGuard[Symbol]:
    return isinstance(value, Symbol) and value.kind == "loop"
