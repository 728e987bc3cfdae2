"""`stabcheck triage`: lint and diagnose, joined into one ranked table."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TextIO

import click

from stabcheck.cli import candidates, options
from stabcheck.cli.manner import manner, remark, style
from stabcheck.cli.output import INTERRUPTED, complain, complain_all, complain_cases, emit
from stabcheck.cli.progress import cases_run, files_read
from stabcheck.config import SEVERITIES, Settings
from stabcheck.dynamic.case_errors import CaseError
from stabcheck.static.finding import Problem

if TYPE_CHECKING:
    from stabcheck.triage.entry import Triage

_FORMATS = ("text", "json", "sarif", "junit", "github", "html", "latex")


@click.command("triage")
@click.argument("paths", nargs=-1, metavar="[PATH…]", shell_complete=candidates.cases)
@options.form(_FORMATS)
@options.output
@options.selection
@options.dynamic
@options.severity_threshold
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="files read, or run, side by side"
)
@options.executor
@options.configuration_source
@options.terminal
@options.clear_errors
def command(
    paths: tuple[str, ...],
    form: str,
    output_file: str | None,
    exit_zero: bool,
    jobs: int | None,
    executor: str | None,
    config: str | None,
    isolated: bool,
    **given: Any,
) -> int:
    """Lint the files under PATH, run the gradient cases in them, and rank what both say.

    Only files that declare gradient cases are imported and run. PATH may name one case: file.py::case.
    """
    from stabcheck.dynamic import apart  # noqa: PLC0415
    from stabcheck.triage.join import examine  # noqa: PLC0415

    configuration = options.configuration(config, isolated, given)
    began = perf_counter()
    with options.cluster(executor) as cluster, files_read() as read, cases_run() as started:
        result = examine(
            paths or (".",),
            configuration,
            jobs=jobs,
            cluster=cluster,
            read=read,
            started=started,
            run=apart.runner(cluster, jobs or 1),
        )
    complain_all(error for error in result.errors if isinstance(error, Problem))
    complain_cases([error for error in result.errors if isinstance(error, CaseError)])
    here = configuration.at(Path.cwd())
    emit(_rendered(form, result, here, sys.stdout if output_file is None else None), output_file)
    remark(f"{len(result.cases)} cases run, {len(result.lint.findings)} findings")
    remark(f"reading and running: {perf_counter() - began:.2f} s")
    if result.interrupted:
        complain(result.interrupted)
        return INTERRUPTED
    if result.errors:
        return 2
    worst = SEVERITIES[: SEVERITIES.index(here.fail_on) + 1]
    failed = any(report.verdict == "fail" for report in result.cases)
    found = any(finding.severity in worst for finding in result.lint.findings)
    return int(not exit_zero and (failed or found))


def _rendered(form: str, result: Triage, settings: Settings, stream: TextIO | None) -> str:
    """The result in one of the formats, for a terminal or a file (None)."""
    from stabcheck.triage import formats, render  # noqa: PLC0415

    if form == "text":
        return render.text(result, style(stream), quiet=manner().quiet)
    if form == "sarif":
        from stabcheck.static.rules import rules  # noqa: PLC0415

        return formats.sarif(result, {card.code: card for card in rules(settings).known})
    renderers = {
        "json": render.as_json,
        "junit": formats.junit,
        "github": render.github,
        "html": render.html,
        "latex": render.latex,
    }
    return renderers[form](result)
