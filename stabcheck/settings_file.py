"""Reading settings from TOML: every mistake becomes one line that names the file and the key."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from stabcheck.settings import (
    DEFAULT_EXCLUDE,
    DTYPES,
    SEVERITIES,
    VERDICTS,
    ConfigError,
    DiagnoseSettings,
    Inherited,
    Settings,
)

# The files of a folder that may hold its settings; the first one that does counts.
OWN_FILES = (".stabcheck.toml", "stabcheck.toml")
PYPROJECT = "pyproject.toml"


def read_folder(folder: Path) -> Settings | None:
    """The settings that the files of a folder hold, if any do: a stabcheck.toml, or the pyproject.toml.

    Raises
    ------
    ConfigError
        if one of the files can't be used.
    """
    for name in OWN_FILES:
        # Most folders have no such file: asking first is cheaper than an exception for each.
        if os.path.isfile(os.path.join(folder, name)):
            return read_file(folder / name)
    return read_table(folder / PYPROJECT)


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
    return _settings(table, path, "[tool.stabcheck] ", ())


def read_file(path: Path, below: tuple[Path, ...] = ()) -> Settings:
    """The settings of one file: a pyproject.toml with the table, or a TOML file of only its keys.

    `below` are the files whose `extend` led here.

    Raises
    ------
    ConfigError
        if the file can't be read or holds what is not understood.
    """
    data = _read_toml(path, missing_ok=False) or {}
    tool = data.get("tool")
    table = tool.get("stabcheck") if isinstance(tool, dict) else None
    if table is not None:
        return _settings(table, path, "[tool.stabcheck] ", below)
    if path.name == PYPROJECT:
        raise ConfigError(f"{path}: has no table [tool.stabcheck]")
    return _settings(data, path, "", below)


def _read_toml(path: Path, *, missing_ok: bool) -> dict[str, Any] | None:
    try:
        if missing_ok and not path.is_file():
            return None
        import tomllib  # noqa: PLC0415  (many folders have no settings)

        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from error
    except ValueError as error:  # of TOML, or of UTF-8
        raise ConfigError(f"{path}: not valid TOML: {_one_line(error)}") from error


def _settings(table: Any, path: Path, where: str, below: tuple[Path, ...]) -> Settings:
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {where.strip()} must be a table")
    values: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{path}: {where}{key}"
        if key not in _READERS:
            raise ConfigError(f"{name}: no such setting; there are {', '.join(sorted(_READERS))}")
        values[key.replace("-", "_")] = _READERS[key](value, name)
    root = path.absolute().parent
    extend = values.pop("extend", None)
    parent = Settings() if extend is None else _extended(extend, f"{path}: {where}extend", path, below)
    if "extend_rules" in values:
        values["extend_rules"] = tuple(str(root / folder) for folder in values["extend_rules"])
    for key in ("baseline", "cache_dir"):
        if key in values:
            values[key] = str(root / values[key])
    values["origins"] = tuple((key, f"{path}: {where}{key.replace('_', '-')}") for key in values)
    if extend is None:
        diagnose = DiagnoseSettings(**values.pop("diagnose", {}))
        return Settings(root=root, diagnose=diagnose, **values)
    return _inherited(parent, root, values)


def _extended(extend: str, name: str, path: Path, below: tuple[Path, ...]) -> Settings:
    """The settings that a file builds on."""
    chain = (*below, path.resolve())
    target = Path(os.path.normpath(path.absolute().parent / Path(extend).expanduser()))
    if target.resolve() in chain:
        raise ConfigError(f"{name}: {extend} leads back to itself")
    if not target.is_file():
        raise ConfigError(f"{name}: there is no file {target}")
    return read_file(target, chain)


def _inherited(parent: Settings, root: Path, values: dict[str, Any]) -> Settings:
    """What a file says over what it builds on: `extend-…` and `per-file-ignores` add, the others replace."""
    own = dict(values)
    for key in ("extend_select", "extend_rules"):
        own[key] = (*getattr(parent, key), *own.get(key, ()))
    own["diagnose"] = replace(parent.diagnose, **own.get("diagnose", {}))
    own["origins"] = tuple({**dict(parent.origins), **dict(own["origins"])}.items())
    patterns = (
        Inherited(parent.root, parent.exclude, parent.extend_exclude, parent.per_file_ignores),
        *parent.inherited,
    )
    if "exclude" in own or parent.exclude == DEFAULT_EXCLUDE:  # names only: they hold in every folder
        patterns = tuple(replace(each, exclude=()) for each in patterns)
    else:
        own["exclude"] = ()
    own = {"extend_exclude": (), "per_file_ignores": (), **own}
    return replace(parent, root=root, inherited=patterns, **own)


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


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{name}: must be a path, not {value!r}")
    return value


def _diagnose(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{name}: must be a table, not {value!r}")
    values: dict[str, Any] = {}
    for key, item in value.items():
        if key not in _DIAGNOSE_READERS:
            raise ConfigError(
                f"{name}.{key}: no such setting; there are {', '.join(sorted(_DIAGNOSE_READERS))}"
            )
        values[key.replace("-", "_")] = _DIAGNOSE_READERS[key](item, f"{name}.{key}")
    return values


Reader = Callable[[Any, str], Any]

_DIAGNOSE_READERS: dict[str, Reader] = {
    "extend": _text,
    "baseline": _text,
    "budget": seconds,
    "timeout": seconds,
    "seed": _seed,
    "full": _boolean,
    "fail-on": partial(_choice, choices=VERDICTS),
}

_READERS: dict[str, Reader] = {
    "extend": _text,
    "baseline": _text,
    "cache-dir": _text,
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

assert {key.replace("-", "_") for key in _READERS} - {"extend"} == {
    field.name for field in fields(Settings) if field.name not in ("root", "inherited", "origins")
}


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
