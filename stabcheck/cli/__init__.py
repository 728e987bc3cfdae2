"""The command line. Each command is a module of its own, imported when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from stabcheck import __version__
from stabcheck.cli.output import INTERRUPTED, complain

_COMMANDS = {
    "lint": "flag numerically unstable code, and fix it",
    "diagnose": "run gradient cases and explain what fails",
    "triage": "lint and diagnose, joined into one ranked table",
    "explain": "what a rule finds, why that is bad, and what to write",
    "rules": "the catalogue of rules",
    "completion": "the script with which bash, zsh or fish completes all this",
    "test-rules": "test the cards of a project's own rules",
    "server": "serve an editor (LSP): diagnostics, hover, quick fixes",
}

READER_GONE = 141  # 128 + SIGPIPE


class _Interrupted(click.ClickException):
    exit_code = INTERRUPTED


class _Commands(click.Group):
    """Commands by name; a module is imported only when its command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"stabcheck.cli.{cmd_name.replace('-', '_')}").command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands without importing any of them."""
        names = [CompletionItem(name, help=told) for name, told in _COMMANDS.items()]
        own = super(click.Group, self).shell_complete(ctx, incomplete)
        return [item for item in names if item.value.startswith(incomplete)] + own

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise _Interrupted("interrupted") from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_Commands,
    name="stabcheck",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit status: 0 nothing found, 1 findings or failed cases, 2 something could not be done.",
)
@click.version_option(__version__, message="stabcheck %(version)s")
def commands() -> None:
    """Find where the numbers of your code go wrong, and why a gradient check fails."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit status; whatever goes wrong is one line on standard error."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns
    -------
    int
        the exit status: 0 nothing found, 1 findings or failed cases, 2 the tool could not do what it was
        asked, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # what the terminal's encoding has not is shown escaped
            stream.reconfigure(errors="backslashreplace")
    try:
        status = commands.main(
            args=None if arguments is None else list(arguments), prog_name="stabcheck", standalone_mode=False
        )
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 2
    except click.ClickException as error:
        complain(error.format_message())
        return INTERRUPTED if isinstance(error, _Interrupted) else 2
    except (KeyboardInterrupt, click.Abort):  # before a command began
        complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return READER_GONE
    except OSError as error:
        _drop_output()
        complain(f"can't write the output: {error.strerror or error}")
        return 2
    except Exception as error:
        if os.environ.get("STABCHECK_DEBUG"):
            raise
        reason = f"{type(error).__name__}: {error}"
        complain(
            f"failed by a fault of its own, {reason}; STABCHECK_DEBUG=1 shows the traceback: please report it"
        )
        return 2
    return int(status or 0)


def _drop_output() -> None:
    """Let what is still buffered go nowhere, so that Python does not complain about it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
