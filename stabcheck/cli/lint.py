"""`stabcheck lint`: flag numerically unstable code, and fix it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import click

from stabcheck.cli import adoption as adopt
from stabcheck.cli import options
from stabcheck.cli.manner import manner, remark, room, style
from stabcheck.cli.output import INTERRUPTED, complain, complain_all, emit
from stabcheck.cli.progress import files_read
from stabcheck.config import SEVERITIES, Configuration, Settings
from stabcheck.garbage import collect_seldom, leave_at_exit
from stabcheck.static.adoption.view import View
from stabcheck.static.cache import Cache
from stabcheck.static.cache.compiled import kept_in
from stabcheck.static.cache.folder import folder_of
from stabcheck.static.check import check_bytes
from stabcheck.static.discover import Candidate
from stabcheck.static.finding import Finding
from stabcheck.static.render.outcome import Outcome
from stabcheck.static.result import Mode, Run
from stabcheck.static.run import run
from stabcheck.static.source import Source, decode

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit")  # each a module of stabcheck.static.render


@click.command("lint", cls=adopt.LintCommand)
@click.argument("paths", nargs=-1, metavar="[PATH…|-]", type=click.Path())
@options.selection
@click.option("--fix/--no-fix", default=None, help="make the safe fixes")
@click.option(
    "--unsafe-fixes/--no-unsafe-fixes", default=None, help="with --fix or --diff: the unsafe ones, too"
)
@click.option("--diff", is_flag=True, help="show what --fix would change, and change nothing")
@options.form(FORMATS)
@options.output
@click.option("--statistics", is_flag=True, help="count the findings of each rule instead")
@click.option("--show-files", is_flag=True, help="only list the files that would be read")
@click.option("--show-settings", is_flag=True, help="only show which settings hold for them, and whose")
@options.severity_threshold
@adopt.options
@click.option("--stdin-filename", metavar="FILE", help="the name of what is read from standard input (-)")
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="processes; one a core if not given"
)
@options.executor
@options.cache
@options.configuration_source
@options.terminal
@options.clear_errors
def command(
    paths: tuple[str, ...],
    form: str,
    diff: bool,
    output_file: str | None,
    statistics: bool,
    show_files: bool,
    show_settings: bool,
    exit_zero: bool,
    stdin_filename: str | None,
    jobs: int | None,
    executor: str | None,
    no_cache: bool,
    config: str | None,
    isolated: bool,
    adoption: adopt.Adoption,
    **given: Any,
) -> int:
    """Flag numerically unstable code in files and folders, without running it.

    PATH is a file, a folder, or - for standard input; the current folder if there is none.
    """
    # The arrays of the linter are tiny: threads for them cost more to start than everything else together.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    collect_seldom()
    leave_at_exit()
    configuration = options.configuration(config, isolated, given)
    here = configuration.at(Path.cwd())
    cache = None if no_cache or "-" in paths else Cache()
    click.get_current_context().with_resource(kept_in(None if cache is None else folder_of(here)))
    if cache is None or cache.at(here).packs is None:
        _check_selectors(here)
    mode: Mode = "ignore" if adoption.add_ignores else "diff" if diff else "fix" if here.fix else "report"
    views = adoption.views()
    if "-" in paths and len(paths) > 1:
        raise click.UsageError("- (standard input) can't be combined with other paths")
    if statistics and form not in ("text", "json"):
        raise click.UsageError(f"--statistics are shown as text or json, not as {form}")
    if show_files or show_settings:
        return _show_plan(paths or (".",), configuration, form, output_file, settings=show_settings)
    stdin = None
    if "-" in paths:
        done, stdin = _standard_input(stdin_filename, configuration, mode, views)
    else:
        with options.cluster(executor) as cluster, files_read() as progress:
            done = run(
                paths or (".",),
                configuration,
                mode=mode,
                jobs=jobs,
                progress=progress,
                views=views,
                cache=cache,
                cluster=cluster,
            )
    if adoption.write_baseline is not None:
        return adoption.write(done, configuration)
    if adoption.add_ignores:
        status = adoption.silenced(done)
        return _ended(done) if done.interrupted else status
    result = done.result
    complain_all(result.errors)
    if mode == "diff":
        emit("".join(each.diff for each in done.results), output_file)
    else:
        piped = stdin is not None and mode == "fix"  # the text goes to standard output, the report does not
        if stdin is not None and piped:
            fixed = done.results[0].text
            sys.stdout.buffer.write(stdin.encode(stdin.raw if fixed is None else fixed))
        stream = None if output_file is not None else sys.stderr if piped else sys.stdout
        report = _rendered(form, statistics, _outcome(done, stdin, stream))
        emit(report, output_file, stream=sys.stderr if piped else sys.stdout)
    adoption.tell_gone(done, configuration)
    _remark_on(done)
    if done.interrupted:
        return _ended(done)
    if result.errors:
        return 2
    return int(not exit_zero and any(_counts(finding, here.fail_on) for finding in result.findings))


def _ended(done: Run) -> int:
    """Say how far a run had come when Ctrl-C ended it; the exit status."""
    complain(f"interrupted: {done.files} of {done.files + done.left} files read")
    return INTERRUPTED


def _check_selectors(settings: Settings) -> None:
    """Refuse a rule that there isn't before any file is read."""
    from stabcheck.static.rules import rules  # noqa: PLC0415

    rules(settings)


