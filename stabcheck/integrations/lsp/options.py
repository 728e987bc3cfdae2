"""Settings that the editor gives: `initializationOptions`, and `workspace/didChangeConfiguration`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stabcheck.config import DTYPES, ConfigError

_LISTS = ("select", "extend-select", "ignore")


@dataclass(frozen=True, slots=True)
class Options:
    """Over the settings of the files: `settings` as on the command line. Syntax errors are shown or not."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    show_syntax_errors: bool = True


def read_options(given: object) -> Options:
    """The options of an editor, by the names that pyproject.toml has for them.

    `select`, `extend-select`, `ignore`, `dtype`, `unsafe-fixes`, `show-syntax-errors`: by themselves, or in a
    table `stabcheck`, as editors group their settings.

    Raises
    ------
    ConfigError
        for an option that there is not, or one that holds something else.
    """
    if not given:
        return Options()
    if not isinstance(given, Mapping):
        raise ConfigError(f"the editor's options must be a table, not {given!r}")
    table = given.get("stabcheck", given) or {}
    settings: dict[str, Any] = {}
    shown = True
    for key, value in table.items():
        if key in _LISTS and isinstance(value, list) and all(isinstance(each, str) for each in value):
            settings[key.replace("-", "_")] = tuple(value)
        elif key == "dtype" and value in DTYPES:
            settings[key] = value
        elif key == "unsafe-fixes" and isinstance(value, bool):
            settings["unsafe_fixes"] = value
        elif key == "show-syntax-errors" and isinstance(value, bool):
            shown = value
        elif key in (*_LISTS, "dtype", "unsafe-fixes", "show-syntax-errors"):
            raise ConfigError(f"the editor's option {key} can't be {value!r}")
        else:
            raise ConfigError(f"the editor's options have no {key!r}")
    return Options(settings, shown)
