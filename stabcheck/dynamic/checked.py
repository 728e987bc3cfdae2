"""The check that the user ran, or might run at the dtype in use."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from stabcheck.dynamic.check_causes import check_causes
from stabcheck.dynamic.examined import Examined, at_dtype
from stabcheck.dynamic.report import Cause, Location
from stabcheck.dynamic.request import Request
from stabcheck.dynamic.usercheck import Check, Replay, replay
from stabcheck.dynamic.verdict import Judgement

TELLING = 0.05  # a difference that knows the derivative to no better than this tells nothing


def judge_check(
    request: Request,
    working: Examined,
    reference: Examined,
    measured: Sequence[Judgement],
    rng: np.random.Generator,
) -> tuple[list[Cause], list[Replay]]:
    """The check that the user ran, replayed at each of its dtypes; without one, whether the dtype allows any.

    `measured` are the ladders of the report.
    """
    location = working.sampler.problem.location
    if request.step is None and request.tolerance is None and not request.dtypes:
        return [
            _too_coarse(judgement, location) for judgement in measured if _is_blind(judgement, working)
        ], []
    if not any(leaf.varied and leaf.value.size for leaf in working.sampler.problem.leaves):
        return [], []
    check = Check(request.scheme, request.step, request.tolerance)
    causes: list[Cause] = []
    replays: list[Replay] = []
    for dtype in request.dtypes or (working.dtype,):
        if working.sampler.effort.exhausted:
            break
        here = at_dtype(dtype, working, reference, rng)
        if here is None or not here.contracts.finite or here.contracts.nonfinite:
            continue
        replays.append(replay(here, check, rng))
        wide = partial(_in_float64, dtype, reference, check, rng)
        causes += check_causes(replays[-1], wide, location)
    return causes, replays


def _in_float64(dtype: str, reference: Examined, check: Check, rng: np.random.Generator) -> Replay | None:
    """The check in float64; None if that is where it was run, or where the problem can't be."""
    return replay(reference, check, rng) if reference.dtype == "float64" != dtype else None


def _is_blind(judgement: Judgement, working: Examined) -> bool:
    """Whether the best difference at a narrow working dtype is too poor to tell anything."""
    narrow = judgement.rungs.dtype == working.dtype != "float64"
    poor = (
        judgement.resolution > TELLING and judgement.rungs.size > 0
    )  # a derivative of 0 has no digits to tell
    return narrow and poor and judgement.outcome in ("unresolved", "rough", "agrees")


def _too_coarse(judgement: Judgement, location: Location | None) -> Cause:
    dtype, resolution = judgement.rungs.dtype, judgement.resolution
    text = f"a {dtype} difference can't tell: its best error bar is {resolution:.1g} of the derivative"
    evidence = {"dtype": dtype, "resolution": resolution, "best_step": judgement.best_step}
    return Cause("dtype-too-coarse", text, "run the check in float64", evidence, location)