def _standard_input(
    name: str | None, configuration: Configuration, mode: Mode, views: Callable[[Candidate], View]
) -> tuple[Run, Source | None]:
    folder = Path(name).absolute().parent if name else Path.cwd()
    data = sys.stdin.buffer.read()
    candidate = Candidate(name or "-", configuration.at(folder))
    candidate = replace(candidate, view=views(candidate))
    result = check_bytes(data, candidate, mode)
    source = decode(data, candidate.path)
    done = Run((result,), 1, settings=(candidate.settings,))
    return done, source if isinstance(source, Source) else None


def _show_plan(
    paths: Sequence[str], configuration: Configuration, form: str, output_file: str | None, *, settings: bool
) -> int:
    from stabcheck.cli import plan  # noqa: PLC0415

    if form not in ("text", "json"):
        raise click.UsageError(f"files and settings are shown as text or json, not as {form}")
    candidates, problems = plan.planned(paths, configuration)
    complain_all(problems)
    emit((plan.settings if settings else plan.files)(candidates, form), output_file)
    return 2 if problems else 0


def _outcome(done: Run, stdin: Source | None, stream: TextIO | None) -> Outcome:
    """The run as it is to be shown on `stream`; None is a file."""
    unsaved = {stdin.path: done.results[0].text or stdin.text} if stdin is not None else {}
    return Outcome(done, style(stream), unsaved, room(stream), manner().quiet)


def _rendered(form: str, statistics: bool, outcome: Outcome) -> str:
    """The run in one of the formats, each of which is a module of `stabcheck.static.render`."""
    if statistics:
        from stabcheck.static.render import statistics as counted  # noqa: PLC0415

        return counted.as_json(outcome) if form == "json" else counted.render(outcome)
    text: str = import_module(f"stabcheck.static.render.{form}").render(outcome)
    return text


def _remark_on(done: Run) -> None:
    """What was read, under whose settings, and how long it took."""
    for settings in done.settings:
        files = dict.fromkeys(origin.split(": ")[0] for _, origin in settings.origins if ": " in origin)
        what = f"settings of {', '.join(files)}" if files else "defaults"
        remark(f"{what} hold below {settings.root.absolute()}")
    remark(f"{done.files} file{'' if done.files == 1 else 's'} read")
    remark(f"{done.remembered} unchanged since an earlier run")
    for what, seconds in done.seconds.items():
        remark(f"{what}: {seconds:.2f} s")


def _counts(finding: Finding, threshold: str) -> bool:
    return SEVERITIES.index(finding.severity) <= SEVERITIES.index(threshold)
