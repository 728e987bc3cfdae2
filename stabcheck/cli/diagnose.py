"""`stabcheck diagnose`: run gradient cases and explain what fails."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

import click

from stabcheck.cli import candidates, options
from stabcheck.cli.manner import manner, remark, style
from stabcheck.cli.output import INTERRUPTED, complain_cases, emit
from stabcheck.cli.progress import cases_run
from stabcheck.config import VERDICTS
from stabcheck.dynamic import apart
from stabcheck.dynamic.running import CaseResults, Options
from stabcheck.json_text import dumps
from stabcheck.terminal import Style

FORMATS = ("text", "json", "sarif", "junit", "github")


@click.command("diagnose")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET…", shell_complete=candidates.cases)
@options.form(FORMATS)
@options.output
@options.dynamic
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), default=1, metavar="N", help="files run side by side"
)
@options.executor
@click.option(
    "--fail-on", "diagnose_fail_on", type=click.Choice(VERDICTS), help="the mildest verdict that exits with 1"
)
@options.configuration_source
@options.terminal
@options.clear_errors
def command(
    targets: tuple[str, ...],
    form: str,
    output_file: str | None,
    jobs: int,
    executor: str | None,
    config: str | None,
    isolated: bool,
    **given: Any,
) -> int:
    """Run gradient cases, say whether the gradient is right and usable, and if not why, and at which line.

    TARGET is a file, one case of it (file.py::case), or a folder. The files are imported and run. A file
    without gradient cases is run as a program, and the gradient checks that it makes itself are diagnosed.
    """
    settings = options.configuration(config, isolated, given).at(Path.cwd()).diagnose
    wanted = Options.of(settings)
    began = perf_counter()
    with options.cluster(executor) as cluster, cases_run() as started:
        run = apart.runner(cluster, jobs)
        results = run(targets, options=wanted, scripts=True, started=started)
    complain_cases(results.errors)
    emit(_rendered(form, results, sys.stdout if output_file is None else None), output_file)
    remark(f"{len(results.reports)} cases run in {perf_counter() - began:.2f} s")
    if results.interrupted:
        return INTERRUPTED
    if results.errors:
        return 2
    failing = VERDICTS[: VERDICTS.index(settings.fail_on) + 1]
    return int(any(report.verdict in failing for report in results.reports))


def _rendered(form: str, results: CaseResults, stream: TextIO | None) -> str:
    """The results in one of the formats, for a terminal or a file (None)."""
    if form == "json":
        return dumps(results.to_dict())
    if form == "text":
        return _text(results, style(stream))
    text: str = import_module(f"stabcheck.dynamic.formats.{form}").render(results)
    return text


def _text(results: CaseResults, style: Style) -> str:
    """The reports and the line that sums up; if only little is to be said, what is not well."""
    if manner().quiet:
        return "\n\n".join(str(report) for report in results.reports if report.verdict != "pass")
    return "\n\n".join([*(str(report) for report in results.reports), _summary(results, style)])


def _summary(results: CaseResults, style: Style) -> str:
    reports = results.reports
    paints: dict[str, Callable[[str], str]] = {
        "fail": style.bad,
        "inconclusive": style.caution,
        "pass": style.good,
    }
    counts = {verdict: sum(report.verdict == verdict for report in reports) for verdict in paints}
    said = ", ".join(
        paint(f"{counts[verdict]} {verdict}") for verdict, paint in paints.items() if counts[verdict]
    )
    counted = style.bold(f"{len(reports)} case{'' if len(reports) == 1 else 's'}")
    if said:
        counted += f": {said}"
    if results.passed:
        checks = "1 check" if results.passed == 1 else f"{results.passed} checks"
        counted += f" · {checks} passed by a tolerance of their own, not looked into"
    return counted
