"""`stabcheck triage`: lint and diagnose, joined into one ranked table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from stabcheck.cli import options
from stabcheck.cli.output import complain_all, complain_cases, emit, end_progress, progress
from stabcheck.config import SEVERITIES
from stabcheck.dynamic.case_errors import CaseError
from stabcheck.static.finding import Problem
from stabcheck.terminal import style_for

_FORMATS = ["text", "github", "html", "latex", "json"]


@click.command("triage")
@click.argument("paths", nargs=-1, metavar="[PATH…]")
@options.form(_FORMATS)
@options.output
@options.selection
@options.dynamic
@options.severity_threshold
@click.option("-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="processes of the linter")
@options.configuration_source
@options.clear_errors
def command(
    paths: tuple[str, ...],
    form: str,
    output_file: str | None,
    exit_zero: bool,
    jobs: int | None,
    config: str | None,
    isolated: bool,
    **given: Any,
) -> int:
    """Lint the files under PATH, run the gradient cases in them, and rank what both say.

    Only files that declare gradient cases are imported and run. PATH may name one case: file.py::case.
    """
    from stabcheck.triage import render  # noqa: PLC0415
    from stabcheck.triage.join import examine  # noqa: PLC0415

    configuration = options.configuration(config, isolated, given)
    result = examine(paths or (".",), configuration, jobs=jobs, started=progress())
    end_progress()
    complain_all(error for error in result.errors if isinstance(error, Problem))
    complain_cases([error for error in result.errors if isinstance(error, CaseError)])
    if form == "text":
        emit(render.text(result, style_for(sys.stdout)), output_file)
    else:
        formats = {
            "github": render.github,
            "html": render.html,
            "latex": render.latex,
            "json": render.as_json,
        }
        emit(formats[form](result), output_file)
    if result.errors:
        return 2
    settings = configuration.at(Path.cwd())
    worst = SEVERITIES[: SEVERITIES.index(settings.fail_on) + 1]
    failed = any(report.verdict == "fail" for report in result.cases)
    found = any(finding.severity in worst for finding in result.lint.findings)
    return int(not exit_zero and (failed or found))
