"""Settings: what `[tool.stabcheck]` of the nearest pyproject.toml and the command line say.

Each linted file is under the settings of the nearest pyproject.toml above it that has the table, or of the
nearest stabcheck.toml, which holds the keys of that table; what was given on the command line goes over all
of them. Settings are frozen and hashable: they are cached by folder,
sent to worker processes, and may key a cache of results.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stabcheck.settings import (
    DEFAULT_EXCLUDE,
    DTYPES,
    SEVERITIES,
    VERDICTS,
    ConfigError,
    DiagnoseSettings,
    Settings,
)
from stabcheck.settings_file import read_file, read_folder, read_table, seconds

__all__ = [
    "DEFAULT_EXCLUDE",
    "DTYPES",
    "SEVERITIES",
    "VERDICTS",
    "ConfigError",
    "Configuration",
    "DiagnoseSettings",
    "Settings",
    "load_settings",
    "read_file",
    "read_table",
    "seconds",
]


@dataclass(slots=True)
class Configuration:
    """Which settings hold where.

    Parameters
    ----------
    options
        given on the command line: over whatever a file says.
    fixed
        settings that hold for all folders (`--config`, `--isolated`, `lint(settings=...)`); None: those of
        the nearest file.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    fixed: Settings | None = None
    _nearest: dict[Path, Settings | None] = field(default_factory=dict)
    _merged: dict[Path | None, Settings] = field(default_factory=dict)

    def at(self, folder: Path) -> Settings:
        """The settings of the files in `folder`.

        Raises
        ------
        ConfigError
            if a table on the way up can't be used.
        """
        if self.fixed is not None:
            return self._over(self.fixed, None)
        found = self._find(folder.absolute())
        return self._over(found or Settings(root=Path.cwd()), found.root if found else None)

    def _over(self, settings: Settings, key: Path | None) -> Settings:
        if key not in self._merged:
            self._merged[key] = settings.over(self.options)
        return self._merged[key]

    def _find(self, folder: Path) -> Settings | None:
        if folder not in self._nearest:
            here = read_folder(folder)
            if here is None and folder.parent != folder:
                here = self._find(folder.parent)
            self._nearest[folder] = here
        return self._nearest[folder]


def load_settings(start: Path) -> Settings:
    """The settings of the nearest pyproject.toml that has the table, at or above the folder `start`.

    Raises
    ------
    ConfigError
        if that table can't be used.
    """
    return Configuration().at(start)
