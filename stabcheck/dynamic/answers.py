"""The three questions that a failing gradient check mixes, answered apart."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from stabcheck.dynamic.causes import LOSSES, UNDECIDABLE
from stabcheck.dynamic.report import CHECK_CAUSES, GRADIENT_CAUSES, Cause, DtypeSummary, Report
from stabcheck.dynamic.usercheck import Replay


def answers(report: Report, dtype: str, given: bool, replays: Sequence[Replay] = ()) -> dict[str, str]:
    """A sentence each: is the formula right, is it sound at the working dtype, could the check have told."""
    return {
        "formula": _formula(report, given),
        "dtype": _dtype(report, dtype),
        "check": _check(report, replays),
    }


def _formula(report: Report, given: bool) -> str:
    wrong = _first(report, GRADIENT_CAUSES)
    if wrong is not None:
        return f"wrong ({wrong.kind})"
    if not given:
        return "no gradient was given: only the function was looked at"
    undecidable = _first(report, UNDECIDABLE)
    if undecidable is not None:
        return f"can't be told here ({undecidable.kind})"
    best = report.dtypes[0] if report.dtypes else None
    if best is None and _first(report, LOSSES) is None:
        return "nothing to differentiate by: the arguments have no elements"
    if best is None:
        return "not tested: the function is not finite here"
    if best.bar == 0:
        return f"right: it is 0, and the function does not change, in {best.dtype}"
    if best.resolution >= 1:
        return f"right: both are 0 to within {best.bar:.0e}, in {best.dtype}"
    return f"right: it agrees to {best.resolution:.0e} of its size, in {best.dtype}"


def _dtype(report: Report, dtype: str) -> str:
    if _first(report, ("nondeterministic",)) is not None:
        return "not tested: repeated calls differ"
    lost = _first(report, LOSSES)
    return f"{dtype} is sound" if lost is None else f"{dtype} is not sound ({lost.kind})"


def _check(report: Report, replays: Sequence[Replay]) -> str:
    poor = _first(report, CHECK_CAUSES)
    if replays and not (poor is not None and poor.kind == "integer-input"):
        return "; ".join(_replayed(replay) for replay in replays) + (f" ({poor.kind})" if poor else "")
    if poor is not None:
        return f"it could not have told ({poor.kind})"
    return _reach(report.dtypes)


def _reach(ladders: Sequence[DtypeSummary]) -> str:
    """What differences could have told, where no check was given."""
    constant = next((ladder for ladder in ladders if ladder.bar == 0), None)
    if constant is not None:
        return f"in {constant.dtype} the function is constant around this point: differences are 0"
    told = [ladder for ladder in ladders if ladder.resolution < 1]
    zero = ladders[0] if ladders and isfinite(ladders[0].bar) else None
    if zero is not None and zero.resolution >= 1:
        return f"differences show 0 to within {zero.bar:.0e} in {zero.dtype}: take an absolute tolerance"
    if told:
        return f"best step {', '.join(_resolution(ladder) for ladder in told)}"
    return "no difference could be taken"


def _replayed(replay: Replay) -> str:
    if replay.error is None:
        return (
            f"in {replay.dtype} the best step reaches {replay.best_error:.0e}, the tolerance is "
            f"{replay.tolerance:.0e}"
        )
    verb = "passes" if replay.error <= replay.tolerance else "fails a right gradient"
    text = f"in {replay.dtype} it {verb}: off by {replay.error:.0e}, the tolerance is {replay.tolerance:.0e}"
    one_sided = replay.one_sided_error
    if replay.scheme == "central" and one_sided is not None and one_sided > 10 * replay.error:
        text += f" (one-sided it would be off by {one_sided:.0e})"
    return text


def _resolution(summary: DtypeSummary) -> str:
    return f"{summary.best_step:.0e} × |x| in {summary.dtype} (good to {summary.resolution:.0e})"


def _first(report: Report, kinds: Sequence[str]) -> Cause | None:
    return next((cause for cause in report.causes if cause.kind in kinds), None)
