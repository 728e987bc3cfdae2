"""What code must hold for a card to have something to say of it: what the byte scan and the prefilter go by.

A pattern matches only where all its operations are spelt. Operations that can be written without a name
(`x*x`, a mask assignment for `where`) are of no use for that. Guards that ask for a dtype need
its name, since no library has a narrow dtype by default. A detector, and a pattern that has nothing of its
own, goes by the `triggers` of its card, else by the names of the libraries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from stabcheck.ops import OPERATIONS
from stabcheck.ops.spelling import names as spelt_names
from stabcheck.ops.symbols import SYMBOLS
from stabcheck.static.card import Card, Pattern
from stabcheck.static.pattern import compile_pattern
from stabcheck.static.pattern_tree import Node, Operate, Product, children
from stabcheck.static.words import code_of, marked, words_of

_WORD = re.compile(r"\w+")

Clause = frozenset[str]  # words and marks, one of which is needed
Alternative = tuple[Clause, ...]  # all of which are needed

# Code without one of these names computes with nothing that a detector knows.
_LIBRARIES = frozenset({"numpy", "tensorflow", "keras", "jax", "torch", "scipy", "math", "autograd", "cupy"})
_AUTODIFF = frozenset({"tensorflow", "keras", "jax", "torch", "autograd"})
# Written by subscripts and comparisons too.
_NAMELESS = frozenset({"where", "expand_dims", "transpose", "reshape", "shape", "size", *SYMBOLS}) - {
    "power",
    "matmul",
}
_DTYPE_GUARD = re.compile(r"dtype\(\$\w+\) == '(\w+)'")
_DTYPE_WORDS = {"float16": frozenset({"float16", "half"}), "uint8": frozenset({"uint8"})}
_LIBRARY_GUARD = re.compile(r"library\(\) == '(\w+)'")
# What a file names that has arrays of these libraries.
_NAMED_BY = {
    "tensorflow": frozenset({"tensorflow"}),
    "keras": frozenset({"keras", "tf_keras", "keras_core", "tensorflow"}),
    "torch": frozenset({"torch"}),
    "jax": frozenset({"jax"}),
}
_ALL_NAMES = _LIBRARIES.union(*_NAMED_BY.values())
_BELOW_GUARD = re.compile(r"\$\w+ < (\d[\d.]*e-\d+)")
_SMALLEST_NORMAL = 2.0**-126  # of float32
_SUBNORMAL = frozenset({"1e-40", "finfo", "tiny", "smallest_subnormal", "float_info", "nextafter", "fromhex"})

# Names that are no spelling of an operation, and mean it all the same: results picked from several, layers.
_ALSO = {
    "mean": {"moments", "var_mean", "std_mean"},
    "var": {"moments", "var_mean"},
    "std": {"std_mean"},
    "argmax": {"max"},
    "argmin": {"min"},
    "relu": {"ReLU"},
    "elu": {"ELU"},
    "selu": {"SELU"},
    "gelu": {"GELU"},
    "exp": {"exponential"},
}


def triggers(cards: Iterable[Card]) -> frozenset[str]:
    """Words and marks of which a file must hold at least one for any of the cards to speak of it."""
    found: set[str] = set()
    for card in cards:
        for alternative in alternatives(card):
            found |= sorted(alternative, key=_breadth)[0]
    return frozenset(found)


def _breadth(clause: Clause) -> tuple[bool, int, list[str]]:
    return not all(map(_WORD.fullmatch, clause)), len(clause), sorted(clause)


def alternatives(card: Card) -> tuple[Alternative, ...]:
    """For each pattern of a card, and for its detector, what it can't do without."""
    libraries = _AUTODIFF if card.autodiff else _LIBRARIES
    instead = tuple(_spelt(clause, libraries) for clause in card.triggers) or (libraries,)
    of = tuple(_NAMED_BY[name] for name in card.libraries if name in _NAMED_BY)
    if card.libraries and len(of) == len(card.libraries):
        instead = (*instead, frozenset().union(*of))
    found = [_of_pattern(pattern) or instead for pattern in card.patterns]
    if card.detector is not None or card.comments:
        found.append(instead)
    return tuple(dict.fromkeys(found))


def _spelt(triggers: Iterable[str], libraries: Clause) -> Clause:
    """A clause of a card, with the spellings of an operation for `sum()`, the libraries for `library()`."""
    found: set[str] = set()
    for each in triggers:
        op = each.removesuffix("()")
        if op == "library":
            found |= libraries
        elif op in OPERATIONS and op != each:
            found |= words(op)
        else:
            found.add(each)
    return frozenset(found)


