"""The logarithm of a probability, or of a prediction in a loss, that nothing keeps from 0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from stabcheck.static.card import Card
from stabcheck.static.detectors._data import Place, called, drawn
from stabcheck.static.detectors._floored import floored, is_given_floored
from stabcheck.static.detectors._probability import complement, counts_what_is_there, probability, saturates
from stabcheck.static.detectors._tested import assigned, caught, handled, snake, tested
from stabcheck.static.detectors._values import is_op, operations
from stabcheck.static.detectors._vanishing import vanishing
from stabcheck.static.enclosing import calls_around
from stabcheck.static.expected import PLAIN
from stabcheck.static.graph import Apply, Call, Item, Site, Symbol, Value, scalar, walk
from stabcheck.static.hit import Hit
from stabcheck.static.identity import number
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import picked_from, source
from stabcheck.static.infer.suggested import Tags, of_name
from stabcheck.static.lower.conditions import COMPARISONS
from stabcheck.static.module import Module
from stabcheck.static.naming import NAMES
from stabcheck.static.normal import term
from stabcheck.static.places import within
from stabcheck.static.source_text import text_of

# Functions whose result is the logarithm itself: -inf is what they promise.
_RETURNS_LOGARITHMS = re.compile(r"(?:^|[._])(?:predict_log_proba|_?inverse|_?inv|psnr)$")
_DRAWING = re.compile(
    r"(?:^|_)(?:samplers?|sampling|sample|generate|generator|decode|decoder|beam\w*|search|next_token|"
    r"process(?:or)?|warper)(?:$|_)",
    re.IGNORECASE,
)
_JUDGES = re.compile(r"(?:^|_)(?:eval\w*|loss|train\w*|fit|score|nll|test)(?:$|_)", re.IGNORECASE)
_IN_PLACE = re.compile(r"\b(?:clip|clamp|maximum)\w*\([^\n]*\bout=|\.clamp_\w*\(|\.clip_\(")
_LOSS = re.compile(
    r"(?:^|_)(?:loss(?:es)?\d*|cost|criterion|objective|cross_?entropy|[cx]?_?entropy|crossent\w*|xent|log_?loss|bce|ce|nll|kl|kld|js|jsd|divergence|log_?likelihood|"
    r"log_?probs?|logp|perplexity|mutual_info\w*|elbo|error|energy|surprisal|deviance)(?:$|_)",
    re.IGNORECASE,
)
_SETS_UP = re.compile(r"(?:^|[._])(?:_*init\w*|reset\w*|build)$")
_VARIANCE = re.compile(r"var(?:iances?)?_?$")
# What has no place on a logarithmic axis is left out of the figure.
_DRAWS_A_FIGURE = re.compile(
    r"^(?:plot\w*|scatter|semilog[xy]|loglog|bar|hist|imshow|contourf?|pcolor\w*|matshow|errorbar|fill_between|"
    r"add_trace|set_[xy]lim|imsave|specgram|surface|heatmap)$"
)
_DRAWN = "{p} is exactly 0 once in 8 to 17 million draws (float32), and its logarithm -inf"
_DRAW_INSIDE = (
    "draw from [tiny, 1): uniform(minval=tiny), or u.clamp_min(tiny), with tiny = finfo(dtype).tiny"
)
# Of the kinds of what vanishes, those whose logarithms are taken.
_QUANTITIES = frozenset(
    {"norm", "variance", "spread", "count", "degree", "squares", "size", "range", "saturated"}
)
_SPECTRUM = re.compile(
    r"(?:^|[._])(?:r?fft[n2]?|stft|spectrogram|mel\w*|power_?spec\w*|spec\w*|periodogram|magnitudes?|psd)$",
    re.IGNORECASE,
)
_OF_MAGNITUDES = frozenset({"abs", "square", "power", "multiply", "divide", "sqrt", "add"})


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """Logarithms of what is called, or is made like, a probability."""
    logarithms = list(operations(module, "log", "log2", "log10"))
    complements = _complements(logarithms)
    for site, node in logarithms:
        argument = node.operands[0]
        if node.span.line <= 0 or _RETURNS_LOGARITHMS.search(site.function):
            continue
        if _is_uniform(argument, facts) and not _SETS_UP.search(site.function):
            if _is_level(site, node, facts):
                continue
            yield Hit(node.span, site, node, bindings={"p": argument}, message=_DRAWN, advice=_DRAW_INSIDE)
            continue
        if _draws(site):
            continue
        if facts.interval(argument).excludes_zero and not saturates(argument):
            continue
        if counts_what_is_there(argument):
            continue
        place = Place(facts, site)
        loss = _in_loss(site, module) or _weighted(site, node)
        found = probability(argument, place, loss)
        if found is None and loss and (site.function, _made_by(argument)) in complements:
            found = argument
        if found is None and _is_nought(argument) and within(argument.span, node.span):
            found = argument
        if found is None:
            found = _quantity(argument, place, module)
        if found is None or floored(argument, facts) or is_given_floored(found, facts):
            continue
        if _clips_in_place(module, site) or handled(module, site, node.span):
            continue
        if facts.library(node) in (None, "math", "python") and caught(module, node.span):
            continue
        if any(_DRAWS_A_FIGURE.search(name) for name, _ in calls_around(module, node.span)):
            continue
        inside = _inside(text_of(module)[node.span])
        if tested(module, site, inside, (argument, found, drawn(found), *_above(argument))):
            continue
        yield Hit(node.span, site, node, bindings={"p": argument})


def _is_uniform(value: Value, facts: Facts) -> bool:
    """A uniform draw in float32 that starts from 0, which is among the 2**23 or 2**24 numbers drawn."""
    node = source(value)
    if not is_op(node, "random_uniform", "random_unit") or facts.interval(node).excludes_zero:
        return False
    return facts.library(node) in ("torch", "tensorflow", "keras", "jax") and facts.dtype(node) != "float64"


def _is_level(site: Site, logarithm: Value, facts: Facts) -> bool:
    """A height that a density is compared with, as slice samplers draw it: -inf accepts, and is right.

    So is what only the largest of is taken: `argmax(logits - log(-log(u)))`.
    """
    for each in islice(walk(site.value), 60):
        if isinstance(each, Apply) and each.op == "argmax":
            return True
        if isinstance(each, Call) and (each.function or "").rpartition(".")[2] == "argmax":
            return True
        if not isinstance(each, Apply) or not any(source(part) is logarithm for part in each.operands):
            continue
        if each.op in COMPARISONS:
            return True
        others = [part for part in each.operands if source(part) is not logarithm]
        logarithms = {"log-quantity", "named-log"}
        if each.op == "add" and others and all(_tags(part, site, facts) & logarithms for part in others):
            return True
    return False


def _tags(value: Value, site: Site, facts: Facts) -> Tags:
    """What is known of a value, and what its names here suggest."""
    return facts.tags(value).union(*map(of_name, called(source(value), site)))


def _above(value: Value) -> tuple[Value, ...]:
    """What stands above the line of a share, and what it is picked from: one is 0 with the other."""
    node = source(value)
    if not isinstance(node, Apply) or node.op != "divide":
        return ()
    return node.operands[0], picked_from(node.operands[0])


def _complements(logarithms: Iterable[tuple[Site, Apply]]) -> set[tuple[str, int]]:
    """The p and 1 - p whose logarithms a function both takes: only a probability has both."""
    taken = {(site.function, _made_by(node.operands[0])) for site, node in logarithms}
    found: set[tuple[str, int]] = set()
    for site, node in logarithms:
        p = complement(node.operands[0])
        whole = None if p is None else (site.function, _made_by(p))
        if whole in taken:
            found |= {whole, (site.function, number(source(node.operands[0])))}
    return found


def _made_by(value: Value) -> int:
    """What a value is, or by what it is made: `D(real)` and `D(fake)` are outputs of one model."""
    node = source(value)
    named = isinstance(node, Call) and (node.function or "").startswith("builtins.")
    if isinstance(node, Call) and node.arguments and not named:
        return hash((node.function, 0 if node.callee is None else number(node.callee)))
    return number(node)


def _is_nought(value: Value) -> bool:
    return is_op(source(value), "zeros", "zeros_like")


def _quantity(value: Value, place: Place, module: Module) -> Value | None:
    """A norm, a spread or a count that can be 0, or the magnitudes of a spectrum."""
    node, is_log_scale = source(value), NAMES["a log scale"]
    ratio = isinstance(node, Apply) and node.op == "divide" and scalar(node.operands[1]) is None
    known = None if ratio else vanishing(value, place)
    if known is not None and known.kind in _QUANTITIES:
        plain = known.kind in ("squares", "norm") and place.facts.library(node) in PLAIN
        names = place.names(node) | place.names(source(term(value).value))
        if plain and not any(map(_VARIANCE.search, names)) and not is_log_scale(assigned(place.site, module)):
            return None  # of residuals and moves, which are never all 0
        return known.factor
    while isinstance(node, Apply) and node.op in _OF_MAGNITUDES:
        node = source(node.operands[0])
    if isinstance(node, Call | Symbol | Item | Apply):
        names = place.names(node) | ({node.op} if isinstance(node, Apply) else set())
        return node if any(map(_SPECTRUM.search, names)) else None
    return None


def _clips_in_place(module: Module, site: Site) -> bool:
    """`np.clip(p, …, out=p)` in the function: other names of the array are clipped with it."""
    function = module.functions.get(site.function)
    return function is not None and _IN_PLACE.search(text_of(module)[function.span]) is not None


def _draws(site: Site) -> bool:
    """Samplers and searches: what has a logarithm of -inf is never drawn, and that is what is meant."""
    return any(_DRAWING.search(part) and not _JUDGES.search(part) for part in _parts(site))


def _inside(written: str) -> str:
    """What stands in the parentheses of a call; the receiver of a method."""
    head, bracket, rest = written.partition("(")
    inner = rest.rpartition(")")[0]
    return inner if bracket and inner else head.rpartition(".")[0]


def _in_loss(site: Site, module: Module) -> bool:
    """Whether the function, its class or the name that the value gets say that this is a loss."""
    return any(_LOSS.search(name) for name in (*_parts(site), assigned(site, module)))


def _parts(site: Site) -> list[str]:
    """The names of the function and of what it stands in."""
    return [snake(part) for part in site.function.split(".")]


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
