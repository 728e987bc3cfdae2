"""What to write instead of an unstable formula: found by identities, believed by measurement.

A bounded best-first search applies the identities of a card at every operation of the expression. Each
candidate is measured like the original, in its working precision over the same inputs, and only one that is
no longer unstable is kept; that it still means the same is confirmed in exact arithmetic on some of the
inputs, since an identity may hold on a branch only (√x² = x). (P. Panchekha, A. Sanchez-Stern, J. R. Wilcox,
Z. Tatlock, Automatically improving accuracy for floating point expressions, PLDI 2015, search whole programs
in this way; here the expression is small and the identities are few.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

import numpy as np

from stabcheck.ops.dtypes import FORMATS
from stabcheck.ops.numeric import exact, working
from stabcheck.static.formula import Formula, Unmeasurable, formula
from stabcheck.static.graph import Value
from stabcheck.static.instability import SAMPLES, conditioning, drawn, evaluated
from stabcheck.static.measure import lost_bits, rounded
from stabcheck.static.normal import key
from stabcheck.static.rewrite import Identity, Rewriting, rewritings, size
from stabcheck.static.sampling import Array, Free
from stabcheck.static.witness import threshold

GOOD = 2.0  # excess bits at the worst input: rounding of a few operations, no cancellation
_DENSE = 2048  # samples at which what the search found is confirmed
_MOST_CONFIRMED = 4
_MOST = 64  # candidates that are measured for one expression
_DEEPEST = 3  # identities that follow each other
_LESS = 0.02  # mean bits that a step of several must gain
_COMPARED = 12  # inputs at which a proposal is compared with the original in exact arithmetic
_ROUNDOFFS = 2.0  # by which an approximation may differ from what it stands for


@dataclass(frozen=True, slots=True)
class Loss:
    """What a formula loses over its samples.

    `worst` and `mean` are excess bits where the formula it stands for has a finite result in the working
    precision; `broken` is the part of all samples at which this one has none although the exact value has.
    """

    worst: float
    mean: float
    broken: float


@dataclass(frozen=True, slots=True)
class Repair:
    """Another way of writing a formula, and the excess bits it loses at its worst input."""

    value: Value
    excess: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    value: Value
    made: Formula
    loss: Loss
    steps: int

    @property
    def rank(self) -> tuple[float, float, int, float]:
        """Good ones first: without new overflows, then the shortest; the rest by what they lose."""
        return max(self.loss.worst - GOOD, 0.0), self.loss.broken, size(self.value), self.loss.worst


def repair(
    value: Value,
    free: Mapping[str, Value],
    variables: tuple[Free, ...],
    dtype: str,
    known: Sequence[Identity],
) -> Repair | None:
    """The best way of writing `value` that the identities lead to; None if none is stable.

    Parameters
    ----------
    value
        the expression.
    free
        the values that it is computed from, by name.
    variables
        where each of them is sampled.
    dtype
        the working precision.
    known
        the identities.

    Raises
    ------
    stabcheck.static.formula.Unmeasurable
        if the table can't evaluate `value`.
    """
    original = formula(value, free)
    if not set(original.names) <= {variable.name for variable in variables}:
        return None  # a value that stands in it in two guises
    screen = _Bench(original, variables, dtype, SAMPLES)
    start = _Candidate(value, original, screen.loss(original), 0)
    found = sorted(_search(start, free, known, screen), key=lambda each: each.rank)[:_MOST_CONFIRMED]
    bench = _Bench(original, variables, dtype, _DENSE)
    before = bench.loss(original)
    limit = min(threshold(dtype), max(GOOD, before.worst / 2))
    confirmed: list[_Candidate] = []
    for candidate in found:
        told = replace(candidate, loss=bench.loss(candidate.made))
        if told.loss.worst <= limit and told.loss.broken <= before.broken and bench.agrees(told.made):
            confirmed.append(told)
    best = min(confirmed, key=lambda each: each.rank, default=None)
    return None if best is None else Repair(best.value, max(best.loss.worst, 0.0))


def excess_bits(made: Formula, inputs: Mapping[str, Array], dtype: str) -> Array:
    """Bits that a formula loses beyond its conditioning at each sample, -1 where it has no value.

    A result that is not finite although the exact one is has lost all.

    Raises
    ------
    stabcheck.static.formula.Unmeasurable
        if the table can't evaluate it.
    """
    computed, truth = evaluated(made, inputs, dtype)
    bits = lost_bits(computed, truth, dtype, representable=True)[:, 0]
    condition = np.where(np.isfinite(computed[:, 0]), conditioning(made, inputs, dtype), 0.0)
    excess: Array = np.where((bits >= 0) & np.isfinite(condition), bits - condition, -1.0)
    return excess


def _search(
    start: _Candidate, free: Mapping[str, Value], known: Sequence[Identity], bench: _Bench
) -> Iterator[_Candidate]:
    """Candidates that lose less than what they are made of, as a whole or where they were changed.

    The next to be changed is the one that loses least; the search ends with the step that leads to a good
    one. (Two factors that lose the same digits may hide each other: log(1 - x)/log(1 + x) gets worse before
    it gets better.)
    """
    queue: list[tuple[float, int, int, _Candidate]] = [(start.loss.mean, 0, 0, start)]
    seen = {key(start.value)}
    good = False
    while queue and not good:
        least, _, _, current = heappop(queue)
        for changed in rewritings(current.value, known):
            if key(changed.value) in seen or len(seen) > _MOST:
                continue
            seen.add(key(changed.value))
            try:
                made = formula(changed.value, free)
                candidate = _Candidate(changed.value, made, bench.loss(made), current.steps + 1)
                whole = candidate.loss.mean < current.loss.mean - _LESS
                if not whole and not _improves(changed, free, bench):
                    continue
            except Unmeasurable:
                continue
            yield candidate
            good |= candidate.loss.worst <= GOOD
            if candidate.steps < _DEEPEST:
                entry = (min(least, candidate.loss.mean), size(changed.value), len(seen), candidate)
                heappush(queue, entry)


def _improves(changed: Rewriting, free: Mapping[str, Value], bench: _Bench) -> bool:
    """Whether the new part of a candidate is better than the old one, each taken by itself."""
    before, after = (bench.loss(formula(part, free)) for part in (changed.old, changed.new))
    return after.mean < before.mean - _LESS


class _Bench:
    """Measures candidates for one formula at the same inputs."""

    def __init__(self, original: Formula, variables: tuple[Free, ...], dtype: str, samples: int) -> None:
        self.original = original
        self.dtype = dtype
        self.inputs = rounded(working(dtype), drawn(variables, samples))
        computed, truth = evaluated(original, self.inputs, dtype)
        with np.errstate(all="ignore"):
            self.defined = np.isfinite(truth[:, 0]) & (np.abs(truth[:, 0]) <= FORMATS[dtype].largest)
        self.usable = self.defined & np.isfinite(computed[:, 0])

    def loss(self, made: Formula) -> Loss:
        """What a formula loses at these inputs.

        Raises
        ------
        stabcheck.static.formula.Unmeasurable
            if the table can't evaluate it.
        """
        if not set(made.names) <= set(self.inputs):
            raise Unmeasurable("other variables")
        precision = float(FORMATS[self.dtype].precision)
        computed, truth = evaluated(made, self.inputs, self.dtype)
        broken = self.defined & ~np.isfinite(computed[:, 0])
        excess = excess_bits(made, self.inputs, self.dtype)
        excess = np.where(broken | ~np.isfinite(truth[:, 0]), precision, excess)[self.usable]
        if not len(excess):
            return Loss(0.0, 0.0, 0.0)
        return Loss(float(excess.max()), float(np.maximum(excess, 0.0).mean()), float(broken.mean()))

    def agrees(self, made: Formula) -> bool:
        """Whether the original and another formula have the same exact values, up to a roundoff or two."""
        rows = np.flatnonzero(self.usable)
        if not len(rows):
            return False
        rows = rows[np.linspace(0, len(rows) - 1, min(_COMPARED, len(rows))).astype(int)]
        xp = exact()
        given = {name: xp.asarray(x[rows]) for name, x in self.inputs.items()}
        first = np.broadcast_to(self.original(xp, given), (len(rows), 1))[:, 0]
        second = np.broadcast_to(made(xp, given), (len(rows), 1))[:, 0]
        limit = _ROUNDOFFS * FORMATS[self.dtype].unit_roundoff
        return all(abs(a - b) <= limit * abs(a) for a, b in zip(first, second, strict=True))
