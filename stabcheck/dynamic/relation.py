"""How a wrong gradient is related to the right one, tested on directional derivatives alone.

A hypothesis "the right gradient is T(g)" predicts <T(g), d> for every direction d along which the derivative
has been measured. It costs no further evaluation whatever the size of the argument, and a wrong hypothesis
has to agree by accident within the error bar of every direction. A factor is fitted on one direction and
tested on the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.verdict import ACCUSED, Judgement

Float64 = npt.NDArray[np.float64]

CONSTANT = 1e-6  # relative, how near to a power of a constant a factor must be
MOST_AXES = 4  # of which all orders are tried
EXACT = 1e-6  # part of the disagreement that a hypothesis may leave unexplained


@dataclass(frozen=True, slots=True)
class Relation:
    """`right = factor⁻¹ · transformed(g)`: what was done to the gradient of one leaf.

    `kind` is the cause it amounts to; `factor` is g over the right gradient after the transformation is
    undone.
    """

    kind: str
    text: str
    factor: float = 1.0
    norm: float | None = None  # of a gradient that has it at every point, whatever that of the right one


def along_leaf(gradient: Float64, judgement: Judgement, leaf: int) -> float:
    """<gradient, d> on one leaf."""
    return float(np.vdot(gradient, judgement.rungs.direction[leaf]))


def explains(gradient: Float64, judgements: Sequence[Judgement], leaf: int, slack: float = 0.0) -> bool:
    """Whether `gradient` is the derivative along every direction, within the error bars.

    `slack` is a relative allowance for what was fitted.
    """
    for judgement in judgements:
        size = float(np.sqrt(np.sum((gradient * judgement.rungs.direction[leaf]) ** 2)))
        left = abs(along_leaf(gradient, judgement, leaf) - judgement.numeric)
        if left > ACCUSED * judgement.bar + EXACT * judgement.residual + slack * size:
            return False
    return True


def factor_of(gradient: Float64, judgements: Sequence[Judgement], leaf: int) -> float | None:
    """The c for which gradient = c × the right one along every direction; None if there is no such number."""
    best = max(judgements, key=lambda judgement: abs(judgement.numeric) / max(judgement.bar, 1e-300))
    if abs(best.numeric) <= 1e3 * best.bar:
        return None
    factor = along_leaf(gradient, best, leaf) / best.numeric
    if abs(factor) < 1e-12:
        return None
    fitted = ACCUSED * best.bar / abs(best.numeric)
    return factor if explains(gradient / factor, judgements, leaf, fitted) else None


def relate(
    gradient: Float64, value: Float64, judgements: Sequence[Judgement], leaf: int, others: dict[str, Float64]
) -> Relation | None:
    """The first relation that explains all directions of a leaf; None if none does.

    `others` are gradients of other leaves of the same shape, by name, which may have been swapped with this
    one.
    """
    factor = factor_of(gradient, judgements, leaf)
    if factor is not None:
        return Relation(
            "sign-error" if abs(factor + 1) < 1e-6 else "scale-error", "a constant factor", factor
        )
    for kind, text, candidate in _transformed(gradient, others):
        if candidate.shape != gradient.shape or np.array_equal(candidate, gradient):
            continue
        if explains(candidate, judgements, leaf):
            return Relation(kind, text)
        scaled = factor_of(candidate, judgements, leaf)
        if scaled is not None and kind == "transposed":
            return Relation(kind, text, scaled)
    return _missing_penalty(gradient, value, judgements, leaf)


def _transformed(gradient: Float64, others: dict[str, Float64]) -> Iterator[tuple[str, str, Float64]]:
    """What people do to a gradient, undone: (kind, what was done, the right gradient if it was)."""
    if gradient.ndim >= 2:
        yield "transposed", "the transpose of the right gradient", np.swapaxes(gradient, -1, -2)
        yield (
            "wrong-gradient",
            "the right entries in column-major order",
            gradient.reshape(-1).reshape(gradient.shape[::-1]).transpose(),
        )
        yield (
            "wrong-gradient",
            "the right entries, reshaped by columns",
            gradient.ravel("F").reshape(gradient.shape),
        )
    if gradient.ndim > 2:
        yield from _rearranged(gradient)
    for axis in range(gradient.ndim):
        if gradient.shape[axis] < 2:
            continue
        yield "wrong-gradient", f"the right gradient, reversed along axis {axis}", np.flip(gradient, axis)
        for shift in (1, -1):
            moved = np.roll(gradient, -shift, axis)
            yield "wrong-gradient", f"the right gradient, shifted by {shift} along axis {axis}", moved
    for name, other in others.items():
        yield "wrong-gradient", f"swapped with the gradient of {name}", other


def _rearranged(gradient: Float64) -> Iterator[tuple[str, str, Float64]]:
    """Of more than two axes: reshaped without a transpose, axes in another order, kernels turned by 180°."""
    shape, axes = gradient.shape, range(gradient.ndim)
    for split in axes[1:]:
        rows = int(np.prod(shape[:split]))
        text = "the right entries, reshaped from a matrix that should have been transposed first"
        yield "wrong-gradient", text, gradient.reshape(-1, rows).T.reshape(shape)
    for order in permutations(axes) if gradient.ndim <= MOST_AXES else ():
        turned = gradient.transpose(order)
        if turned.shape == shape:
            yield (
                "wrong-gradient",
                f"the right gradient with its axes in the order {tuple(np.argsort(order).tolist())}",
                turned,
            )
    for pair in combinations(axes, 2):
        text = f"the right gradient, reversed along axes {pair[0]} and {pair[1]}"
        yield "wrong-gradient", f"{text}: a convolution for a correlation", np.flip(gradient, pair)


def constant_that_equals(factor: float, numbers: Sequence[tuple[str, float]]) -> tuple[str, bool] | None:
    """The power of a constant (or of 1 − it) that a factor or its inverse equals; whether it is the inverse.

    Constants that are 1, and halves and doubles, are no evidence.
    """
    size = abs(factor)
    for name, number in numbers:
        for text, base in ((name, number), (f"(1 - {name})", 1 - number)):
            if not base > 0 or min(abs(base - plain) for plain in (0.5, 1.0, 2.0)) < 1e-9:
                continue
            for power, written in ((1, text), (2, f"{text} ** 2"), (0.5, f"sqrt({text.strip('()')})")):
                for inverse in (False, True):
                    value = base**power
                    if abs(size * (value if inverse else 1 / value) - 1) < CONSTANT:
                        return written, inverse
    return None


def _missing_penalty(
    gradient: Float64, value: Float64, judgements: Sequence[Judgement], leaf: int
) -> Relation | None:
    """The right gradient is g + λx: a squared penalty that the gradient forgets, or doubles."""
    best = max(judgements, key=lambda judgement: abs(along_leaf(value, judgement, leaf)))
    along = along_leaf(value, best, leaf)
    missing = best.numeric - along_leaf(gradient, best, leaf)
    sizes = float(np.linalg.norm(gradient)) * float(np.linalg.norm(value))
    parallel = abs(float(np.vdot(gradient, value))) / max(sizes, 1e-300)
    if along == 0 or abs(missing) <= 1e3 * best.bar or parallel > 1 - 1e-9:
        return None
    weight = missing / along
    fitted = abs(weight) * ACCUSED * best.bar / abs(missing) * float(np.linalg.norm(value))
    size = max(float(np.linalg.norm(gradient + weight * value)), 1e-300)
    if value.size < 3 or not explains(gradient + weight * value, judgements, leaf, fitted / size):
        return None
    verb = "missing" if weight > 0 else "too much"
    return Relation("wrong-gradient", f"{abs(weight):.4g} × the argument is {verb}: an L2 penalty", weight)


def size_that_equals(factor: float, sizes: dict[str, int]) -> tuple[str, float] | None:
    """Which size, product of two, or root of one the factor or its inverse equals: description and exponent.

    Exponent 1 means the gradient is n times too large, −1 that it is n times too small; ±0.5 the same of √n.
    A root that is 2 or less is no evidence: so are many factors.
    """
    magnitude = abs(factor)
    pairs = {
        f"{a} × {b}": n * m for a, n in sizes.items() for b, m in sizes.items() if a < b and n > 1 and m > 1
    }
    for named in (sizes, pairs):
        for exponent in (1.0, -1.0):
            for name, size in named.items():
                if size > 1 and abs(magnitude / size**exponent - 1) < 1e-5:
                    return f"{name} = {size}", exponent
    for exponent in (0.5, -0.5):
        for name, size in sizes.items():
            if size > 4 and abs(magnitude / size**exponent - 1) < 1e-5:
                return f"sqrt({name}) = {np.sqrt(size):.6g}", exponent
    return None
