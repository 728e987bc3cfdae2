"""Which parts of a check fail a right gradient: its scheme, its step, its dtype, its tolerance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from stabcheck.dynamic.report import Cause, Location
from stabcheck.dynamic.usercheck import Best, Replay

FAR = 10.0  # times the error of the best step from which a step has its part in a failure
REACHES_FARTHER = 4.0  # one-sided error over two-sided, each at its best step, that is no accident


def check_causes(here: Replay, wide: Callable[[], Replay | None], location: Location | None) -> list[Cause]:
    """Every part of the check that fails a right gradient, one cause each; none if it passes.

    A part that repairs the check when it alone is changed is the only one. `wide` replays the check in
    float64; it is asked only if no step helps at this dtype.
    """
    if here.passes:
        return []
    if here.scheme != "central" and _at_most(here.central_error, here.tolerance):
        return [_one_sided(here, location)]
    found = []
    if here.error is not None and _step_is_to_blame(here, here.error):
        found.append(_step(here, location))
    if here.own.error <= here.tolerance:
        return found
    if here.scheme != "central" and _two_sided_helps(here):
        found.append(_one_sided(here, location))
    if here.central.error <= here.tolerance:
        return found
    return [*found, _out_of_reach(here, wide(), location)]


def reachable(error: float) -> float:
    """A tolerance that a check with this error passes with room to spare: 1, 2 or 5 times a power of ten."""
    wanted = max(4 * error, 1e-300)
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(next(leading for leading in (1, 2, 5, 10) if leading * power >= wanted * (1 - 1e-9)) * power)


def _at_most(error: float | None, tolerance: float) -> bool:
    return error is not None and error <= tolerance


def _step_is_to_blame(here: Replay, error: float) -> bool:
    return here.own.error <= here.tolerance or error > FAR * here.own.error


def _two_sided_helps(here: Replay) -> bool:
    best = here.central.error
    return best <= here.tolerance or best * REACHES_FARTHER <= here.own.error


def _evidence(here: Replay) -> dict[str, Any]:
    return {
        "dtype": here.dtype,
        "scheme": here.scheme,
        "tolerance": here.tolerance,
        "error": here.error,
        "step": here.step,
        "best_step": here.central.step,
        "best_error": here.central.error,
        "suggested": max(here.tolerance, reachable(here.central.error)),
    }


def _one_sided(here: Replay, location: Location | None) -> Cause:
    assert here.step is not None
    assert here.central_error is not None
    text = (
        f"a one-sided difference with step {here.step:.0e} is off by {here.error:.1g}, over the tolerance "
        f"{here.tolerance:.1g}; "
    )
    advice = "take (f(x + h) − f(x − h)) / 2h: its error is h², not h"
    if here.central_error <= here.tolerance:
        text += f"the two-sided one is off by {here.central_error:.1g}"
    else:
        text += (
            f"none gets below {here.own.error:.1g}, the two-sided one is off by {here.central.error:.1g} "
            f"with step {here.central.step:.0e}"
        )
        advice += f"; with h = {here.central.step:.0e} it {_tolerated(here.central, here.tolerance)}"
    return Cause("one-sided-difference", text, advice, _evidence(here), location)


def _step(here: Replay, location: Location | None) -> Cause:
    step, best = here.step, here.own
    assert step is not None
    aim = min(best.passing or (best.step,), key=lambda passing: abs(np.log(passing / step)))
    small = step < aim
    found = f"is off by {here.error:.1g}"
    if small:
        reason = "round-off: the values agree in all but their last digits"
    elif here.error == float("inf"):
        found, reason = "is not finite", "it leaves the domain of the function"
    else:
        reason = "truncation: the function bends"
    text = (
        f"with step {step:.0e} a {_kind(here)} difference {found} ({reason}), over the tolerance "
        f"{here.tolerance:.1g}; with {best.step:.0e} it is off by {best.error:.1g}"
    )
    advice = f"use a step of {best.step:.0e} in {here.dtype}"
    if best.error > here.tolerance:
        advice += f", which {_tolerated(best, here.tolerance)}"
    evidence = {**_evidence(here), "best_step": best.step, "best_error": best.error}
    return Cause("step-too-small" if small else "step-too-large", text, advice, evidence, location)


def _kind(here: Replay) -> str:
    return here.dtype if here.scheme == "central" else f"{here.dtype} one-sided"


def _tolerated(best: Best, tolerance: float) -> str:
    """What the best step is good for."""
    if best.error <= tolerance:
        return f"passes the tolerance {tolerance:.0e}"
    return f"passes a tolerance of {reachable(best.error):.0e}"


def _out_of_reach(here: Replay, there: Replay | None, location: Location | None) -> Cause:
    """No step of a two-sided difference passes here; in float64 one may."""
    evidence, best = _evidence(here), here.central
    stay = f"a step of {best.step:.0e} and a tolerance of {reachable(best.error):.0e}"
    if there is not None:
        evidence |= {"float64_error": there.central.error, "float64_step": there.central.step}
    if there is not None and there.central.error <= here.tolerance:
        text = (
            f"no step brings a {here.dtype} difference below {best.error:.1g}, and the tolerance is "
            f"{here.tolerance:.1g}; in float64 it reaches {there.central.error:.1g} with step "
            f"{there.central.step:.0e}"
        )
        advice = (
            f"run the check in float64 (cast arguments and weights) with a step of {there.central.step:.0e}, "
            f"whatever the dtype of training; {here.dtype} takes {stay}"
        )
        return Cause("dtype-too-coarse", text, advice, evidence, location)
    text = (
        f"the tolerance {here.tolerance:.1g} is below what any difference reaches here: the best is "
        f"{best.error:.1g}, with step {best.step:.0e} in {here.dtype}"
    )
    advice = f"allow {reachable(best.error):.0e}, with a step of {best.step:.0e} in {here.dtype}"
    if there is not None:
        text += f", and {there.central.error:.1g} in float64"
        advice += f", or {reachable(there.central.error):.0e} with {there.central.step:.0e} in float64"
    return Cause("tolerance-too-tight", text, advice, evidence, location)