@cache
def _of_pattern(pattern: Pattern) -> Alternative:
    """What a pattern can't do without; nothing if every operation of it can be written otherwise."""
    clauses = {clause: None for clause in _choices(compile_pattern(pattern.find).root) if clause}
    for guard in pattern.only_when:
        asked = _DTYPE_GUARD.fullmatch(guard)
        if asked is not None and asked[1] in _DTYPE_WORDS:
            clauses[_DTYPE_WORDS[asked[1]]] = None
        asked = _LIBRARY_GUARD.fullmatch(guard)
        if asked is not None and asked[1] in _NAMED_BY:
            clauses[_NAMED_BY[asked[1]]] = None
        below = _BELOW_GUARD.fullmatch(guard)
        if below is not None and float(below[1]) < _SMALLEST_NORMAL:
            clauses[_SUBNORMAL] = None
    # Two parts of one kind are one clause; what is wider than another clause says nothing more.
    return tuple(each for each in clauses if not any(other < each for other in clauses))


def _choices(node: Node) -> list[Clause]:
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
    found = {op} | _ALSO.get(op, set())
    for library, name in spelt_names(spellings):
        last = name.rpartition(".")[2]
        found.add(last)
        if library == "tensorflow":
            found.add(f"{last}_v2")  # what TensorFlow's own modules call it
    if row.kind in ("normalizer", "elementwise"):
        found.add("".join(part.title() for part in op.split("_")))
    if op in SYMBOLS:
        found.add(SYMBOLS[op])
    return frozenset(found)


# An alternative: the clauses that only words meet, as bits, and the others with their marks.
Coded = tuple[tuple[int, ...], tuple[tuple[int, tuple[str, ...]], ...]]


@dataclass(frozen=True, slots=True)
class Held:
    """What a stretch of code holds: its words that matter, as bits, and where to look for marks."""

    words: int
    code: bytes
    beside: tuple[Held, ...] = ()  # other code that holds at the same time
    marks: dict[str, bool] = field(default_factory=dict)

    def mark(self, name: str) -> bool:
        """Whether the code holds a mark; looked for when it is first asked for."""
        found = self.marks.get(name)
        if found is None:
            found = any(each.mark(name) for each in self.beside) or marked(name, self.code)
            self.marks[name] = found
        return found


class Needs:
    """What some cards need, made once for all files."""

    def __init__(self, cards: Sequence[Card]) -> None:
        # What speaks of comments has its words there, and only the byte scan looks for them.
        cards = [card for card in cards if not card.comments]
        self.codes = tuple(card.code for card in cards)
        self._bits: dict[bytes, int] = {}
        self._codes: dict[Coded, list[str]] = {}  # of the cards that have this alternative
        for card in cards:
            for each in alternatives(card):
                self._codes.setdefault(self._coded(each), []).append(card.code)
        self._words = frozenset(self._bits)
        self.libraries = sum(self._bits.get(name.encode(), 0) for name in _ALL_NAMES)

    def _coded(self, alternative: Alternative) -> Coded:
        words: list[int] = []
        marked: list[tuple[int, tuple[str, ...]]] = []
        for clause in sorted(alternative, key=_breadth):  # what is seldom met comes first
            mask = 0
            for word in sorted(clause):
                if _WORD.fullmatch(word):
                    mask |= self._bits.setdefault(word.encode(), 1 << len(self._bits))
            marks = tuple(sorted(each for each in clause if not _WORD.fullmatch(each)))
            if marks:
                marked.append((mask, marks))
            else:
                words.append(mask)
        return tuple(words), tuple(marked)

    def held(self, words: set[bytes], code: bytes, *beside: Held) -> Held:
        """What code holds whose words these are, and what stands `beside` it."""
        bits, found = self._bits, 0
        for other in beside:
            found |= other.words
        for word in words & self._words:
            found |= bits[word]
        return Held(found, code, beside)

    def met(self, held: Held) -> list[Coded]:
        """What cards need and code holds: what it does not, no part of it does."""
        return [each for each in self._codes if meets_any(held, (each,))]

    def spoken(self, met: Iterable[Coded]) -> frozenset[str]:
        """The codes of the cards that may have something to say of code that holds this."""
        return frozenset(code for each in met for code in self._codes[each])


def meets_any(held: Held, every: Iterable[Coded]) -> bool:
    """Whether code holds something out of `every`."""
    words = held.words
    for masks, others in every:  # in a loop: this is asked of every function of every file
        for mask in masks:
            if not mask & words:
                break
        else:
            for mask, marks in others:
                if not mask & words and not any(map(held.mark, marks)):
                    break
            else:
                return True
    return False


def silent(needed: Needs, text: str) -> frozenset[str]:
    """The codes of the cards that have nothing to say of a text because it holds none of what they need."""
    code = code_of(text)
    return frozenset(needed.codes) - needed.spoken(needed.met(needed.held(words_of(code), code)))
