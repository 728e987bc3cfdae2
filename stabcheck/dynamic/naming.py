"""Paths of a report as the user named the files."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from stabcheck.dynamic.report import Cause, Location, Report


def as_named(report: Report, shown: str, file: Path) -> Report:
    """The report with the paths of its causes as the user named the file: `file` is `shown`, resolved."""
    return replace(report, causes=tuple(_cause(cause, shown, file) for cause in report.causes))


def _cause(cause: Cause, shown: str, file: Path) -> Cause:
    if cause.location is None:
        return cause
    return replace(cause, location=_location(cause.location, shown, file))


def _location(location: Location, shown: str, file: Path) -> Location:
    path = Path(location.path)
    if path.resolve() == file:
        return replace(location, path=shown)
    beside = file.parent
    if path.is_absolute() and path.is_relative_to(beside):  # another file of the same folder
        return replace(location, path=os.path.join(os.path.dirname(shown), path.relative_to(beside)))
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        return replace(location, path=str(path.relative_to(Path.cwd())))
    return location
