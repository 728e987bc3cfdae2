"""What code must hold for a card to have something to say of it: what the byte scan and the prefilter go by.

A pattern matches only where all its operations are spelt, the one at its root in the very function that the
rule speaks of, and where its guards can hold (`stabcheck.static.guard_needs`). Operations that can be written
without a name (`x*x`, a mask assignment for `where`) are of no use for that. A detector, and a pattern that
has nothing of its own, goes by the `triggers` of its card, else by the names of the libraries.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from stabcheck.ops import OPERATIONS
from stabcheck.ops.symbols import SYMBOLS
from stabcheck.static.card import Card, Pattern
from stabcheck.static.guard_needs import NAMED_BY, integers, of_guards, of_library
from stabcheck.static.marks import ANYWHERE, HERE
from stabcheck.static.pattern import compile_pattern
from stabcheck.static.pattern_tree import Node, Operate, Product, Sum, Variable, children
from stabcheck.static.spelt import WORD, Clause, here, of_any, of_values, quotient, words

Alternative = tuple[Clause, ...]  # all of which are needed

# Code without one of these names computes with nothing that a detector knows.
# The libraries, the short names that an import of everything may bring, and `xp`, by which NumPy or CuPy is
# handed round.
_LIBRARIES = frozenset(
    {
        "numpy",
        "tensorflow",
        "keras",
        "jax",
        "torch",
        "scipy",
        "math",
        "autograd",
        "cupy",
        "xp",
        "np",
        "tf",
        "jnp",
    }
)
_AUTODIFF = frozenset({"tensorflow", "tf", "keras", "jax", "torch", "autograd"})
_MOST_ALTERNATIVES = 64  # of one card
_AND = " & "  # between words and marks that are needed together
# Written by subscripts and comparisons too.
_NAMELESS = frozenset({"where", "expand_dims", "transpose", "reshape", "shape", "size", *SYMBOLS}) - {
    "power",
    "matmul",
}
LIBRARY_NAMES = frozenset(name.encode() for name in _LIBRARIES.union(*NAMED_BY.values()))


def triggers(cards: Iterable[Card]) -> frozenset[str]:
    """Words and marks of which a file must hold at least one for any of the cards to speak of it."""
    found: set[str] = set()
    for card in cards:
        for alternative in alternatives(card):
            found |= set(map(plain, sorted(alternative, key=breadth)[0]))
    return frozenset(found)


def plain(name: str) -> str:
    """A word or a mark without what says where it counts."""
    return name.removesuffix(HERE).removesuffix(ANYWHERE)


def breadth(clause: Clause) -> tuple[bool, bool, int, list[str]]:
    """How much code meets a clause, as a key to sort by: words are quicker to find than marks."""
    return (
        "-x" in clause,
        not all(WORD.fullmatch(plain(each)) for each in clause),
        len(clause),
        sorted(clause),
    )


def alternatives(card: Card) -> tuple[Alternative, ...]:
    """For each pattern of a card, and for its detector, what it can't do without."""
    if card.needed is not None:
        return card.needed
    libraries = _AUTODIFF if card.autodiff else _LIBRARIES
    instead = [()] if card.triggers else [(libraries,)]
    for clause in card.triggers:
        choices = _choices_of(clause, libraries)
        if len(instead) * len(choices) > _MOST_ALTERNATIVES:  # then only a part of what is needed together
            choices = [(_spelt([each.partition(_AND)[0] for each in clause], libraries),)]
        instead = [(*before, *more) for before in instead for more in choices]
    of = tuple(NAMED_BY[name] for name in card.libraries if name in NAMED_BY)
    if card.libraries and len(of) == len(card.libraries):
        instead = [(*each, frozenset().union(*of)) for each in instead]
    found: list[Alternative] = []
    # What a card says that has no detector is needed beside what its patterns tell.
    beside = instead if card.triggers and card.detector is None else [()]
    for pattern in card.patterns:
        found += [(*each, *more) for each in _of_pattern(pattern) for more in beside] or instead
    if card.detector is not None or card.comments:
        found += instead
    return tuple(dict.fromkeys(found))


def _choices_of(clause: Iterable[str], libraries: Clause) -> list[Alternative]:
    """The ways to meet a clause of a card: by one of its words, or by all that `"sqrt() & norm()"` lists."""
    single = [each for each in clause if _AND not in each]
    found: list[Alternative] = [(_spelt(single, libraries),)] if single else []
    found.extend(
        tuple(_spelt([part], libraries) for part in each.split(_AND)) for each in clause if _AND in each
    )
    return found


