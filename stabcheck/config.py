"""Settings: what `[tool.stabcheck]` of the nearest pyproject.toml and the command line say.

Each linted file is under the settings of the nearest pyproject.toml above it that has the table; what was
given on the command line goes over all of them. Settings are frozen and hashable: they are cached by folder,
sent to worker processes, and may key a cache of results.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

SEVERITIES = ("error", "warning", "info")
VERDICTS = ("fail", "inconclusive")
DTYPES = ("float16", "bfloat16", "float32", "float64")

DEFAULT_EXCLUDE = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pytest_cache",
    ".ruff_cache",
    ".stabcheck_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "__pypackages__",
    "_build",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)


class ConfigError(Exception):
    """A setting that can't be used; the message is one line that names the file (or option) and the key."""


@dataclass(frozen=True, slots=True)
class DiagnoseSettings:
    """`[tool.stabcheck.diagnose]`: how much time a case may take, and the seed of its random directions.

    `budget` is in seconds a case, None for as long as it takes. `full` measures every column of a gradient
    instead of directions. `fail_on` is the mildest verdict that fails a run.
    """

    budget: float | None = None
    seed: int = 0
    full: bool = False
    fail_on: str = "fail"


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for a file.

    Patterns (`exclude`, `extend_exclude`, the keys of `per_file_ignores`) are those of .gitignore, relative
    to `root`. `select` None means the rules that are on by default. `dtype` is the working dtype to assume
    where a file does not tell. `origins` says where a key was set, for messages.
    """

    root: Path = Path()
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    force_exclude: bool = False
    extend_rules: tuple[str, ...] = ()
    fix: bool = False
    unsafe_fixes: bool = False
    fail_on: str = "info"
    dtype: str | None = None
    diagnose: DiagnoseSettings = field(default_factory=DiagnoseSettings)
    origins: tuple[tuple[str, str], ...] = ()

    def origin(self, key: str) -> str:
        """Where `key` was set: "pyproject.toml: [tool.stabcheck] select", "--select"."""
        return dict(self.origins).get(key, key.replace("_", "-"))

    def over(self, options: Mapping[str, Any]) -> Settings:
        """These settings with the given options of the command line over them; None means not given.

        `ignore`, `extend_select` and `extend_exclude` add to what the file says, the others replace it.
        """
        given = {key: value for key, value in options.items() if value is not None and value != ()}
        diagnose = {
            key.removeprefix("diagnose_"): value
            for key, value in given.items()
            if key.startswith("diagnose_")
        }
        plain = {key: value for key, value in given.items() if not key.startswith("diagnose_")}
        for key in ("ignore", "extend_select", "extend_exclude"):
            if key in plain:
                plain[key] = (*getattr(self, key), *plain[key])
        origins = {**dict(self.origins), **{key: "--" + key.replace("_", "-") for key in plain}}
        return replace(
            self, **plain, diagnose=replace(self.diagnose, **diagnose), origins=tuple(origins.items())
        )


@dataclass(slots=True)
class Configuration:
    """Which settings hold where.

    Parameters
    ----------
    options
        given on the command line: over whatever a file says.
    fixed
        settings that hold for all folders (`--config`, `--isolated`, `lint(settings=...)`); None: those of
        the nearest pyproject.toml.
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
            here = read_table(folder / "pyproject.toml")
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


def read_table(path: Path) -> Settings | None:
    """The `[tool.stabcheck]` table of a pyproject.toml; None if there is no such file or no such table.

    Raises
    ------
    ConfigError
        if the file is not TOML, or the table holds what is not understood.
    """
    data = _read_toml(path, missing_ok=True)
    tool = data.get("tool") if data is not None else None
    table = tool.get("stabcheck") if isinstance(tool, dict) else None
    if table is None:
        return None
    return _settings(table, path, "[tool.stabcheck] ")


def read_file(path: Path) -> Settings:
    """The settings of `--config FILE`: a pyproject.toml with the table, or a TOML file of only its keys.

    Raises
    ------
    ConfigError
        if the file can't be read or holds what is not understood.
    """
    settings = read_table(path)
    if settings is not None:
        return settings
    data = _read_toml(path, missing_ok=False) or {}
    if path.name == "pyproject.toml":
        raise ConfigError(f"{path}: has no table [tool.stabcheck]")
    return _settings(data, path, "")


