"""The causes of a wrong gradient in words, with the numbers that prove them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, log10
from typing import Any

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.contract_causes import gradient_location
from stabcheck.dynamic.formula import Formula
from stabcheck.dynamic.locate import Selection
from stabcheck.dynamic.patterns import bounds_of, factor_at, repeated_by
from stabcheck.dynamic.probing import slope_at
from stabcheck.dynamic.problem import Problem
from stabcheck.dynamic.relation import Relation, constant_that_equals, size_that_equals
from stabcheck.dynamic.report import Cause
from stabcheck.dynamic.verdict import Judgement

UNCLIPPED = "check the gradient before it is clipped; clipping belongs into the optimizer's step"
FAR = 100.0  # error bars apart from which their number says nothing more


def missing_cause(formula: Formula, leaf: int, judgement: Judgement) -> Cause:
    """None, or zeros, where the function does depend on the leaf."""
    problem = formula.sampler.problem
    name = problem.leaves[leaf].name
    given = "None" if leaf in formula.contracts.missing else "zero"
    return Cause(
        "missing-gradient",
        f"the gradient by {name} is {given}, but the function changes with it: the derivative along a random "
        f"direction is {judgement.numeric:.4g} ± {judgement.bar:.1g}",
        "look for what cuts the path: a stop_gradient, a detour through .numpy() or int, a variable that "
        "is not watched"
        if problem.library != "numpy"
        else f"return the gradient by {name} too",
        {"leaf": name, "given": given, "numeric": judgement.numeric, "bar": judgement.bar},
        gradient_location(problem),
    )


def factor_cause(formula: Formula, relation: Relation, names: Sequence[str] | None) -> Cause:
    """A constant factor, for the whole gradient or for the leaves in `names`."""
    problem, factor = formula.sampler.problem, relation.factor
    of = "" if names is None else f" by {', '.join(names)}"
    evidence: dict[str, Any] = {"factor": factor, "leaves": list(names or [])}
    location = gradient_location(problem)
    if relation.norm is not None:
        right = relation.norm / abs(factor)
        text = (
            f"the gradient{of} points the right way, but its norm is {relation.norm:.6g} here as elsewhere, "
            f"where the right one's is {right:.4g}: it is normalised, or clipped by its norm"
        )
        return Cause("scale-error", text, UNCLIPPED, {**evidence, "norm": relation.norm}, location)
    if relation.kind == "sign-error":
        text = f"the gradient{of} has the wrong sign: analytic / numeric = {factor:.6g} in every direction"
        return Cause("sign-error", text, f"negate the gradient{of}", evidence, location)
    size = size_that_equals(factor, sizes_of(formula))
    text = f"the gradient{of} is {factor:.6g} times the numeric one in every direction"
    if abs(abs(factor) - 2) < 1e-5 or abs(abs(factor) - 0.5) < 1e-6:
        advice = "look for the 2 of a square's derivative, or for a term that is added twice"
        if size is not None:  # two explanations of one number: neither is claimed
            advice += f"; or, as {size[0]}, for a sum where the function averages"
    elif size is not None:
        name, exponent = size
        evidence["equals"] = name if exponent > 0 else f"1 / ({name})"
        text += f", and {name}"
        advice = {
            1.0: "divide by it once more: the function averages where the gradient sums",
            -1.0: "divide by it once less: the function sums where the gradient averages",
            0.5: "divide by it: the function scales by 1 / sqrt(n), the gradient does not",
            -0.5: "multiply by it: the gradient scales by 1 / sqrt(n) once too often",
        }[exponent]
    elif (known := _constant(formula, factor)) is not None:
        written, inverse = known
        evidence["equals"] = f"1 / {written}" if inverse else written
        text += f", which is {evidence['equals']}"
        advice = (
            f"multiply by {written}, which the chain rule brings and the gradient lacks"
            if inverse
            else f"divide by {written}: the function divides by it, or the gradient has it twice"
        )
    elif (ratio := _ratio(factor)) is not None:
        over, under = ratio
        text += f", that is {'-' if factor < 0 else ''}{over}/{under}"
        advice = f"look for a {over} where a {under} belongs: an exponent, or what its derivative brings down"
    else:
        advice = (
            f"divide the gradient{of} by {factor:.6g}, or look for a constant that the function has and it "
            "lacks"
        )
    return Cause("scale-error", text, advice, evidence, location)


def is_unexplained(formula: Formula, factor: float) -> bool:
    """Whether a factor equals nothing that could tell where it comes from."""
    plain = abs(abs(factor) - 2) < 1e-5 or abs(abs(factor) - 0.5) < 1e-6 or _ratio(factor) is not None
    named = size_that_equals(factor, sizes_of(formula)) or _constant(formula, factor)
    return not plain and named is None


def _constant(formula: Formula, factor: float) -> tuple[str, bool] | None:
    """The constant that the function reads whose power the factor is, and whether it is the inverse."""
    return constant_that_equals(factor, getattr(formula.sampler.problem, "captured_numbers", ()))


def _ratio(factor: float) -> tuple[int, int] | None:
    """The factor as a fraction of two numbers up to 9, neither of them 1."""
    found = Fraction(abs(factor)).limit_denominator(9)
    small = 1 < found.numerator <= 9 and found.denominator > 1
    return found.as_integer_ratio() if small and abs(float(found) / abs(factor) - 1) < 1e-6 else None


def related_cause(formula: Formula, relation: Relation, name: str) -> Cause:
    """A gradient that is the right one transposed, reversed, swapped, or short of a term."""
    evidence = {"leaf": name, "relation": relation.text, "factor": relation.factor}
    text = f"the gradient by {name} is {relation.text}"
    if relation.kind == "transposed":
        text += f", times {relation.factor:.6g}" if relation.factor != 1 else ""
        advice = f"transpose the product that makes the gradient by {name}"
    elif "L2" in relation.text:
        text = f"in the gradient by {name}, {relation.text}"
        advice = f"add the derivative of the penalty to the gradient by {name}"
    elif "linear term" in relation.text:
        advice = f"compare the terms of the gradient by {name} with those of the function, signs too"
    elif relation.text.startswith("short of"):
        advice = f"add what {name} does through it: every entry moves the mean, the variance or the norm, too"
    elif "whole numbers" in relation.text:
        advice = "look for astype(int), // or an array of integers that the gradient is put into"
    else:
        advice = f"check the indices in the line that makes the gradient by {name}"
    return Cause(relation.kind, text, advice, evidence, gradient_location(formula.sampler.problem))


def localized_cause(
    formula: Formula, leaf: int, selection: Selection, judged: Mapping[int, Judgement]
) -> Cause:
    """Wrong entries of one leaf; `judged` are the ladders of some of them by flat index."""
    target = formula.sampler.problem.leaves[leaf]
    wrong = np.flatnonzero(selection.mask)
    worst = max(
        (entry for entry in wrong if int(entry) in judged),
        key=lambda entry: judged[int(entry)].residual,
        default=None,
    )
    evidence: dict[str, Any] = {
        "leaf": target.name,
        "where": selection.text,
        "count": int(wrong.size),
        "of": int(target.value.size),
        "indices": [list(map(int, np.unravel_index(entry, target.value.shape))) for entry in wrong[:8]],
    }
    advice = f"look at how the gradient by {target.name} treats {selection.text}; elsewhere it is right"
    count = f"{wrong.size} of {target.value.size} entries"
    text = f"the gradient is wrong at {selection.text} ({count})"
    if selection.limits is not None:
        text = f"the gradient by {target.name} is clipped to {bounds_of(selection.limits)} ({count})"
        evidence["limits"], advice = list(selection.limits), UNCLIPPED
    if worst is not None:
        analytic = float(formula.centre_gradient[leaf].reshape(-1)[worst])
        numeric = slope_at(judged[int(worst)], leaf, int(worst))
        evidence |= {"analytic": analytic, "numeric": numeric}
        text += f": {analytic:.6g} {_instead(judged[int(worst)], numeric)}"
    told = [int(entry) for entry in wrong if int(entry) in judged]
    factor = _factor_at(formula, leaf, told, judged) if selection.limits is None else None
    if factor is not None:
        evidence["factor"] = factor
        known = _constant(formula, factor)
        of_them = "all" if len(told) == wrong.size else "those measured"
        text += f"; {of_them} are {factor:.6g} times the right ones"
        text += "" if known is None else f", which is {'1 / ' if known[1] else ''}{known[0]}"
    repeated = repeated_by(selection.mask, indices_of(formula.sampler.problem))
    if repeated is not None:
        evidence["repeated"] = repeated
        text += f"; these are what {repeated} holds more than once"
        advice = f"add with np.add.at(g, {repeated}, …): g[{repeated}] += … keeps one of equal indices"
    return Cause(
        "localized-error",
        text,
        advice,
        evidence,
        gradient_location(formula.sampler.problem),
    )


def _factor_at(
    formula: Formula, leaf: int, entries: Sequence[int], judged: Mapping[int, Judgement]
) -> float | None:
    """The factor that these entries of a leaf are off by."""
    right = np.asarray([slope_at(judged[entry], leaf, entry) for entry in entries])
    if any(judged[entry].kink is not None for entry in entries):
        return None
    return factor_at(formula.centre_gradient[leaf].reshape(-1)[list(entries)], right)


def _instead(judgement: Judgement, numeric: float) -> str:
    """What a wrong entry should be: `numeric`, or anything between the slopes on both sides of a kink."""
    if judgement.kink is not None and judgement.numeric:
        scale = numeric / judgement.numeric
        low, high = sorted((scale * judgement.kink.left + 0.0, scale * judgement.kink.right + 0.0))
        return f"at a kink, where {low:.4g} to {high:.4g} would do"
    return "instead of 0" if abs(judgement.numeric) <= judgement.bar else f"instead of {numeric:.6g}"


def parameters_cause(
    formula: Formula, wrong: Sequence[int], sound: Sequence[int], judgements: Sequence[Judgement]
) -> Cause:
    """Whole arguments are wrong, without a pattern, among others that are not."""
    names = [leaf.name for leaf in formula.sampler.problem.leaves]
    accused = ", ".join(names[leaf] for leaf in wrong)
    right = ", ".join(names[leaf] for leaf in sound)
    judgement = max(judgements, key=lambda judgement: judgement.residual / max(judgement.bar, 1e-300))
    return Cause(
        "localized-error",
        f"the gradient by {accused} is wrong{f', that by {right} is right' if right else ''}: along a random "
        f"direction {_numbers(judgement)}",
        f"look at the lines that make the gradient by {accused}",
        {"leaves": [names[leaf] for leaf in wrong], "where": accused, **_evidence(judgement)},
        gradient_location(formula.sampler.problem),
    )


def wrong_cause(formula: Formula, judgements: Sequence[Judgement]) -> Cause:
    """A gradient that is wrong in no way that has a name."""
    judgement = max(judgements, key=lambda judgement: judgement.residual / max(judgement.bar, 1e-300))
    return Cause(
        "wrong-gradient",
        f"the gradient does not match the function: along a random direction {_numbers(judgement)}",
        "look for a part of the function that the framework does not differentiate (.numpy(), stop_gradient, "
        "py_function, a cast to integers), and for custom gradients"
        if getattr(formula.sampler.problem, "by_framework", False)
        else "derive it anew: no factor, transpose, shift, swap or missing penalty makes it right",
        _evidence(judgement),
        gradient_location(formula.sampler.problem),
    )


def _numbers(judgement: Judgement) -> str:
    """Both derivatives, to two digits beyond the one in which they differ; the bar where it is near."""
    analytic, numeric = judgement.rungs.analytic, judgement.numeric
    relative = judgement.residual / max(judgement.size, 1e-300)
    digits = min(max(4, 2 + ceil(-log10(max(relative, 1e-15)))), 15)
    bars = judgement.residual / max(judgement.bar, 1e-300)
    near = f" ± {judgement.bar:.1g} ({bars:.2g} error bars apart)" if bars < FAR else ""
    return f"it gives {analytic:.{digits}g}, the function changes by {numeric:.{digits}g}{near}"


def _evidence(judgement: Judgement) -> dict[str, Any]:
    return {
        "analytic": judgement.rungs.analytic,
        "numeric": judgement.numeric,
        "bar": judgement.bar,
        "relative": judgement.residual / max(judgement.size, 1e-300),
        "dtype": judgement.rungs.dtype,
    }


def indices_of(problem: Problem) -> list[tuple[str, npt.NDArray[Any]]]:
    """Arrays of integers that the function gets, or reads besides its arguments."""
    given = [(leaf.name, leaf.value) for leaf in problem.leaves if leaf.value.dtype.kind in "iu"]
    return [*given, *getattr(problem, "captured_integers", ())]


def sizes_of(formula: Formula) -> dict[str, int]:
    """Numbers that a factor may be: lengths of arguments, of values, and of captured arrays."""
    found: dict[str, int] = {}
    arrays = [(leaf.name, leaf.value.shape) for leaf in formula.sampler.problem.leaves]
    arrays.append(("the value", formula.contracts.value.shape))
    arrays += getattr(formula.sampler.problem, "captured_shapes", ())
    for name, shape in arrays:
        if len(shape) == 1:
            found[f"len({name})"] = shape[0]
        elif shape:
            found |= {f"{name}.shape[{axis}]": length for axis, length in enumerate(shape)}
    for name, shape in arrays:
        if len(shape) > 1:
            found[f"{name}.size"] = int(np.prod(shape))
    return found
