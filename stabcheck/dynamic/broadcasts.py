"""A silent broadcast beside a wrong gradient: which of the two is the bug, in the words of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stabcheck.dynamic.report import Cause

# What becomes of a gradient that was derived for n pairs, where the function works on n² of them. Not a wrong
# sign, a forgotten upstream gradient or a None: nobody derives those for any shape.
EXPLAINED = (
    "wrong-gradient",
    "localized-error",
    "scale-error",
    "shape-mismatch",
    "missing-broadcast-sum",
    "transposed",
)


def tied(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """The causes, those of the gradient that a silent broadcast may explain tied to it, and it to them."""
    broadcast = next((cause for cause in causes if cause.kind == "silent-broadcast"), None)
    if broadcast is None or not any(cause.kind in EXPLAINED for cause in causes):
        return tuple(causes)
    return tuple(
        _disagreeing(cause)
        if cause is broadcast
        else _explained(cause, broadcast)
        if cause.kind in EXPLAINED
        else cause
        for cause in causes
    )


def _disagreeing(broadcast: Cause) -> Cause:
    if _in_gradient(broadcast):
        text, advice = f"in the gradient, {broadcast.explanation}", broadcast.suggestion
    else:
        text = (
            f"{broadcast.explanation}; the gradient is not that of this function, perhaps that of the one "
            "that was meant"
        )
        advice = f"{broadcast.suggestion}; then check again"
    evidence = {**broadcast.evidence, "gradient": "disagrees"}
    return replace(broadcast, explanation=text, suggestion=advice, evidence=evidence)


def _explained(cause: Cause, broadcast: Cause) -> Cause:
    shapes = [tuple(shape) for shape in broadcast.evidence.get("shapes", ())]
    place = f" at line {broadcast.location.line}" if broadcast.location else ""
    pair = f" of {shapes[0]} with {shapes[1]}" if len(shapes) == 2 else ""
    if _in_gradient(broadcast):
        advice = f"repair the broadcast{pair}{place} first: it is part of this gradient"
    else:
        advice = f"repair the broadcast{place} first; if it was meant, {cause.suggestion}"
    return replace(cause, suggestion=advice)


def _in_gradient(broadcast: Cause) -> bool:
    return broadcast.evidence.get("phase") == "backward"