def _read_toml(path: Path, *, missing_ok: bool) -> dict[str, Any] | None:
    try:
        # Most folders have no such file: asking first is cheaper than an exception for each.
        if missing_ok and not path.is_file():
            return None
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {_one_line(error)}") from error


def _settings(table: Any, path: Path, where: str) -> Settings:
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {where.strip()} must be a table")
    values: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{path}: {where}{key}"
        if key not in _READERS:
            raise ConfigError(f"{name}: no such setting; there are {', '.join(sorted(_READERS))}")
        values[key.replace("-", "_")] = _READERS[key](value, name)
    root = path.absolute().parent
    rules = tuple(str(root / folder) for folder in values.pop("extend_rules", ()))
    origins = tuple((key, f"{path}: {where}{key.replace('_', '-')}") for key in (*values, "extend_rules"))
    return Settings(root=root, extend_rules=rules, origins=origins, **values)


def _strings(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ConfigError(f"{name}: must be a list of strings, not {value!r}")
    return tuple(value)


def _boolean(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{name}: must be true or false, not {value!r}")
    return value


def _choice(value: Any, name: str, *, choices: tuple[str, ...]) -> str:
    if value not in choices or not isinstance(value, str):
        raise ConfigError(f"{name}: must be one of {', '.join(choices)}, not {value!r}")
    return value


def _seed(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigError(f"{name}: must be a non-negative integer, not {value!r}")
    return value


def seconds(value: Any, name: str) -> float:
    """A time as `30`, `"30"`, `"30s"`, `"2m"`: in seconds.

    Raises
    ------
    ConfigError
        if it is not a positive time; the message begins with `name`.
    """
    text = str(value).strip().lower()
    factor = 60.0 if text.endswith("m") else 1.0
    try:
        number = float(text.removesuffix("s").removesuffix("m")) * factor
    except ValueError:
        number = -1.0
    if isinstance(value, bool) or not 0 < number < float("inf"):
        raise ConfigError(f'{name}: must be a positive time in seconds (30, "30s" or "2m"), not {value!r}')
    return number


def _per_file(value: Any, name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise ConfigError(f"{name}: must be a table of pattern = [codes], not {value!r}")
    return tuple((pattern, _strings(codes, f'{name}."{pattern}"')) for pattern, codes in value.items())


def _diagnose(value: Any, name: str) -> DiagnoseSettings:
    if not isinstance(value, dict):
        raise ConfigError(f"{name}: must be a table, not {value!r}")
    values: dict[str, Any] = {}
    for key, item in value.items():
        if key not in _DIAGNOSE_READERS:
            raise ConfigError(
                f"{name}.{key}: no such setting; there are {', '.join(sorted(_DIAGNOSE_READERS))}"
            )
        values[key.replace("-", "_")] = _DIAGNOSE_READERS[key](item, f"{name}.{key}")
    return DiagnoseSettings(**values)


Reader = Callable[[Any, str], Any]

_DIAGNOSE_READERS: dict[str, Reader] = {
    "budget": seconds,
    "seed": _seed,
    "full": _boolean,
    "fail-on": partial(_choice, choices=VERDICTS),
}

_READERS: dict[str, Reader] = {
    "select": _strings,
    "extend-select": _strings,
    "ignore": _strings,
    "per-file-ignores": _per_file,
    "exclude": _strings,
    "extend-exclude": _strings,
    "respect-gitignore": _boolean,
    "force-exclude": _boolean,
    "extend-rules": _strings,
    "fix": _boolean,
    "unsafe-fixes": _boolean,
    "fail-on": partial(_choice, choices=SEVERITIES),
    "dtype": partial(_choice, choices=DTYPES),
    "diagnose": _diagnose,
}

assert {key.replace("-", "_") for key in _READERS} | {"root", "origins"} == {f.name for f in fields(Settings)}


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
