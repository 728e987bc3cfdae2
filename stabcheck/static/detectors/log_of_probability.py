"""The logarithm of a probability, or of a prediction in a loss, that nothing keeps from 0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeGuard

from stabcheck.static.card import Card
from stabcheck.static.detectors._data import Place, drawn, is_data
from stabcheck.static.detectors._passed import passed
from stabcheck.static.detectors._tested import assigned, handled, snake, tested, text_of
from stabcheck.static.detectors._values import operations
from stabcheck.static.detectors._vanishing import vanishing
from stabcheck.static.graph import (
    Apply,
    Call,
    Constant,
    Item,
    Merge,
    Site,
    Symbol,
    Value,
    scalar,
    strip,
    walk,
)
from stabcheck.static.hit import Hit
from stabcheck.static.identity import number
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import gathered, source
from stabcheck.static.lower.conditions import COMPARISONS
from stabcheck.static.module import Module
from stabcheck.static.places import within

_DEEPEST = 6
_PICKS = frozenset({"gather", "take", "take_along_axis", "squeeze"})
_MODERATE = 40.0  # logits within it give no probability of 0
_PREDICTION = re.compile(
    r"^(?:p|q|ps|qs|\w+_p|\w+_q|p_\w+|q_\w+|py|px|probs?|probas?|probabilit(?:y|ies)|\w+_probs?|\w+_probas?|\w+_probabilit(?:y|ies)|probs?_\w+|"
    r"likelihoods?|\w+_likelihoods?|\w+_pi|pi_\w+|(?:(?!log_?)\w+_)?polic(?:y|ies)(?:_old|_new)?|"
    r"y_?pred(?:ict(?:ed|ions?)?|s)?|y_?hat|yhat|preds?|\w+_preds?|predicted|(?:\w+_)?predictions?|outputs?|output_\w+|\w+_outputs?|hypothes[ie]s|hx|al|a\d?|"
    r"d_?(?:real|fake)\w*|\w*_?(?:real|fake)_?(?:out\w*|scores?|preds?|probs?)|\w*softmax\w*|posteriors?|y_?conv|logits?|logits_\w+|\w+_logits|activations?|act)$",
    re.IGNORECASE,
)
_PROBABILITY = re.compile(
    r"^(?:p|q|probs?|probas?|probabilit(?:y|ies)|\w+_probs?|\w+_probas?|\w+_probabilit(?:y|ies)|probs?_\w+|posteriors?|likelihoods?)$",
    re.IGNORECASE,
)
# What a model is given, not what it computes: a 0 there is meant.
_GIVEN = ("prior", "transition", "emission", "initial_", "start_")
# Functions whose result is the logarithm itself: -inf is what they promise.
_RETURNS_LOGARITHMS = re.compile(r"(?:^|[._])(?:predict_log_proba|_?inverse|_?inv|psnr)$")
_DRAWING = re.compile(
    r"(?:^|_)(?:samplers?|sampling|sample|generate|generator|decode|decoder|beam\w*|search|next_token|"
    r"process(?:or)?|warper)(?:$|_)",
    re.IGNORECASE,
)
_IN_PLACE = re.compile(r"\b(?:clip|clamp|maximum)\w*\([^\n]*\bout=|\.clamp_\w*\(|\.clip_\(")
_LOSS = re.compile(
    r"(?:^|_)(?:loss(?:es)?\d*|cost|criterion|objective|cross_?entropy|entropy|crossent\w*|bce|ce|nll|kl|kld|js|jsd|divergence|log_?likelihood|"
    r"log_?probs?|logp|perplexity|mutual_info\w*|elbo|error|energy|surprisal|deviance)(?:$|_)",
    re.IGNORECASE,
)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Logarithms of what is called, or is made like, a probability."""
    logarithms = list(operations(module, "log", "log2", "log10"))
    complements = _complements(logarithms)
    for site, node in logarithms:
        argument = node.operands[0]
        if node.span.line <= 0 or _RETURNS_LOGARITHMS.search(site.function) or _draws(site):
            continue
        if facts.interval(argument).excludes_zero and not _saturates(argument):
            continue
        loss = _in_loss(site, module) or _weighted(site, node)
        found = _probability(argument, site, facts, loss, _DEEPEST)
        if found is None and loss and (site.function, _made_by(argument)) in complements:
            found = argument
        if found is None and _is_nought(argument) and within(argument.span, node.span):
            found = argument
        if found is None:
            found = _quantity(argument, Place(facts, site))
        if found is None or _floored(argument, facts) or _is_given_floored(found, facts):
            continue
        if _clips_in_place(module, site):
            continue
        text = text_of(module)
        if handled(module, site, node.span) or tested(
            module, site, _inside(text[node.span]), (argument, found, drawn(found))
        ):
            continue
        yield Hit(node.span, site, node, bindings={"p": argument})


