"""Whether what a card writes instead is measurably better than what it finds.

Pattern and replacement are evaluated at the same inputs, over the card's witness domain, in the card's
dtypes, and compared with the exact value of the replacement. Over the inputs at which what is found loses
more bits than its conditioning explains, the replacement must lose fewer, at least three times out of four
and on the average. Identities, which are proposed by what they are measured to lose, need only be true.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from stabcheck.ops.numeric import exact, working
from stabcheck.static.card import Card, Pattern
from stabcheck.static.formula import COUNT, Formula, Unmeasurable, formula
from stabcheck.static.graph import Symbol, Value
from stabcheck.static.measure import WIDER, lost_bits, rounded
from stabcheck.static.normal import UNWRITTEN
from stabcheck.static.pattern import compile_pattern, metavariable, parse_template
from stabcheck.static.sampling import Array, Free, samples
from stabcheck.static.template import value_of
from stabcheck.static.witness import threshold

_RANGES = ((0.01, 0.9), (1.2, 3.0), (-0.9, -0.01))
_TRIED = 6
_EQUAL = 1e-15  # relative: what a series to the end of float64 is as good as

NOTHING = "has nothing to improve: what it replaces loses few bits over the witness domain"


def regressions(card: Card) -> Iterator[str]:
    """The replacements of a card that do not lose fewer bits than what they replace, a line each."""
    for pattern in card.patterns:
        if pattern.replace is None or not card.witness or card.quantity == "gradient":
            continue
        try:
            before, after = _formulas(pattern)
        except Unmeasurable:
            continue
        told = {dtype: _compare(card, before, after, dtype) for dtype in card.dtypes}
        worse = next((dtype for dtype, found in told.items() if found not in (None, NOTHING)), None)
        if worse is not None:
            yield f"{pattern.replace!r} {told[worse]} in {worse}"
        elif all(found == NOTHING for found in told.values()):
            yield f"{pattern.replace!r} {NOTHING} in {', '.join(told)}"


def false_identities(card: Card) -> Iterator[str]:
    """The identities of a card whose two sides differ in exact arithmetic, a line each.

    They are tried in (0, 1), above 1 and below 0: each has values in one of these at least.
    """
    xp = exact()
    for identity in card.identities:
        before, after = _formulas(identity)
        rng = np.random.default_rng(7)
        compared = 0
        for low, high in _RANGES:
            inputs = {name: xp.asarray(rng.uniform(low, high, (_TRIED, 1))) for name in before.names}
            sides = (np.broadcast_to(each(xp, inputs), (_TRIED, 1))[:, 0] for each in (before, after))
            pairs = [(a, b) for a, b in zip(*sides, strict=True) if abs(a) < xp.context.inf]
            compared += len(pairs)
            wrong = next(((a, b) for a, b in pairs if not abs(a - b) <= _EQUAL * abs(a)), None)
            if wrong is not None:
                a, b = map(float, wrong)
                yield f"{identity.find!r} is not {identity.replace!r}: {a:.6g} and {b:.6g} at one input tried"
                break
        else:
            if not compared:
                yield f"{identity.find!r} has no value at any of the inputs tried"


def _formulas(pattern: Pattern) -> tuple[Formula, Formula]:
    names = compile_pattern(pattern.find).names
    bindings: dict[str, Value] = {
        name: Symbol(UNWRITTEN, name, ("", name, 0), "parameter") for name in sorted(names)
    }
    before = formula(value_of(parse_template(pattern.find)), bindings)
    assert pattern.replace is not None
    tree = parse_template(pattern.replace)
    if metavariable(tree) is not None:
        raise Unmeasurable("a replacement that computes nothing loses nothing")
    return before, formula(value_of(tree), bindings)


def _compare(card: Card, before: Formula, after: Formula, dtype: str) -> str | None:
    free = tuple(
        Free(name, card.witness[name]) if name in card.witness else Free(name)
        for name in before.names
        if name != COUNT
    )
    inputs, _ = samples(free, dtype)
    narrow, wide = working(dtype), working(WIDER[dtype])
    inputs = rounded(narrow, inputs)
    size = float(max(variable.domain.size for variable in free))
    given: dict[str, Any] = {**inputs, COUNT: size}
    truth = np.asarray(after(wide, given))
    found = _lost(before(narrow, given), truth, dtype)
    fixed = _lost(after(narrow, given), truth, dtype)
    found, fixed = np.broadcast_arrays(found, fixed)
    wrong = found > threshold(dtype)
    if not wrong.any():
        return NOTHING
    better = fixed[wrong] < found[wrong]
    mean_found, mean_fixed = float(found[wrong].mean()), float(fixed[wrong].mean())
    if better.mean() < 0.75 or mean_fixed > mean_found - 2:
        return f"loses {mean_fixed:.1f} bits where what it replaces loses {mean_found:.1f}"
    return None


def _lost(computed: Any, truth: Array, dtype: str) -> Array:
    return lost_bits(np.asarray(computed), truth, dtype, representable=True)
