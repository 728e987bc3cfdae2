"""A report as text: the verdict, three answers, the causes, and the ladder of steps against dtypes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from textwrap import wrap

from tabulate import tabulate

from stabcheck.dynamic.report import ACCUSED, Cause, DtypeSummary, Location, Report, Step
from stabcheck.terminal import width

WIDTH = 100
LENGTH = 22  # lines of a report, as far as leaving rungs out can help
FEWEST_RUNGS = 6
MOST_CAUSES = 4
QUESTIONS = (("formula", "formula?"), ("dtype", "dtype?"), ("check", "check?"))


def render_text(report: Report) -> str:
    """The report for a terminal: some 8 lines for a case that passes, some 20 for one that doesn't."""
    place = f"  {_short(report.path)}:{report.line}" if report.path else ""
    lines = [f"{report.verdict.upper()}  {report.name}{place}"]
    for key, question in QUESTIONS:
        lines += _paragraph(f"  {question:<9} ", report.answers.get(key, ""))
    for number, cause in enumerate(report.causes[:MOST_CAUSES], start=1):
        lines += ["", *_cause(number, cause)]
    if len(report.causes) > MOST_CAUSES:
        lines.append(f"  … and {len(report.causes) - MOST_CAUSES} more")
    for note in report.notes:
        lines += _paragraph("  note: ", note)
    if report.steps:
        room = max(LENGTH - len(lines) - 3, FEWEST_RUNGS)  # less the blank line and the head of the table
        table = (
            _summaries(report.dtypes)
            if report.verdict == "pass" and not report.causes
            else _ladder(_rungs(report.steps, room))
        )
        lines += ["", *(f"  {line}" for line in table.splitlines())]
    return "\n".join(lines)


def _rungs(steps: Sequence[Step], room: int) -> list[Step]:
    """The steps of the table: all, or every second, third … of each dtype, and always its sharpest."""
    dtypes = list(dict.fromkeys(step.dtype for step in steps))
    ladders = [[step for step in steps if step.dtype == dtype] for dtype in dtypes]
    for stride in range(1, len(steps) + 1):
        kept = [
            step
            for ladder in ladders
            for place, step in enumerate(ladder)
            if place % stride == 0 or step is min(ladder, key=lambda rung: rung.bar)
        ]
        if len({step.step for step in kept}) <= room:
            break
    return kept


def _cause(number: int, cause: Cause) -> list[str]:
    place = f"  {_position(cause.location)}" if cause.location else ""
    lines = [f"  {number}. {cause.kind}{place}"]
    lines += _paragraph("     ", cause.explanation)
    return lines + _paragraph("     → ", cause.suggestion)


def _paragraph(lead: str, text: str) -> list[str]:
    return wrap(
        text,
        min(WIDTH, width(WIDTH)),
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _ladder(steps: Sequence[Step]) -> str:
    """Relative error of the central difference ± its error bar; marked where that can't be chance."""
    dtypes = list(dict.fromkeys(step.dtype for step in steps))
    cells = {(step.step, step.dtype): error_and_bar(step) for step in steps}
    sizes = sorted({step.step for step in steps}, reverse=True)
    rows = [[f"{size:.1e}", *(cells.get((size, dtype), "") for dtype in dtypes)] for size in sizes]
    heads = ["step / |x|", *(f"{dtype}: error ± bar" for dtype in dtypes)]
    return tabulate(rows, headers=heads, tablefmt="simple", disable_numparse=True)


def error_and_bar(step: Step) -> str:
    """The error of a step beside its bar, marked where it can't be chance."""
    mark = " ✗" if step.error > ACCUSED * step.bar else ""
    return f"{step.error:.1e} ± {step.bar:.0e}{mark}"


def _summaries(summaries: Sequence[DtypeSummary]) -> str:
    rows = [
        [
            summary.dtype,
            f"{summary.best_step:.0e}",
            f"{summary.analytic:.10g}",
            f"{summary.numeric:.10g} ± {summary.bar:.0e}",
            f"{summary.resolution:.0e}" if summary.resolution < 1 else "–",
        ]
        for summary in summaries
    ]
    heads = ["dtype", "best step / |x|", "analytic", "numeric", "good to"]
    return tabulate(rows, headers=heads, tablefmt="simple", disable_numparse=True)


def _position(location: Location) -> str:
    return f"{_short(location.path)}:{location.line}"


def _short(path: str | None) -> str:
    """The path from here, if that is shorter."""
    if not path or path.startswith("<"):
        return path or ""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path
    return relative if not relative.startswith("..") else path
