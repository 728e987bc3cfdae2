"""`stabcheck lint`: flag numerically unstable code, and fix it."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from stabcheck.cli import options
from stabcheck.cli.output import INTERRUPTED, complain, complain_all, emit
from stabcheck.cli.progress import files_read
from stabcheck.config import SEVERITIES, Configuration, Settings
from stabcheck.static.discover import Candidate
from stabcheck.static.finding import Finding
from stabcheck.static.garbage import collect_seldom
from stabcheck.static.render.outcome import Outcome
from stabcheck.static.run import Mode, Run, check_bytes, run
from stabcheck.static.source import Source, decode
from stabcheck.terminal import style_for

FORMATS = ("text", "json", "github")  # each a module of stabcheck.static.render


@click.command("lint")
@click.argument("paths", nargs=-1, metavar="[PATH…|-]")
@options.selection
@click.option("--fix/--no-fix", default=None, help="make the safe fixes")
@click.option(
    "--unsafe-fixes/--no-unsafe-fixes", default=None, help="with --fix or --diff: the unsafe ones, too"
)
@click.option("--diff", is_flag=True, help="show what --fix would change, and change nothing")
@options.form(FORMATS)
@options.output
@options.severity_threshold
@click.option("--stdin-filename", metavar="FILE", help="the name of what is read from standard input (-)")
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="processes; one a core if not given"
)
@options.configuration_source
@options.clear_errors
def command(
    paths: tuple[str, ...],
    form: str,
    diff: bool,
    output_file: str | None,
    exit_zero: bool,
    stdin_filename: str | None,
    jobs: int | None,
    config: str | None,
    isolated: bool,
    **given: Any,
) -> int:
    """Flag numerically unstable code in files and folders, without running it.

    PATH is a file, a folder, or - for standard input; the current folder if there is none.
    """
    # The arrays of the linter are tiny: threads for them cost more to start than everything else together.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    collect_seldom()
    configuration = options.configuration(config, isolated, given)
    here = configuration.at(Path.cwd())
    _check_selectors(here)
    mode: Mode = "diff" if diff else "fix" if here.fix else "report"
    if "-" in paths and len(paths) > 1:
        raise click.UsageError("- (standard input) can't be combined with other paths")
    stdin = None
    if "-" in paths:
        done, stdin = _standard_input(stdin_filename, configuration, mode)
    else:
        with files_read() as progress:
            done = run(paths or (".",), configuration, mode=mode, jobs=jobs, progress=progress)
    result = done.result
    complain_all(result.errors)
    if mode == "diff":
        emit("".join(each.diff for each in done.results), output_file)
    elif stdin is not None and mode == "fix":
        fixed = done.results[0].text
        sys.stdout.buffer.write(stdin.encode(stdin.raw if fixed is None else fixed))
        click.echo(_shown(form, done, stdin), err=True)
    else:
        emit(_shown(form, done, stdin), output_file)
    if done.interrupted:
        complain(f"interrupted: {done.files} of {done.files + done.left} files read")
        return INTERRUPTED
    if result.errors:
        return 2
    return int(not exit_zero and any(_counts(finding, here.fail_on) for finding in result.findings))


def _check_selectors(settings: Settings) -> None:
    """Refuse a rule that there isn't before any file is read."""
    from stabcheck.static.rules import rules  # noqa: PLC0415

    rules(settings)


def _standard_input(name: str | None, configuration: Configuration, mode: Mode) -> tuple[Run, Source | None]:
    folder = Path(name).absolute().parent if name else Path.cwd()
    data = sys.stdin.buffer.read()
    candidate = Candidate(name or "-", configuration.at(folder))
    result = check_bytes(data, candidate, mode)
    source = decode(data, candidate.path)
    return Run((result,), 1), source if isinstance(source, Source) else None


def _shown(form: str, done: Run, stdin: Source | None) -> str:
    """The run in one of the formats, each of which is a module of `stabcheck.static.render`."""
    unsaved = {stdin.path: done.results[0].text or stdin.text} if stdin is not None else {}
    outcome = Outcome(done, style_for(sys.stdout), unsaved)
    text: str = import_module(f"stabcheck.static.render.{form}").render(outcome)
    return text


def _counts(finding: Finding, threshold: str) -> bool:
    return SEVERITIES.index(finding.severity) <= SEVERITIES.index(threshold)
