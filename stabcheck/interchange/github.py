"""Workflow commands, which GitHub shows beside the changed lines of a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-error-message
"""

from __future__ import annotations

from typing import Literal

from stabcheck.interchange.place import Place, named

Command = Literal["error", "warning", "notice"]


def annotation(command: Command, title: str, message: str, place: Place) -> str:
    """One line of output that becomes one annotation; the message may have several lines."""
    parts = [f"file={_property(named(place.path))}", f"line={place.line or 1}"]
    if place.end_line is not None and place.end_line != place.line:
        parts.append(f"endLine={place.end_line}")
    elif place.column is not None:  # columns are only shown, and only valid, within one line
        parts.append(f"col={place.column}")
        if place.end_column is not None:
            parts.append(f"endColumn={place.end_column}")
    parts.append(f"title={_property(title)}")
    return f"::{command} {','.join(parts)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
