"""Where output goes: results to standard output or a file, complaints to standard error, a line each."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Protocol

import click

from stabcheck.terminal import printable


class Complaint(Protocol):
    """What could not be read or done: the `Problem`s of the static pass and of the dynamic one."""

    @property
    def path(self) -> str | None:
        """Where."""

    @property
    def message(self) -> str:
        """What."""


def complain(message: str) -> None:
    """One line on standard error."""
    try:
        click.echo("stabcheck: " + printable(" ".join(message.split())), err=True)
    except OSError:  # nobody listens
        return


def complain_all(problems: Iterable[Complaint]) -> None:
    """A line each."""
    for problem in problems:
        complain(f"{problem.path}: {problem.message}" if problem.path else problem.message)


def emit(text: str, path: str | None = None) -> None:
    """Write the result to standard output, or to the file `path`.

    Raises
    ------
    click.ClickException
        if the file can't be written.
    """
    if path is None:
        if text:
            sys.stdout.write(text if text.endswith("\n") else text + "\n")
        return
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text if not text or text.endswith("\n") else text + "\n")
    except OSError as error:
        raise click.ClickException(f"{path}: can't be written: {error.strerror}") from error
