"""Findings as workflow commands, which GitHub shows beside the changed lines of a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-error-message
"""

from __future__ import annotations

from stabcheck.static.finding import Finding
from stabcheck.static.render.outcome import Outcome
from stabcheck.static.suppress import TOOL_CODE

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def render(outcome: Outcome) -> str:
    """One command a finding, and one an error that is not among the findings."""
    result = outcome.result
    parsed_not = {finding.path for finding in result.findings if finding.code == TOOL_CODE}
    lines = [annotation(finding) for finding in result.findings]
    lines += [
        f"::error file={_property(problem.path)},title=stabcheck::{_data(problem.message)}"
        for problem in result.errors
        if problem.path not in parsed_not
    ]
    return "\n".join(lines)


def annotation(finding: Finding) -> str:
    """The command for one finding."""
    span = finding.span
    place = f"file={_property(finding.path)},line={span.line}"
    if span.end_line == span.line:  # columns are only shown, and only valid, within one line
        place += f",col={span.column},endColumn={span.end_column}"
    else:
        place += f",endLine={span.end_line}"
    write = finding.fix.replacement if finding.fix is not None else finding.advice
    message = finding.message + (f"\nwrite: {write}" if write else "")
    title = _property(f"{finding.code} {finding.name}")
    return f"::{_COMMANDS[finding.severity]} {place},title={title}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
