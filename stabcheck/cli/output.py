"""Where output goes: results to standard output or a file, complaints to standard error, a line each."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

import click

from stabcheck.atomic import write_text
from stabcheck.terminal import printable

INTERRUPTED = 130  # the exit status of what Ctrl-C ended: 128 + SIGINT, as shells report it

if TYPE_CHECKING:
    from stabcheck.dynamic.case_errors import CaseError
    from stabcheck.static.finding import Problem


def complain(message: str) -> None:
    """One line on standard error."""
    try:
        click.echo("stabcheck: " + printable(" ".join(message.split())), err=True)
    except OSError:  # nobody listens
        return


def complain_all(problems: Iterable[Problem]) -> None:
    """A line each."""
    for problem in problems:
        complain(f"{problem.path}: {problem.message}")


def emit(text: str, path: str | None = None, *, stream: TextIO | None = None) -> None:
    """Write the result to `stream`, which is standard output if not given, or at once to the file `path`.

    Raises
    ------
    click.ClickException
        if the file can't be written.
    """
    if path is None:
        if text:
            (stream or sys.stdout).write(text if text.endswith("\n") else text + "\n")
        return
    try:
        write_text(path, text if not text or text.endswith("\n") else text + "\n")
    except OSError as error:
        raise click.ClickException(f"{path}: can't be written: {error.strerror}") from error


def complain_cases(errors: Sequence[CaseError]) -> None:
    """A line each, and the part of a traceback that lies in the user's own files."""
    for error in errors:
        where = error.path if error.line is None else f"{error.path}:{error.line}"
        complain(f"{where}: {error.message}")
        if error.traceback:
            click.echo("\n".join("  " + printable(line) for line in error.traceback.split("\n")), err=True)
