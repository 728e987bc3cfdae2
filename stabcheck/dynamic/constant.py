"""Functions that are constant by an identity: all that they change by is rounding.

The values of a softmax add up to 1, those of a batch normalization to 0, wherever they are taken. Their
gradient is 0 but for its own rounding, and there are no digits in it to compare.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stabcheck.dynamic.ladder import Estimate, Rungs
from stabcheck.dynamic.precision import precision_of
from stabcheck.dynamic.report import ACCUSED
from stabcheck.dynamic.sampling import Sampler

Float64 = npt.NDArray[np.float64]

CHANGES = 16.0  # roundings of its value by which a constant function may change
DOUBLE = (
    1e-12  # unit roundoff, and what is granted to gradients, above which numbers are narrower than float64
)
ROUNDINGS = 32.0  # that a gradient in a narrower dtype may have
UNEVEN = 16.0  # times their mean that the largest change by rounding may be
TREND = 4.0  # times those of the finest steps that the changes of the coarsest may be
TERMS = 1e4  # roundings of the terms that cancel, by which their sum may change
NEAR = tuple(
    np.float32(1 + k / 64) for k in (0, 1, -1, 2, -2)
)  # of the point: there the function is the same
NARROW = "float32"  # in which their rounding shows how large they are


def estimate_of_constant(rungs: Rungs, gradient_unit: float) -> Estimate | None:
    """The derivative 0 of a function that changes by its noise alone, if the gradient is 0 to its rounding.

    A gradient that is stored in a narrower dtype has the rounding of terms there that are as large as those
    of the function, and cancel.
    """
    if rungs.unit > DOUBLE or not rungs.compared or not rungs.steps.size:
        return None
    level, largest = float(np.max(rungs.noise)), float(np.max(_changes(rungs)))
    if (not largest and not rungs.size) or not level or largest > CHANGES * level:
        return None
    bar = 2 * max(level, largest) / float(rungs.steps[0])
    narrow = gradient_unit**1.5 if gradient_unit > DOUBLE else 0.0  # granted is the ⅔ power of the unit
    allowed = ACCUSED * bar + rungs.rounding + ROUNDINGS * narrow * level / rungs.unit
    return Estimate(0.0, max(bar, rungs.size), 0, 0) if rungs.size <= allowed else None


def rounding_alone(sampler: Sampler, ladders: Sequence[Rungs], cotangent: Float64) -> float | None:
    """The largest change of a function without a trend over the ladder, if its terms' rounding is as large.

    How large the terms are is seen in a narrower dtype: their sum is off there by so many roundings more.
    None if there is a trend, if the function is not all rounding, or if it can't be told.
    """
    if sampler.unit > DOUBLE:
        return None
    changes = [_changes(rungs) for rungs in ladders]
    if not changes or any(part.size < 6 for part in changes):
        return None
    whole = np.concatenate(changes)
    largest, third = float(np.max(whole)), min(part.size for part in changes) // 3
    coarse = float(np.mean([part[:third] for part in changes]))
    fine = float(np.mean([part[-third:] for part in changes]))
    if not largest or largest > UNEVEN * float(np.mean(whole)) or coarse > TREND * fine:
        return None
    ratio = sampler.precision.unit / precision_of(NARROW).unit
    return largest if largest <= TERMS * ratio * _off_when_narrow(sampler, cotangent) else None


def _off_when_narrow(sampler: Sampler, cotangent: Float64) -> float:
    """How far <w, f> in the narrower dtype is from that in float64; 0 if it can't be run there."""
    try:
        narrow = sampler.problem.at(NARROW)
        if narrow is None:
            return 0.0
        wide = sampler.value().astype(np.float64)
        points = [
            [leaf.value * factor if leaf.varied else leaf.value for leaf in narrow.leaves] for factor in NEAR
        ]
        values = [
            np.asarray(narrow.value(tuple(map(np.asarray, point)))).astype(np.float64) for point in points
        ]
    except Exception:  # a dtype that the user never ran
        return 0.0
    off = [abs(float(np.sum((value - wide) * cotangent))) for value in values]
    return max((gap for gap in off if np.isfinite(gap)), default=0.0)


def _changes(rungs: Rungs) -> Float64:
    return np.maximum(np.abs(rungs.ahead), np.abs(rungs.behind))