def _complements(logarithms: Iterable[tuple[Site, Apply]]) -> set[tuple[str, int]]:
    """The p and 1 - p whose logarithms a function both takes: only a probability has both."""
    taken = {(site.function, _made_by(node.operands[0])) for site, node in logarithms}
    found: set[tuple[str, int]] = set()
    for site, node in logarithms:
        rest = source(node.operands[0])
        if isinstance(rest, Apply) and rest.op == "subtract" and scalar(rest.operands[0]) == 1:
            whole = (site.function, _made_by(rest.operands[1]))
            if whole in taken:
                found |= {whole, (site.function, number(rest))}
    return found


def _made_by(value: Value) -> int:
    """What a value is, or by what it is made: `D(real)` and `D(fake)` are outputs of one model."""
    node = source(value)
    named = isinstance(node, Call) and (node.function or "").startswith("builtins.")
    if isinstance(node, Call) and node.arguments and not named:
        return hash((node.function, 0 if node.callee is None else number(node.callee)))
    return number(node)


def _is_nought(value: Value) -> bool:
    node = source(value)
    return isinstance(node, Apply) and node.op in ("zeros", "zeros_like")


_FLOOR_NAME = re.compile(r"(?:^|[._])(?:floor|min|minimum|eps\w*|alpha|smooth\w*|pseudo_?counts?|offset)$")
_QUANTITIES = frozenset(
    {"norm", "variance", "spread", "count", "degree", "squares", "size", "range", "saturated"}
)
_SPECTRUM = re.compile(
    r"(?:^|[._])(?:r?fft[n2]?|stft|spectrogram|mel\w*|power_?spec\w*|spec\w*|periodogram|magnitudes?|psd)$",
    re.IGNORECASE,
)


def _quantity(value: Value, place: Place) -> Value | None:
    """A norm, a spread or a count that can be 0, or the magnitudes of a spectrum."""
    node = source(value)
    ratio = isinstance(node, Apply) and node.op == "divide" and scalar(node.operands[1]) is None
    known = None if ratio else vanishing(value, place)
    if known is not None and known.kind in _QUANTITIES:
        return known.factor
    while isinstance(node, Apply) and node.op in (
        "abs",
        "square",
        "power",
        "multiply",
        "divide",
        "sqrt",
        "add",
    ):
        node = source(node.operands[0])
    if isinstance(node, Call | Symbol | Item | Apply):
        names = place.names(node) | ({node.op} if isinstance(node, Apply) else set())
        if any(_SPECTRUM.search(name) for name in names):
            return node
    return None


def _picked_from(value: Value) -> Value:
    """What entries are picked from."""
    node = source(value)
    while isinstance(node, Item) and not _is_text(node.index):
        node = source(node.base)
    return node


def _saturates(value: Value) -> bool:
    """Entries of a softmax or a sigmoid: never 0, but for rounding."""
    node = _picked_from(value)
    while isinstance(node, Apply) and node.op in _PICKS:
        node = _picked_from(node.operands[0])
    return _is_softmax(node) or (isinstance(node, Apply) and node.op in ("sigmoid", "softmax"))


def _is_term(value: Value, logarithm: Value) -> bool:
    """The logarithm itself, or a difference of two."""
    node = source(value)
    if isinstance(node, Apply) and node.op == "subtract":
        return any(source(each) is logarithm for each in node.operands)
    return node is logarithm


def _is_mean_of(whole: list[Value], logarithm: Value) -> bool:
    """`-mean(log(p))`, the negative logarithm of a likelihood."""
    negated = any(isinstance(each, Apply) and each.op == "negative" for each in whole)
    return negated and any(
        isinstance(each, Apply)
        and each.op in ("mean", "sum")
        and any(_is_term(operand, logarithm) or _negates(operand, logarithm) for operand in each.operands)
        for each in whole
    )


def _negates(value: Value, logarithm: Value) -> bool:
    node = source(value)
    return isinstance(node, Apply) and node.op == "negative" and source(node.operands[0]) is logarithm


def _clips_in_place(module: Module, site: Site) -> bool:
    """`np.clip(p, …, out=p)` in the function: other names of the array are clipped with it."""
    function = module.functions.get(site.function)
    return function is not None and _IN_PLACE.search(text_of(module)[function.span]) is not None


def _draws(site: Site) -> bool:
    """Samplers and searches: what has a logarithm of -inf is never drawn, and that is what is meant."""
    return any(_DRAWING.search(snake(part)) for part in site.function.split("."))


