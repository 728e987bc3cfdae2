"""A perplexity: the exponential of a loss, which is an OverflowError in Python's own arithmetic."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import islice

from stabcheck.static.card import Card
from stabcheck.static.detectors._data import name_of
from stabcheck.static.detectors._values import operations
from stabcheck.static.graph import Apply, Call, Item, Site, Span, Symbol, Value, scalar, strip, walk
from stabcheck.static.hit import Hit
from stabcheck.static.infer import Facts
from stabcheck.static.latest import of_latest
from stabcheck.static.module import Module
from stabcheck.static.normal import term
from stabcheck.static.source_text import text_of
from stabcheck.static.syntax_index import index

_LOSS = re.compile(
    r"(?:^|[._])(?:\w+_)?(?:loss(?:es)?|nll|xent|cross_?entropy)(?:_\w+)?(?:$|\.)", re.IGNORECASE
)
_CAUGHT = re.compile(r"except\s*:|OverflowError|except Exception|ArithmeticError")
_BOUNDED = re.compile(r"[<>]=?\s*\d")
_PERPLEXITY = re.compile(r"\bppl\b|perplexity|_ppl\b|\bppl_", re.IGNORECASE)


def find(module: Module, facts: Facts, card: Card) -> Iterator[Hit]:
    """`math.exp(loss)`, `math.pow(2, loss)` and `base ** loss`, unless the overflow is caught or bounded."""
    for site, node in operations(module, "exp", "power"):
        exponent = _exponent(module, node, site)
        if exponent is None or _is_bounded(exponent, facts) or _is_caught(module, node.span):
            continue
        yield Hit(node.span, site, node, bindings={"x": exponent})


def _is_bounded(exponent: Value, facts: Facts) -> bool:
    """A loss that is subtracted, or the logarithm of one: neither grows beyond what a float holds."""
    if facts.interval(exponent).upper <= 700 or "log-quantity" in facts.tags(exponent):
        return True
    node = strip(exponent)
    if isinstance(node, Apply) and node.op == "add":
        return any("log-quantity" in facts.tags(each) for each in node.operands)
    return term(exponent).coefficient < 0 and _is_loss(term(exponent).value)


def _exponent(module: Module, node: Apply, site: Site) -> Value | None:
    """The loss in the exponent of a computation with Python's own numbers."""
    if node.span.line <= 0:
        return None
    if node.op == "exp":
        if node.library not in ("math", "python"):
            return None
        exponent = node.operands[0]
    else:
        base, exponent = node.operands[:2]
        if node.library not in ("math", "python") or scalar(exponent) is not None:
            return None
        number = scalar(base)
        settled = isinstance(strip(base), Symbol) and name_of(strip(base)) == "base"
        if not settled and (number is None or number <= 1):
            return None
    if _is_loss(exponent):
        return exponent
    said = _PERPLEXITY.search(text_of(module)[_lines(site.value.span)]) or _PERPLEXITY.search(site.function)
    return exponent if said and _is_mean(exponent) else None


def _lines(span: Span) -> Span:
    return Span(span.line, 1, span.end_line + 1, 1)


def _is_mean(value: Value) -> bool:
    """A total over a count, with any sign."""
    node = strip(value)
    while isinstance(node, Apply) and node.op in ("negative", "multiply"):
        node = strip(node.operands[-1] if scalar(node.operands[0]) is not None else node.operands[0])
    return isinstance(node, Apply) and node.op == "divide" and scalar(node.operands[1]) is None


def _is_loss(value: Value) -> bool:
    for node in islice(walk(value), 20):
        inner = strip(node)
        if isinstance(inner, Apply) and inner.op in ("minimum", "clip", "where"):
            return False
        if isinstance(inner, Call) and (inner.function or "").endswith("min"):
            return False
    return any(
        isinstance(inner := strip(node), Symbol | Item | Call)
        and _LOSS.search(inner.name if isinstance(inner, Symbol) else name_of(inner)) is not None
        for node in islice(walk(value), 20)
    )


def _is_caught(module: Module, span: Span) -> bool:
    """Whether a `try` around it catches the overflow, or a condition bounds the loss."""
    return span.line in _caught_lines(module)


@of_latest
def _caught_lines(module: Module) -> set[int]:
    """The lines on which an overflow is caught, or a condition bounds something."""
    lines = set[int]()
    text = text_of(module)
    found = index(module.tree)
    for node in found.of(ast.Try):
        last = node.end_lineno or node.lineno
        if _CAUGHT.search(text[Span(node.lineno, 1, last + 1, 1)]):
            lines.update(range(node.lineno, last + 1))
    choices: list[ast.If | ast.IfExp] = [*found.of(ast.If), *found.of(ast.IfExp)]
    for choice in choices:
        if _BOUNDED.search(ast.unparse(choice.test)):
            lines.update(range(choice.lineno, (choice.end_lineno or choice.lineno) + 1))
    return lines
