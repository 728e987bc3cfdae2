"""What a diagnosis says: verdict, causes with their evidence, and the ladder of steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from stabcheck.json_text import plain

if TYPE_CHECKING:
    from stabcheck.dynamic.recording import Recording
    from stabcheck.dynamic.trace.event import Trace

Verdict = Literal["pass", "fail", "inconclusive"]

GRADIENT_CAUSES = (
    "scale-error",
    "sign-error",
    "transposed",
    "localized-error",
    "upstream-ignored",
    "missing-broadcast-sum",
    "shape-mismatch",
    "missing-gradient",
    "nan-gradient",
    "second-order-error",
    "wrong-gradient",
)
FUNCTION_CAUSES = (
    "overflow",
    "underflow",
    "cancellation",
    "precision-loss",
    "domain-error",
    "silent-broadcast",
    "non-differentiable",
    "discontinuous",
    "rough",
    "nondeterministic",
    "mutates-input",
)
CHECK_CAUSES = (
    "step-too-small",
    "step-too-large",
    "one-sided-difference",
    "dtype-too-coarse",
    "tolerance-too-tight",
    "integer-input",
    "dtype-mismatch",
)
CAUSES = (*GRADIENT_CAUSES, *FUNCTION_CAUSES, *CHECK_CAUSES)

ACCUSED = 4.0  # error bars between analytic and numeric from which they differ


@dataclass(frozen=True, slots=True)
class Location:
    """A line of the user's source; `path, line = location` takes the first two."""

    path: str
    line: int
    function: str | None = None
    column: int | None = None
    end_column: int | None = None

    def __iter__(self) -> Iterator[str | int]:
        return iter((self.path, self.line))

    def __getitem__(self, index: int) -> str | int:
        return (self.path, self.line)[index]

    def to_dict(self) -> dict[str, Any]:
        """JSON form: path and line, and the rest where known."""
        return {
            "path": self.path,
            "line": self.line,
            "function": self.function,
            "column": self.column,
            "end_column": self.end_column,
        }


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why a check fails, or why it can't tell.

    `kind` is one of `CAUSES`; `evidence` holds numbers and short texts only (JSON); `explanation` is one
    sentence with the number that proves it; `suggestion` is what to write or do instead.
    """

    kind: str
    explanation: str
    suggestion: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    location: Location | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of a cause."""
        return {
            "kind": self.kind,
            "explanation": self.explanation,
            "suggestion": self.suggestion,
            "evidence": plain(self.evidence),
            "location": self.location.to_dict() if self.location else None,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the ladder: a central difference at one step, along the first direction.

    `step` is relative to the scale of the argument (see `ladder`); `size` the largest absolute displacement
    that was really taken. `error` = |numeric - analytic| and `bar` (truncation and round-off of this rung),
    both relative to the size of the directional derivative.
    """

    dtype: str
    step: float
    size: float
    numeric: float
    analytic: float
    error: float
    bar: float

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class DtypeSummary:
    """What one dtype can tell: the best numeric derivative, its error bar, and the step it was found at."""

    dtype: str
    verdict: Verdict
    analytic: float
    numeric: float
    bar: float
    best_step: float
    resolution: float  # bar relative to the derivative: the smallest relative error that would have been seen


@dataclass(frozen=True, slots=True)
class Report:
    """A diagnosis. `print(report)` shows it; `to_dict` is the JSON object of `diagnose --format json`."""

    name: str
    verdict: Verdict
    causes: tuple[Cause, ...]
    steps: tuple[Step, ...]
    dtypes: tuple[DtypeSummary, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)  # "formula", "dtype", "check": a sentence each
    evaluations: int = 0
    path: str | None = None
    line: int | None = None
    notes: tuple[str, ...] = ()
    recording: Recording | None = field(default=None, repr=False, compare=False)

    @property
    def trace(self) -> Trace | None:
        """The run at the given point, operation by operation; recorded now if that was not needed."""
        return self.recording.trace if self.recording is not None else None

    def to_dict(self) -> dict[str, Any]:
        """JSON form: name, path, line, verdict, causes, steps; and answers, notes, evaluations.

        Numbers that are not finite are text: JSON has none.
        """
        return {
            "name": self.name,
            "path": self.path,
            "line": self.line,
            "verdict": self.verdict,
            "causes": [cause.to_dict() for cause in self.causes],
            "steps": [step.to_dict() for step in self.steps],
            "answers": dict(self.answers),
            "evaluations": self.evaluations,
            "notes": list(self.notes),
        }

    def plot(self, path: str | Path | None = None, *, axes: Any = None) -> Any:
        """Draw the ladder (extra `plot`): see `stabcheck.dynamic.plot.plot`."""
        from stabcheck.dynamic.plot import plot  # noqa: PLC0415  (an extra)

        return plot(self, path, axes=axes)

    def __str__(self) -> str:
        from stabcheck.dynamic.render import render_text  # noqa: PLC0415  (tabulate only when printed)

        return render_text(self)
