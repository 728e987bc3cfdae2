"""A report as text: the verdict, three answers, the causes, and the ladder."""

from __future__ import annotations

from stabcheck.dynamic.report import Report


def render_text(report: Report) -> str:
    """The report for a terminal."""
    lines = [f"{report.name}: {report.verdict}"]
    lines += [f"  {name}: {answer}" for name, answer in report.answers.items()]
    lines += [f"  {cause.kind}: {cause.explanation}" for cause in report.causes]
    return "\n".join(lines)
