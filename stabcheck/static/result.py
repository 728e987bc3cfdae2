"""What checking gave: of one file, and of all files of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stabcheck.config import Settings
from stabcheck.static.cache.state import FileState
from stabcheck.static.finding import Finding, LintResult, Problem
from stabcheck.static.span import Span
from stabcheck.static.suppress import TOOL_CODE

Mode = Literal["report", "diff", "fix", "ignore"]


@dataclass(frozen=True, slots=True)
class FileResult:
    """What one file gave: what is (still) found in it, what went wrong, what was fixed (or silenced).

    `path` is set if the file was read and checked; `known` is what the baseline says of it and is found.
    `state` is the file as it was read.
    """

    findings: tuple[Finding, ...] = ()
    errors: tuple[Problem, ...] = ()
    fixed: tuple[Finding, ...] = ()
    diff: str = ""
    text: str | None = None  # after fixing, as long as it is not written
    path: str = ""
    known: tuple[Finding, ...] = ()
    state: FileState | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Run:
    """What a run gave, file by file in order.

    `files` is how many were read; if the run was interrupted, `left` is how many were not. `settings` are
    those that hold for any of them, `seconds` says what took how long, and `remembered` of how many files the
    result of an earlier run was taken.
    """

    results: tuple[FileResult, ...]
    files: int
    left: int = 0
    interrupted: bool = False
    settings: tuple[Settings, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)
    remembered: int = field(default=0, compare=False)

    @property
    def result(self) -> LintResult:
        """Findings by file and position, and what could not be read or parsed."""
        return LintResult(
            tuple(finding for result in self.results for finding in result.findings),
            tuple(problem for result in self.results for problem in result.errors),
        )


def unparsable(path: str, error: SyntaxError) -> FileResult:
    """NS000: a file that does not parse, both as a finding with its place and as an error of the run."""
    line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
    end = (error.end_lineno or line, error.end_offset or column + 1)
    if end <= (line, column):
        end = (line, column + 1)
    message = f"does not parse: {error.msg}"
    finding = Finding(TOOL_CODE, "syntax-error", message, "error", path, Span(line, column, *end))
    return FileResult((finding,), (Problem(path, f"line {line}: {message}"),))
