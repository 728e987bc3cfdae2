"""Names without which a file holds nothing that some cards could match: what the byte scan looks for.

A pattern matches only where all its operations are spelt, so one of them is enough to look for: the one with
the fewest spellings. Operations that can be written without a name (`x*x`, `x**0.5`, a mask assignment for
`where`) are of no use for that; a pattern that has no others, and a detector, goes by the `triggers`
of its card, else by the names of the libraries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from stabcheck.ops import OPERATIONS
from stabcheck.ops.spelling import names as spelt_names
from stabcheck.ops.symbols import SYMBOLS
from stabcheck.static.card import Card
from stabcheck.static.pattern import Compiled, compile_pattern
from stabcheck.static.pattern_tree import Node, Operate, Product, children

_WORD = re.compile(r"[A-Za-z_]\w*")

# Code without one of these names computes with nothing that a detector knows.
_LIBRARIES = frozenset({"numpy", "tensorflow", "keras", "jax", "torch", "scipy", "math", "autograd", "cupy"})
_AUTODIFF = frozenset({"tensorflow", "keras", "jax", "torch", "autograd"})
# Written by subscripts and comparisons too.
_NAMELESS = frozenset({"where", "expand_dims", "transpose", "reshape", "shape", "size", *SYMBOLS}) - {
    "power",
    "matmul",
}


def triggers(cards: Iterable[Card]) -> frozenset[str]:
    """Words of which a file must hold at least one for any of the cards to have something to say.

    They are identifiers, found as whole words, or operators (`**`).
    """
    return frozenset().union(*(_of_card(card) for card in cards))


def _of_card(card: Card) -> frozenset[str]:
    instead = frozenset(card.triggers) or (_AUTODIFF if card.autodiff else _LIBRARIES)
    by_card = card.detector is not None or card.comments
    return _words_of(tuple(pattern.find for pattern in card.patterns), by_card, instead)


@cache
def _words_of(patterns: tuple[str, ...], by_card: bool, instead: frozenset[str]) -> frozenset[str]:
    """The words of the patterns; `instead` of those that have none, and of what has no pattern."""
    found = set(instead if by_card else ())
    for pattern in patterns:
        found |= _of_pattern(compile_pattern(pattern)) or instead
    return frozenset(found)


Needs = tuple[tuple[str, frozenset[str], frozenset[str]], ...]


def needs(cards: Iterable[Card]) -> Needs:
    """For each card its code, the words and the operators one of which it needs."""
    words_of = ((card.code, _of_card(card)) for card in cards)
    return tuple(
        (code, found, frozenset(each for each in found if not each.isidentifier()))
        for code, found in words_of
    )


def silent(needed: Needs, text: str) -> frozenset[str]:
    """The codes of the cards that have nothing to say of a text because it holds none of their words.

    Detectors, and patterns without words of their own, go by this whether the byte scan was asked before or
    not; the other patterns can't match without theirs.
    """
    held = set(_WORD.findall(text))
    return frozenset(
        code
        for code, words, operators in needed
        if words.isdisjoint(held) and not any(each in text for each in operators)
    )


@cache
def _of_pattern(compiled: Compiled) -> frozenset[str]:
    """The words that a pattern can't do without; none if every operation of it can be written otherwise."""
    choices = [names for names in _choices(compiled.root) if names]
    return min(choices, key=lambda names: (len(names), sorted(names)), default=frozenset())


def _choices(node: Node) -> list[frozenset[str]]:
    """For each part of a pattern that can't be written without a name or an operator, those."""
    found = [choice for child in children(node) for choice in _choices(child)]
    match node:
        case Operate(op="mean"):
            found.append(words("mean") | words("sum"))
        case Operate(op="power"):
            found.append(words("power") | words("square") | words("sqrt"))
        case Operate(op=op) if op not in _NAMELESS:
            found.append(words(op))
        case Product(factors=factors) if any(not power.is_integer() for _, power in factors):
            found.append(words("sqrt") | words("rsqrt") | words("power"))
    return found


@cache
def words(op: str) -> frozenset[str]:
    """The last parts of the operation's spellings, its operator, and layer classes of its name."""
    row = OPERATIONS[op]
    spellings = getattr(row.spellings, "text", "")
    found = {name.rpartition(".")[2] for _, name in spelt_names(spellings)} | {op}
    if row.kind in ("normalizer", "elementwise"):
        found.add("".join(part.title() for part in op.split("_")))
    if op in SYMBOLS:
        found.add(SYMBOLS[op])
    return frozenset(found)
