"""A change of the source that makes a gradient right, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stabcheck.dynamic.report import Cause, Location


@dataclass(frozen=True, slots=True)
class Repair:
    """What to write for what, and where; by which leaves the gradient is right then.

    `after` is empty if a statement is to be taken out. `kind` is the cause that the mistake amounts to.
    """

    leaves: tuple[int, ...]
    location: Location
    before: str
    after: str
    kind: str


def repaired(cause: Cause, repair: Repair) -> Cause:
    """The cause, with the change of the source that makes the gradient right."""
    where = f"in line {repair.location.line}"
    if repair.after:
        text = f"with `{repair.after}` for `{repair.before}` {where} it is right"
        advice = f"write {repair.after} for {repair.before}"
    else:
        text = f"without `{repair.before}` {where} it is right"
        advice = f"take {repair.before} out"
    edit = {"line": repair.location.line, "before": repair.before, "after": repair.after}
    return replace(
        cause,
        kind=repair.kind if cause.kind == "wrong-gradient" else cause.kind,
        explanation=f"{cause.explanation}; {text}, here and at another point",
        suggestion=advice,
        evidence={**cause.evidence, "edit": edit},
        location=repair.location,
    )
