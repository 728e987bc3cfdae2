"""What is going on, shown on a terminal while long work is done; nothing elsewhere, and gone at its end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

import click

from stabcheck.cli.manner import manner
from stabcheck.terminal import columns, cut, extent, printable

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

PATIENCE = 1.0  # seconds without a bar: most work is done by then

_ERASE = "\r\x1b[K"
_SHOW_CURSOR = "\x1b[?25h"  # click's bar hides it


@contextmanager
def files_read() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error of how many files of how many are read, for what takes its time.

    It is called with the two numbers.
    """
    if manner().quiet or not sys.stderr.isatty():
        yield None
        return
    bar: ProgressBar[int] | None = None
    began = monotonic()

    def show(done: int, of: int) -> None:
        nonlocal bar
        if bar is None and monotonic() - began >= PATIENCE:
            room = extent(sys.stderr) - len("reading  []  12345/12345  00:00:00") - 1
            bar = click.progressbar(
                length=of, label="reading", show_pos=True, width=min(max(room, 1), 36), file=sys.stderr
            )
            bar.update(0)
        if bar is not None:
            bar.update(done - bar.pos)

    try:
        yield show
    finally:
        if bar is not None:
            click.echo(_ERASE + _SHOW_CURSOR, err=True, nl=False, color=True)


@contextmanager
def cases_run() -> Iterator[Callable[[str], None] | None]:
    """The name of the case that is running, on a line that the next one replaces."""
    if manner().quiet or not sys.stderr.isatty():
        yield None
        return

    def show(name: str) -> None:
        room = extent(sys.stderr) - 3  # a line that wraps can't be taken back
        shown = printable(name)
        shown = shown if columns(shown) <= room else "…" + cut(shown[::-1], room - 1)[::-1]
        click.echo(f"{_ERASE}{shown} …\r", err=True, nl=False, color=True)

    try:
        yield show
    finally:
        click.echo(_ERASE, err=True, nl=False, color=True)
