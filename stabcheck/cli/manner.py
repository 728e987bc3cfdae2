"""How a command talks: how much, and in colours or not. The options that say so are in `cli.options`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TextIO

import click

from stabcheck.terminal import Style, extent, printable, style_for

_KEY = "stabcheck.manner"


@dataclass(frozen=True, slots=True)
class Manner:
    """`quiet`: only what is found. `verbose`: also what was done. `colour` None: as the terminal can."""

    quiet: bool = False
    verbose: bool = False
    colour: bool | None = None


def manner() -> Manner:
    """That of the command that runs."""
    context = click.get_current_context(silent=True)
    return context.meta.get(_KEY, Manner()) if context is not None else Manner()


def change(context: click.Context, **changes: Any) -> None:
    """Change the manner of the command of `context`."""
    context.meta[_KEY] = replace(context.meta.get(_KEY, Manner()), **changes)


def style(stream: TextIO | None) -> Style:
    """Colours for what is written to `stream`; None is a file, which has them only if they are asked for."""
    wanted = manner().colour
    if wanted is not None:
        return Style(wanted)
    return style_for(stream) if stream is not None else Style()


def room(stream: TextIO | None) -> int | None:
    """Columns of the terminal behind `stream`; None if there is none, where lines may have any length."""
    return max(extent(stream), 40) if stream is not None and stream.isatty() else None


def remark(message: str) -> None:
    """A line on standard error of what was done, if that is wanted."""
    if manner().verbose:
        click.echo("stabcheck: " + printable(" ".join(message.split())), err=True)
