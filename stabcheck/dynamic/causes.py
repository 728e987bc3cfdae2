"""In which order causes explain a check, and which verdict the first of them carries."""

from __future__ import annotations

from collections.abc import Iterable

from stabcheck.dynamic.broadcasts import EXPLAINED
from stabcheck.dynamic.report import CHECK_CAUSES, GRADIENT_CAUSES, Cause, Verdict

LOSSES = ("overflow", "underflow", "cancellation", "precision-loss", "domain-error")
SHOWN_BY_SLOPES = ("wrong-gradient", "localized-error", "rough", "non-differentiable", "discontinuous")
NONFINITE = ("overflow", "domain-error", "underflow")
UNDECIDABLE = ("non-differentiable", "discontinuous", "rough", "nondeterministic")

# What comes first explains what comes after it: a function that is not finite has no gradient to be wrong, a
# wrong gradient is wrong whatever the dtype, and a check is judged last.
ORDER = (
    "nondeterministic",
    "mutates-input",
    "nan-gradient",  # only where the function itself is finite
    *NONFINITE,
    *(kind for kind in GRADIENT_CAUSES if kind != "nan-gradient"),
    "cancellation",
    "precision-loss",
    "discontinuous",
    "non-differentiable",
    "rough",
    "silent-broadcast",
    "integer-input",
    "dtype-mismatch",  # a step that is too small for it follows from it
    "dtype-too-coarse",  # no step would do
    *(kind for kind in CHECK_CAUSES if kind not in ("integer-input", "dtype-mismatch", "dtype-too-coarse")),
)


def ranked(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """The causes, the one that explains most first; none twice.

    A silent broadcast comes before the wrong gradient that it may explain, and after everything else without
    one; a cancellation before the operation that isn't finite because of it.
    """
    found: dict[tuple[str, str], Cause] = {}
    for cause in causes:
        found.setdefault((cause.kind, cause.explanation), cause)
    explains = any(cause.kind in EXPLAINED for cause in found.values())
    order = [kind for kind in ORDER if kind != "silent-broadcast"]
    order.insert(
        order.index(GRADIENT_CAUSES[0]) if explains else order.index("integer-input"), "silent-broadcast"
    )
    place = {kind: index for index, kind in enumerate(order)}
    place |= dict.fromkeys(NONFINITE, place[NONFINITE[0]])  # a run shows which of them came first
    spoils = place[NONFINITE[0]]
    return tuple(
        sorted(
            found.values(),
            key=lambda cause: spoils if "then" in cause.evidence else place[cause.kind],
        )
    )


def verdict_of(causes: tuple[Cause, ...]) -> Verdict:
    """The verdict that goes with ranked causes."""
    if not causes or causes[0].kind in CHECK_CAUSES:
        return "pass"
    if causes[0].kind in UNDECIDABLE:
        return "inconclusive"
    if causes[0].kind == "silent-broadcast":
        return "fail" if any(cause.kind in GRADIENT_CAUSES for cause in causes) else "pass"
    return "fail"


def believable(accusations: Iterable[Cause], lost: Iterable[Cause], at_best: bool) -> list[Cause]:
    """All causes together, without those that the others take the ground from.

    The slope of a function that is mostly rounding error proves nothing about a gradient, unless what is
    wrong with it has a name, and its kinks and jumps are those of rounding; a function that computes in a
    narrower dtype loses digits by that alone.
    `at_best`: the losses are those of the very run that the gradient was compared with.
    """
    accused = list(accusations)
    losses = [cause for cause in lost if not _said_by_nan_gradient(cause, accused)]
    if not at_best:
        return accused + losses
    if any(cause.kind in ("rough", "dtype-mismatch") for cause in accused):
        losses = [cause for cause in losses if cause.kind != "precision-loss"]
    if any(cause.kind in ("cancellation", "precision-loss") for cause in losses):
        accused = [cause for cause in accused if cause.kind not in SHOWN_BY_SLOPES]
    return accused + losses


def _said_by_nan_gradient(loss: Cause, accused: Iterable[Cause]) -> bool:
    """Whether the operation that is lost is the one, on the same line, that makes the gradient infinite."""
    return any(
        cause.kind == "nan-gradient"
        and cause.location == loss.location
        and loss.explanation in cause.explanation
        for cause in accused
    )
