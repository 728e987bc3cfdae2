"""The three questions that a failing gradient check mixes, answered apart."""

from __future__ import annotations

from stabcheck.dynamic.report import CHECK_CAUSES, GRADIENT_CAUSES, Cause, DtypeSummary, Report


def answers(report: Report) -> dict[str, str]:
    """A sentence each: is the formula right, is it sound at the dtype in use, could the check have told."""
    return {"formula": _formula(report), "dtype": _dtype(report), "check": _check(report)}


def _formula(report: Report) -> str:
    wrong = _first(report, GRADIENT_CAUSES)
    if wrong is not None:
        return f"no: {wrong.kind}"
    best = _best(report)
    if best is None:
        return "not tested: there is nothing to take differences of"
    if best.verdict == "pass":
        return f"yes, to {best.resolution:.1g} relative ({best.dtype})"
    return "can't be told"


def _dtype(report: Report) -> str:
    unsound = _first(report, ("overflow", "underflow", "cancellation", "precision-loss", "domain-error"))
    if unsound is not None:
        return f"no: {unsound.kind}"
    return "yes"


def _check(report: Report) -> str:
    poor = _first(report, CHECK_CAUSES)
    if poor is not None:
        return f"no: {poor.kind}"
    best = _best(report)
    return "yes" if best is None else f"the best step is {best.best_step:.1g} × |x| in {best.dtype}"


def _first(report: Report, kinds: tuple[str, ...]) -> Cause | None:
    return next((cause for cause in report.causes if cause.kind in kinds), None)


def _best(report: Report) -> DtypeSummary | None:
    return report.dtypes[0] if report.dtypes else None
