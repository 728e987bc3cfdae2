"""What `lint` would do: `--show-files` and `--show-settings`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from stabcheck.config import Configuration, Settings
from stabcheck.json_text import dumps
from stabcheck.static.discover import Candidate, discover
from stabcheck.static.finding import Problem

_SHOWN = 4  # paths of a group, before "and 12 more"


def planned(
    paths: Sequence[str], configuration: Configuration
) -> tuple[list[Candidate], tuple[Problem, ...]]:
    """The files that would be read, each with its settings, and what is in the way of others."""
    items = list(discover(paths, configuration))
    problems = tuple(item for item in items if isinstance(item, Problem))
    return [item for item in items if isinstance(item, Candidate)], problems


def files(candidates: Iterable[Candidate], form: str) -> str:
    """The paths, one a line, or a list of them as JSON."""
    paths = [candidate.path for candidate in candidates]
    return dumps(paths) if form == "json" else "\n".join(paths)


def settings(candidates: Iterable[Candidate], form: str) -> str:
    """What holds for the files, and who says so: TOML with comments, a block for all files with the same.

    As JSON, a list of objects: files, root, and settings by name, each with value and origin.
    """
    groups: dict[Settings, list[str]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.settings, []).append(candidate.path)
    if form == "json":
        return dumps([_as_json(paths, each) for each, paths in groups.items()])
    return "\n\n".join(_block(paths, each) for each, paths in groups.items())


def _as_json(paths: Sequence[str], held: Settings) -> dict[str, Any]:
    known = {key: {"value": value, "origin": origin} for key, value, origin in _entries(held)}
    return {"files": list(paths), "root": str(held.root.absolute()), "settings": known}


def _block(paths: Sequence[str], held: Settings) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    rows = [
        (f"# {key} is not set" if value is None else f"{key} = {_toml(value)}", origin)
        for key, value, origin in _entries(held)
    ]
    lines = [row if row.startswith("#") else f"{row}  # {origin}" for row, origin in rows]
    heads = [f"# for {', '.join(paths[:_SHOWN])}{more}", f"# patterns are relative to {held.root.absolute()}"]
    return "\n".join([*heads, *lines])


def _entries(held: Settings) -> Iterator[tuple[str, Any, str]]:
    """Name, value and origin of each setting, spelt as in a file."""
    origins = dict(held.origins)
    for each in fields(held):
        if each.name in ("root", "origins", "inherited"):
            continue
        value, origin = getattr(held, each.name), origins.get(each.name, "default")
        if each.name == "diagnose":
            for part in fields(value):
                yield f"diagnose.{_spelt(part.name)}", getattr(value, part.name), origin
        else:
            yield _spelt(each.name), dict(value) if each.name == "per_file_ignores" else value, origin
    for outer in held.inherited:
        for name in ("exclude", "extend_exclude", "per_file_ignores"):
            if value := getattr(outer, name):
                shown = dict(value) if name == "per_file_ignores" else value
                yield f"{_spelt(name)} (extended)", shown, f"relative to {outer.root}"


def _spelt(name: str) -> str:
    return name.replace("_", "-")


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        items = ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, Path):
        return json.dumps(str(value))
    return json.dumps(value, ensure_ascii=False)
