"""Where in the sources something is, as other programs are told."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a file. Lines and columns are from 1, the end column is the first one behind.

    Columns count characters; what is not known, or concerns the whole file, is None.
    """

    path: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    function: str = ""  # qualified name of the function that holds it


def below_here(path: str) -> str | None:
    """The path below the current folder, with slashes; None if it is not below."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return None
    if relative == os.pardir or relative.startswith(os.pardir + os.sep):
        return None
    return relative.replace(os.sep, "/")


def named(path: str) -> str:
    """What a report calls a file: below the current folder without the folder, so that machines agree."""
    return below_here(path) or os.path.abspath(path).replace(os.sep, "/")


def uri(path: str) -> str:
    """A URI reference for the file (RFC 3986): relative below the current folder, else a `file:` URI.

    Bytes of a name that are no UTF-8 are encoded as they are.
    """
    relative = below_here(path)
    if relative is not None:
        return quote(os.fsencode(relative), safe="/")
    return Path(os.path.abspath(path)).as_uri()
