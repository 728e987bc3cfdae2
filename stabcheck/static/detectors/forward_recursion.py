"""The probabilities of a sequence, multiplied up step by step without being scaled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Set
from itertools import islice

from stabcheck.static.card import Card
from stabcheck.static.detectors._data import is_text, name_of
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Call, Constant, Item, Symbol, Value, scalar, strip, walk
from stabcheck.static.hit import Hit
from stabcheck.static.identity import number
from stabcheck.static.infer import Facts
from stabcheck.static.infer.layout import source
from stabcheck.static.module import Module
from stabcheck.static.normal import DEEPEST
from stabcheck.static.source_text import text_of

_CONTRACTS = frozenset({"dot", "matmul", "sum", "max", "einsum", "inner", "vdot"})
_MOST_NODES = 60
_OF_EXPONENTIALS = (
    "each step multiplies by exponentials: after some dozens of steps all entries are inf or 0, and with "
    "them what is made of their sum"
)
# What keeps such a recursion in range: a scale for each step, or logarithms all the way.
_SCALED = re.compile(
    r"scal(?:e|es|ed|ing|er)(?:\b|_)|normali[sz]|logsumexp|logaddexp|_log_|\blog_", re.IGNORECASE
)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`alpha[t] = (alpha[t - 1] @ A) * B[:, obs[t]]` in a loop, forward, backward or of the best path."""
    seen = set()
    for site, node in operations(module, "multiply", *_CONTRACTS):
        added = _is_added(site.value, node)
        if strip(site.value) is not node and not added and not _is_stored(site.value, node):
            continue
        step = None if node.span in seen else _step(node, module, added)
        if step is None:
            continue
        carried, message = step
        function = module.functions.get(site.function)
        text = text_of(module)[function.span] if function is not None else text_of(module).whole
        if _SCALED.search(text) or _is_divided(carried, text):
            continue
        seen.add(node.span)
        yield Hit(node.span, site, node, message=message)


def _is_stored(whole: Value, node: Apply) -> bool:
    """Whether a statement's value is what a comprehension or an `append` takes in."""
    value = strip(whole)
    parts = value.arguments if isinstance(value, Call) else ()
    return any(strip(each) is node for each in parts)


def _is_added(whole: Value, node: Apply) -> bool:
    """`alpha[t][j] += product`: the loop is the sum."""
    value = strip(whole)
    if not isinstance(value, Apply) or value.op != "add" or len(value.operands) != 2:
        return False
    total, product = map(strip, value.operands)
    return product is node and isinstance(total, Item)


def _step(node: Apply, module: Module, added: bool) -> tuple[str, str | None] | None:
    """What is carried on by a product of an earlier step, a transition and what comes next; a message."""
    contractions = [
        each for each in islice(walk(node), _MOST_NODES) if isinstance(each, Apply) and each.op in _CONTRACTS
    ]
    if not contractions and not added:
        return None
    factors = list(islice(_factors(node), 12))
    earlier = {number(each): each for each in factors if _is_earlier(each, module)}
    observed = {number(each) for each in factors if _is_indexed(each, _is_looked_up)} or {
        number(each) for each in factors if _is_indexed(each, _is_drawn)
    }
    others = {number(each) for each in factors} - earlier.keys() - observed
    exponentials = any(_meets_exponential(each, earlier.keys()) for each in contractions)
    if not earlier or not (exponentials or (observed and others)):
        return None
    return _name(next(iter(earlier.values()))), _OF_EXPONENTIALS if exponentials else None


def _meets_exponential(contraction: Apply, earlier: Set[int]) -> bool:
    """`a @ exp(m)`, not `(z @ w) * exp(s)` of a network."""
    factors = list(islice(_factors(contraction), 12))
    return any(number(each) in earlier for each in factors) and any(
        isinstance(each, Apply) and each.op == "exp" for each in factors
    )


def _name(value: Value) -> str:
    node = value
    while isinstance(node, Item) and not (node.index is not None and is_text(node.index)):
        node = source(node.base)
    return name_of(node)


def _is_divided(carried: str, text: str) -> bool:
    """Whether a line divides what is carried on, or makes a scale of it: `c[t] = 1 / alpha[t].sum()`."""
    name = re.escape(carried)
    return bool(
        re.search(rf"(?:^|;)\s*(?:[\w.]*\.)?{name}\b[^=\n;]*(?:[*/]=|=[^=\n;]*/)", text, re.MULTILINE)
        or re.search(rf"=\s*1(?:\.0*)?\s*/[^\n]*\b{name}\b", text)
    )


def _factors(value: Value, depth: int = DEEPEST) -> Iterator[Value]:
    """The factors of a product, through sums, maxima and contractions over states."""
    node = source(value)
    if depth and isinstance(node, Apply) and node.op in ("multiply", *_CONTRACTS):
        for each in node.operands:
            yield from _factors(each, depth - 1)
    elif depth and isinstance(node, Call) and node.result is not None:
        yield from _factors(node.result, depth - 1)
    else:
        yield node


def _is_earlier(factor: Value, module: Module) -> bool:
    """`alpha[t - 1]`, `beta[t + 1, j]`, or what the loop carries on by its name."""
    if isinstance(factor, Symbol):
        return factor.definition in module.loops
    return _is_indexed(factor, _is_neighbour)


def _is_neighbour(index: Value) -> bool:
    node = strip(index)
    if not isinstance(node, Apply) or node.op not in ("add", "subtract") or len(node.operands) != 2:
        return False
    step = strip(node.operands[0])
    return isinstance(step, Symbol) and step.kind == "loop" and scalar(node.operands[1]) == 1


def _is_indexed(factor: Value, by: Callable[[Value], bool]) -> bool:
    """`B[:, obs[t]]`, `emit[state][obs[t]]`, or `B[:, o]` for each o of what was observed."""
    node = factor
    while isinstance(node, Item):
        if node.index is not None and any(map(by, _indices(node.index))):
            return True
        node = source(node.base)
    return False


def _is_looked_up(index: Value) -> bool:
    node = source(index)
    if isinstance(node, Item) and node.index is not None and not is_text(node.index):
        return not isinstance(strip(node.index), Constant)
    return False


def _is_drawn(index: Value) -> bool:
    node = source(index)
    if not isinstance(node, Symbol) or node.kind != "loop" or node.source is None:
        return False
    over = strip(node.source)
    return not (isinstance(over, Call) and (over.function or "").startswith("builtins."))


def _indices(index: Value) -> Iterator[Value]:
    """The parts of a subscript, lists of one in it opened."""
    node = strip(index)
    items = getattr(node, "items", None)
    if items is None:
        yield index
    else:
        for each in items:
            yield from _indices(each)
