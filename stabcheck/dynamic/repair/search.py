"""Which one change of its source makes a wrong gradient right: tried out, then measured at another point.

What the message says is true by measurement, whatever a person meant to write: with this change the gradient
agrees with the function, here along every direction that was measured and at another point, and the function
is the same. Nothing is written anywhere: the changed code stands in for the user's for the time of a call.
"""

from __future__ import annotations

import ast
import contextlib
import io
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from types import CodeType, FunctionType

import numpy as np

from stabcheck.dynamic.contracts import as_cotangent, fitted
from stabcheck.dynamic.directions import draw, restricted
from stabcheck.dynamic.examined import examined_aside
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.granted import centre_of
from stabcheck.dynamic.relation import explains
from stabcheck.dynamic.repair import derivatives, edits, insertions, terms
from stabcheck.dynamic.repair.edits import Edit, Maker, of_tier
from stabcheck.dynamic.repair.executed import Executed, executed_by
from stabcheck.dynamic.repair.found import Repair
from stabcheck.dynamic.repair.source import Defined, compiled, defined, functions_of, in_place_of
from stabcheck.dynamic.repair.spots import Scope, numbers_of, references, slices_of, spots
from stabcheck.dynamic.repair.untouched import untouched
from stabcheck.dynamic.report import Location
from stabcheck.dynamic.sampling import Direction
from stabcheck.dynamic.verdict import Judgement, judge_all

MOST = 4000  # changes that are tried
SECONDS = 6.0  # that may be spent on them: so that a slow gradient does not take for ever
SOUND = 1e-9  # relative, how far a right gradient may move with a change
DIRECTIONS = 3  # at another point
SHARP = 1e-6  # resolution that a derivative there must have


@dataclass(frozen=True, slots=True)
class Subject:
    """A function of the user's that runs in the gradient, with what it takes to change it."""

    code: CodeType  # of the function that is put in place: the one itself, or one around it
    functions: list[FunctionType]  # that run it
    found: Defined
    scope: Scope
    path: str
    name: str


def repairs(
    formula: Formula,
    suspects: Mapping[int, Sequence[Judgement]],
    sound: Sequence[int],
    rng: np.random.Generator,
) -> list[Repair]:
    """The first change that makes the gradient by all suspected leaves right, else one each for some of them.

    `suspects` are the leaves with a wrong gradient, and the directional derivatives that were measured; by
    the `sound` ones it is right, and stays so.
    """
    problem, effort = formula.sampler.problem, formula.sampler.effort
    if getattr(problem, "gradient_fixed", False) or effort.exhausted or not suspects:
        return []
    until = time.monotonic() + SECONDS
    partial_ones: dict[int, Repair] = {}
    with untouched(problem), contextlib.redirect_stdout(io.StringIO()):
        for change, subject, code in islice(_changes(_subjects(formula)), MOST):
            if time.monotonic() > until or effort.exhausted:
                break
            with in_place_of(subject.functions, code):
                right = _explained(formula, suspects, sound)
                new = [leaf for leaf in right if leaf not in partial_ones]
                if not new or not _holds(formula, right, rng):
                    continue
            place = Location(subject.path, change.line, subject.name)
            found = Repair(tuple(right), place, change.before, change.after, change.kind)
            partial_ones |= dict.fromkeys(new, found)
            if len(right) == len(suspects):
                partial_ones = dict.fromkeys(right, found)
                break
    _gradient(formula)  # what the user's code keeps of its last run is of its own
    return list(dict.fromkeys(partial_ones.values()))


def _gradient(formula: Formula) -> Direction | None:
    sampler = formula.sampler
    try:
        cotangent = as_cotangent(formula.contracts.cotangent, formula.contracts.value, sampler)
        entries = sampler.gradient(cotangent)
    except Exception:  # of code that nobody wrote
        return None
    leaves = sampler.problem.leaves
    shaped = all(
        entry is None or not leaf.varied or entry.shape == leaf.value.shape
        for entry, leaf in zip(entries, leaves, strict=True)
    )
    return fitted(entries, leaves) if shaped else None