def _spelt(triggers: Iterable[str], libraries: Clause) -> Clause:
    """A clause of a card, with the spellings of an operation for `sum()`, the libraries for `library()`.

    What has ` here` behind it counts only in the function that the rule speaks of, what has ` anywhere`,
    wherever it stands in the file.
    """
    found: set[str] = set()
    for each in triggers:
        name = plain(each)
        op = name.removesuffix("()")
        if name == "library()":
            spelt = libraries
        elif name == "integers()":
            spelt = integers()
        elif name == "quotient()":
            spelt = quotient()
        elif name == "raised()":
            spelt = words("power") - {"**"} | {"x ** n"}
        elif name == "losses()":
            spelt = of_any(*(known for known, row in OPERATIONS.items() if row.kind == "loss"))
        else:
            spelt = (
                of_values(name[:-6])
                if name.endswith("(x, y)")
                else words(op)
                if op in OPERATIONS and op != name
                else frozenset({name})
            )
        if each.endswith(HERE):
            spelt = here(spelt)
        elif each.endswith(ANYWHERE):
            spelt = frozenset(word + ANYWHERE for word in spelt)
        found |= spelt
    return frozenset(found)


@cache
def _of_pattern(pattern: Pattern) -> tuple[Alternative, ...]:
    """The ways in which a pattern can be written; none if every operation of it can be written otherwise."""
    root = compile_pattern(pattern.find).root
    library = of_library(pattern.only_when)
    below = [clause for child in children(root) for clause in _choices(child)] + [_signs(root)]
    guards = of_guards(pattern.only_when)
    found: list[Alternative] = []
    for own in _ways(root, library):
        clauses = dict.fromkeys(each for each in (*below, *own, *guards) if each)
        # Two parts of one kind are one clause; what is wider than another clause says nothing more.
        found.append(tuple(each for each in clauses if not any(other < each for other in clauses)))
    return tuple(each for each in found if each)


def _ways(root: Node, library: str | None) -> list[Alternative]:
    """The ways to write the operation at the root of a pattern, in the function that the rule speaks of."""
    if isinstance(root, Operate) and root.op == "mean":
        total = of_any("sum") if library is None else words("sum", library)
        return [(here(words("mean", library)),), (total, here(of_any("divide")))]
    if isinstance(root, Operate) and root.op == "prod":
        return [(here(words("prod", library)), frozenset({"prod(p)"}))]
    if isinstance(root, Operate) and root.op not in (*_NAMELESS, "power"):
        return [(here(words(root.op, library)),)]
    return [(here(_spelling(root)),)]


def _choices(node: Node) -> list[Clause]:
    """For each part of a pattern that can't be written without a name or an operator, those.

    They may stand in other functions than the one that the rule speaks of.
    """
    inner = (choice for child in children(node) for choice in _choices(child))
    return [*inner, _spelling(node), _signs(node)]


def _signs(node: Node) -> Clause:
    """The words and operators of which one computes a sum whose terms have both signs."""
    match node:
        case Sum(terms=terms, number=0.0, variable=None) if len({factor > 0 for factor, _ in terms}) > 1:
            return of_any("subtract", "negative") - {"a - b", "-"} | {"-x"}
    return frozenset()


def _spelling(node: Node) -> Clause:
    """The words and operators of which one computes a node itself; none where it can do without."""
    match node:
        case Operate(op="mean"):
            return of_any("mean", "sum")
        case Operate(op="power"):
            return of_any("power", "square", "sqrt")
        case Operate(op=op) if op not in _NAMELESS:
            return words(op)
        case Sum(terms=terms, number=number, variable=variable):
            if sum(not isinstance(each, Variable) for _, each in terms) > 1:
                return of_values("add", "subtract", "add_n")
            if len(terms) + (number != 0) + (variable is not None) > 1:
                return of_any("add", "subtract", "add_n")
        case Product(factors=factors) if any(not power.is_integer() for _, power in factors):
            return of_any("sqrt", "rsqrt", "power") - {"**"} | {"x ** 0.5"}
        case Product(factors=factors) if any(power < 0 for _, power in factors):
            return quotient() | of_any("reciprocal", "rsqrt", "power")
        case Product(factors=factors) if any(power > 1 for _, power in factors):
            return of_any("multiply", "square", "power") - {"a * b"} | {"x * x"}
        case Product(factors=factors, coefficient=coefficient) if len(factors) > 1 or abs(coefficient) != 1:
            return of_any("multiply", "divide")
    return frozenset()