def _inside(written: str) -> str:
    """What stands in the parentheses of a call; the receiver of a method."""
    head, bracket, rest = written.partition("(")
    inner = rest.rpartition(")")[0]
    return inner if bracket and inner else head.rpartition(".")[0]


def _in_loss(site: Site, module: Module) -> bool:
    """Whether the function, its class or the name that the value gets say that this is a loss."""
    parts = [snake(part) for part in site.function.split(".")]
    if any(_LOSS.search(part) for part in parts):
        return True
    return _LOSS.search(assigned(site, module)) is not None


def _weighted(site: Site, logarithm: Value) -> bool:
    """The logarithm is weighted and summed: `-sum(y * log(p))`."""
    whole = list(islice(walk(site.value), 60))
    if _is_mean_of(whole, logarithm):
        return True
    weighted = any(
        isinstance(each, Apply)
        and each.op in ("multiply", "dot", "matmul")
        and any(_is_term(operand, logarithm) for operand in each.operands)
        and all(scalar(operand) is None for operand in each.operands)
        for each in whole
    )
    return weighted and any(
        isinstance(each, Apply) and each.op in ("negative", "sum", "mean", "subtract") for each in whole
    )


def _probability(value: Value, site: Site, facts: Facts, loss: bool, depth: int) -> Value | None:
    """What makes `value` a probability that can be 0; None if nothing does."""
    node = source(value)
    if _is_softmax(_picked_from(node)):
        return node
    if depth == 0 or (facts.interval(value).excludes_zero and not _saturates(value)):
        return None
    below = depth - 1
    match node:
        case Symbol() | Call() | Item():
            names = {name for name in Place(facts, site).names(node) if not name.startswith(_GIVEN)}
            policy = isinstance(node, Call) and "pi" in names  # a call gives it, so it is not the number
            if loss and (policy or any(_PREDICTION.search(name) for name in names)):
                return node
            if isinstance(node, Item) and not _is_text(node.index):
                return _probability(node.base, site, facts, loss, below)
            if (
                isinstance(node, Call)
                and node.function
                and node.function.rpartition(".")[2] == "gather"
                and node.arguments
            ):
                return _probability(node.arguments[0], site, facts, loss, below)
            return node if any(_saturates(each) for each in passed(facts.module, node)) else None
        case Apply(op="subtract", operands=(left, right)) if scalar(left) == 1:
            return _probability(right, site, facts, loss, below)
        case Apply(
            op="sum" | "mean" | "gather" | "take" | "take_along_axis" | "squeeze", operands=(operand, *_)
        ):
            inner = source(operand)
            if isinstance(inner, Apply) and inner.op == "multiply":
                found = (_probability(each, site, facts, loss, below) for each in inner.operands)
                return next((each for each in found if each is not None), None)
            return _probability(operand, site, facts, loss, below) if node.op != "sum" else None
        case Apply(op="divide", operands=(left, right)) if _is_odds(left, right, Place(facts, site)):
            return node
        case Apply(op="divide", operands=(left, right)) if _is_share(node, left, Place(facts, site)):
            return node
        case Apply(op="divide", operands=(left, right)):
            if _probability(left, site, facts, loss, below) is None:
                return None
            ratio = scalar(right) is None and _probability(right, site, facts, loss, below) is not None
            return node if ratio else (left if scalar(right) is not None else None)
        case Apply(op="where", operands=(_, *choices)):
            found = (_probability(each, site, facts, loss, below) for each in choices)
            return next((each for each in found if each is not None), None)
        case Apply(op="add", operands=(left, right)):
            parts = (left, right)
            if _is_bernoulli(left, right):
                return node
            if any("probability" in facts.tags(each) or _is_softmax(source(each)) for each in parts):
                return (
                    node
                    if all(scalar(each) is None and facts.interval(each).lower >= 0 for each in parts)
                    else None
                )
            return None
        case Merge():
            found = (_probability(each, site, facts, loss, below) for each in node.choices)
            return next((each for each in found if each is not None), None)
        case Apply(op="softmax" | "sigmoid", operands=(operand, *_)):
            logits = facts.interval(operand)
            return None if logits.lower >= -_MODERATE and logits.upper <= _MODERATE else node
        case Apply():
            return node if "probability" in facts.tags(node) else None
        case _:
            return None


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
    return any(
        isinstance(node, Apply)
        and node.op == "subtract"
        and scalar(node.operands[0]) == 1
        and number(source(node.operands[1])) == number(source(part))
        for node, part in ((source(a), b), (source(b), a))
    )


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


_ERROR_NAME = re.compile(
    r"(?:^|[._])(?:\w*_)?(?:err(?:or)?s?|eps(?:ilon)?|e_?m?|miscl\w*)(?:_\w+)?$", re.IGNORECASE
)