def _explained(
    formula: Formula, suspects: Mapping[int, Sequence[Judgement]], sound: Sequence[int]
) -> list[int]:
    """The suspected leaves by which the gradient is right now; none if it is another one by a sound leaf."""
    found = _gradient(formula)
    if found is None or not all(np.all(np.isfinite(part)) for part in found):
        return []
    if not all(_close(found[leaf], formula.centre_gradient[leaf]) for leaf in sound):
        return []
    return [leaf for leaf, judged in suspects.items() if explains(found[leaf], judged, leaf)]


def _close(part: np.ndarray, own: np.ndarray) -> bool:
    return bool(np.max(np.abs(part - own), initial=0.0) <= SOUND * np.max(np.abs(own), initial=0.0))


def _holds(formula: Formula, leaves: Sequence[int], rng: np.random.Generator) -> bool:
    """Whether the gradient by these leaves is right at another point, and the function is what it was."""
    sampler = formula.sampler
    try:
        if not np.array_equal(sampler.value(), formula.contracts.value):
            return False
        aside = examined_aside(sampler, formula.contracts.cotangent, rng)
    except Exception:  # of code that nobody wrote
        return False
    if aside is None or aside.contracts.misfits or aside.contracts.missing:
        return False
    targets = sampler.problem.leaves
    masks = {leaf: np.ones(targets[leaf].value.shape, dtype=bool) for leaf in leaves}
    directions = [restricted(draw(targets, rng), masks) for _ in range(DIRECTIONS)]
    try:
        judged = judge_all(
            aside.sampler, centre_of(aside.contracts), directions, formula.noise, formula.grant
        )
    except Exception:  # of code that nobody wrote
        return False
    return all(each.outcome == "agrees" and each.resolution <= SHARP for each in judged)


def _subjects(formula: Formula) -> list[Subject]:
    """The functions that run in the gradient: first those that the function does not run, and few times."""
    sampler = formula.sampler
    ran = executed_by(partial(_raw_gradient, formula))
    own = executed_by(sampler.value)
    order = sorted(ran.values(), key=lambda each: (each.code in own, each.calls))
    found = (_subject(each, ran) for each in order)
    return [each for each in found if each is not None]


def _raw_gradient(formula: Formula) -> None:
    sampler = formula.sampler
    sampler.gradient(as_cotangent(formula.contracts.cotangent, formula.contracts.value, sampler))


def _subject(executed: Executed, ran: Mapping[CodeType, Executed]) -> Subject | None:
    found = defined(executed.code)
    if found is None or any(isinstance(spot.node, ast.While) for spot in spots(found.node)):
        return None
    around = next(
        (code for code in ran if executed.code in code.co_consts), None
    )  # it is made anew each time
    scope = Scope(executed.names, executed.scope)
    code = around or executed.code
    return Subject(code, functions_of(code), found, scope, executed.code.co_filename, executed.code.co_name)


def _changes(subjects: Sequence[Subject]) -> Iterator[tuple[Edit, Subject, CodeType]]:
    """Every change of every function, compiled, those of the first kinds first."""
    kinds = [_tiers(subject) for subject in subjects]
    for tier in range(max(map(len, kinds), default=0)):
        for subject, makers in zip(subjects, kinds, strict=True):
            statement = subject.found.smallest
            for change in of_tier(makers[tier], subject.found.node, subject.scope):
                change.spot.put(change.new)
                try:
                    code = compiled(statement, subject.code)
                finally:
                    change.spot.put(change.spot.node)
                if code is not None:
                    yield change, subject, code


def _tiers(subject: Subject) -> tuple[tuple[Maker, ...], ...]:
    """Kinds of changes, in the order in which they are tried."""
    known = references(subject.found.node, subject.scope)
    parts = slices_of(subject.found.node)
    return (
        (edits.transposes, edits.signs),
        (edits.accumulations, edits.axes, edits.indices, edits.comparisons),
        (derivatives.softmax, derivatives.activations, partial(terms.names, known=known)),
        (partial(edits.slices, known=parts), partial(terms.everywhere, known=known), insertions.squared),
        (terms.dropped, terms.deleted, terms.powers_and_constants, insertions.turned),
        (partial(insertions.factors, known=known), partial(terms.names, known=known, alike=False)),
        (insertions.wrapped,),
        (partial(insertions.multiples, known=known, numbers=numbers_of(subject.found.node)),),
    )
