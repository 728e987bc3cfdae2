"""Causes that the formula's ladders show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from stabcheck.dynamic.accusations import missing_cause, wrong_cause
from stabcheck.dynamic.casts import cast_cause, hidden_cast
from stabcheck.dynamic.contract_causes import gradient_location
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.formula_examination import right_aside, right_nearby
from stabcheck.dynamic.probing import (
    SMALL,
    all_entries,
    probe_entries,
    probe_leaf,
    probe_masks,
    size_of,
    suspicious,
    usable,
    varied,
)
from stabcheck.dynamic.report import Cause
from stabcheck.dynamic.screening import unsettled
from stabcheck.dynamic.shapes import shape_cause
from stabcheck.dynamic.verdict import Judgement
from stabcheck.dynamic.wrong import entry_causes, gradient_causes

NOISY = 1e3  # noise over the rounding of the value from which a cast is looked for


def formula_causes(formula: Formula, rng: np.random.Generator, *, full: bool = False) -> list[Cause]:
    """What is wrong with the gradient, or with the function that it is of, as far as ladders can tell.

    `full` looks at every entry, however many there are.
    """
    causes = [shape_cause(formula, misfit, rng) for misfit in formula.contracts.misfits]
    skipped = [misfit.leaf for misfit in formula.contracts.misfits]
    for leaf in formula.contracts.missing:
        judgement = probe_leaf(formula, leaf, rng, 1)[0]
        skipped.append(leaf)
        if usable(judgement) and suspicious(judgement):
            causes.append(missing_cause(formula, leaf, judgement))
    if formula.contracts.nonfinite:
        causes.append(_nan_gradient(formula, probe_leaf(formula, formula.contracts.nonfinite[0], rng, 1)[0]))
    elif formula.outcome in ("differs", "kink-outside") or causes:
        if len(skipped) < len(varied(formula)) or not causes:
            causes += gradient_causes(formula, skipped, rng)
    else:
        causes += _audit(formula, rng, full)
    return _at_kinks(formula, causes + function_causes(formula, rng), rng)


def _at_kinks(formula: Formula, causes: list[Cause], rng: np.random.Generator) -> list[Cause]:
    """A gradient that is wrong at a kink alone, said once: not as wrong without a reason, and a kink."""
    kinds = [cause.kind for cause in causes]
    if kinds == ["localized-error", "non-differentiable"] and "at a kink" in causes[0].explanation:
        return causes[:1]
    if kinds != ["wrong-gradient", "non-differentiable"] or formula.sampler.effort.exhausted:
        return causes
    wrong, bend = causes
    if getattr(formula.sampler.problem, "gradient_fixed", False) or not right_nearby(formula, rng):
        return causes
    where, _, slopes = bend.explanation.removeprefix("the function has a kink at ").partition(": ")
    text = f"the gradient is right but at the kink at {where}: {slopes}"
    advice = "where entries tie, give the gradient to one of them or share it: the shares must add up to 1"
    evidence = {**wrong.evidence, **bend.evidence}
    return [replace(wrong, explanation=text, suggestion=advice, evidence=evidence)]


def untested_causes(formula: Formula) -> list[Cause]:
    """What the ladders say by themselves, when there is no time for another look at leaves and entries."""
    if formula.contracts.nonfinite:
        return [_nan_gradient(formula, formula.gravest)]
    if formula.outcome in ("differs", "kink-outside"):
        return [wrong_cause(formula, formula.judgements)]
    return _causes_along(formula, formula.gravest) if varied(formula) else []


def function_causes(formula: Formula, rng: np.random.Generator) -> list[Cause]:
    """Kinks, jumps and roughness along the directions that were tried.

    Where entries of the gradient are not finite, what is rough or steep is so because of them, unless it is
    along the others alone, too.
    """
    if not varied(formula):  # arguments without elements
        return []
    found = _causes_along(formula, formula.gravest)
    if formula.contracts.nonfinite and any(
        cause.kind == "rough" or "power" in cause.evidence for cause in found
    ):
        others = {leaf: np.isfinite(formula.contracts.gradient[leaf]) for leaf in varied(formula)}
        if not any(np.any(mask) for mask in others.values()):
            return []
        return _causes_along(formula, probe_masks(formula, [others], rng)[0])
    return found


def _causes_along(formula: Formula, judgement: Judgement) -> list[Cause]:
    problem = formula.sampler.problem
    if judgement.jump is not None:
        return [
            Cause(
                "discontinuous",
                f"the function jumps at this point: f(x + t d) − f(x − t d) tends to {judgement.jump:.4g}, "
                "not to 0",
                "check at a point where no floor, comparison or index changes its value",
                {"jump": judgement.jump, "step": float(judgement.rungs.steps[-1])},
                problem.location,
            )
        ]
    if judgement.kink is not None:
        return [_kink_cause(formula, judgement)]
    if judgement.steepening is not None:
        return [_steep_cause(formula, judgement.steepening)]
    stairs = not formula.sampler.effort.exhausted and (
        judgement.staircase is not None
        or max(formula.noise.levels, default=0.0) > NOISY * formula.noise.floor
    )
    cast = formula.cast or (hidden_cast(formula.sampler, judgement.rungs.direction) if stairs else None)
    if judgement.outcome in ("rough", "unresolved", "unreachable"):
        return [_rough_cause(formula, judgement, cast)]
    return [cast_cause(formula.sampler, cast)] if cast else []


def _audit(formula: Formula, rng: np.random.Generator, full: bool) -> list[Cause]:
    """Look at single entries: one that is wrong may be too small to show along a random direction."""
    leaves = [leaf for leaf in varied(formula) if leaf not in formula.symmetric]
    count = size_of(formula, leaves)
    if formula.centre.gradient is None or formula.sampler.effort.exhausted or (count > SMALL and not full):
        return []
    if formula.constant or formula.outcome not in ("agrees", "kink-inside"):
        return []
    entries = unsettled(formula, all_entries(formula, leaves))
    judged = probe_entries(formula, entries)
    accused = [entry for entry, judgement in zip(entries, judged, strict=True) if suspicious(judgement)]
    if not accused or (formula.outcome == "kink-inside" and right_aside(formula, rng)):
        return []
    return entry_causes(formula, accused, rng)


def _kink_cause(formula: Formula, judgement: Judgement) -> Cause:
    assert judgement.kink is not None
    bend, analytic = judgement.kink, judgement.rungs.analytic
    low, high = sorted((bend.left, bend.right))
    slack = bend.bar + judgement.bar + 1e-3 * abs(bend.difference)
    inside = low - slack <= analytic <= high + slack
    entries = _kinked_entries(formula)
    names = [_entry_name(formula, leaf, entry) for leaf, entry, _ in entries]
    text = f"the function has a kink at {', '.join(names[:4]) or 'this point'}"
    text += f" and {len(names) - 4} more entries: " if len(names) > 4 else ": "
    if entries and inside:
        text += _slopes_by(formula, names[0], *entries[0], compared=judgement.rungs.compared)
    else:
        text += (
            f"along a random direction its slopes on the two sides are {bend.left:.4g} and {bend.right:.4g}"
        )
        if judgement.rungs.compared:
            text += f", the gradient gives {analytic:.4g}, {'between' if inside else 'outside of'} them"
    if judgement.rungs.compared and not inside and judgement.outcome == "kink-inside":
        text += ", because several kinks meet here (relu or abs of 0, ties); a little aside it is right"
    return Cause(
        "non-differentiable",
        text,
        "check at a point away from the kink (move x by more than the step); a central difference only "
        "averages",
        {
            "left": bend.left,
            "right": bend.right,
            "analytic": analytic,
            "low": low,
            "high": high,
            "entries": names[:8],
        },
        formula.sampler.problem.location,
    )


def _slopes_by(
    formula: Formula, name: str, leaf: int, entry: int, found: Judgement, *, compared: bool
) -> str:
    """The slopes on both sides of a kink by the one entry that has it, beside the gradient by it."""
    assert found.kink is not None
    along = float(found.rungs.direction[leaf].reshape(-1)[entry])
    text = f"the derivative by {name} is {found.kink.left / along + 0.0:.4g} on one side"
    text += f" and {found.kink.right / along + 0.0:.4g} on the other"
    if not compared:
        return text
    return f"{text}, the gradient gives {formula.centre_gradient[leaf].reshape(-1)[entry]:.4g}"


def _steep_cause(formula: Formula, power: float) -> Cause:
    grow = f"grow as t^-{power:.2g}" if power else "do not settle"
    return Cause(
        "non-differentiable",
        f"the function has a vertical tangent at this point: its differences {grow} as the step t shrinks",
        "look for a root, a norm or x log x at 0; check at a point away from it",
        {"power": power},
        formula.sampler.problem.location,
    )


def _kinked_entries(formula: Formula) -> list[tuple[int, int, Judgement]]:
    """Single entries (leaf, flat index) along which the function has a kink; a tie of two shows at each."""
    leaves = varied(formula)
    if size_of(formula, leaves) > SMALL or formula.sampler.effort.exhausted:
        return []
    entries = all_entries(formula, leaves)
    judged = probe_entries(formula, entries)
    return [
        (*entry, judgement)
        for entry, judgement in zip(entries, judged, strict=True)
        if judgement.kink is not None
    ]


def _entry_name(formula: Formula, leaf: int, entry: int) -> str:
    target = formula.sampler.problem.leaves[leaf]
    index = np.unravel_index(entry, target.value.shape)
    return target.name + (f"[{', '.join(str(int(k)) for k in index)}]" if index else "")


def _rough_cause(formula: Formula, judgement: Judgement, cast: str | None) -> Cause:
    evidence: dict[str, Any] = {"resolution": judgement.resolution, "best_step": judgement.best_step}
    if judgement.staircase is not None:
        evidence["quantum"] = judgement.staircase.quantum
        text = (
            "the function is a staircase: it stays constant for small steps and changes by "
            f"{judgement.staircase.quantum:.2g} "
            f"at a time; at wide steps its slope is known to {judgement.resolution:.1g} relative"
        )
    elif judgement.outcome == "unreachable":
        text = "the function is not finite, or refuses, at nearly all points around this one"
    else:
        known = f"is {judgement.resolution:.1g} of" if judgement.resolution < 1 else "exceeds"
        text = f"the function is too rough for a difference: the best error bar {known} the derivative"
    if cast is not None:
        evidence["cast"] = cast
        text += f"; it rounds its arguments to {cast}"
    return Cause(
        "rough",
        text,
        f"take the cast to {cast} out, or check with the steps of {cast}"
        if cast
        else "look for a cast, a rounding, a solver's tolerance or a large constant added inside",
        evidence,
        formula.sampler.problem.location,
    )


def _nan_gradient(formula: Formula, judgement: Judgement) -> Cause:
    problem, contracts = formula.sampler.problem, formula.contracts
    leaf = contracts.nonfinite[0]
    entry = contracts.gradient[leaf]
    bad = np.argwhere(~np.isfinite(entry))
    where = problem.leaves[leaf].name + (f"[{', '.join(map(str, bad[0]))}]" if entry.ndim else "")
    value = float(entry[tuple(bad[0])])
    text = (
        f"the gradient is {value} at {where} ({len(bad)} of {entry.size} entries), while the function is "
        "finite"
    )
    if judgement.kink is not None:
        text += (
            f"; there the function has a kink ({judgement.kink.left:.4g} and {judgement.kink.right:.4g} on "
            "its sides)"
        )
    elif usable(judgement):
        text += (
            f" and has the derivative {judgement.numeric:.4g} ± {judgement.bar:.1g} along a random direction"
        )
    return Cause(
        "nan-gradient",
        text,
        "look for 0 · inf: a square root or norm at 0, a division by it, or a where() whose other branch "
        "is not finite "
        "(make the argument safe inside the branch, too)",
        {
            "leaf": problem.leaves[leaf].name,
            "indices": [list(map(int, row)) for row in bad[:8]],
            "count": len(bad),
            "numeric": judgement.numeric if usable(judgement) else None,
        },
        gradient_location(problem),
    )