def _is_odds(left: Value, right: Value, place: Place) -> bool:
    """`(1 - err) / err` of a share of mistakes, which is 0 for a learner that makes none."""
    above = source(left)
    if not isinstance(above, Apply) or above.op != "subtract" or scalar(above.operands[0]) != 1:
        return False
    if (
        number(source(above.operands[1])) != number(source(right))
        or place.facts.interval(right).excludes_zero
    ):
        return False
    return any(map(_ERROR_NAME.search, place.names(source(right))))


def _is_share(node: Apply, part: Value, place: Place) -> bool:
    """A count over a total, called a probability; counts that a loop draws from a table are not 0."""
    counted = source(part)
    if isinstance(counted, Symbol) and counted.kind == "loop":
        return False
    if any(map(_is_of_loop, islice(walk(counted), 20))):
        return False
    names = {name for name in place.names(node) if not name.startswith(_GIVEN)}
    return any(_PROBABILITY.search(name) for name in names) and is_data(part, place.facts)


def _is_of_loop(node: Value) -> bool:
    """`labels == each` of what a loop draws: it is there at least once, unless the loop only counts."""
    if not isinstance(node, Apply) or node.op != "equal":
        return False
    drawn_from = [strip(each.source) for each in map(strip, node.operands) if _is_drawn(each) and each.source]
    return any(not (isinstance(each, Call) and each.function == "builtins.range") for each in drawn_from)


def _is_drawn(value: Value) -> TypeGuard[Symbol]:
    return isinstance(value, Symbol) and value.kind == "loop"


def _is_text(index: Value | None) -> bool:
    inner = None if index is None else strip(index)
    return isinstance(inner, Constant) and isinstance(inner.value, str)


# What is kept from 0 in their argument is not kept from it in their value.
_BOUNDED = frozenset({"softmax", "sigmoid", "exp"})


def _floored(value: Value, facts: Facts) -> bool:
    """Whether an eps, a clip or a choice stands between the logarithm and the data."""
    stack, seen = [value], 0
    while stack and seen < 60:
        seen += 1
        node = source(stack.pop())
        match node:
            case Apply(op="clip" | "maximum" | "relu" | "softplus" | "nan_to_num"):
                return True
            case Apply(op="where", operands=(condition, *choices)):
                if not _is_about_others(condition, choices):
                    return True
                stack.extend(choices)
            case Apply(op="add") if any(_is_small(each, facts) for each in node.operands):
                return True
            case Apply(op="divide") if _is_smoothed(*node.operands):
                return True
            case Apply() if node.op not in _BOUNDED:
                stack.extend(node.operands)
            case Item():
                stack.append(node.base)
            case Merge():
                stack.extend(node.choices)
            case Call() if re.search(r"clip|clamp|safe|eps|smooth", node.function or ""):
                return True
            case _:
                continue
    return False


def _is_smoothed(above: Value, below: Value) -> bool:
    """`(count + k) / (total + 2 * k)`: a pseudocount keeps it from 0 and from 1."""
    left, right = source(above), source(below)
    if not isinstance(left, Apply) or not isinstance(right, Apply) or (left.op, right.op) != ("add", "add"):
        return False
    added = {number(source(each)) for each in islice(walk(right), 20) if isinstance(each, Symbol | Constant)}
    return any(number(source(each)) in added for each in left.operands)


def _is_given_floored(value: Value, facts: Facts) -> bool:
    """Whether every call of the function in the file passes something that is kept from 0."""
    given = list(passed(facts.module, value))
    return bool(given) and all(
        _floored(each, facts) or (facts.interval(each).excludes_zero and not _saturates(each))
        for each in given
    )


def _is_about_others(condition: Value, choices: Sequence[Value]) -> bool:
    """Whether a choice does not go by what it chooses, but by the label: `where(y == 1, p, 1 - p)`."""
    test = source(condition)
    if not isinstance(test, Apply) or test.op not in COMPARISONS:
        return False
    looked_at = {number(strip(each)) for each in walk(test) if not isinstance(each, Constant)}
    chosen = (each for choice in choices for each in islice(walk(choice), 60))
    return all(isinstance(each, Constant) or number(strip(each)) not in looked_at for each in chosen)


def _is_small(value: Value, facts: Facts) -> bool:
    size = scalar(value)
    if size is not None:
        return size > 0
    node = source(value)
    if isinstance(node, Call) and node.function == "builtins.float" and node.arguments:
        node = source(node.arguments[0])
    named = isinstance(node, Symbol) and _FLOOR_NAME.search(node.name) is not None
    return named or "named-epsilon" in facts.tags(value)
