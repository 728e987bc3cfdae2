"""What code must hold for a card to have something to say of it: what the byte scan and the prefilter go by.

A pattern matches only where all its operations are spelt. Operations that can be written without a name
(`x*x`, a mask assignment for `where`) are of no use for that. Guards that ask for a dtype need
its name, since no library has a narrow dtype by default. A detector, and a pattern that has nothing of its
own, goes by the `triggers` of its card, else by the names of the libraries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from functools import cache, reduce
from operator import or_

from stabcheck.ops import OPERATIONS
from stabcheck.ops.spelling import names as spelt_names
from stabcheck.ops.symbols import SYMBOLS
from stabcheck.static.card import Card, Pattern
from stabcheck.static.pattern import compile_pattern
from stabcheck.static.pattern_tree import Node, Operate, Product, Sum, children
from stabcheck.static.words import HERE, code_of, mark, words_of

_WORD = re.compile(r"\w+")

Clause = frozenset[str]  # words and marks, one of which is needed
Alternative = tuple[Clause, ...]  # all of which are needed

# Code without one of these names computes with nothing that a detector knows.
# The libraries, and `xp`, by which NumPy or CuPy is handed round.
_LIBRARIES = frozenset(
    {"numpy", "tensorflow", "keras", "jax", "torch", "scipy", "math", "autograd", "cupy", "xp"}
)
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
LIBRARY_NAMES = frozenset(name.encode() for name in _LIBRARIES.union(*_NAMED_BY.values()))
_BELOW_GUARD = re.compile(r"\$\w+ < (\d[\d.]*e-\d+)")
_SMALLEST_NORMAL = 2.0**-126  # of float32
_SUBNORMAL = frozenset({"1e-40", "finfo", "tiny", "smallest_subnormal", "float_info", "nextafter", "fromhex"})

# Operators by the mark that they are looked for with: it passes over signs, exponents and stars of arguments,
# and over comparisons with texts and whole numbers.
_OPERATORS = {"+": "a + b", "-": "a - b", "*": "a * b", "/": "a / b", "==": "x == y", "!=": "x == y"}

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
            found |= {each.removesuffix(HERE) for each in sorted(alternative, key=_breadth)[0]}
    return frozenset(found)


def _breadth(clause: Clause) -> tuple[bool, int, list[str]]:
    return not all(map(_WORD.fullmatch, clause)), len(clause), sorted(clause)


def alternatives(card: Card) -> tuple[Alternative, ...]:
    """For each pattern of a card, and for its detector, what it can't do without."""
    if card.needed is not None:
        return card.needed
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
    """A clause of a card, with the spellings of an operation for `sum()`, the libraries for `library()`.

    Of `divide() here` the operator counts only in the function that the rule speaks of, the names anywhere.
    """
    found: set[str] = set()
    for each in triggers:
        op = each.removesuffix(HERE).removesuffix("()")
        if op == "library":
            found |= libraries
        elif op in OPERATIONS and op != each:
            found |= _here(words(op)) if each.endswith(HERE) else words(op)
        else:
            found.add(each)
    return frozenset(found)


def _here(clause: Clause) -> Clause:
    return frozenset(each if _WORD.fullmatch(each) else each + HERE for each in clause)


@cache
def _of_pattern(pattern: Pattern) -> Alternative:
    """What a pattern can't do without; nothing if every operation of it can be written otherwise."""
    root = compile_pattern(pattern.find).root
    clauses = {clause: None for clause in _choices(root, at_root=True) if clause}
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


def _choices(node: Node, *, at_root: bool = False) -> list[Clause]:
    """For each part of a pattern that can't be written without a name or an operator, those."""
    found = [choice for child in children(node) for choice in _choices(child)]
    match node:
        case Operate(op="mean"):
            found.append(words("mean") | words("sum"))
        case Operate(op="power"):
            found.append(_written("power", "square", "sqrt"))
        case Operate(op=op) if op not in _NAMELESS:
            found.append(words(op))
        case Sum(terms=terms, number=number, variable=variable):
            if len(terms) + (number != 0) + (variable is not None) > 1:
                found.append(_written("add", "subtract", "add_n", at_root=at_root))
        case Product(factors=factors) if any(not power.is_integer() for _, power in factors):
            found.append(_written("sqrt", "rsqrt", "power", at_root=at_root))
        case Product(factors=factors) if any(power < 0 for _, power in factors):
            found.append(_written("divide", "reciprocal", "rsqrt", "power", at_root=at_root))
        case Product(factors=factors) if any(power > 1 for _, power in factors):
            found.append(_written("multiply", "divide", "square", "power", at_root=at_root))
        case Product(factors=factors) if len(factors) > 1:
            found.append(_written("multiply", "divide", at_root=at_root))
    return found


