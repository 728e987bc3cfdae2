"""Options that several commands have, and the configuration that they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stabcheck.cli import candidates
from stabcheck.cli.manner import change, manner
from stabcheck.config import DTYPES, SEVERITIES, ConfigError, Configuration, Settings, read_file, seconds

if TYPE_CHECKING:
    from stabcheck.cluster import Cluster

Command = TypeVar("Command", bound=Callable[..., Any])


def selection(command: Command) -> Command:
    """Which rules speak, and of which files."""
    return _together(
        command,
        _rules_option("--select", "only these: codes, names, ALL"),
        _rules_option("--extend-select", "these rules, too"),
        _rules_option("--ignore", "not these rules"),
        click.option(
            "--dtype", type=click.Choice(DTYPES), help="the working precision where the code tells none"
        ),
        click.option(
            "--extend-exclude", metavar="PATTERN", multiple=True, help="leave out files like this, too"
        ),
        click.option(
            "--force-exclude", is_flag=True, default=None, help="leave out excluded files even if named"
        ),
        click.option(
            "--no-gitignore",
            "respect_gitignore",
            flag_value=False,
            default=None,
            type=bool,
            help="read what .gitignore leaves out, too",
        ),
    )


def _rules_option(name: str, told: str) -> Callable[[Command], Command]:
    return click.option(name, metavar="RULES", multiple=True, shell_complete=candidates.rules, help=told)


def cache(command: Command) -> Command:
    """Whether and where results of earlier runs are kept."""
    return _together(
        command,
        click.option(
            "--no-cache",
            is_flag=True,
            envvar="STABCHECK_NO_CACHE",
            help="check every file anew, and keep no results",
        ),
        click.option(
            "--cache-dir",
            metavar="FOLDER",
            envvar="STABCHECK_CACHE_DIR",
            help="for results of earlier runs; .stabcheck_cache beside the settings' file if not given",
        ),
    )


def executor(command: Command) -> Command:
    """Who works: this machine, or a cluster."""
    told = "let a Dask cluster that runs do the work: the address of its scheduler"
    return click.option("--executor", metavar="dask://HOST:PORT", help=told)(command)


def cluster(address: str | None) -> AbstractContextManager[Cluster | None]:
    """The cluster that `--executor` names; None without one."""
    if address is None:
        return nullcontext()
    from stabcheck.cluster import connected  # noqa: PLC0415

    return connected(address)


def configuration_source(command: Command) -> Command:
    """Where settings come from."""
    return _together(
        command,
        click.option("--config", type=click.Path(), metavar="FILE", help="settings from this file only"),
        click.option("--isolated", is_flag=True, help="no settings from files"),
    )


def form(names: Sequence[str]) -> Callable[[Command], Command]:
    """The formats that a command can write."""
    return click.option(
        "--format", "form", type=click.Choice(names), default="text", help="form of the output"
    )


def output(command: Command) -> Command:
    """Where the result goes."""
    return click.option(
        "-o", "--output-file", type=click.Path(), metavar="FILE", help="write the result to FILE"
    )(command)


def terminal(command: Command) -> Command:
    """How much is said, and whether in colours: see `cli.manner`."""
    return _together(
        command,
        click.option(
            "-q",
            "--quiet",
            is_flag=True,
            expose_value=False,
            callback=_quiet,
            help="say only what is found, nothing if that is nothing",
        ),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_verbose,
            help="say what was read, under which settings, and how long it took",
        ),
        click.option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            expose_value=False,
            callback=_colour,
            help="auto: on a terminal, but for NO_COLOR, and with FORCE_COLOR everywhere",
        ),
    )


def _quiet(context: click.Context, parameter: click.Parameter, given: bool) -> None:
    change(context, quiet=given)
    _one_of_both()


def _verbose(context: click.Context, parameter: click.Parameter, given: bool) -> None:
    change(context, verbose=given)
    _one_of_both()


def _one_of_both() -> None:
    if manner().quiet and manner().verbose:
        raise click.UsageError("--quiet and --verbose exclude each other")


def _colour(context: click.Context, parameter: click.Parameter, given: str | None) -> None:
    change(context, colour={"always": True, "never": False}.get(given or "auto"))


def dynamic(command: Command) -> Command:
    """How much work a case may make: settings of `[tool.stabcheck.diagnose]`."""
    return _together(
        command,
        _time("--budget", "begin no measurement of a case after this time: 30, 30s, 2m"),
        _time("--timeout", "give up a case that has not ended by then; 10m if not given"),
        click.option(
            "--seed",
            "diagnose_seed",
            type=click.IntRange(min=0),
            metavar="N",
            help="seed of the random directions",
        ),
        click.option(
            "--full", "diagnose_full", is_flag=True, default=None, help="measure every column of a gradient"
        ),
    )


def _time(option: str, told: str) -> Callable[[Command], Command]:
    def read(context: click.Context, parameter: click.Parameter, given: str | None) -> float | None:
        return None if given is None else _seconds(given, option)

    name = "diagnose_" + option.removeprefix("--")
    return click.option(option, name, metavar="TIME", callback=read, help=told)


def _seconds(given: str, option: str) -> float:
    try:
        return seconds(given, option)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def severity_threshold(command: Command) -> Command:
    """Which findings fail the run."""
    return _together(
        command,
        click.option(
            "--fail-on", type=click.Choice(SEVERITIES), help="the mildest severity that exits with 1"
        ),
        click.option("--exit-zero", is_flag=True, help="exit with 0 in spite of what is found"),
    )


def configuration(config: str | None, isolated: bool, options: dict[str, Any]) -> Configuration:
    """The configuration that the options describe.

    Raises
    ------
    ConfigError
        if the file of `--config` can't be used, or a list of rules is empty.
    """
    if config is not None and isolated:
        raise ConfigError("--config and --isolated exclude each other")
    given = dict(options)
    for key in ("select", "extend_select", "ignore"):
        if given.get(key):
            given[key] = _rules(given[key], "--" + key.replace("_", "-"))
    fixed = read_file(Path(config)) if config is not None else Settings(root=Path.cwd()) if isolated else None
    return Configuration(given, fixed)


def clear_errors(command: Command) -> Command:
    """Turn the errors of settings and of rule cards into one line and exit status 2."""

    @wraps(command)
    def guarded(*args: Any, **options: Any) -> Any:
        from stabcheck.static.card_error import CardError  # noqa: PLC0415

        try:
            return command(*args, **options)
        except (ConfigError, CardError) as error:
            raise click.ClickException(str(error)) from error

    return guarded  # type: ignore[return-value]


def _rules(lists: tuple[str, ...], option: str) -> tuple[str, ...]:
    rules = tuple(item.strip() for text in lists for item in text.split(",") if item.strip())
    if not rules:
        raise ConfigError(f"{option}: names no rule")
    return rules


def _together(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
