"""`stabcheck diagnose`: run gradient cases and explain what fails."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from stabcheck.cli import options
from stabcheck.cli.output import complain_cases, emit, end_progress, progress
from stabcheck.config import VERDICTS
from stabcheck.dynamic.collect import CaseResults, Options, run
from stabcheck.dynamic.report import Report
from stabcheck.json_text import dumps
from stabcheck.terminal import Style, style_for


@click.command("diagnose")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET…")
@options.form(["text", "json"])
@options.output
@options.dynamic
@click.option(
    "--fail-on", "diagnose_fail_on", type=click.Choice(VERDICTS), help="the mildest verdict that exits with 1"
)
@options.configuration_source
@options.clear_errors
def command(
    targets: tuple[str, ...],
    form: str,
    output_file: str | None,
    config: str | None,
    isolated: bool,
    **given: Any,
) -> int:
    """Run gradient cases, say whether the gradient is right and usable, and if not why, and at which line.

    TARGET is a file, one case of it (file.py::case), or a folder. The files are imported and run.
    """
    settings = options.configuration(config, isolated, given).at(Path.cwd()).diagnose
    wanted = Options(settings.budget, settings.full, settings.seed, settings.timeout)
    results = run(targets, options=wanted, started=progress())
    end_progress()
    complain_cases(results.errors)
    emit(dumps(results.to_dict()) if form == "json" else _text(results), output_file)
    if results.errors:
        return 2
    failing = VERDICTS[: VERDICTS.index(settings.fail_on) + 1]
    return int(any(report.verdict in failing for report in results.reports))


def _text(results: CaseResults) -> str:
    style = style_for(sys.stdout)
    return "\n\n".join([*(str(report) for report in results.reports), _summary(results.reports, style)])


def _summary(reports: Sequence[Report], style: Style) -> str:
    paints: dict[str, Callable[[str], str]] = {
        "fail": style.bad,
        "inconclusive": style.caution,
        "pass": style.good,
    }
    counts = {verdict: sum(report.verdict == verdict for report in reports) for verdict in paints}
    said = ", ".join(
        paint(f"{counts[verdict]} {verdict}") for verdict, paint in paints.items() if counts[verdict]
    )
    return style.bold(f"{len(reports)} case{'' if len(reports) == 1 else 's'}") + (
        f": {said}" if said else ""
    )