def _written(*ops: str, at_root: bool = False) -> Clause:
    """The words and operators of operations.

    What a pattern matches begins where the operation at its root is written. Its operands may be computed in
    other functions, and the operation may be known by a name that it has elsewhere; but an operator stands in
    the very function that the rule speaks of.
    """
    found = frozenset[str]().union(*map(words, ops))
    return _here(found) if at_root else found


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
        found.add(_OPERATORS.get(SYMBOLS[op], SYMBOLS[op]))
    return frozenset(found)


class Needs:
    """What some cards need, made once for all files."""

    def __init__(self, cards: Sequence[Card]) -> None:
        # What speaks of comments has its words there, and only the byte scan looks for them.
        cards = [card for card in cards if not card.comments]
        self.codes = frozenset(card.code for card in cards)
        self._clauses: dict[Clause, int] = {}
        self._codes: dict[int, set[str]] = {}  # of the cards that have this alternative: clauses, as bits
        for card in cards:
            for each in alternatives(card):
                self._codes.setdefault(self._coded(each), set()).add(card.code)
        self._of_words: dict[bytes, int] = {}  # the clauses that a word meets
        marks: dict[str, int] = {}
        of_words = self._of_words
        for clause, bit in self._clauses.items():
            for name in clause:
                if _WORD.fullmatch(name):
                    of_words[name.encode()] = of_words.get(name.encode(), 0) | bit
                else:
                    marks[name] = marks.get(name, 0) | bit
        self._words = frozenset(self._of_words)
        # For each mark the clauses that it meets wherever it stands, and those that it meets only there.
        self._marks = tuple(
            (mark(name), marks.get(name, 0), marks.get(name + HERE, 0))
            for name in dict.fromkeys(each.removesuffix(HERE) for each in marks)
        )
        self.by_marks = reduce(or_, marks.values(), 0)  # the clauses that marks may meet

    def _coded(self, alternative: Alternative) -> int:
        coded = 0
        for clause in sorted(alternative, key=_breadth):
            coded |= self._clauses.setdefault(clause, 1 << len(self._clauses))
        return coded

    def of_words(self, words: Set[bytes]) -> int:
        """The clauses that words meet, as bits."""
        found, of_words = 0, self._of_words
        for word in words & self._words:
            found |= of_words[word]
        return found

    def telling(self, words: Set[bytes], clauses: int) -> dict[bytes, int]:
        """Those of the words that meet some of the clauses, with the clauses that they meet."""
        of_words = self._of_words
        return {word: of_words[word] for word in words & self._words if of_words[word] & clauses}

    def met(self, clauses: int, among: Iterable[int] | None = None) -> list[int]:
        """The alternatives that code meets which meets these clauses, all of them or those `among` some."""
        missing = ~clauses
        return [each for each in (self._codes if among is None else among) if not each & missing]

    def marked(self, code: bytes, within: int = -1) -> tuple[int, int]:
        """The clauses `within` some that code meets by marks, and those that it does for itself only."""
        anywhere = own = 0
        for holds, bits, here in self._marks:
            if (bits | here) & within and holds(code):
                anywhere |= bits
                own |= here
        return anywhere, own

    def spoken(self, met: Iterable[int]) -> frozenset[str]:
        """The codes of the cards that may have something to say of code that meets these alternatives."""
        return frozenset(code for each in met for code in self._codes[each])


def silent(needed: Needs, text: str) -> frozenset[str]:
    """The codes of the cards that have nothing to say of a text because it holds none of what they need."""
    code = code_of(text)
    anywhere, own = needed.marked(code)
    return needed.codes - needed.spoken(needed.met(needed.of_words(words_of(code)) | anywhere | own))
